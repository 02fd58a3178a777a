"""Applications sign in with password and code, open the panel, and sign out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pyotp
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from commands.closing import CloseAccount, close_account
from commands.customer_keys import IssueCustomerKey, issue_customer_key
from commands.factors import ConfirmCode, begin_code, confirm_code
from commands.limiter import BUCKETS
from commands.limits import DEVICE_SECONDS_MAX, PANEL_LINK_SECONDS
from commands.owners import owner
from ledger.api_keys import CUSTOMER_SCOPES
from ledger.sessions import BROWSER
from tests.commands.people import PHRASE, Person, member, new_email
from tests.conftest import context_at
from tests.web.askers import a_session, basic, bearer, set_disabled
from tests.web.browsing import Browser
from tests.web.service import BASE, Clock, a_key, service_on
from web import create_app
from web.database import Database
from web.wiring import Service


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
def ann(service: Service) -> Person:
    return member(service.journal)


def post(app: Flask, path: str, who: dict[str, str], **body: Any) -> TestResponse:
    headers = {"Idempotency-Key": uuid4().hex, **who}
    client = app.test_client(use_cookies=False)
    return client.post(f"/api/v1{path}", json=body, headers=headers)


def sign_in(app: Flask, email: str, **changed: str) -> TestResponse:
    body = {"email": email, "password": PHRASE, "application": "Mail for Mac"}
    return post(app, "/sessions", {}, **body | changed)


def token_of(app: Flask, ann: Person) -> dict[str, str]:
    return bearer(sign_in(app, ann.email).get_json()["token"])


def status(app: Flask, who: dict[str, str]) -> int:
    return app.test_client().get("/api/v1/account", headers=who).status_code


def two_factor(service: Service, ann: Person) -> pyotp.TOTP:
    journal, context = service.journal, context_at(service.clock())
    holder = owner(journal, ann.account_id)
    begun = begin_code(journal, holder, context)
    codes = pyotp.TOTP(begun.seed)
    code = codes.at(service.clock())
    command = ConfirmCode(account_id=ann.account_id, token=begun.token, code=code)
    confirm_code(journal, holder, command, context)
    return codes


def test_an_application_is_signed_in_by_address_and_password_and_is_listed(
    app: Flask, service: Service, ann: Person
) -> None:
    answer = sign_in(app, ann.email.upper())
    told = answer.get_json()
    assert (answer.status_code, told["account_id"]) == (201, str(ann.account_id))
    assert told["expires_in_seconds"] == DEVICE_SECONDS_MAX
    assert status(app, bearer(told["token"])) == 200
    browser = Browser(app, a_session(service, ann.account_id))
    assert "Mail for Mac" in browser.read("/activity")


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(
    app: Flask, ann: Person
) -> None:
    wrong = sign_in(app, ann.email, password="wrong")
    unknown = sign_in(app, new_email())
    told = [one.get_json() | {"request": ""} for one in (wrong, unknown)]
    assert told[0] == told[1]
    assert wrong.status_code == unknown.status_code == 403


def test_with_two_factor_on_the_password_alone_gives_no_token(
    app: Flask, service: Service, clock: Clock, ann: Person
) -> None:
    codes = two_factor(service, ann)
    clock.move(timedelta(minutes=1))
    asked = sign_in(app, ann.email)
    assert asked.status_code == 403
    assert asked.get_json()["type"] == "/problems/second-factor-needed"
    assert "token" not in asked.get_json()
    code = codes.at(clock.now)
    assert sign_in(app, ann.email, code="000000").status_code == 403
    assert sign_in(app, ann.email, code=code).status_code == 201
    assert sign_in(app, ann.email, code=code).status_code == 403


@pytest.mark.parametrize("name", [" ", "\n\t", "\u202e", "\0"])
def test_an_application_whose_name_shows_nothing_is_refused(
    app: Flask, ann: Person, name: str
) -> None:
    answer = sign_in(app, ann.email, application=name)
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"] == "/application"


def test_a_repeated_sign_in_shows_no_token_again(app: Flask, ann: Person) -> None:
    key = {"Idempotency-Key": uuid4().hex}
    body = {"email": ann.email, "password": PHRASE, "application": "Mail"}
    first, second = (post(app, "/sessions", key, **body) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 409)
    assert "token" not in second.get_json()


def test_signing_out_ends_the_token_on_its_very_next_request(
    app: Flask, ann: Person
) -> None:
    mine, other = token_of(app, ann), token_of(app, ann)
    answer = post(app, "/sessions/end", mine)
    assert (answer.status_code, answer.data) == (204, b"")
    assert (status(app, mine), status(app, other)) == (401, 200)
    assert post(app, "/sessions/end", mine).status_code == 401


def test_a_panel_link_opens_the_panel_once_and_within_a_minute(
    app: Flask, clock: Clock, ann: Person
) -> None:
    device = token_of(app, ann)
    made = [post(app, "/panel-links", device).get_json() for _ in range(2)]
    assert {one["expires_in_seconds"] for one in made} == {PANEL_LINK_SECONDS}
    first, late = (one["url"].removeprefix(BASE) for one in made)
    browser = Browser(app)
    assert ann.email in browser.read(first)
    assert browser.get("/").location.startswith("/sign-in")
    assert browser.send(first, first).location == "/"
    assert browser.get("/").status_code == 200
    assert Browser(app).get(first).status_code == 410
    clock.move(timedelta(seconds=PANEL_LINK_SECONDS))
    assert Browser(app).get(late).status_code == 410


def test_a_session_by_link_is_asked_for_the_password_before_what_guards_the_account(
    app: Flask, ann: Person
) -> None:
    made = post(app, "/panel-links", token_of(app, ann)).get_json()
    link, browser = made["url"].removeprefix(BASE), Browser(app)
    browser.send(link, link)
    assert browser.get("/security/two-factor").location.startswith("/confirm")
    assert browser.get("/account/data.zip").location.startswith("/confirm")


def test_a_link_dies_with_the_application_that_made_it(app: Flask, ann: Person) -> None:
    device = token_of(app, ann)
    made = post(app, "/panel-links", device).get_json()
    post(app, "/sessions/end", device)
    link, browser = made["url"].removeprefix(BASE), Browser(app)
    assert browser.get(link).status_code == 410
    browser.send(link, "/sign-in")
    assert browser.get("/").location.startswith("/sign-in")


def test_only_a_devices_token_makes_a_panel_link_or_ends_itself(
    app: Flask, service: Service, ann: Person
) -> None:
    command = IssueCustomerKey(
        account_id=ann.account_id, name="Zapier", scopes=CUSTOMER_SCOPES
    )
    key = issue_customer_key(service.journal, command, context_at(service.clock()))
    browser = a_session(service, ann.account_id, BROWSER)
    callers: tuple[dict[str, str], ...] = (
        {},
        basic(str(key.key_id), key.secret),
        a_key(service),
        bearer(browser),
        {"Cookie": f"daybook-session={browser}"},
    )
    for who in callers:
        for path in ("/panel-links", "/sessions/end"):
            assert post(app, path, who).status_code == 401


def test_a_disabled_account_is_told_so_and_a_closed_one_is_signed_out(
    app: Flask, service: Service, ann: Person
) -> None:
    device = token_of(app, ann)
    set_disabled(service, ann.account_id)
    for answer in (
        post(app, "/panel-links", device),
        app.test_client().get("/api/v1/account", headers=device),
    ):
        assert answer.status_code == 403
        assert answer.get_json()["type"] == "/problems/account-disabled"
    set_disabled(service, ann.account_id, disabled=False)
    command = CloseAccount(account_id=ann.account_id)
    close_account(service.journal, command, context_at(service.clock()))
    assert status(app, device) == 401
    assert sign_in(app, ann.email).status_code == 403


def test_panel_links_are_limited_for_each_application(app: Flask, ann: Person) -> None:
    most, device = BUCKETS["panel_links"].hits_max, token_of(app, ann)
    statuses = [post(app, "/panel-links", device).status_code for _ in range(most + 1)]
    assert statuses == [201] * most + [429]
    assert post(app, "/panel-links", token_of(app, ann)).status_code == 201
