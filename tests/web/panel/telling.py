"""Words in a language, outside of any page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

from flask import Flask

from web import words


@contextmanager
def telling(language: str = "en") -> Iterator[None]:
    """Everything inside speaks this language, in UTC."""
    app = Flask("web")
    words.install(app, language=lambda: language, zone=lambda: ZoneInfo("UTC"))
    with app.test_request_context():
        yield
