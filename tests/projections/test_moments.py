"""What was known at a moment."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import psycopg

from ledger.journal import Journal, Reader
from projections import moments
from tests.desk import Desk, Purse
from web.database import Database


def positions(database: Database) -> list[int]:
    with psycopg.connect(database.auditor) as connection:
        rows = connection.execute("SELECT position FROM journal ORDER BY 1").fetchall()
    return [position for (position,) in rows]


def test_the_horizon_of_a_moment_parts_what_was_known_from_what_came_later(
    empty_journal: Journal, empty_database: Database
) -> None:
    reader = Reader(empty_journal.connections, empty_journal.facts)
    purse = Purse(Desk(empty_journal))
    purse.grant(1)
    with empty_journal.connections.direct() as connection:
        assert moments.note(reader, connection)
        purse.grant(2)
        known = moments.known_at(connection, datetime.now(UTC))
    assert known is not None
    assert [position < known.position for position in positions(empty_database)] == [
        True,
        True,
        False,
    ]


def test_before_the_first_note_nothing_is_said(empty_journal: Journal) -> None:
    reader = Reader(empty_journal.connections, empty_journal.facts)
    with empty_journal.connections.direct() as connection:
        moments.note(reader, connection)
        long_ago = datetime.now(UTC) - timedelta(hours=1)
        assert moments.known_at(connection, long_ago) is None


def test_a_minute_is_noted_once_and_the_keeper_stops_when_told(
    empty_journal: Journal, empty_database: Database
) -> None:
    reader, stop = (
        Reader(empty_journal.connections, empty_journal.facts),
        threading.Event(),
    )
    keepers = [
        threading.Thread(
            target=moments.keep, args=(empty_journal.connections, reader, stop)
        )
        for _ in range(2)
    ]
    for keeper in keepers:
        keeper.start()
    with psycopg.connect(empty_database.auditor, autocommit=True) as connection:
        sql = "SELECT count(*), count(DISTINCT minute) FROM moments"
        while (counts := connection.execute(sql).fetchone()) == (0, 0):
            pass
    stop.set()
    for keeper in keepers:
        keeper.join(5)
    assert counts is not None
    assert counts[0] == counts[1]
    assert not any(keeper.is_alive() for keeper in keepers)
