"""HTTP and the command line: the only place where things are put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from web.wiring import Service


def create_app(service: Service) -> Flask:
    """Return the panel, the API and the webhooks of one service, as a WSGI app."""
    # Imported here, so that a stand-in or a command does not load all of it.
    from web import app

    return app.create_app(service)
