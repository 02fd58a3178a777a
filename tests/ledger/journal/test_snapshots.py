"""Snapshots make loading short and never change what is loaded."""

from __future__ import annotations

from typing import Any, TypedDict
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import StoredEvent

from ledger.journal import Journal
from ledger.journal.recorder import JournalRecorder
from tests.bench.bench_reading import long_stream
from tests.conftest import NOON, context_at
from tests.jars import FillJar, Jar, fill_jar
from tests.rows import service
from web.database import Database


def forget_snapshots(database: Database) -> None:
    with service(database) as connection:
        connection.execute("DELETE FROM snapshots")


def state_of(jar: Jar) -> dict[str, Any]:
    return dict(vars(jar))


@pytest.fixture
def rows_read(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows each reading of a stream took."""
    counted: list[int] = []
    select = JournalRecorder.select_events

    def counting(self: JournalRecorder, *args: Any, **kwargs: Any) -> list[StoredEvent]:
        found = list(select(self, *args, **kwargs))
        counted.append(len(found))
        return found

    monkeypatch.setattr(JournalRecorder, "select_events", counting)
    return counted


def test_ten_thousand_events_load_from_at_most_a_hundred_rows(
    journal: Journal, database: Database, rows_read: list[int]
) -> None:
    stream = long_stream(journal, 10_000)
    command = FillJar(account_id=journal.fresh(Jar, stream).account_id, jar_id=stream)
    fill_jar(journal, command, context_at(NOON))
    rows_read.clear()
    short = state_of(journal.fresh(Jar, stream))
    assert rows_read[0] <= Jar.SNAPSHOT_EVERY
    forget_snapshots(database)
    full = state_of(journal.fresh(Jar, stream))
    assert rows_read[1] == 10_001
    assert short == full


def test_a_stream_has_one_snapshot_at_most(
    journal: Journal, database: Database
) -> None:
    stream = long_stream(journal, 450)
    with service(database) as connection:
        rows = connection.execute(
            "SELECT version FROM snapshots WHERE stream_id = %s", (stream,)
        ).fetchall()
    assert len(rows) == 1


def test_an_earlier_version_is_loaded_past_a_later_snapshot(journal: Journal) -> None:
    stream = long_stream(journal, 250)
    jar = journal.fresh(Jar, stream, upto=120)
    assert (jar.version, jar.beans) == (120, 119)


class OtherState(TypedDict):
    account_id: UUID
    name: str | None
    beans: str
    layers: dict[UUID, Any]


def test_a_state_of_another_shape_falls_back_to_full_replay(
    journal: Journal, rows_read: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = long_stream(journal, 220)
    monkeypatch.setattr(Jar, "STATE", OtherState)
    rows_read.clear()
    jar = journal.fresh(Jar, stream)
    assert (jar.beans, rows_read) == (219, [220])


def test_a_snapshot_holds_no_personal_text_in_clear(
    journal: Journal, database: Database
) -> None:
    stream = long_stream(journal, 220)
    with service(database) as connection:
        row = connection.execute(
            "SELECT state, key_id FROM snapshots WHERE stream_id = %s", (stream,)
        ).fetchone()
    assert row is not None
    assert b"Ann" not in bytes(row[0])
    assert row[1] is not None


def test_a_snapshot_put_in_anothers_place_is_noticed(
    journal: Journal, database: Database
) -> None:
    stream, other = (long_stream(journal, 220) for _ in range(2))
    with service(database) as connection:
        connection.execute("DELETE FROM snapshots WHERE stream_id = %s", (stream,))
        connection.execute(
            "INSERT INTO snapshots SELECT %s, version, account_id, topic, state, key_id"
            " FROM snapshots WHERE stream_id = %s",
            (stream, other),
        )
    with pytest.raises(ValueError, match="do not fit"):
        journal.fresh(Jar, stream)


def test_a_stream_that_does_not_exist_has_no_snapshot(journal: Journal) -> None:
    assert journal.kept.load(Jar, uuid4()) is None
