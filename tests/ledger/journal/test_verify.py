"""A changed row is found by its hash, whichever column was changed."""

from __future__ import annotations

from uuid import uuid4

import pytest

from ledger.journal import Journal, seal
from ledger.journal.append import commit
from ledger.journal.statement import Row
from ledger.journal.verify import Broken, verify_chain
from tests.conftest import Cluster
from tests.rows import append_of, auditor, forge, forger, row_of, service
from web.database import Database

FORGERIES = {
    "position": "position - 1",
    "account_id": "gen_random_uuid()",
    "topic": "topic || 'x'",
    "topic_version": "topic_version + 1::smallint",
    "payload": "payload || '\\x20'",
    "sealed": "sealed || '\\x00'",
    "sealed_key_id": "gen_random_uuid()",
    "actor_kind": "'staff'",
    "actor_id": "'bob'",
    "happened_at": "happened_at - interval '1 microsecond'",
    "recorded_at": "recorded_at + interval '1 microsecond'",
    "origin": "'\\x00'",
    "origin_key_id": "gen_random_uuid()",
    "correlation_id": "gen_random_uuid()",
    "causation_id": "gen_random_uuid()",
    "command_id": "gen_random_uuid()",
    "software": "'0.2.0'",
}


def stream_of(
    database: Database, key_id: object = None, versions: int = 4
) -> list[Row]:
    """Record a stream; return its rows."""
    stream = uuid4()
    rows = [
        row_of(
            stream,
            version,
            sealed=key_id and b"sealed",
            sealed_key_id=key_id,
            origin=key_id and b"origin",
            origin_key_id=key_id,
            account_id=row_of().account_id if key_id is None else ACCOUNT,
        )
        for version in range(1, versions + 1)
    ]
    with service(database) as connection:
        commit(connection, [append_of(rows[0])])
        commit(connection, [append_of(*rows[1:])])
    return rows


ACCOUNT = uuid4()


def broken_in(database: Database) -> list[Broken]:
    with auditor(database) as connection:
        return list(verify_chain(connection))


def test_every_column_has_a_forgery_here() -> None:
    assert set(FORGERIES) | {"stream_id", "version"} == set(seal.NAMES)


def test_a_changed_column_breaks_its_row_and_no_other(
    cluster: Cluster, empty_database: Database, empty_journal: Journal
) -> None:
    sealed = empty_journal.vault.seal(ACCOUNT, "profile", b"Ann", b"")
    for column, expression in FORGERIES.items():
        rows = stream_of(empty_database, sealed.key_id)
        assert broken_in(empty_database) == []
        with forger(cluster.superuser, empty_database) as connection:
            forge(connection, column, expression, rows[1])
            found = broken_in(empty_database)
            connection.execute(
                "DELETE FROM journal WHERE stream_id = %s", (rows[1].stream_id,)
            )
        assert [(b.stream_id, b.version) for b in found] == [(rows[1].stream_id, 2)]
        assert "its hash does not fit" in str(found[0]), column


def test_a_null_put_where_a_value_was_is_noticed(
    cluster: Cluster, empty_database: Database, empty_journal: Journal
) -> None:
    sealed = empty_journal.vault.seal(ACCOUNT, "profile", b"Ann", b"")
    rows = stream_of(empty_database, sealed.key_id)
    with forger(cluster.superuser, empty_database) as connection:
        connection.execute(
            "UPDATE journal SET origin = NULL, origin_key_id = NULL"
            " WHERE stream_id = %s AND version = 3",
            (rows[0].stream_id,),
        )
    assert [b.version for b in broken_in(empty_database)] == [3]


def test_a_hash_made_to_fit_breaks_its_successor(
    cluster: Cluster, empty_database: Database
) -> None:
    rows = stream_of(empty_database)
    with forger(cluster.superuser, empty_database) as connection:
        forge(connection, "hash", f"'\\x{'00' * 32}'", rows[1])
    assert [b.version for b in broken_in(empty_database)] == [2, 3]


@pytest.mark.parametrize(("removed", "named"), [(1, 2), (2, 3), (3, 4)])
def test_a_removed_row_shows_at_the_one_after_it(
    cluster: Cluster, empty_database: Database, removed: int, named: int
) -> None:
    rows = stream_of(empty_database)
    with forger(cluster.superuser, empty_database) as connection:
        connection.execute(
            "DELETE FROM journal WHERE stream_id = %s AND version = %s",
            (rows[0].stream_id, removed),
        )
    (broken,) = broken_in(empty_database)
    assert (broken.version, broken.why) == (named, f"version {removed} is missing")


def test_two_rows_that_changed_places_are_both_named(
    cluster: Cluster, empty_database: Database
) -> None:
    rows = stream_of(empty_database)
    with forger(cluster.superuser, empty_database) as connection:
        for old, new in ((2, 99), (3, 2), (99, 3)):
            connection.execute(
                "UPDATE journal SET version = %s WHERE stream_id = %s AND version = %s",
                (new, rows[0].stream_id, old),
            )
    assert {b.version for b in broken_in(empty_database)} == {2, 3, 4}


def test_a_row_moved_to_another_stream_is_missed_there_and_named_here(
    cluster: Cluster, empty_database: Database
) -> None:
    rows, other = stream_of(empty_database), stream_of(empty_database, versions=1)
    with forger(cluster.superuser, empty_database) as connection:
        forge(connection, "stream_id", f"'{other[0].stream_id}'", rows[1])
    found = {(b.stream_id, b.version) for b in broken_in(empty_database)}
    assert found == {(rows[0].stream_id, 3), (other[0].stream_id, 2)}


def test_progress_is_told_and_ends_at_the_number_of_rows(
    empty_database: Database,
) -> None:
    stream_of(empty_database)
    told: list[int] = []
    with auditor(empty_database) as connection:
        assert list(verify_chain(connection, progress=told.append)) == []
    assert told == [4]


def test_one_account_can_be_verified_alone(
    cluster: Cluster, empty_database: Database
) -> None:
    mine, other = stream_of(empty_database), stream_of(empty_database)
    with forger(cluster.superuser, empty_database) as connection:
        forge(connection, "software", "'9'", other[0])
    with auditor(empty_database) as connection:
        assert list(verify_chain(connection, mine[0].account_id)) == []
        assert len(list(verify_chain(connection, other[0].account_id))) == 1
