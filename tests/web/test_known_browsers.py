"""What a browser keeps to be known again, and what it is let in with."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from commands.known_browsers import marks_in
from commands.limiter import BUCKETS
from tests.commands.people import PHRASE, mails_of, member, signed_up
from tests.commands.signed import with_factor
from tests.web.browsing import hidden
from tests.web.service import BASE, Clock
from web.wiring import Service

OWN = {"Sec-Fetch-Site": "same-origin"}
COOKIE = "daybook-known"


@pytest.fixture
def browser(app: Flask, clock: Clock) -> FlaskClient:
    clock.move(timedelta(minutes=10))
    return app.test_client()


def send(browser: FlaskClient, path: str, **typed: str) -> TestResponse:
    page = browser.get(path, base_url=BASE).text
    data = hidden(page) | typed
    return browser.post(path, base_url=BASE, headers=OWN, data=data)


def sign_in(browser: FlaskClient, email: str, password: str = PHRASE) -> TestResponse:
    return send(browser, "/sign-in", email=email, password=password)


def kept(browser: FlaskClient) -> str:
    cookie = browser.get_cookie(COOKIE)
    return "" if cookie is None else cookie.value


def known_to(service: Service, browser: FlaskClient) -> list[UUID]:
    marks = marks_in(service.vault, kept(browser), service.clock())
    return [mark.account_id for mark in marks]


def news(service: Service, account_id: UUID) -> int:
    mails = [mail["template"] for mail in mails_of(service.journal, account_id)]
    return mails.count("signed_in_elsewhere")


def test_a_sign_in_leaves_a_mark_that_no_script_reads_for_a_year(
    service: Service, browser: FlaskClient
) -> None:
    person = member(service.journal)
    answer = sign_in(browser, person.email)
    (cookie,) = [
        value
        for value in answer.headers.getlist("Set-Cookie")
        if value.startswith(f"{COOKIE}=")
    ]
    for part in ("HttpOnly", "SameSite=Lax", "Path=/", f"Max-Age={365 * 86400}"):
        assert part in cookie
    assert known_to(service, browser) == [person.account_id]


def test_a_refused_sign_in_leaves_none(service: Service, browser: FlaskClient) -> None:
    person = member(service.journal)
    sign_in(browser, person.email, "another sentence, quite")
    assert kept(browser) == ""


def test_half_a_sign_in_leaves_none(
    service: Service, browser: FlaskClient, clock: Clock
) -> None:
    person = member(service.journal)
    with_factor(service.journal, person.account_id, clock() - timedelta(minutes=5))
    assert "/sign-in/code" in sign_in(browser, person.email).headers["Location"]
    assert kept(browser) == ""


def test_signing_out_leaves_the_mark_and_the_next_sign_in_is_no_news(
    service: Service, browser: FlaskClient
) -> None:
    person = member(service.journal)
    for _ in range(3):
        sign_in(browser, person.email)
        page = browser.get("/", base_url=BASE).text
        browser.post("/sign-out", base_url=BASE, headers=OWN, data=hidden(page))
    assert known_to(service, browser) == [person.account_id]
    assert news(service, person.account_id) == 1


def test_the_browser_that_opened_the_account_is_known(
    service: Service, browser: FlaskClient
) -> None:
    person = signed_up(service.journal)
    send(browser, f"/verify/{person.token}", password=PHRASE)
    assert known_to(service, browser) == [person.account_id]
    assert news(service, person.account_id) == 0


def test_two_accounts_of_one_browser_are_both_known(
    service: Service, browser: FlaskClient
) -> None:
    people = [member(service.journal) for _ in range(2)]
    for person in people:
        browser.delete_cookie("daybook-session")
        sign_in(browser, person.email)
    ids = [person.account_id for person in people]
    assert known_to(service, browser) == ids[::-1]
    assert [news(service, account_id) for account_id in ids] == [1, 1]


def test_strangers_do_not_keep_a_known_browser_out(
    service: Service, browser: FlaskClient, app: Flask
) -> None:
    person = member(service.journal)
    sign_in(browser, person.email)
    browser.delete_cookie("daybook-session")
    for number in range(BUCKETS["sign_in_account"].hits_max):
        stranger = app.test_client()
        stranger.environ_base["REMOTE_ADDR"] = f"198.51.100.{number}"
        sign_in(stranger, person.email, "another sentence, quite")
    stranger.environ_base["REMOTE_ADDR"] = "198.51.100.99"
    assert sign_in(stranger, person.email).status_code == 429
    assert sign_in(browser, person.email).status_code == 303
