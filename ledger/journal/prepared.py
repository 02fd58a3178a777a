"""Statements run past the driver's cursor: prepared once, sent and answered in binary.

The driver's own way costs the client twice as much for each append: it prepares for
what never happens here, from text to cancelling in the middle. While it waits for
the answer the interpreter's lock is free, as with the driver.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from psycopg import Connection
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGresult

KEPT_MAX = 100
"""Statements that a connection keeps prepared; the oldest leaves for a new one."""

_names: WeakKeyDictionary[Connection[Any], dict[bytes, bytes]] = WeakKeyDictionary()


def number_from(
    connection: Connection[Any], statement: bytes, params: Sequence[bytes | None]
) -> int:
    """Run a statement with parameters in binary; return the one number it selects.

    Nobody else may use the connection meanwhile. Raises psycopg's errors.
    """
    name = _name_of(connection, statement)
    answer = connection.pgconn.exec_prepared(
        name,
        params,  # type: ignore[arg-type]  # None is a NULL here too
        [Format.BINARY] * len(params),
        Format.BINARY,
    )
    data = _answer(connection, answer).get_value(0, 0)
    assert data is not None
    return int.from_bytes(data, signed=True)


def _name_of(connection: Connection[Any], statement: bytes) -> bytes:
    names = _names.setdefault(connection, {})
    name = names.get(statement)
    if name is not None:
        return name
    name = b"daybook_%d" % len(names)
    if len(names) >= KEPT_MAX:
        name = names.pop(next(iter(names)))
        _answer(connection, connection.pgconn.exec_(b"DEALLOCATE " + name))
    _answer(connection, connection.pgconn.prepare(name, statement))
    names[statement] = name
    return name


def _answer(connection: Connection[Any], result: PGresult) -> PGresult:
    if result.status in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
        return result
    raise error_from_result(result, encoding=connection.info.encoding)
