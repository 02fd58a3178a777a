"""Connections, asked for by account, so that accounts may one day live apart."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import UUID

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool, PoolTimeout

from ledger.aggregate import SYSTEM
from ledger.journal.positions import Epoch, NotAdopted, check_adopted
from ledger.journal.witness import Witness

log = logging.getLogger(__name__)

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
WATCH_SECONDS = 1.0
"""How often an idle process looks whether its server was replaced."""
LEAVE_SECONDS = 1.0
"""How long a process that ends waits for a connection to say so."""

READING = (
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
    " SET LOCAL ROLE daybook_reader; SET LOCAL daybook.account = '{}'"
)
"""One round trip: a snapshot for a role to which row security shows one account."""


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
        self.witness = Witness()
        self._closed = threading.Event()
        self._watching: threading.Thread | None = None
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
        """Close every connection; nothing may be on its way any more."""
        self._closed.set()
        if self._watching is not None:
            self._watching.join()
        self._leave()
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

    @contextmanager
    def reading(self, account_id: UUID) -> Iterator[Connection[Any]]:
        """Lend a connection in one snapshot that shows this account's rows alone.

        Raises Unreachable like `for_account`.
        """
        with self.for_account(account_id) as connection:
            begin = READING.format(UUID(bytes=account_id.bytes))
            connection.execute(begin.encode(), prepare=False)
            try:
                yield connection
            finally:
                if not connection.closed:
                    connection.execute("COMMIT", prepare=False)

    def direct(self) -> Connection[Any]:
        """Return a connection of its own, outside the pool, for long reads.

        Raises Unreachable when there is no answer.
        """
        try:
            return Connection.connect(self._direct, autocommit=True)
        except psycopg.OperationalError as trouble:
            raise Unreachable("the database does not answer") from trouble

    def require_adopted(self, connection: Connection[Any] | None = None) -> None:
        """Raise NotAdopted while the journal waits for its server to be adopted.

        Who is about to append gives his connection, on which a beat is then written
        if one is due; raises Unreachable when that breaks.
        """
        if self.trouble is not None:
            if connection is None:
                with self.for_account(SYSTEM) as lent:
                    self._meet(lent)
            else:
                self._meet(connection)
            self.trouble = None
        if connection is not None and self.witness.due:
            self._beat(connection)

    def _configure(self, connection: Connection[Any]) -> None:
        connection.execute(SETTINGS)
        if connection.info.server_version >= 170000:
            connection.execute(WRITE_LIMIT)
        with suppress(NotAdopted):
            self._meet(connection)

    def _meet(self, connection: Connection[Any]) -> None:
        """Check the server, and vouch for it if it is new; raises NotAdopted."""
        try:
            self.witness.settle(connection, self._adopted(connection).epoch)
        except NotAdopted as trouble:
            if str(trouble) != str(self.trouble):
                log.warning("nothing is appended: %s", trouble)
            self.trouble = trouble
            raise

    def _adopted(self, connection: Connection[Any]) -> Epoch:
        try:
            return check_adopted(connection)
        except NotAdopted as trouble:
            refusal = self.witness.vouch(connection)
            if refusal is not None:
                raise NotAdopted(f"{trouble} (not by itself: {refusal})") from None
        epoch = check_adopted(connection)
        log.warning("epoch %d: the processes vouched for this server", epoch.epoch)
        return epoch

    def _beat(self, connection: Connection[Any]) -> None:
        try:
            self.witness.beat(connection)
        except psycopg.OperationalError as trouble:
            # Nothing was sent yet, whatever became of the beat.
            connection.close()
            raise Unreachable("the connection broke") from trouble
        if self.witness.synchronous and self._watching is None:
            self._watching = threading.Thread(
                target=self._watch, name="journal-watch", daemon=True
            )
            self._watching.start()

    def _watch(self) -> None:
        """Meet a new server even while idle: others may wait for this one's word."""
        while not self._closed.wait(WATCH_SECONDS):
            with (
                suppress(NotAdopted, Unreachable, psycopg.Error),
                self.for_account(SYSTEM) as connection,
            ):
                if self.trouble is not None:
                    self._meet(connection)
                    self.trouble = None

    def _leave(self) -> None:
        if self.trouble is not None or not self.witness.registered:
            return
        with suppress(psycopg.Error, PoolTimeout):
            connection = self._pool.getconn(timeout=LEAVE_SECONDS)
            try:
                if self.trouble is None:
                    self.witness.leave(connection)
            finally:
                self._pool.putconn(connection)
