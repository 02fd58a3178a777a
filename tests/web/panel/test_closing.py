"""The customer closes his account, and takes his data along before."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ledger.accounts import Account
from tests.commands.belongings import a_key
from tests.commands.people import PHRASE, Person, mails_of, member
from tests.web.service import (
    BASE,
    Clock,
    a_purchase,
    a_receipt,
    followed,
    service_on,
)
from web import create_app
from web.database import Database
from web.panel import closing
from web.wiring import Service

OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(empty_database: Database, clock: Clock) -> Iterator[Service]:
    with service_on(empty_database, clock) as service:
        yield service


@pytest.fixture
def app(service: Service) -> Flask:
    return create_app(service)


@pytest.fixture
def person(service: Service) -> Person:
    return member(service.journal)


@pytest.fixture
def browser(app: Flask, person: Person) -> FlaskClient:
    """The browser that the person is signed in with."""
    browser = app.test_client()
    told = send(browser, "/sign-in", email=person.email, password=PHRASE)
    assert told.status_code == 303
    return browser


def send(browser: FlaskClient, path: str, **typed: str) -> TestResponse:
    """Fill the form of a page in and send it."""
    page = browser.get(path, base_url=BASE).text
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    data = {**{name: unescape(value) for name, value in found}, **typed}
    return browser.post(path, data=data, base_url=BASE, headers=OWN)


def close(browser: FlaskClient, email: str, password: str = PHRASE) -> TestResponse:
    return send(browser, "/account/close", email=email, current_password=password)


def is_closed(service: Service, person: Person) -> bool:
    return service.journal.fresh(Account, person.account_id).closed


def test_the_page_says_what_is_lost(
    service: Service, browser: FlaskClient, person: Person
) -> None:
    a_purchase(service, person.account_id)
    a_key(service.journal, person.account_id)
    followed(service)
    page = browser.get("/account/close", base_url=BASE)
    assert page.status_code == 200
    for words in ("2,000", "1 key stops working", "Erased after 30 days"):
        assert words in page.text
    assert 'href="/account/data.zip"' in page.text


def test_with_address_and_password_the_account_is_closed(
    service: Service, browser: FlaskClient, person: Person
) -> None:
    told = close(browser, person.email.upper())
    assert (told.status_code, is_closed(service, person)) == (200, True)
    assert "23 Dec 2026" in told.text
    assert told.headers["Clear-Site-Data"] == '"cache"'
    templates = [
        mail["template"] for mail in mails_of(service.journal, person.account_id)
    ]
    assert templates[-1] == "account_closed"


def test_no_session_of_it_is_left(browser: FlaskClient, person: Person) -> None:
    close(browser, person.email)
    cookie = browser.get_cookie("daybook-session")
    assert cookie is None or not cookie.value
    assert browser.get("/", base_url=BASE).status_code == 303
    again = send(browser, "/sign-in", email=person.email, password=PHRASE)
    assert again.status_code in (403, 422)


@pytest.mark.parametrize("typed", ["", "somebody@example.org", "nonsense"])
def test_another_address_closes_nothing(
    service: Service, browser: FlaskClient, person: Person, typed: str
) -> None:
    told = close(browser, typed)
    assert (told.status_code, is_closed(service, person)) == (422, False)
    assert 'id="email-error"' in told.text


def test_another_password_closes_nothing(
    service: Service, browser: FlaskClient, person: Person
) -> None:
    told = close(browser, person.email, "Il neige sur Brest, encore")
    assert (told.status_code, is_closed(service, person)) == (422, False)
    assert 'id="current_password-error"' in told.text


def test_a_stranger_is_led_to_the_sign_in(app: Flask) -> None:
    for path in ("/account/close", "/account/data.zip"):
        told = app.test_client().get(path, base_url=BASE)
        assert told.status_code == 303
        assert told.headers["Location"].startswith("/sign-in")


def test_the_data_are_sent_as_a_file_that_nobody_keeps(
    service: Service, browser: FlaskClient, person: Person
) -> None:
    purchase_id = a_purchase(service, person.account_id)
    a_receipt(service, person.account_id, purchase_id)
    followed(service)
    told = browser.get("/account/data.zip", base_url=BASE)
    assert told.headers["Content-Type"] == "application/zip"
    assert told.headers["Content-Disposition"] == (
        'attachment; filename="daybook-account-2026-11-23.zip"'
    )
    assert told.headers["Cache-Control"] == "no-store"
    archive = zipfile.ZipFile(io.BytesIO(told.data))
    data = json.loads(archive.read("data.json"))
    assert data["addresses"]["email"] == person.email
    assert [row["purchase_id"] for row in data["purchases"]] == [str(purchase_id)]
    assert [row["change"] for row in data["credits"]] == [2000]
    assert [row["receipt_number"] for row in data["receipts"]] == ["DB-2026-000001"]
    assert "receipts/DB-2026-000001.pdf" in archive.namelist()


def test_long_lists_are_whole(
    service: Service,
    browser: FlaskClient,
    person: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(closing, "ROWS", 2)
    bought = [str(a_purchase(service, person.account_id)) for _ in range(5)]
    followed(service)
    told = browser.get("/account/data.zip", base_url=BASE)
    data = json.loads(zipfile.ZipFile(io.BytesIO(told.data)).read("data.json"))
    assert [row["purchase_id"] for row in data["purchases"]] == bought[::-1]
    assert [row["balance"] for row in data["credits"]] == [
        10_000,
        8_000,
        6_000,
        4_000,
        2_000,
    ]


def test_the_password_is_asked_for_again_after_a_while(
    browser: FlaskClient, clock: Clock
) -> None:
    clock.move(timedelta(minutes=11))
    told = browser.get("/account/data.zip", base_url=BASE)
    assert told.headers["Content-Type"] != "application/zip"
    assert told.status_code != 200
