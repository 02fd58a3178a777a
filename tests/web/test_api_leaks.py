"""Whatever a scanner reports, it is answered alike; a whole secret ends its key."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from commands.customer_keys import (
    IssueCustomerKey,
    RotateKey,
    ShownSecret,
    issue_customer_key,
    rotate_key,
)
from commands.gateways import tokens
from commands.limiter import BUCKETS
from ledger.api_keys import CUSTOMER_SCOPES
from tests.commands.people import mails_of, rows_of
from tests.conftest import context_at
from tests.web.askers import basic
from tests.web.service import Clock, an_account, service_on
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
def ann(service: Service) -> UUID:
    return an_account(service)


@pytest.fixture
def key(service: Service, ann: UUID) -> ShownSecret:
    command = IssueCustomerKey(account_id=ann, name="Zapier", scopes=CUSTOMER_SCOPES)
    return issue_customer_key(service.journal, command, context_at(service.clock()))


def reported(app: Flask, secret: str) -> TestResponse:
    return app.test_client().post("/api/v1/leaked-keys", json={"secret": secret})


def works(app: Flask, key_id: UUID, secret: str) -> bool:
    headers = basic(str(key_id), secret)
    answer = app.test_client().get("/api/v1/account", headers=headers)
    assert answer.status_code in (200, 401)
    return answer.status_code == 200


def test_a_whole_secret_revokes_its_key_at_once_and_its_holder_is_mailed(
    app: Flask, service: Service, ann: UUID, key: ShownSecret
) -> None:
    assert works(app, key.key_id, key.secret)
    assert reported(app, f" {key.secret}\n").status_code == 204
    assert not works(app, key.key_id, key.secret)
    mails = [mail["template"] for mail in mails_of(service.journal, ann)]
    assert mails.count("api_key_leaked") == 1


def test_every_report_is_answered_alike_whatever_it_holds(
    app: Flask, key: ShownSecret
) -> None:
    other = tokens.new_key_secret()
    parts = (key.secret[:-1], key.secret[1:], f"{key.secret}0", str(key.key_id))
    answers = [reported(app, text) for text in (*parts, other, "é\0", "x" * 9_000)]
    assert works(app, key.key_id, key.secret)
    answers += [reported(app, key.secret), reported(app, key.secret)]
    assert {(one.status_code, one.data) for one in answers} == {(204, b"")}
    volatile = {"Date", "X-Request-Id"}
    headers = [{(n, v) for n, v in one.headers if n not in volatile} for one in answers]
    assert all(one == headers[0] for one in headers)


def test_nothing_is_recorded_or_mailed_of_a_secret_that_opens_nothing(
    app: Flask, service: Service, ann: UUID, key: ShownSecret
) -> None:
    tables = ("journal", "mail_outbox", "journal_commands")
    before = [len(rows_of(service.journal, name, ann)) for name in tables]
    for text in (tokens.new_key_secret(), str(key.key_id), key.secret[:-1]):
        reported(app, text)
    assert [len(rows_of(service.journal, name, ann)) for name in tables] == before


def test_a_secret_in_its_overlap_still_ends_the_key_and_one_past_it_does_not(
    app: Flask, service: Service, clock: Clock, ann: UUID, key: ShownSecret
) -> None:
    command = RotateKey(account_id=ann, key_id=key.key_id, overlap_hours=24)
    newer = rotate_key(service.journal, command, context_at(clock()))
    clock.move(timedelta(hours=25))
    reported(app, key.secret)
    assert works(app, key.key_id, newer.secret)
    newest = rotate_key(service.journal, command, context_at(clock()))
    clock.move(timedelta(hours=23))
    reported(app, newer.secret)
    assert not works(app, key.key_id, newest.secret)


def test_who_reports_too_often_is_told_to_wait(app: Flask) -> None:
    most = BUCKETS["leaks"].hits_max
    statuses = [reported(app, "x").status_code for _ in range(most + 1)]
    assert statuses == [204] * most + [429]


def test_a_report_needs_neither_key_nor_cookie_and_no_idempotency_key(
    app: Flask, service: Service, key: ShownSecret
) -> None:
    client = app.test_client()
    assert client.post("/api/v1/leaked-keys", json={}).status_code == 422
    sent = {"secret": key.secret, "more": 1}
    assert client.post("/api/v1/leaked-keys", json=sent).status_code == 422
    assert works(app, key.key_id, key.secret)
    assert client.get("/api/v1/leaked-keys").status_code == 405
