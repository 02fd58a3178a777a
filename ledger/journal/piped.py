"""Statements sent one after another without waiting, their answers read together.

Written like the driver's own, with named parameters. A value's type is that of its
Python class: whole numbers are bigint, text is what the database takes it for.
"""

from __future__ import annotations

import re
import select
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from functools import lru_cache
from types import TracebackType
from typing import Any
from uuid import UUID

import psycopg
from psycopg import Connection
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import Format, PipelineStatus
from psycopg.pq.abc import PGresult

from ledger.journal import wire
from ledger.journal.prepared import GOOD, Shape, kept_on

UNREAD_MAX = 200
"""Answers that may wait: far less than what the sockets hold."""
EAGER = 16
"""Statements after which the database gets to work on them."""
NAME = re.compile(r"%\((\w+)\)s")

Param = tuple[int, bytes | None, Format]
"""The number of a value's type, its bytes, and their form."""

ONES: dict[type, Callable[[Any], Param]] = {
    type(None): lambda value: (0, None, Format.TEXT),
    str: lambda value: (0, value.encode(), Format.TEXT),
    int: lambda value: (20, wire.int8(value), Format.BINARY),
    bool: lambda value: (16, wire.boolean(value), Format.BINARY),
    UUID: lambda value: (2950, value.bytes, Format.BINARY),
    bytes: lambda value: (17, value, Format.BINARY),
    date: lambda value: (1082, wire.day(value), Format.BINARY),
    datetime: lambda value: (1184, wire.instant(value), Format.BINARY),
}
LISTS = {UUID: (2951, "uuid"), int: (1016, "int8"), str: (1009, "text")}


class Sent:
    """A statement on its way; `rowcount` once its answer was read, -1 for a trouble."""

    __slots__ = ("rowcount",)

    def __init__(self) -> None:
        self.rowcount = -1


@lru_cache(maxsize=1024)
def positional(sql: str) -> tuple[bytes, tuple[str, ...]]:
    """Return the statement with its parameters by number, and their names in order."""
    names: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        return f"${names.setdefault(found[1], len(names) + 1)}"

    text = NAME.sub(number, sql)
    assert "%" not in text, "a per cent sign would have to be doubled"
    return text.encode(), tuple(names)


class Pipe:
    """A connection in pipeline mode, from the first statement until it is settled.

    It stands in a transaction. Nobody else may use the connection before `settle`.
    """

    def __init__(self, connection: Connection[Any]) -> None:
        self.connection = connection
        self._pgconn = connection.pgconn
        self._kept = kept_on(connection)
        self._transformer = Transformer(connection)
        self._unread: list[Sent | Shape | None] = []
        self._unflushed = 0
        self._trouble: Exception | None = None

    def __enter__(self) -> Pipe:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        trouble: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self.settle()
            return
        with suppress(psycopg.Error):
            self.settle()

    def send(self, sql: str, values: Mapping[str, Any]) -> Sent:
        """Send a statement with these values, and perhaps more that it has no name for.

        Raises psycopg's errors, also for what was sent before.
        """
        if not self._in_pipeline:
            self._kept.check(self.connection)
            self._pgconn.enter_pipeline_mode()
        statement, names = positional(sql)
        params = [self._param(values[name]) for name in names]
        shape = statement, tuple([number for number, _, _ in params])
        name = self._kept.get(shape) or self._prepare(shape)
        self._pgconn.send_query_prepared(
            name,
            [data for _, data, _ in params],
            [form for _, _, form in params],
            Format.BINARY,
        )
        sent = Sent()
        self._unread.append(sent)
        self._unflushed += 1
        if len(self._unread) >= UNREAD_MAX:
            self._pgconn.send_flush_request()
            self._read_all()
            self._raise()
        elif self._unflushed >= EAGER:
            self._flush()
        return sent

    def settle(self) -> None:
        """Read every answer and leave the pipeline; raises the first trouble."""
        if self._in_pipeline:
            self._pgconn.pipeline_sync()
            self._read_all()
            self._answer()
            self._pgconn.exit_pipeline_mode()
        self._raise()

    @property
    def _in_pipeline(self) -> bool:
        return self._pgconn.pipeline_status != PipelineStatus.OFF

    def _param(self, value: Any) -> Param:
        one = ONES.get(type(value))
        if one is not None:
            return one(value)
        if type(value) is list and value and type(value[0]) in LISTS:
            number, kind = LISTS[type(value[0])]
            return number, wire.many(kind, value), Format.BINARY
        dumper = self._transformer.get_dumper(value, PyFormat.AUTO)
        data = dumper.dump(value)
        return dumper.oid, None if data is None else bytes(data), dumper.format

    def _prepare(self, shape: Shape) -> bytes:
        name, leaving = self._kept.add(shape)
        if leaving is not None:
            self._pgconn.send_query_params(b"DEALLOCATE " + leaving, None)
            self._unread.append(None)
        self._pgconn.send_prepare(name, *shape)
        self._unread.append(shape)
        return name

    def _flush(self) -> None:
        """Send what libpq has kept; takes in answers meanwhile, so that none block."""
        self._unflushed = 0
        while self._pgconn.flush():
            if self._ready(select.POLLIN | select.POLLOUT) & ~select.POLLOUT:
                self._pgconn.consume_input()

    def _ready(self, events: int) -> int:
        """Wait for one of the events; return those that came, a hang-up among them."""
        poll = select.poll()
        poll.register(self._pgconn.socket, events)
        return poll.poll()[0][1]

    def _read_all(self) -> None:
        self._flush()
        for sent in self._unread:
            result = self._answer()
            if result is None:
                raise psycopg.OperationalError("the connection broke in a pipeline")
            self._note(sent, result)
            self._answer()
        self._unread.clear()

    def _note(self, sent: Sent | Shape | None, result: PGresult) -> None:
        good = result.status in GOOD
        if isinstance(sent, Sent):
            sent.rowcount = (result.command_tuples or 0) if good else -1
        elif sent is not None and not good:
            self._kept.forget(sent)
        if not good and self._trouble is None:
            encoding = self.connection.info.encoding
            self._trouble = error_from_result(result, encoding=encoding)

    def _answer(self) -> PGresult | None:
        """Return the next result, None where a statement's results end."""
        while self._pgconn.is_busy():
            self._ready(select.POLLIN)
            self._pgconn.consume_input()
        return self._pgconn.get_result()

    def _raise(self) -> None:
        trouble, self._trouble = self._trouble, None
        if trouble is not None:
            raise trouble
