"""Reading the journal in the order of positions, for followers and auditors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from eventsourcing.persistence import MapperDeserialisationError
from psycopg import Connection

from ledger.aggregate import Aggregate
from ledger.journal.connections import Connections
from ledger.journal.positions import CELL, Place
from ledger.journal.records import StoredFact, TypedMapper, event_id, place
from ledger.journal.statement import HORIZON_SQL, SEALED_SQL

PAGE_ROWS = 5_000
COLUMNS = (
    "position, account_id, stream_id, version, topic, topic_version, payload,"
    f" {SEALED_SQL} AS sealed, sealed_key_id, actor_kind, actor_id, happened_at,"
    " recorded_at, origin, origin_key_id, correlation_id, causation_id, command_id,"
    " software, hash"
)


class Origin(NamedTuple):
    """Where a command came from."""

    ip: str | None
    client: str | None


@dataclass(frozen=True, slots=True)
class Fact:
    """A row of the journal; `event` is None when this code cannot read it."""

    position: int
    account_id: UUID
    stream_id: UUID
    version: int
    topic: str
    topic_version: int
    payload: bytes
    sealed: bytes | None
    sealed_key_id: UUID | None
    actor_kind: str
    actor_id: str
    happened_at: datetime
    recorded_at: datetime
    origin: bytes | None
    origin_key_id: UUID | None
    correlation_id: UUID
    causation_id: UUID | None
    command_id: UUID
    software: str
    hash: bytes
    event: Aggregate.Event | None = None
    trouble: str | None = None

    @property
    def event_id(self) -> UUID:
        """The id by which a reaction names this fact as its cause."""
        return event_id(self.stream_id, self.version)


class Reader:
    """Reads facts below the horizon, so that none is ever passed by."""

    def __init__(self, connections: Connections, mapper: TypedMapper) -> None:
        self.connections = connections
        self.mapper = mapper

    def horizon(self, connection: Connection[Any]) -> Place:
        """Return the place below which nothing will be added any more."""
        row = connection.execute(
            f"SELECT epoch, {HORIZON_SQL} FROM journal_epoch"
            " ORDER BY epoch DESC LIMIT 1",
            prepare=True,
        ).fetchone()
        assert row is not None
        return Place(CELL, row[0], row[1])

    def batch(self, connection: Connection[Any], after: int, limit: int) -> list[Fact]:
        """Return up to `limit` facts above the position `after`, in order."""
        cursor = connection.cursor(binary=True)
        cursor.execute(
            f"SELECT {COLUMNS} FROM journal WHERE position > %b"
            f" AND position < {HORIZON_SQL} ORDER BY position LIMIT %b",
            (after, limit),
            prepare=True,
        )
        return [self.fact(row) for row in cursor.fetchall()]

    def of_stream(self, connection: Connection[Any], stream_id: UUID) -> list[Fact]:
        """Return the facts of one stream, oldest first."""
        rows = connection.execute(
            f"SELECT {COLUMNS} FROM journal WHERE stream_id = %s ORDER BY version",
            (stream_id,),
        ).fetchall()
        return [self.fact(row) for row in rows]

    def stream(
        self,
        connection: Connection[Any],
        *,
        account_id: UUID | None = None,
        after: int = 0,
        until: int | None = None,
        decode: bool = True,
    ) -> Iterator[Fact]:
        """Yield facts by position through a server-side cursor: memory stays flat.

        `until` is inclusive; without it the reading ends at the horizon.
        """
        where, values = _between(account_id, after, until)
        sql = (
            f"SELECT {COLUMNS} FROM journal WHERE {where}"
            f" AND position < {HORIZON_SQL} ORDER BY position"
        )
        with (
            connection.transaction(),
            connection.cursor("replay", scrollable=False) as cursor,
        ):
            cursor.itersize = PAGE_ROWS
            cursor.execute(sql, values, binary=True)
            for row in cursor:
                yield self.fact(row) if decode else Fact(*row)

    def fact(self, row: Sequence[Any]) -> Fact:
        """Return the fact of a row; a reading error stands in `trouble`."""
        fact = Fact(*row)
        stored = StoredFact(
            originator_id=fact.stream_id,
            originator_version=fact.version,
            topic=fact.topic,
            state=fact.payload,
            account_id=fact.account_id,
            topic_version=fact.topic_version,
            sealed=fact.sealed,
            sealed_key_id=fact.sealed_key_id,
            happened_at=fact.happened_at,
        )
        try:
            return Fact(*(*row, self.mapper.to_event(stored)))
        except MapperDeserialisationError as trouble:
            return Fact(*(*row, None, str(trouble)))

    def origin(self, fact: Fact) -> Origin:
        """Return the IP and client of a fact; both None once their key is gone."""
        if fact.origin is None or fact.origin_key_id is None:
            return Origin(None, None)
        aad = place(fact.stream_id, fact.version, fact.topic)
        data = self.mapper.vault.open(
            fact.account_id, fact.origin_key_id, fact.origin, aad
        )
        if data is None:
            return Origin(None, None)
        found = msgspec.json.decode(data)
        return Origin(found["ip"], found["client"])


def _between(
    account_id: UUID | None, after: int, until: int | None
) -> tuple[str, list[object]]:
    """Return the condition on the facts that are asked for, and its values."""
    where: list[str] = ["position > %s"]
    values: list[object] = [after]
    if account_id is not None:
        where.append("account_id = %s")
        values.append(account_id)
    if until is not None:
        where.append("position <= %s")
        values.append(until)
    return " AND ".join(where), values
