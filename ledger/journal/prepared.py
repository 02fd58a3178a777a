"""Statements that a connection keeps prepared, run past the driver's cursor.

The driver's own way costs the client several times as much for each statement: it is
made for what never happens here, from text to queries that change each time. While
a statement waits for its answer the interpreter's lock is free, as with the driver.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from psycopg import Connection
from psycopg.errors import error_from_result
from psycopg.pq import DiagnosticField, ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGresult

KEPT_MAX = 200
"""Statements that a connection keeps prepared: those used last."""
GOOD = frozenset((ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK))
GONE = b"26000"
"""The SQLSTATE of a name that no prepared statement has."""
THERE_SQL = "SELECT name FROM pg_prepared_statements WHERE name = ANY(%s)"

Shape = tuple[bytes, tuple[int, ...]]
"""A statement and the numbers of its parameters' types; 0 is left to the database."""


class Kept:
    """The names of the statements that are prepared on one connection."""

    def __init__(self) -> None:
        self._names: OrderedDict[Shape, bytes] = OrderedDict()
        self._made = 0

    def get(self, shape: Shape) -> bytes | None:
        name = self._names.get(shape)
        if name is not None:
            self._names.move_to_end(shape)
        return name

    def add(self, shape: Shape) -> tuple[bytes, bytes | None]:
        """Return a name that nothing had before, and the name that leaves for it."""
        leaving = None
        if len(self._names) >= KEPT_MAX:
            _, leaving = self._names.popitem(last=False)
        self._made += 1
        self._names[shape] = b"daybook_%d" % self._made
        return self._names[shape], leaving

    def forget(self, shape: Shape) -> None:
        """Note that nobody knows whether it came to be prepared."""
        self._names.pop(shape, None)

    def clear(self) -> None:
        """Note that nothing is prepared any more."""
        self._names.clear()

    def check(self, connection: Connection[Any]) -> None:
        """Find out which are still there, where an error would be too late.

        With a rollback the driver drops all that is prepared, also what is not its own.
        Each is looked for: some may have been prepared since the others were dropped.
        """
        if not self._names:
            return
        known = [name.decode() for name in self._names.values()]
        rows = connection.execute(THERE_SQL, (known,), prepare=False).fetchall()
        there = {name.encode() for (name,) in rows}
        for shape, name in list(self._names.items()):
            if name not in there:
                del self._names[shape]


_kept: WeakKeyDictionary[Connection[Any], Kept] = WeakKeyDictionary()


def kept_on(connection: Connection[Any]) -> Kept:
    """Return what is known of this connection's prepared statements."""
    return _kept.setdefault(connection, Kept())


def number_from(
    connection: Connection[Any], statement: bytes, params: Sequence[bytes | None]
) -> int:
    """Run a statement with parameters in binary; return the one number it selects.

    Nobody else may use the connection meanwhile. Raises psycopg's errors.
    """
    if connection.info.transaction_status != TransactionStatus.IDLE:
        kept_on(connection).check(connection)
    answer = _run(connection, statement, params)
    if answer.error_field(DiagnosticField.SQLSTATE) == GONE:
        kept_on(connection).clear()
        answer = _run(connection, statement, params)
    data = checked(connection, answer).get_value(0, 0)
    assert data is not None
    return int.from_bytes(data, signed=True)


def _run(
    connection: Connection[Any], statement: bytes, params: Sequence[bytes | None]
) -> PGresult:
    name = kept_on(connection).get((statement, ())) or _prepared(connection, statement)
    return connection.pgconn.exec_prepared(
        name,
        params,  # type: ignore[arg-type]  # None is a NULL here too
        [Format.BINARY] * len(params),
        Format.BINARY,
    )


def _prepared(connection: Connection[Any], statement: bytes) -> bytes:
    kept, shape = kept_on(connection), (statement, ())
    name, leaving = kept.add(shape)
    try:
        if leaving is not None:
            gone = connection.pgconn.exec_(b"DEALLOCATE " + leaving)
            checked(connection, gone)
        checked(connection, connection.pgconn.prepare(name, statement))
    except BaseException:
        kept.forget(shape)
        raise
    return name


def checked(connection: Connection[Any], result: PGresult) -> PGresult:
    """Return the result; raises psycopg's error if it is one."""
    if result.status in GOOD:
        return result
    raise error_from_result(result, encoding=connection.info.encoding)
