"""Connections, asked for by account, so that accounts may one day live apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool, PoolTimeout

from ledger.aggregate import SYSTEM
from ledger.journal.positions import NotAdopted, check_adopted

SETTINGS = (
    "SET statement_timeout = '30s'; SET lock_timeout = '5s';"
    " SET idle_in_transaction_session_timeout = '5s'; SET TIME ZONE 'UTC';"
    " SET synchronous_commit = on; SET plan_cache_mode = force_generic_plan"
)
"""What every connection of the service is set to: no writer holds the horizon back.

An append of several rows would otherwise be planned anew each time.
"""
WRITE_LIMIT = "SET transaction_timeout = '5s'"
"""PostgreSQL 17 and later: no transaction of the pool lasts longer."""


class Unreachable(Exception):  # noqa: N818 - a fact about the database
    """The database does not answer; asking again later may help."""


class Connections:
    """A pool for the cell an account lives in; today there is one cell."""

    def __init__(
        self, conninfo: str, *, direct: str | None = None, size_max: int = 8
    ) -> None:
        """`direct` is where long reads go when a pooler stands before `conninfo`."""
        self.conninfo = conninfo
        self._direct = direct or conninfo
        self.trouble: NotAdopted | None = None
        self._pool: ConnectionPool[Connection[Any]] = ConnectionPool(
            conninfo,
            min_size=1,
            max_size=size_max,
            open=False,
            timeout=5.0,
            configure=self._configure,
            check=ConnectionPool.check_connection,
            kwargs={"autocommit": True},
        )

    def open(self) -> None:
        """Open the pool; raises Unreachable when nothing answers in time."""
        try:
            self._pool.open(wait=True, timeout=30.0)
        except PoolTimeout as trouble:
            raise Unreachable("the database does not answer") from trouble

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    @contextmanager
    def for_account(self, account_id: UUID) -> Iterator[Connection[Any]]:
        """Lend an autocommit connection to the cell of this account.

        Raises Unreachable when there is none in time, or when it breaks.
        """
        del account_id
        try:
            connection = self._pool.getconn()
        except PoolTimeout as trouble:
            raise Unreachable("no connection to the database is free") from trouble
        try:
            yield connection
        except psycopg.OperationalError as trouble:
            if connection.closed:
                raise Unreachable("the connection broke") from trouble
            raise
        finally:
            self._pool.putconn(connection)

    def direct(self) -> Connection[Any]:
        """Return a connection of its own, outside the pool, for long reads.

        Raises Unreachable when there is no answer.
        """
        try:
            return Connection.connect(self._direct, autocommit=True)
        except psycopg.OperationalError as trouble:
            raise Unreachable("the database does not answer") from trouble

    def require_adopted(self, connection: Connection[Any] | None = None) -> None:
        """Raise NotAdopted while the journal waits for its server to be adopted."""
        if self.trouble is None:
            return
        if connection is None:
            with self.for_account(SYSTEM) as lent:
                check_adopted(lent)
        else:
            check_adopted(connection)
        self.trouble = None

    def _configure(self, connection: Connection[Any]) -> None:
        connection.execute(SETTINGS)
        if connection.info.server_version >= 170000:
            connection.execute(WRITE_LIMIT)
        try:
            check_adopted(connection)
        except NotAdopted as trouble:
            self.trouble = trouble
