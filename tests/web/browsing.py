"""A browser without a screen or scripts that fills in the forms of the panel."""

from __future__ import annotations

import re
from html import unescape
from uuid import UUID

from flask import Flask
from werkzeug.test import TestResponse

from tests.web.askers import OWN, a_session
from tests.web.service import BASE, an_account
from web.wiring import Service

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL)


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page; of several forms, the last one's."""
    return {name: unescape(value) for name, value in HIDDEN.findall(page)}


def words_of(page: str) -> str:
    """What a person reads on a page, its white space made one space."""
    return " ".join(unescape(TAGS.sub(" ", page)).split())


class Browser:
    """Keeps cookies; sends forms as their own pages do."""

    def __init__(self, app: Flask, session: str = "") -> None:
        self.client = app.test_client()
        if session:
            self.client.set_cookie("daybook-session", session)

    def get(self, path: str, **headers: str) -> TestResponse:
        """Open a page."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.get(path, base_url=BASE, headers=sent)

    def read(self, path: str) -> str:
        """Open a page and read it."""
        answer = self.get(path)
        assert answer.status_code == 200, (answer.status_code, answer.location)
        return words_of(answer.text)

    def send(self, path: str, form_on: str, **typed: str) -> TestResponse:
        """Send a form that stands on a page."""
        data = {**hidden(self.get(form_on).text), **typed}
        return self.client.post(path, data=data, base_url=BASE, headers=OWN)


def customer(service: Service, app: Flask) -> tuple[Browser, UUID]:
    """A new customer who is signed in, and his account."""
    account_id = an_account(service)
    return Browser(app, a_session(service, account_id)), account_id
