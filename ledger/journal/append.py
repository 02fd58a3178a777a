"""One append as one statement: facts, command id, claims and secrets together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count, islice
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Connection

from ledger.journal import prepared, wire
from ledger.journal.statement import ROW_TYPES, SIDE_TABLES, Form, Row, statement_for

LONG_BYTES = 65_536
EVENTS_MAX = 1 << 20
"""Events in one transaction: what the ordinal's twenty bits hold."""


class Once(NamedTuple):
    """A command's row: whoever writes it first has decided."""

    account_id: UUID
    command_id: UUID
    operation: str
    body_digest: bytes
    digest_key_id: UUID
    result: bytes
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Change:
    """An UPDATE that must hit exactly `rows` rows; otherwise `refusal` is raised."""

    sql: str
    params: Sequence[Any]
    refusal: Exception
    rows: int = 1


@dataclass
class Append:
    """What one command writes, all or nothing."""

    rows: list[Row]
    once: Once | None = None
    inserts: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)

    @property
    def is_long(self) -> bool:
        """Whether it would keep waiting what is gathered with it."""
        for row in self.rows:
            if row.sealed is not None and len(row.sealed) > LONG_BYTES:
                return True
        return False

    @property
    def streams(self) -> set[int]:
        """The numbers of the streams: a UUID is hashed and compared in Python."""
        return {row.stream_id.int for row in self.rows}


def commit(connection: Connection[Any], appends: Sequence[Append]) -> list[list[int]]:
    """Write all appends in one transaction; return each one's positions in order.

    A single statement when nothing is changed in place, else a transaction whose
    updates come first. Raises psycopg's errors; then nothing of it is written.
    """
    changes = [change for append in appends for change in append.changes]
    if not changes:
        return _insert(connection, appends)
    with connection.transaction():
        for change in changes:
            hit = connection.execute(change.sql, change.params)
            if hit.rowcount != change.rows:
                raise change.refusal
        return _insert(connection, appends)


def _insert(connection: Connection[Any], appends: Sequence[Append]) -> list[list[int]]:
    rows = [row for append in appends for row in append.rows]
    assert 0 < len(rows) <= EVENTS_MAX
    sides, side_params = _side_rows(appends)
    form, params = _sent(rows)
    statement = statement_for(form, sides)
    base = prepared.number_from(connection, statement, [*params, *side_params])
    ordinals = count(base)
    return [list(islice(ordinals, len(append.rows))) for append in appends]


def _sent(rows: Sequence[Row]) -> tuple[Form, list[bytes | None]]:
    if len(rows) == 1:
        return Form.ONE, list(map(wire.one, ROW_TYPES, rows[0]))
    params: list[bytes | None] = list(
        map(wire.many, ROW_TYPES, zip(*rows, strict=True))
    )
    firsts = _firsts(rows)
    if all(firsts):
        return Form.APART, params
    return Form.CHAINED, [*params, wire.many("bool", firsts)]


def _firsts(rows: Iterable[Row]) -> list[bool]:
    seen: set[UUID] = set()
    firsts = []
    for row in rows:
        firsts.append(row.stream_id not in seen)
        seen.add(row.stream_id)
    return firsts


def _side_rows(
    appends: Sequence[Append],
) -> tuple[tuple[tuple[str, bool], ...], list[bytes | None]]:
    """Return the rows beside the journal by table, each sorted by its key.

    One order in every process keeps two batches from waiting for each other.
    """
    tables = _by_table(appends)
    params: list[bytes | None] = []
    shapes = []
    for table in sorted(tables):
        columns, keys = SIDE_TABLES[table]
        kinds = [kind for _, kind in columns]
        rows = tables[table]
        one = len(rows) == 1
        shapes.append((table, one))
        if one:
            params += map(wire.one, kinds, rows[0])
        else:
            rows.sort(key=wire.order_of(kinds[:keys]))
            params += map(wire.many, kinds, zip(*rows, strict=True))
    return tuple(shapes), params


def _by_table(appends: Sequence[Append]) -> dict[str, list[tuple[Any, ...]]]:
    tables: dict[str, list[tuple[Any, ...]]] = {}
    ordinal = 0
    for append in appends:
        ordinal += len(append.rows)
        if append.once is not None:
            once = append.once
            row = (*once[:6], ordinal - 1, once[6])
            tables.setdefault("journal_commands", []).append(row)
        for table, found in append.inserts.items():
            if found:
                tables.setdefault(table, []).extend(found)
    return tables
