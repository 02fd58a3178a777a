"""The stand-in's desk without a network: books in memory, a clock that stands still."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.standing_in import CARD, SUCCESS
from web.stand_in.api import create_api
from web.stand_in.books import Books, Object
from web.stand_in.cards import card_of
from web.stand_in.checkouts import create_checkout
from web.stand_in.desk import Desk
from web.stand_in.page import create_page
from web.stand_in.parameters import Refused

GOOD = "4242424242424242"
ITEM: Any = {
    "quantity": 2,
    "price_data": {
        "currency": "eur",
        "unit_amount": 500,
        "product_data": {"name": "1,000 credits"},
    },
}
ASKED: Any = {"mode": "payment", "line_items": [ITEM], "success_url": SUCCESS}
PAYER = {"email": "ann@example.com", "name": "Ann Example"}
EXPIRY = (12, 2034)
KEY = {"Authorization": "Bearer sk_test_ours"}


class Counter:
    """A desk, its clock in whole seconds, and every event that it announced."""

    def __init__(self, file: Path | None = None) -> None:
        self.now = 1_800_000_000
        self.events: list[Object] = []
        self.books = Books(file, lambda: self.now)
        self.desk = Desk(self.books, self.events.append, "http://127.0.0.1:7/")

    def opened(self, **changed: Any) -> Object:
        """A checkout session of 1000 cents."""
        return create_checkout(self.desk, {**ASKED, **changed}, "")

    def tried(self, session: Object, number: str = GOOD) -> Object:
        """The session after this card was tried on it."""
        with self.books.change():
            return self.desk.attempt(session, PAYER, card_of(number), EXPIRY)

    def charged(self, **changed: Any) -> Object:
        """The charge of a checkout that was paid."""
        return self.charge_of(self.tried(self.opened(**changed)))

    def intent_of(self, session: Object) -> Object:
        """The payment of a session as it is now."""
        now = self.books.get("checkout.session", session["id"])
        assert now is not None
        found = self.books.get("payment_intent", now["payment_intent"])
        assert found is not None
        return found

    def charge_of(self, session: Object) -> Object:
        """The latest charge of a session as it is now."""
        latest = self.intent_of(session)["latest_charge"]
        found = self.books.get("charge", latest)
        assert found is not None
        return found

    def types(self) -> list[str]:
        """The types of all events, oldest first."""
        return [event["type"] for event in self.events]

    def client(self) -> FlaskClient:
        """A client of the API and the checkout page over this desk."""
        app = Flask("web.stand_in.payments", static_folder=None)
        app.register_blueprint(create_api(self.desk))
        app.register_blueprint(create_page(self.desk))
        return app.test_client()


class Api:
    """A program that speaks to a counter's API."""

    def __init__(self, counter: Counter) -> None:
        self.client = counter.client()

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.client.get(f"/v1{path}", query_string=query, headers=KEY)

    def post(self, path: str, given: Any = None, key: str = "") -> TestResponse:
        headers = KEY | ({"Idempotency-Key": key} if key else {})
        form = dict(form_of(given or {}))
        return self.client.post(f"/v1{path}", data=form, headers=headers)

    def opened(self, key: str = "", **changed: Any) -> TestResponse:
        return self.post("/checkout/sessions", {**ASKED, **changed}, key)


def form_of(given: Any, name: str = "") -> list[tuple[str, str]]:
    """Nested maps and lists in Stripe's form encoding."""
    if isinstance(given, Mapping):
        pairs: Any = given.items()
    elif isinstance(given, list):
        pairs = enumerate(given)
    else:
        return [(name, str(given))]
    return [
        line
        for key, inner in pairs
        for line in form_of(inner, f"{name}[{key}]" if name else str(key))
    ]


def filled(**changed: str) -> dict[str, str]:
    """The fields of the card form."""
    return {**CARD, **changed}


def error_of(answer: TestResponse) -> tuple[int, str | None, str | None]:
    """Status, code and parameter of an error of the API."""
    error = answer.get_json()["error"]
    return answer.status_code, error.get("code"), error.get("param")


def refusal(refused: Refused) -> tuple[int, str | None, str | None]:
    """The same of a refusal that was raised."""
    error = refused.body["error"]
    return refused.status, error.get("code"), error.get("param")
