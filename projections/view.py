"""A table that remembers how far it has read.

Every question is answered in one snapshot, and says at which place it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar
from uuid import UUID

import msgspec
from psycopg import Connection
from psycopg.rows import class_row

from ledger.aggregate import Aggregate
from ledger.journal import Connections, Fact, Place, Vault
from ledger.journal.consumers import Surprise
from ledger.journal.positions import CELL
from ledger.journal.rows import Rows
from ledger.refusals import PersonErased

STANDS = """
SELECT coalesce(p.generation, 0), coalesce((SELECT max(epoch) FROM journal_epoch), 0),
    coalesce(least(p.position, k.position - 1), 0), k.position IS NOT NULL
FROM (VALUES (%(view)s::text, %(account)s::uuid)) AS asked (view, account_id)
LEFT JOIN consumer_positions p
    ON p.consumer = asked.view AND p.cell = %(cell)s AND p.state = 'live'
LEFT JOIN consumer_parked k ON k.account_id = asked.account_id
    AND k.consumer = p.consumer AND k.generation = p.generation"""

T = TypeVar("T")


class Sealed(NamedTuple):
    """Ciphertext and the id of its key, both None where nothing is known."""

    data: bytes | None
    key_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class Listed(Generic[T]):
    """Some rows of a list, newest first, and the place in the journal it stands at.

    Rows are numbered from 1, the oldest. `older` and `newer` are what to give as
    `before` for the neighbouring pages, None where there is none. `parked`: later
    facts of the account wait, so that the list is late.
    """

    rows: Sequence[T]
    first: int
    last: int
    total: int
    newer: int | None
    older: int | None
    place: Place
    parked: bool


class Reading:
    """One snapshot of a view for one account."""

    def __init__(
        self,
        connection: Connection[Any],
        account_id: UUID,
        generation: int,
        place: Place,
        *,
        parked: bool,
    ) -> None:
        self.place = place
        self.parked = parked
        self._connection = connection
        self._names = {"account": account_id, "generation": generation}

    def rows(self, kind: type[T], sql: str, **values: Any) -> list[T]:
        """Return the rows as objects of a class whose fields are the columns."""
        with self._connection.cursor(row_factory=class_row(kind)) as cursor:
            cursor.execute(sql, {**values, **self._names}, prepare=True)
            return cursor.fetchall()

    def row(self, kind: type[T], sql: str, **values: Any) -> T | None:
        """Return the first row, or None."""
        found = self.rows(kind, sql, **values)
        return found[0] if found else None

    def figure(self, sql: str, **values: Any) -> int:
        """Return a single number."""
        row = self._connection.execute(
            sql, {**values, **self._names}, prepare=True
        ).fetchone()
        assert row is not None
        return int(row[0])

    def listed(
        self, rows: Sequence[T], numbers: Sequence[int], total: int, size: int
    ) -> Listed[T]:
        """Return the rows with their neighbours; `numbers` are theirs."""
        newest, oldest = (numbers[0], numbers[-1]) if numbers else (total, total + 1)
        return Listed(
            rows=rows,
            first=total - newest + 1 if numbers else 0,
            last=total - oldest + 1 if numbers else 0,
            total=total,
            newer=min(newest + size, total) + 1 if newest < total else None,
            older=oldest if numbers and oldest > 1 else None,
            place=self.place,
            parked=self.parked,
        )


class View:
    """Rows made of facts, one short method for each kind of event.

    Every topic of `nouns` must have its method, so that a new fact cannot be passed
    by unseen; of other nouns only the topics in `also` are taken. `tables` have the
    account and the generation first in their keys.
    """

    name: ClassVar[str]
    nouns: ClassVar[frozenset[str]]
    also: ClassVar[frozenset[str]] = frozenset()
    tables: ClassVar[tuple[str, ...]]

    def __init__(self, connections: Connections, vault: Vault) -> None:
        self.connections = connections
        self.vault = vault

    def wants(self, topic: str) -> bool:
        """Whether facts of this topic are for this view."""
        return topic.partition(".")[0] in self.nouns or topic in self.also

    def take(self, fact: Fact, rows: Rows) -> None:
        """Write what the fact changes; raises Surprise for what cannot be."""
        assert fact.event is not None
        self.post(fact.event, fact, rows)

    def post(self, event: Aggregate.Event, fact: Fact, rows: Rows) -> None:
        """Write what this kind of event changes: a singledispatchmethod."""
        raise NotImplementedError

    @contextmanager
    def reading(self, account_id: UUID) -> Iterator[Reading]:
        """Read the live generation in one snapshot, for one account."""
        with self.connections.reading(account_id) as connection:
            values = {"view": self.name, "account": account_id, "cell": CELL}
            row = connection.execute(STANDS, values, prepare=True).fetchone()
            assert row is not None
            generation, epoch, position, parked = row
            place = Place(CELL, epoch, position)
            yield Reading(connection, account_id, generation, place, parked=parked)

    def seal(self, account_id: UUID, purpose: str, column: str, value: Any) -> Sealed:
        """Encrypt facts about a person for a column; nothing once he is erased."""
        if value is None:
            return Sealed(None, None)
        data = msgspec.json.encode(value)
        try:
            found = self.vault.seal(
                account_id, purpose, data, self._aad(account_id, column)
            )
        except PersonErased:
            return Sealed(None, None)
        return Sealed(found.data, found.key_id)

    def open(
        self, account_id: UUID, column: str, data: bytes | None, key_id: UUID | None
    ) -> Any:
        """Return what was sealed for a column; None once the person is erased."""
        if data is None or key_id is None:
            return None
        found = self.vault.open(account_id, key_id, data, self._aad(account_id, column))
        return None if found is None else msgspec.json.decode(found)

    def _aad(self, account_id: UUID, column: str) -> bytes:
        return f"{self.name}.{column}\0".encode() + account_id.bytes


def surprise(event: Aggregate.Event) -> Surprise:
    """Return what to raise for an event that a view has no method for."""
    return Surprise(f"no method for {type(event).__qualname__}")
