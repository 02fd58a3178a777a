"""Tracking hosts as the panel reads them."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from ledger.journal import Journal
from ledger.tracking_domains import TrackingDomain
from projections.tracking import HostRow
from tests.conftest import NOON
from tests.desk import Desk
from tests.replay.naming import DAY, tracking_domain

ANN = uuid4()
FIRST, SECOND = UUID(int=11), UUID(int=12)
LINKS, NEWS = "links.hollis.com", "news.hollis.com"


@pytest.fixture
def desk(empty_journal: Journal) -> Desk:
    return Desk(empty_journal)


def chosen() -> TrackingDomain:
    it = TrackingDomain(account_id=ANN)
    it.choose(FIRST, LINKS, "k" * 26, NOON)
    return it


def kept(desk: Desk, it: TrackingDomain) -> list[HostRow]:
    desk.record(it.account_id, lambda: it)
    desk.catch_up()
    assert desk.views.parked() == []
    return list(desk.views.tracking.hosts(it.account_id).rows)


def test_the_chosen_host_stands_as_it_is(desk: Desk) -> None:
    it = chosen()
    (row,) = kept(desk, it)
    assert (row.host, row.state, row.chosen_at) == (LINKS, "pending", NOON)
    it.look(FIRST, "found", NOON + DAY, allowed=True, missed_since=None)
    (row,) = kept(desk, it)
    assert (row.state, row.since, row.target) == ("verified", NOON + DAY, "k" * 26)
    it.look(FIRST, "missing", NOON + 3 * DAY, allowed=True, missed_since=NOON)
    (row,) = kept(desk, it)
    assert (row.state, row.why) == ("lost", "missing")


def test_a_cleared_host_is_listed_after_the_chosen_one(desk: Desk) -> None:
    it = chosen()
    it.choose(SECOND, NEWS, "n" * 26, NOON + DAY)
    rows = kept(desk, it)
    assert [(row.host, row.chosen_at is None) for row in rows] == [
        (NEWS, False),
        (LINKS, True),
    ]
    current = desk.views.tracking.hosts(ANN).current
    assert current is not None
    assert current.host == NEWS


def test_without_a_chosen_one_there_is_no_current_host(desk: Desk) -> None:
    assert desk.views.tracking.hosts(uuid4()).current is None
    it = chosen()
    it.clear(NOON)
    assert len(kept(desk, it)) == 1
    assert desk.views.tracking.hosts(ANN).current is None


def test_released_hosts_are_nobodys(desk: Desk) -> None:
    assert kept(desk, tracking_domain(ANN)) == []


def test_the_host_is_sealed_and_unknown_once_the_person_is_erased(desk: Desk) -> None:
    kept(desk, chosen())
    with desk.journal.connections.for_account(ANN) as connection:
        row = connection.execute("SELECT host FROM tracking_hosts").fetchone()
    assert row is not None
    assert b"links" not in bytes(row[0])
    desk.journal.vault.destroy(ANN, "profile")
    assert [one.host for one in desk.views.tracking.hosts(ANN).rows] == [None]
