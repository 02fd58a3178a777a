"""How often a key may ask the API."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest

from commands.limiter import BUCKETS, Bucket
from tests.web.service import Clock, a_key, an_account, service_on
from web import create_app
from web.access import buckets
from web.database import Database
from web.wiring import Service


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(empty_database: Database, clock: Clock) -> Iterator[Service]:
    with service_on(empty_database, clock) as service:
        yield service


def test_a_key_that_asks_too_often_is_told_when_to_come_back(
    service: Service, clock: Clock
) -> None:
    app, where = create_app(service), f"/api/v1/accounts/{an_account(service)}"
    buckets(app)["api"] = Bucket("api", 2, 60)
    client, key, other = app.test_client(), a_key(service), a_key(service)
    statuses = [client.get(where, headers=key).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    clock.move(timedelta(seconds=18))
    answer = client.get(where, headers=key)
    assert answer.headers["Retry-After"] == "42"
    assert answer.get_json()["type"] == "/problems/too-many-requests"
    assert client.get(where, headers=other).status_code == 200
    clock.move(timedelta(seconds=42))
    assert client.get(where, headers=key).status_code == 200


def test_who_guesses_keys_is_told_to_wait_but_a_good_key_goes_through(
    service: Service,
) -> None:
    client = create_app(service).test_client()
    where, good = f"/api/v1/accounts/{an_account(service)}", a_key(service)
    guess = b64encode(f"{uuid4()}:x".encode()).decode()
    tries = BUCKETS["key_failures_ip"].hits_max + 1
    statuses = [
        client.get(where, headers={"Authorization": f"Basic {guess}"}).status_code
        for _ in range(tries)
    ]
    assert statuses == [401] * (tries - 1) + [429]
    assert client.get(where, headers=good).status_code == 200
    assert client.get(where).status_code == 401
