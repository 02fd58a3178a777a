"""The JSON API for programs, and a page on which people can read about it."""

from __future__ import annotations

from typing import Any

from flask import Flask

from projections.follow import Views
from web.api import (
    accounts,
    credits,
    devices,
    document,
    domains,
    frame,
    leaks,
    people,
    purchases,
    receipts,
    signatures,
    subscriptions,
    tracking,
    usage,
)
from web.api.reading import install_page
from web.wiring import Service


def install(app: Flask, service: Service) -> None:
    """Add the API, its OpenAPI document and the document's page to the app."""
    app.extensions["daybook-api-views"] = Views(service.connections, service.vault)
    install_page(app, install_document(app))


def install_document(app: Flask) -> dict[str, Any]:
    """Register every operation and serve their OpenAPI document; return it.

    This needs no service, so the document can be had without one.
    """
    nouns = (
        accounts,
        credits,
        subscriptions,
        usage,
        domains,
        purchases,
        receipts,
        devices,
        people,
        leaks,
        signatures,
        tracking,
    )
    parts = [noun.section.part for noun in nouns]
    parts.insert(1, accounts.own.part)
    parts.insert(4, subscriptions.own.part)
    parts.insert(6, usage.reports.part)
    parts.append(tracking.answered_hosts.part)
    return document.install(app, frame.PREFIX, parts)
