"""Positions rise, leave no fact behind, and are never issued twice."""

from __future__ import annotations

import random
import threading
import time

import psycopg
import pytest

from ledger.journal import Journal, NotAdopted, Place, Reader
from ledger.journal.append import commit
from ledger.journal.positions import LEAP, adopt, check_adopted, current_epoch, horizon
from tests.rows import append_of, auditor, row_of, service
from web.database import Database


def positions_below_horizon(database: Database, journal: Journal) -> list[int]:
    with auditor(database) as connection:
        reader = Reader(journal.connections, journal.facts)
        return [fact.position for fact in reader.batch(connection, 0, 10_000)]


def test_nothing_above_a_slow_writer_is_read_until_it_commits(
    empty_journal: Journal, empty_database: Database
) -> None:
    with (
        service(empty_database) as slow,
        service(empty_database) as quick,
        slow.transaction(),
    ):
        first = commit(slow, [append_of()])[0]
        later = [commit(quick, [append_of()])[0][0] for _ in range(5)]
        assert positions_below_horizon(empty_database, empty_journal) == []
    assert positions_below_horizon(empty_database, empty_journal) == [*first, *later]


def test_a_writer_that_gives_up_leaves_a_gap_and_nothing_else(
    empty_journal: Journal, empty_database: Database
) -> None:
    with service(empty_database) as connection:
        before = commit(connection, [append_of()])[0]
        with connection.transaction(force_rollback=True):
            lost = commit(connection, [append_of()])[0]
        after = commit(connection, [append_of()])[0]
    assert before < lost < after
    assert positions_below_horizon(empty_database, empty_journal) == before + after


def write_with_pauses(database: Database, seed: int, until: float) -> None:
    chance = random.Random(seed)
    with service(database) as connection:
        while time.monotonic() < until:
            give_up = chance.random() < 0.1
            with connection.transaction(force_rollback=give_up):
                commit(connection, [append_of(*[row_of() for _ in range(3)])])
                time.sleep(chance.random() * 0.01)


def test_a_follower_of_many_pausing_writers_sees_everything_in_final_order(
    empty_journal: Journal, empty_database: Database
) -> None:
    until = time.monotonic() + 1.5
    writers = [
        threading.Thread(target=write_with_pauses, args=(empty_database, n, until))
        for n in range(6)
    ]
    reader, seen = Reader(empty_journal.connections, empty_journal.facts), [0]
    for writer in writers:
        writer.start()
    with auditor(empty_database) as connection:
        while any(writer.is_alive() for writer in writers):
            seen += [f.position for f in reader.batch(connection, seen[-1], 7)]
        while page := reader.batch(connection, seen[-1], 7):
            seen += [fact.position for fact in page]
        rows = connection.execute("SELECT position FROM journal ORDER BY 1").fetchall()
    assert seen[1:] == [position for (position,) in rows]
    assert len(rows) > 300


def test_a_second_insert_in_one_transaction_fails_loudly(database: Database) -> None:
    with service(database) as connection, connection.transaction(force_rollback=True):
        commit(connection, [append_of()])
        with pytest.raises(psycopg.errors.UniqueViolation) as caught:
            commit(connection, [append_of()])
    assert caught.value.diag.constraint_name == "journal_position"


def test_rows_of_one_append_have_neighbouring_positions(database: Database) -> None:
    with service(database) as connection:
        found = commit(connection, [append_of(row_of(), row_of()), append_of(row_of())])
    base = found[0][0]
    assert found == [[base, base + 1], [base + 2]]
    assert base % (1 << 20) == 0


def test_a_place_is_written_and_read_as_a_string() -> None:
    place = Place(1, 7, (1 << 60) + 3)
    assert str(place) == "1.7.1152921504606846979"
    assert Place.parse(str(place)) == place


@pytest.mark.parametrize("text", ["", "1.2", "1.2.3.4", "1.2.x", "1.-2.3", "1.2.٣"])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="has the form"):
        Place.parse(text)


def test_a_known_server_needs_no_adoption(database: Database) -> None:
    with psycopg.connect(database.owner, autocommit=True) as owner:
        assert adopt(owner) is None
        assert check_adopted(owner) == current_epoch(owner)


@pytest.mark.parametrize("column", ["timeline", "system_identifier"])
def test_another_timeline_or_server_is_not_adopted(
    empty_database: Database, column: str
) -> None:
    with psycopg.connect(empty_database.owner, autocommit=True) as owner:
        owner.execute(f"UPDATE journal_epoch SET {column} = {column} + 1")
        with pytest.raises(NotAdopted, match="daybook migrate"):
            check_adopted(owner)


def test_a_journal_without_an_epoch_is_not_adopted(empty_database: Database) -> None:
    with psycopg.connect(empty_database.owner, autocommit=True) as owner:
        owner.execute("DELETE FROM journal_epoch")
        with pytest.raises(NotAdopted, match="no epoch"):
            current_epoch(owner)


def test_an_adoption_leaps_over_all_that_may_have_been_lost(
    empty_database: Database,
) -> None:
    with psycopg.connect(empty_database.owner, autocommit=True) as owner:
        with service(empty_database) as connection:
            highest = commit(connection, [append_of()])[0][0] >> 20
        owner.execute("UPDATE journal_epoch SET timeline = timeline + 1")
        with owner.transaction():
            row = owner.execute("SELECT pg_current_xact_id()::text::bigint").fetchone()
            epoch = adopt(owner)
        assert row is not None
        assert epoch is not None
        assert epoch.base == highest + LEAP - row[0]
        assert horizon(owner) >> 20 >= highest + LEAP


def test_an_adoption_leaps_even_if_nothing_survived_of_the_last_one(
    empty_database: Database,
) -> None:
    with psycopg.connect(empty_database.owner, autocommit=True) as owner:
        bases = []
        for _ in range(3):
            owner.execute("UPDATE journal_epoch SET timeline = timeline + 1")
            assert adopt(owner) is not None
            row = owner.execute("SELECT max(first_xid) FROM journal_epoch").fetchone()
            assert row is not None
            bases.append(row[0])
    assert bases[1] - bases[0] == bases[2] - bases[1] == LEAP


def test_a_server_far_ahead_gets_no_base_below_zero(empty_database: Database) -> None:
    with psycopg.connect(empty_database.owner, autocommit=True) as owner:
        owner.execute(
            "UPDATE journal_epoch SET timeline = timeline + 1, first_xid = %s", (-LEAP,)
        )
        epoch = adopt(owner)
    assert epoch is not None
    assert epoch.base == 0
