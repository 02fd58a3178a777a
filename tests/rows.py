"""Rows of the journal as tests write them, past aggregates and handlers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import Connection, sql
from psycopg.rows import dict_row

from ledger.journal.append import Append, Once
from ledger.journal.statement import Row
from tests.conftest import NOON
from web.database import Database


def row_of(stream_id: UUID | None = None, version: int = 1, **changed: object) -> Row:
    """Return a row of a stream that stands for an account of its own."""
    stream_id = stream_id or uuid4()
    row = Row(
        account_id=stream_id,
        stream_id=stream_id,
        version=version,
        topic="test_jars.Filled",
        topic_version=1,
        payload=b'{"layer_id":"%s","colour":"white","beans":1}' % str(uuid4()).encode(),
        sealed=None,
        sealed_key_id=None,
        actor_kind="customer",
        actor_id="ann",
        happened_at=NOON,
        origin=None,
        origin_key_id=None,
        correlation_id=uuid4(),
        causation_id=None,
        command_id=uuid4(),
        software="0.1.0",
    )
    return row._replace(**changed)  # type: ignore[arg-type]


def append_of(*rows: Row) -> Append:
    """Return an append of these rows, or of one new stream's first."""
    return Append(list(rows) or [row_of()])


def once_of(row: Row, expires_at: Any = None) -> Once:
    """Return the command row that goes with a row of the journal."""
    return Once(
        row.account_id, row.command_id, "test", bytes(32), uuid4(), b"{}", expires_at
    )


def service(database: Database) -> Connection[Any]:
    """Return an autocommit connection with the service's rights."""
    return psycopg.connect(database.service, autocommit=True)


def auditor(database: Database) -> Connection[Any]:
    """Return an autocommit connection with the auditor's rights."""
    return psycopg.connect(database.auditor, autocommit=True)


def stored(database: Database, stream_id: UUID) -> list[dict[str, Any]]:
    """Return the rows of a stream as the auditor reads them."""
    with auditor(database) as connection:
        return (
            connection.cursor(row_factory=dict_row)
            .execute(
                "SELECT * FROM journal WHERE stream_id = %s ORDER BY version",
                (stream_id,),
            )
            .fetchall()
        )


@contextmanager
def forger(superuser: str, database: Database) -> Iterator[Connection[Any]]:
    """Lend a connection that may do anything, the journal's trigger taken away."""
    name = psycopg.conninfo.conninfo_to_dict(database.owner)["dbname"]
    conninfo = psycopg.conninfo.make_conninfo(superuser, dbname=str(name))
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("ALTER TABLE journal DISABLE TRIGGER journal_is_final")
        yield connection
        connection.execute("ALTER TABLE journal ENABLE ALWAYS TRIGGER journal_is_final")


def forge(connection: Connection[Any], column: str, expression: str, row: Row) -> None:
    """Overwrite one column of a stored row."""
    connection.execute(
        sql.SQL(
            "UPDATE journal SET {} = {} WHERE stream_id = %s AND version = %s"
        ).format(sql.Identifier(column), sql.SQL(expression)),
        (row.stream_id, row.version),
    )
