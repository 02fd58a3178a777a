"""How often a key may ask the API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest

from tests.conftest import NOON
from tests.web.service import Clock, a_key, an_account, service_on
from web import create_app
from web.api.rates import seconds_to_wait
from web.database import Database
from web.wiring import Service


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def service(database: Database, clock: Clock) -> Iterator[Service]:
    with service_on(database, clock) as service:
        yield service


def test_a_key_that_asks_too_often_is_told_when_to_come_back(
    service: Service, clock: Clock
) -> None:
    app, where = create_app(service), f"/api/v1/accounts/{an_account(service)}"
    app.config["API_REQUESTS_MAX"] = 2
    client, key, other = app.test_client(), a_key(service), a_key(service)
    statuses = [client.get(where, headers=key).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    answer = client.get(where, headers=key)
    assert answer.headers["Retry-After"] == "60"
    assert client.get(where, headers=other).status_code == 200
    clock.move(timedelta(seconds=60))
    assert client.get(where, headers=key).status_code == 200


def test_the_wait_lasts_to_the_end_of_the_minute(service: Service) -> None:
    key_id, late = uuid4(), NOON + timedelta(seconds=42)
    waits = [seconds_to_wait(service.connections, key_id, at, 1) for at in (NOON, late)]
    assert waits == [0, 18]
