"""A whole service for the tests of use cases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from commands.gateways.payments import StripePayments
from tests.commands.money import Till
from tests.commands.subscribing import Member
from tests.commands.topping_up import NOVEMBER, Topper, topper_on
from tests.web import standing_in
from tests.web.service import Clock, service_on
from web.database import Database
from web.wiring import TEST_KEY, Service


@pytest.fixture
def clock() -> Clock:
    """A clock that stands at noon."""
    return Clock()


@pytest.fixture
def service(empty_database: Database, clock: Clock) -> Iterator[Service]:
    """A service on a database of its own."""
    with service_on(empty_database, clock) as service:
        yield service


@pytest.fixture
def till(empty_database: Database, clock: Clock) -> Iterator[Till]:
    """A paid purchase at a stand-in of its own, by the clock on the wall."""
    clock.now = datetime.now(UTC)
    with (
        standing_in.stand_in() as running,
        service_on(empty_database, clock, running.url) as service,
    ):
        service.payments = StripePayments(
            TEST_KEY, standing_in.SECRET, base_address=running.url
        )
        yield Till(service, running, clock)


@pytest.fixture
def topper(empty_database: Database, clock: Clock) -> Iterator[Topper]:
    """Somebody with credits and a card, at a stand-in that has the service's clock."""
    clock.now = NOVEMBER
    with topper_on(empty_database, clock) as found:
        yield found


@pytest.fixture
def member(empty_database: Database, clock: Clock) -> Iterator[Member]:
    """Somebody who may subscribe at a stand-in that has the service's clock."""
    with (
        standing_in.stand_in() as running,
        service_on(empty_database, clock, running.url) as service,
    ):
        running.switch(deliver="never")
        service.payments = StripePayments(
            TEST_KEY, standing_in.SECRET, base_address=running.url
        )
        yield Member(service, running, clock)
