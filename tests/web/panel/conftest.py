"""Somebody in his panel."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.conftest import NOON
from tests.web.browsing import customer
from tests.web.reading import Ann
from tests.web.service import Clock
from tests.web.signed_in import Inhabitant, inhabitant
from web.database import Database
from web.wiring import Service


@pytest.fixture
def ida(empty_database: Database) -> Iterator[Inhabitant]:
    """A customer with a password, who is signed in, on a database of his own."""
    with inhabitant(empty_database, Clock()) as ida:
        yield ida


@pytest.fixture
def ann(service: Service, app: Flask, clock: Clock) -> Ann:
    """A customer who does things, and whose pages are read."""
    clock.now = NOON
    browser, account_id = customer(service, app)
    return Ann(service, clock, browser, account_id)
