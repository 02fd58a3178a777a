"""A service with members of the staff of every role, signed in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.conftest import Cluster
from tests.web.service import Clock, service_on
from tests.web.staffing import Joined, joined
from web import create_app
from web.access import buckets
from web.database import Database
from web.wiring import Service


@pytest.fixture(scope="module")
def clock() -> Clock:
    """A clock that stands still until it is moved."""
    return Clock()


@pytest.fixture(scope="module")
def database(cluster: Cluster) -> Database:
    """The database of this module."""
    return cluster.new_database()


@pytest.fixture(scope="module")
def service(database: Database, clock: Clock) -> Iterator[Service]:
    """A service on the database of this module."""
    with service_on(database, clock) as service:
        yield service


@pytest.fixture(scope="module")
def app(service: Service) -> Flask:
    """The app; nobody is told to wait."""
    app = create_app(service)
    buckets(app).clear()
    return app


@pytest.fixture(scope="module")
def support(service: Service, app: Flask, clock: Clock) -> Joined:
    """A member of the support."""
    return joined(service, app, clock, "support")


@pytest.fixture(scope="module")
def finance(service: Service, app: Flask, clock: Clock) -> Joined:
    """A member of the finance department."""
    return joined(service, app, clock, "finance")


@pytest.fixture(scope="module")
def auditor(service: Service, app: Flask, clock: Clock) -> Joined:
    """An auditor."""
    return joined(service, app, clock, "auditor")
