"""The customer's pages: who is let in, what is refused, what is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.commands.people import PHRASE, member, signed_up
from tests.web.service import (
    BASE,
    Clock,
    a_purchase,
    a_receipt,
    an_account,
    followed,
    service_on,
)
from web import create_app
from web.database import Database
from web.wiring import Service

OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def service(empty_database: Database) -> Iterator[Service]:
    with service_on(empty_database, Clock()) as service:
        yield service


@pytest.fixture
def app(service: Service) -> Flask:
    return create_app(service)


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return app.test_client()


def hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found}


def send(browser: FlaskClient, path: str, form_on: str, **typed: str) -> TestResponse:
    page = browser.get(form_on, base_url=BASE).text
    data = {**hidden(page), **typed}
    return browser.post(path, data=data, base_url=BASE, headers=OWN)


def sign_in(browser: FlaskClient, email: str, password: str = PHRASE) -> TestResponse:
    return send(browser, "/sign-in", "/sign-in", email=email, password=password)


def test_a_stranger_is_led_to_the_sign_in_page_and_back_afterwards(
    browser: FlaskClient, service: Service
) -> None:
    answer = browser.get("/credits?before=3", base_url=BASE)
    assert answer.status_code == 303
    assert answer.location == "/sign-in?next=/credits%3Fbefore%3D3"
    person = member(service.journal)
    page = browser.get(answer.location, base_url=BASE).text
    data = {**hidden(page), "email": person.email, "password": PHRASE}
    answer = browser.post("/sign-in", data=data, base_url=BASE, headers=OWN)
    assert answer.location == "/credits?before=3"


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(
    browser: FlaskClient, service: Service
) -> None:
    person = member(service.journal)
    wrong = sign_in(browser, person.email, "another long password")
    unknown = sign_in(browser, "nobody@example.com", "another long password")
    assert wrong.status_code == unknown.status_code == 422
    changing = re.compile(r'value="[^"]*"')
    assert changing.sub("", wrong.text) == changing.sub("", unknown.text)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_a_change_asked_for_by_another_site_is_refused(
    browser: FlaskClient, headers: dict[str, str]
) -> None:
    page = browser.get("/sign-in", base_url=BASE).text
    data = {**hidden(page), "email": "a@b.example", "password": "x"}
    answer = browser.post("/sign-in", data=data, base_url=BASE, headers=headers)
    assert answer.status_code == 403


def test_a_form_without_its_token_is_refused(browser: FlaskClient) -> None:
    answer = browser.post("/sign-in", data={}, base_url=BASE, headers=OWN)
    assert answer.status_code == 403


def test_signing_out_ends_the_very_next_request(
    browser: FlaskClient, service: Service
) -> None:
    sign_in(browser, member(service.journal).email)
    kept = browser.get_cookie("daybook-session")
    assert kept is not None
    assert send(browser, "/sign-out", "/", **{}).status_code == 200
    browser.set_cookie("daybook-session", kept.value)
    assert browser.get("/", base_url=BASE).status_code == 303


def test_opening_the_mailed_link_changes_nothing_and_posting_opens_the_account(
    browser: FlaskClient, service: Service
) -> None:
    person = signed_up(service.journal)
    path = f"/verify/{person.token}"
    for _ in range(3):
        assert browser.get(path, base_url=BASE).status_code == 200
    assert send(browser, path, path, password="not the password").status_code == 422
    assert send(browser, path, path, password=PHRASE).location == "/"
    assert browser.get(path, base_url=BASE).status_code == 410


def test_the_answer_to_a_sign_up_is_the_same_for_a_taken_address(
    browser: FlaskClient, service: Service
) -> None:
    taken = member(service.journal).email
    free = f"{uuid4().hex}@example.com"
    pages = [
        send(
            browser, "/sign-up", "/sign-up", name="Bea", email=email, password=PHRASE
        ).text.replace(email, "X")
        for email in (taken, free)
    ]
    changing = re.compile(r'value="[^"]*"')
    assert changing.sub("", pages[0]) == changing.sub("", pages[1])


def test_what_is_wrong_stands_by_the_field_and_what_was_typed_stays(
    browser: FlaskClient,
) -> None:
    answer = send(
        browser, "/sign-up", "/sign-up", name="Ann", email="no address", password=PHRASE
    )
    assert answer.status_code == 422
    assert "<title>Error:" in answer.text
    assert 'value="no address"' in answer.text


def test_another_accounts_purchase_and_receipt_are_as_unknown_as_none(
    browser: FlaskClient, service: Service
) -> None:
    stranger = an_account(service)
    purchase = a_purchase(service, stranger)
    receipt = a_receipt(service, stranger, purchase)
    followed(service)
    sign_in(browser, member(service.journal).email)
    for path in (
        f"/purchases/{purchase}",
        f"/purchases/{uuid4()}",
        f"/receipts/{receipt}.pdf",
        f"/receipts/{uuid4()}.pdf",
    ):
        assert browser.get(path, base_url=BASE).status_code == 404


def test_every_answer_carries_the_headers_of_a_strict_page(
    browser: FlaskClient,
) -> None:
    headers = browser.get("/sign-in", base_url=BASE).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert browser.get("/", base_url="http://evil.example").status_code == 400


def test_a_threshold_that_is_no_number_is_refused_and_a_good_one_is_kept(
    browser: FlaskClient, service: Service
) -> None:
    sign_in(browser, member(service.journal).email)
    wrong = send(browser, "/credits/threshold", "/credits", threshold="a few")
    assert wrong.status_code == 422
    assert "a few" in wrong.text
    good = send(browser, "/credits/threshold", "/credits", threshold="1,500")
    assert good.status_code == 303
    followed(service)
    assert 'value="1500"' in browser.get(good.location, base_url=BASE).text


def test_language_and_appearance_are_remembered(browser: FlaskClient) -> None:
    send(browser, "/language", "/sign-in", language="fr", back="/sign-in")
    send(browser, "/theme", "/sign-in", theme="dark", back="//evil.example")
    page = browser.get("/sign-in", base_url=BASE).text
    assert '<html lang="fr" data-theme="dark">' in page


def test_a_webhook_that_stripe_did_not_sign_is_refused(browser: FlaskClient) -> None:
    for body in (b"", b"{}", b"\xff\xfe", b'{"id": 1}'):
        answer = browser.post("/webhooks/stripe", data=body, base_url=BASE)
        assert answer.status_code == 400
