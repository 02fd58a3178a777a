"""A service on a database of its module, its app, and who asks it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Cluster, set_environment
from tests.web.browsing import Browser
from tests.web.service import Clock, service_on
from tests.web.standing_in import StandIn, stand_in
from web import create_app
from web.database import Database
from web.wiring import Service


@pytest.fixture(scope="module")
def clock() -> Clock:
    """A clock that stands still until it is moved."""
    return Clock()


@pytest.fixture(scope="module")
def service(cluster: Cluster, clock: Clock) -> Iterator[Service]:
    """A service that nobody but this module's tests uses."""
    with service_on(cluster.new_database(), clock) as service:
        yield service


@pytest.fixture(scope="module")
def app(service: Service) -> Flask:
    """The service over HTTP."""
    return create_app(service)


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    """A program that keeps nothing from one request to the next."""
    return app.test_client(use_cookies=False)


@pytest.fixture(scope="module")
def running() -> Iterator[StandIn]:
    """A stand-in for payments, on loopback, and the service it calls."""
    with stand_in() as made:
        yield made


@pytest.fixture
def browser(app: Flask, clock: Clock) -> Browser:
    """A browser whose network has asked for nothing in the last minutes."""
    clock.move(timedelta(minutes=10))
    return Browser(app)


@pytest.fixture
def var(
    monkeypatch: pytest.MonkeyPatch, empty_database: Database, tmp_path: Path
) -> Path:
    """An operator's folder; his commands find the database of this test alone."""
    set_environment(monkeypatch, empty_database, DAYBOOK_VAR=str(tmp_path))
    return tmp_path
