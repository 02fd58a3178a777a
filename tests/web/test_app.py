"""The customer's pages: who is let in, what is refused, what is shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.commands.people import PHRASE, member, signed_up
from tests.conftest import Cluster
from tests.web.service import (
    BASE,
    Clock,
    service_on,
)
from web import create_app
from web.logs import JsonLines
from web.wiring import Service

OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def service(cluster: Cluster, clock: Clock) -> Iterator[Service]:
    with service_on(cluster.new_database(), clock) as service:
        yield service


@pytest.fixture(scope="module")
def app(service: Service) -> Flask:
    return create_app(service)


@pytest.fixture
def browser(app: Flask, clock: Clock) -> FlaskClient:
    """A browser whose network has asked for nothing in the last minutes."""
    clock.move(timedelta(minutes=10))
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


def test_a_monitor_is_told_whether_the_service_lives_and_is_ready(
    browser: FlaskClient,
) -> None:
    for path, words in (("/healthz", "alive\n"), ("/readyz", "ready\n")):
        answer = browser.get(path, base_url=BASE)
        assert (answer.status_code, answer.text) == (200, words)
        assert "Set-Cookie" not in answer.headers


def test_a_request_is_one_line_of_the_log_without_address_cookie_or_person(
    browser: FlaskClient, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    email = member(service.journal).email
    sign_in(browser, email, "another long password\n{")
    browser.get(f"/verify/{uuid4()}?email={email}", base_url=BASE)
    lines = [JsonLines().format(one) for one in caplog.records]
    told = [json.loads(line) for line in lines]
    requests = [one for one in told if one["what"] == "request"]
    assert [(one["method"], one["route"], one["status"]) for one in requests] == [
        ("GET", "/sign-in", 200),
        ("POST", "/sign-in", 422),
        ("GET", "/verify/<token>", 410),
    ]
    assert all(UUID(one["request"]) for one in requests)
    for line in lines:
        assert email not in line
        assert "another long" not in line


def test_a_body_larger_than_any_form_is_not_read(browser: FlaskClient) -> None:
    data = {"name": "x" * 1_000_001}
    answer = browser.post("/sign-up", data=data, base_url=BASE, headers=OWN)
    assert answer.status_code == 413
