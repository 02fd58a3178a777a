"""A whole service for the tests of use cases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.service import Clock, service_on
from web.database import Database
from web.wiring import Service


@pytest.fixture
def clock() -> Clock:
    """A clock that stands at noon."""
    return Clock()


@pytest.fixture
def service(empty_database: Database, clock: Clock) -> Iterator[Service]:
    """A service on a database of its own."""
    with service_on(empty_database, clock) as service:
        yield service
