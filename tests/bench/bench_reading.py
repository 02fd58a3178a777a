"""Loading a long stream, replaying the journal and verifying its chain."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import psycopg

from ledger.journal import Journal, Reader
from ledger.journal.context import Once
from ledger.journal.reader import COLUMNS, PAGE_ROWS
from ledger.journal.verify import verify_chain
from tests.bench.stage import durable_database, median_of_rounds, open_journal
from tests.conftest import NOON, context_at
from tests.jars import Jar
from web.database import Database

STREAM_EVENTS = 10_000
EVENTS_A_RECORD = 200
REPLAYED_EVENTS = 60_000
ROUNDS = 3


def run(scale: float) -> dict[str, float]:
    """Return milliseconds of a load, and events or rows a second of a replay."""
    with durable_database() as database, open_journal(database) as journal:
        found = _loads(journal, database)
        for _ in range(int(REPLAYED_EVENTS * scale) // STREAM_EVENTS - 1):
            long_stream(journal, STREAM_EVENTS)
        return found | _replays(journal, database)


def long_stream(journal: Journal, events: int) -> UUID:
    """Record a jar with that many events; return its id."""
    jar = Jar._create(
        event_class=Jar.Labelled, id=uuid4(), account_id=uuid4(), name="Ann"
    )
    while jar.version < events:
        fresh = min(EVENTS_A_RECORD, events - jar.version)
        for number in range(fresh):
            jar.fill(UUID(int=number), "white", 1)
        context = context_at(NOON, ip="192.0.2.7")
        once = Once(jar.account_id, uuid4(), "bench", b"{}")
        known = {name: getattr(context, name) for name in context.__slots__}
        journal.record(jar, context=type(context)(**{**known, "once": once}))
    return jar.id


def _loads(journal: Journal, database: Database) -> dict[str, float]:
    stream_id = long_stream(journal, STREAM_EVENTS)
    load = partial(_seconds, partial(journal.fresh, Jar, stream_id))
    load()
    with_snapshot = median_of_rounds(9, {"load": load})["load"]
    with psycopg.connect(database.owner) as connection:
        connection.execute("DELETE FROM snapshots")
    without = median_of_rounds(ROUNDS, {"load": load})["load"]
    return {
        "load.10000_events.milliseconds": with_snapshot * 1000,
        "load.10000_events_without_snapshot.milliseconds": without * 1000,
    }


def _replays(journal: Journal, database: Database) -> dict[str, float]:
    reader = Reader(journal.connections, journal.facts)
    with psycopg.connect(database.auditor, autocommit=True) as connection:
        row = connection.execute("SELECT count(*) FROM journal").fetchone()
        assert row is not None
        rates = median_of_rounds(
            ROUNDS,
            {
                "raw": lambda: row[0] / _seconds(lambda: _plain_cursor(connection)),
                "replay": lambda: (
                    row[0] / _seconds(lambda: _exhaust(reader.stream(connection)))
                ),
                "verify": lambda: (
                    row[0] / _seconds(lambda: _exhaust(verify_chain(connection)))
                ),
            },
        )
    return {
        "replay.cursor_rows_per_second": rates["raw"],
        "replay.events_per_second": rates["replay"],
        "replay.ratio_to_cursor": rates["replay"] / rates["raw"],
        "verify.rows_per_second": rates["verify"],
    }


def _plain_cursor(connection: psycopg.Connection[Any]) -> None:
    with connection.transaction(), connection.cursor("plain") as cursor:
        cursor.itersize = PAGE_ROWS
        cursor.execute(f"SELECT {COLUMNS} FROM journal ORDER BY position", binary=True)
        _exhaust(cursor)


def _exhaust(things: Iterable[object]) -> None:
    for _ in things:
        pass


def _seconds(deed: Callable[[], object]) -> float:
    begun = time.perf_counter()
    deed()
    return time.perf_counter() - begun
