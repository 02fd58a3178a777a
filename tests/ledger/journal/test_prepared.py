"""Statements that are prepared once: their answers, their troubles, their number."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import psycopg
import pytest

from ledger.journal import prepared
from ledger.journal.prepared import number_from
from tests.conftest import Cluster
from tests.rows import service
from web.database import Database

NEGATED = b"SELECT - $1::int8"


def prepared_on(connection: psycopg.Connection[Any]) -> list[str]:
    rows = connection.execute("SELECT statement FROM pg_prepared_statements")
    return [row[0] for row in rows]


@pytest.mark.parametrize("number", [0, 1, -1, 2**63 - 1, -(2**63) + 1])
def test_numbers_come_back_as_they_are(database: Database, number: int) -> None:
    with service(database) as connection:
        sent = number.to_bytes(8, signed=True)
        assert number_from(connection, NEGATED, [sent]) == -number


def test_a_statement_is_prepared_once_on_a_connection(database: Database) -> None:
    with service(database) as connection:
        for number in range(5):
            number_from(connection, NEGATED, [number.to_bytes(8)])
        assert prepared_on(connection) == [NEGATED.decode()]


def test_what_was_used_longest_ago_leaves_and_may_come_back(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared, "KEPT_MAX", 2)
    statements = [b"SELECT %d::int8" % number for number in range(3)]
    with service(database) as connection:
        for number in (0, 1, 0, 2, 0):
            assert number_from(connection, statements[number], []) == number
        kept = prepared_on(connection)
        assert number_from(connection, statements[1], []) == 1
    assert sorted(kept) == [statements[0].decode(), statements[2].decode()]


@pytest.mark.parametrize("in_transaction", [False, True])
def test_what_the_driver_drops_after_a_rollback_is_prepared_again(
    database: Database, in_transaction: bool
) -> None:
    with service(database) as connection:
        number_from(connection, NEGATED, [bytes(8)])
        with connection.transaction(force_rollback=True):
            connection.execute("SELECT 1", prepare=True)
        if in_transaction:
            with connection.transaction():
                assert number_from(connection, NEGATED, [bytes(8)]) == 0
        else:
            connection.execute("SELECT 1")
            assert prepared_on(connection) == []
            assert number_from(connection, NEGATED, [bytes(8)]) == 0


def test_what_was_dropped_is_noticed_though_another_was_prepared_since(
    database: Database,
) -> None:
    with service(database) as connection:
        number_from(connection, NEGATED, [bytes(8)])
        connection.execute("DEALLOCATE ALL")
        number_from(connection, b"SELECT 1::int8", [])
        with connection.transaction():
            assert number_from(connection, NEGATED, [bytes(8)]) == 0
        assert len(prepared_on(connection)) == 2


def test_what_the_database_refuses_is_told_with_its_constraint(
    database: Database,
) -> None:
    statement = (
        b"WITH made AS (INSERT INTO directory (kind, name, account_id, stream_id)"
        b" VALUES ('test', 'same', $1, $1)) SELECT 1::int8"
    )
    with service(database) as connection, connection.transaction(force_rollback=True):
        assert number_from(connection, statement, [uuid4().bytes]) == 1
        with pytest.raises(psycopg.errors.UniqueViolation) as caught:
            number_from(connection, statement, [uuid4().bytes])
    assert caught.value.diag.constraint_name == "directory_name"


def test_a_missing_value_is_a_null(database: Database) -> None:
    with service(database) as connection:
        asked = b"SELECT coalesce($1::int8, 7)"
        assert number_from(connection, asked, [None]) == 7


def test_a_connection_that_was_cut_is_closed_after_its_error(
    database: Database, cluster: Cluster
) -> None:
    with service(database) as connection:
        number_from(connection, NEGATED, [bytes(8)])
        pid = connection.info.backend_pid
        with psycopg.connect(cluster.superuser, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        with pytest.raises(psycopg.Error):
            number_from(connection, NEGATED, [bytes(8)])
        assert connection.closed
