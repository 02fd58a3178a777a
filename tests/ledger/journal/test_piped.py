"""Statements in a row without waiting: values, counts, troubles and their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import Connection
from psycopg.types.json import Jsonb

from ledger.journal.piped import EAGER, UNREAD_MAX, Pipe, positional
from tests.conftest import Cluster
from tests.rows import service
from web.database import Database

VALUES: dict[str, tuple[str, Any]] = {
    "a": ("uuid", UUID(int=7)),
    "b": ("bigint", -(2**60)),
    "c": ("smallint", 12),
    "d": ("text", "Åsa's \\ 100"),
    "e": ("boolean", True),
    "f": ("date", date(1999, 12, 31)),
    "g": ("timestamptz", datetime(1970, 1, 1, 5, tzinfo=UTC)),
    "h": ("bytea", b"\0\1"),
    "i": ("uuid[]", [UUID(int=1), UUID(int=2)]),
    "j": ("bigint[]", [1, -2]),
    "k": ("text[]", ["a", "b"]),
    "l": ("text[]", []),
    "m": ("jsonb", Jsonb({"a": [1]})),
    "n": ("text", None),
}
KEEP = (
    f"INSERT INTO got ({', '.join(VALUES)})"
    f" VALUES ({', '.join(f'%({name})s' for name in VALUES)})"
)
ADD = "INSERT INTO got (b) VALUES (%(number)s)"
NUMBERS = "SELECT b FROM got ORDER BY b"


@pytest.fixture
def connection(database: Database) -> Iterator[Connection[Any]]:
    with service(database) as made:
        columns = ", ".join(f"{name} {kind}" for name, (kind, _) in VALUES.items())
        made.execute(f"CREATE TEMP TABLE got ({columns}, UNIQUE (b))".encode())
        yield made


def numbers(connection: Connection[Any]) -> list[int]:
    return [row[0] for row in connection.execute(NUMBERS)]


def prepared_on(connection: Connection[Any]) -> list[str]:
    rows = connection.execute("SELECT statement FROM pg_prepared_statements")
    return [row[0] for row in rows]


def send_all(connection: Connection[Any], what: Iterable[tuple[str, int]]) -> None:
    with connection.transaction(), Pipe(connection) as pipe:
        for sql, number in what:
            pipe.send(sql, {"number": number})


def test_names_become_numbers_and_the_same_name_the_same_number() -> None:
    found = positional("SELECT %(b)s, %(a)s, %(b)s")
    assert found == (b"SELECT $1, $2, $1", ("b", "a"))


def test_values_arrive_as_the_driver_itself_would_send_them(
    connection: Connection[Any],
) -> None:
    values = {name: value for name, (_, value) in VALUES.items()}
    with connection.transaction():
        with Pipe(connection) as pipe:
            pipe.send(KEEP, {**values, "unused": object()})
        connection.execute("CREATE TEMP TABLE ours AS SELECT * FROM got")
        connection.execute("DELETE FROM got")
        connection.execute(KEEP.encode(), values)
    row = connection.execute("SELECT * FROM got").fetchone()
    assert row is not None
    assert row == connection.execute("SELECT * FROM ours").fetchone()
    assert row[:4] == (UUID(int=7), -(2**60), 12, "Åsa's \\ 100")


@pytest.mark.parametrize("count", [1, EAGER, UNREAD_MAX, UNREAD_MAX * 2 + 3])
def test_statements_run_in_their_order_however_many(
    connection: Connection[Any], count: int
) -> None:
    with connection.transaction(), Pipe(connection) as pipe:
        sent = [pipe.send(ADD, {"number": number}) for number in range(count)]
        moved = pipe.send("UPDATE got SET c = %(c)s WHERE b >= 0", {"c": 1})
    assert {one.rowcount for one in sent} == {1}
    assert moved.rowcount == count
    assert numbers(connection) == list(range(count))


def test_the_first_trouble_is_raised_and_nothing_after_it_is_done(
    connection: Connection[Any],
) -> None:
    wrong = "UPDATE got SET nothing_like_this = %(number)s"
    with pytest.raises(psycopg.errors.UniqueViolation):
        send_all(connection, [(ADD, 1), (ADD, 1), (ADD, 2), (wrong, 3)])
    assert numbers(connection) == []


def test_what_was_prepared_in_vain_is_prepared_again(
    connection: Connection[Any],
) -> None:
    later = "UPDATE got SET c = %(number)s"
    with pytest.raises(psycopg.errors.UniqueViolation):
        send_all(connection, [(ADD, 1), (ADD, 1), (later, 5)])
    send_all(connection, [(ADD, 1), (ADD, 2), (later, 5)])
    assert sorted(prepared_on(connection)) == [
        "INSERT INTO got (b) VALUES ($1)",
        "UPDATE got SET c = $1",
    ]
    assert connection.execute("SELECT b, c FROM got ORDER BY b").fetchall() == [
        (1, 5),
        (2, 5),
    ]


def test_a_mistake_of_ours_leaves_the_connection_as_it_was(
    connection: Connection[Any],
) -> None:
    with pytest.raises(KeyError, match="nobody"):
        send_all(connection, [(ADD, 1), (ADD.replace("number", "nobody"), 1)])
    send_all(connection, [(ADD, 2)])
    assert numbers(connection) == [2]


def test_what_the_driver_drops_after_a_rollback_is_prepared_again(
    connection: Connection[Any],
) -> None:
    for number in range(3):
        with connection.transaction(), Pipe(connection) as pipe:
            pipe.send(ADD, {"number": number})
        with connection.transaction(force_rollback=True):
            connection.execute("SELECT 1", prepare=True)
    assert numbers(connection) == [0, 1, 2]


def test_a_statement_is_prepared_once_for_the_same_kinds_of_values(
    connection: Connection[Any],
) -> None:
    with connection.transaction(), Pipe(connection) as pipe:
        for number in (1, 2, None, None):
            pipe.send(ADD, {"number": number})
    assert prepared_on(connection) == ["INSERT INTO got (b) VALUES ($1)"] * 2


def test_a_connection_that_was_cut_is_a_trouble_of_the_database(
    connection: Connection[Any], cluster: Cluster
) -> None:
    def cutting() -> Iterator[tuple[str, int]]:
        yield ADD, 1
        pid = connection.info.backend_pid
        with psycopg.connect(cluster.superuser, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        yield ADD, 2

    with pytest.raises(psycopg.OperationalError):
        send_all(connection, cutting())
    assert connection.closed
