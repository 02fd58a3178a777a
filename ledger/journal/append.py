"""One append as one statement: facts, command id, claims and secrets together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Connection, RawCursor

from ledger.journal import wire
from ledger.journal.statement import ROW_TYPES, SIDE_TABLES, Row, statement_for

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
        return any(len(row.sealed or b"") > LONG_BYTES for row in self.rows)

    @property
    def streams(self) -> set[UUID]:
        return {row.stream_id for row in self.rows}


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
    statement = statement_for(len(rows) == 1, sides)
    if len(rows) == 1:
        params = list(map(wire.one, ROW_TYPES, rows[0]))
    else:
        params = list(map(wire.many, ROW_TYPES, zip(*rows, strict=True)))
        params.append(wire.many("bool", _firsts(rows)))
    # The driver parses a statement of this length anew each time, a raw one never.
    cursor = RawCursor(connection)
    cursor.execute(statement, [*params, *side_params], prepare=True)
    found = cursor.fetchone()
    assert found is not None
    base = int(found[0])
    ordinals = iter(range(len(rows)))
    return [[base + next(ordinals) for _ in append.rows] for append in appends]


def _firsts(rows: Iterable[Row]) -> list[bool]:
    seen: set[UUID] = set()
    firsts = []
    for row in rows:
        firsts.append(row.stream_id not in seen)
        seen.add(row.stream_id)
    return firsts


def _side_rows(
    appends: Sequence[Append],
) -> tuple[tuple[tuple[str, bool], ...], list[wire.Sent | None]]:
    """Return the shapes and values of the rows beside the journal, sorted by key.

    One order in every process keeps two batches from waiting for each other.
    """
    tables = _by_table(appends)
    params: list[wire.Sent | None] = []
    shapes = []
    for table in sorted(tables):
        columns, keys = SIDE_TABLES[table]
        kinds = [kind for _, kind in columns]
        ordered = sorted(tables[table], key=lambda row, keys=keys: row[:keys])  # type: ignore[misc]
        one = len(ordered) == 1
        shapes.append((table, one))
        if one:
            params += map(wire.one, kinds, ordered[0])
        else:
            params += map(wire.many, kinds, zip(*ordered, strict=True))
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
