"""Domains and what became of them as the panel reads them."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from ledger.domains import TERM, SendingDomain
from ledger.journal import Journal
from projections.domains import DomainRow
from tests.conftest import NOON
from tests.desk import Desk
from tests.replay import sending

ANN = UUID(int=7)
LABEL = 26 * "a"


@pytest.fixture
def desk(empty_journal: Journal) -> Desk:
    return Desk(empty_journal)


def added(name: str = "hollis.com") -> SendingDomain:
    return SendingDomain.add(uuid4(), ANN, name, LABEL, NOON)


def record(desk: Desk, it: SendingDomain) -> None:
    desk.record(ANN, lambda: it)


def kept(desk: Desk, *domains: SendingDomain) -> list[DomainRow]:
    for it in domains:
        record(desk, it)
    desk.catch_up()
    assert desk.views.parked() == []
    return list(desk.views.domains.domains(ANN).rows)


def test_a_domain_stands_as_it_is_since_it_became_so(desk: Desk) -> None:
    it = added()
    (row,) = kept(desk, it)
    assert (row.name, row.label, row.state) == ("hollis.com", LABEL, "pending")
    it.find(NOON + TERM)
    it.miss(["dkim2"], NOON + 2 * TERM, NOON + TERM)
    (row,) = kept(desk, it)
    assert (row.state, row.missing) == ("degraded", ["dkim2"])
    assert (row.added_at, row.since) == (NOON, NOON + 2 * TERM)
    it.find(NOON + 3 * TERM)
    (row,) = kept(desk, it)
    assert (row.state, row.missing, row.since) == ("verified", [], NOON + 3 * TERM)


def test_a_removed_domain_is_not_listed(desk: Desk) -> None:
    gone, stays = added(), added("bakery.com")
    gone.remove("withdrawn", NOON)
    assert [row.name for row in kept(desk, gone, stays)] == ["bakery.com"]


def test_a_contest_is_shown_on_both_sides_until_it_ends(desk: Desk) -> None:
    holder, contender = added(), added()
    holder.find(NOON)
    contender.open_contest(holder.id, NOON)
    holder.meet_contest(contender.id, NOON)
    rows = kept(desk, holder, contender)
    assert {row.contest_until for row in rows} == {NOON + TERM}
    holder.give_way(contender.id, NOON + TERM)
    contender.end_contest("transferred", NOON + TERM)
    contender.find(NOON + TERM)
    rows = kept(desk, holder, contender)
    assert {row.contest_until for row in rows} == {None}
    states = {row.domain_id: row.state for row in rows}
    assert states == {holder.id: "failed", contender.id: "verified"}


def test_what_became_of_a_domain_is_told_newest_first_page_by_page(desk: Desk) -> None:
    holder, *others = sending.domains(ANN)
    kept(desk, holder, *others)
    first = desk.views.domains.changes(ANN, holder.id, size=3)
    assert [row.what for row in first.rows] == ["Transferred", "Contested", "Contested"]
    assert first.rows[0].why == "records"
    older = desk.views.domains.changes(ANN, holder.id, before=first.older, size=20)
    assert [row.what for row in older.rows] == [
        *("Recovered", "Degraded", "Verified"),
        *("Resumed", "Failed", "Added"),
    ]
    assert (older.total, older.older) == (9, None)


def test_the_name_is_sealed_and_unknown_once_the_person_is_erased(desk: Desk) -> None:
    kept(desk, added())
    with desk.journal.connections.for_account(ANN) as connection:
        row = connection.execute("SELECT name FROM sending_domains").fetchone()
    assert row is not None
    assert b"hollis" not in bytes(row[0])
    desk.journal.vault.destroy(ANN, "profile")
    assert [one.name for one in desk.views.domains.domains(ANN).rows] == [None]


def test_another_accounts_domains_are_not_shown(desk: Desk) -> None:
    it = added()
    kept(desk, it)
    assert desk.views.domains.domains(uuid4()).rows == []
    assert desk.views.domains.changes(uuid4(), it.id, size=9).rows == []
