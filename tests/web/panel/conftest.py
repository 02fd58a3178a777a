"""Somebody in his panel, on a database of his own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.service import Clock
from tests.web.signed_in import Inhabitant, inhabitant
from web.database import Database


@pytest.fixture
def ida(empty_database: Database) -> Iterator[Inhabitant]:
    """A customer with a password, who is signed in."""
    with inhabitant(empty_database, Clock()) as ida:
        yield ida
