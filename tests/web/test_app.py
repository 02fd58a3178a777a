"""What every answer has, what every form must bring, and what is logged of both."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

import psycopg
import pytest
from flask.testing import FlaskClient

from tests.commands.people import member
from tests.conftest import Cluster
from tests.web.askers import OWN
from tests.web.browsing import Browser, hidden
from tests.web.service import BASE, Clock, away, service_on
from web import create_app
from web.database import Database
from web.logs import JsonLines
from web.wiring import Service


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
    browser: Browser, headers: dict[str, str]
) -> None:
    data = hidden(browser.get("/sign-in").text) | {"email": "a@b.example"}
    answer = browser.client.post("/sign-in", data=data, base_url=BASE, headers=headers)
    assert answer.status_code == 403


def test_a_form_without_its_token_is_refused(client: FlaskClient) -> None:
    answer = client.post("/sign-in", data={}, base_url=BASE, headers=OWN)
    assert answer.status_code == 403


def test_every_answer_carries_the_headers_of_a_strict_page(
    client: FlaskClient,
) -> None:
    headers = client.get("/sign-in", base_url=BASE).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert client.get("/", base_url="http://evil.example").status_code == 400


def test_a_monitor_is_told_whether_the_service_lives_and_is_ready(
    client: FlaskClient,
) -> None:
    for path, words in (("/healthz", "alive\n"), ("/readyz", "ready\n")):
        answer = client.get(path, base_url=BASE)
        assert (answer.status_code, answer.text) == (200, words)
        assert "Set-Cookie" not in answer.headers


def test_a_balancer_is_told_while_the_database_is_away_and_when_it_is_back(
    client: FlaskClient, service: Service, cluster: Cluster
) -> None:
    def asked(path: str) -> tuple[int, str]:
        answer = client.get(path, base_url=BASE)
        return answer.status_code, answer.text

    with away(service, cluster.superuser):
        assert asked("/readyz") == (503, "not ready: Unreachable\n")
        assert asked("/healthz") == (200, "alive\n")
    assert asked("/readyz") == (200, "ready\n")


def test_a_balancer_is_told_while_the_server_is_not_adopted(
    empty_database: Database,
) -> None:
    with psycopg.connect(empty_database.owner, autocommit=True) as owner:
        owner.execute("UPDATE journal_epoch SET timeline = timeline + 1")
        with service_on(empty_database, Clock()) as unadopted:
            ask = create_app(unadopted).test_client().get
            assert ask("/readyz", base_url=BASE).status_code == 503
            owner.execute("UPDATE journal_epoch SET timeline = timeline - 1")
            assert ask("/readyz", base_url=BASE).status_code == 200


def test_a_request_is_one_line_of_the_log_without_address_cookie_or_person(
    browser: Browser, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    email = member(service.journal).email
    typed = {"email": email, "password": "another long password\n{"}
    browser.send("/sign-in", "/sign-in", **typed)
    browser.get(f"/verify/{uuid4()}?email={email}")
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


def test_a_body_larger_than_any_form_is_not_read(client: FlaskClient) -> None:
    data = {"name": "x" * 1_000_001}
    answer = client.post("/sign-up", data=data, base_url=BASE, headers=OWN)
    assert answer.status_code == 413
