"""The journal as the commands see it: load an aggregate, record what it decided."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast
from uuid import UUID

import msgspec
import psycopg
from eventsourcing.application import Application
from eventsourcing.persistence import InfrastructureFactory, Mapper
from eventsourcing.utils import Environment

from ledger.aggregate import SYSTEM, Aggregate
from ledger.journal.append import Append, Change
from ledger.journal.append import Once as OnceRow
from ledger.journal.cache import Cache, Unit
from ledger.journal.connections import Connections
from ledger.journal.context import Context
from ledger.journal.context import Once as Identity
from ledger.journal.outcomes import (
    DECIDED_TWICE,
    ONCE_ONLY,
    CommandRepeated,
    Recorded,
    Result,
    VersionConflict,
    software_version,
)
from ledger.journal.recorder import JournalFactory, JournalRecorder
from ledger.journal.records import TypedMapper
from ledger.journal.snapshots import Snapshots
from ledger.journal.statement import Row
from ledger.journal.vault import Vault
from ledger.refusals import CommandReused, PersonErased, Refusal

A = TypeVar("A", bound=Aggregate)

OUTRUN_SQL = (
    "SELECT true FROM unnest(%s::uuid[], %s::integer[]) AS served (stream_id, version)"
    " JOIN journal j ON j.stream_id = served.stream_id"
    " AND j.version > served.version LIMIT 1"
)


class Journal(Application[UUID]):
    """The append-only log of all accounts."""

    name = "Journal"
    is_snapshotting_enabled = True

    def __init__(self, connections: Connections, vault: Vault) -> None:
        self.connections = connections
        self.vault = vault
        self.software = software_version()
        self.observer: Callable[[str, str, float], None] | None = None
        self._cache = Cache()
        self._local = threading.local()
        super().__init__()
        assert isinstance(self.recorder, JournalRecorder)
        self.writer = self.recorder.writer
        self.kept = Snapshots(connections, vault)

    def construct_factory(self, env: Environment) -> InfrastructureFactory:
        """Return our factory: the library's settings, our tables."""
        return JournalFactory(env, self.connections)

    def construct_mapper(self) -> Mapper[UUID]:
        """Return the typed mapper."""
        return TypedMapper(self.vault)

    @property
    def facts(self) -> TypedMapper:
        """The mapper between events and rows."""
        return cast(TypedMapper, self.mapper)

    def unit(self) -> Unit:
        """Hold the streams that a command loads, and forget them if it fails."""
        return Unit(self._local, self._cache, self.writer.gathering)

    def load(self, kind: type[A], stream_id: UUID) -> A:
        """Return the aggregate for a decision; raises KeyError when there is none.

        Inside a unit it may come from the cache: a stale one meets a version
        conflict, is forgotten and loaded anew.
        """
        unit: Unit | None = getattr(self._local, "unit", None)
        if unit is None:
            return self.fresh(kind, stream_id)
        unit.hold(stream_id)
        cached = self._cache.get(stream_id)
        if cached is not None:
            unit.served.setdefault(stream_id, cached.version)
            return self._of(kind, cached)
        aggregate = self.fresh(kind, stream_id)
        self._cache.put(aggregate)
        return aggregate

    def fresh(self, kind: type[A], stream_id: UUID, upto: int | None = None) -> A:
        """Return the aggregate from the store, past every cache."""
        initial = self.kept.load(kind, stream_id, upto) if kind.SNAPSHOT_EVERY else None
        after = initial.version if initial is not None else None
        aggregate: Aggregate | None = initial
        for event in self.events.get(stream_id, gt=after, lte=upto):
            aggregate = cast(Any, event).mutate(aggregate)
        if aggregate is None:
            raise KeyError(stream_id)
        return self._of(kind, aggregate)

    def record(
        self,
        *aggregates: Aggregate,
        context: Context,
        ids: Mapping[str, object] | None = None,
        inserts: Mapping[str, Sequence[tuple[Any, ...]]] | None = None,
        changes: Sequence[Change] = (),
        taken: Refusal | None = None,
    ) -> Recorded:
        """Record what the aggregates decided, with the rows beside it, in one commit.

        `inserts` are rows of the side tables, `changes` updates that must each hit one
        row, `taken` the refusal when a claim or name has another holder.
        Raises VersionConflict, CommandRepeated, OutcomeUnknown, PersonErased.
        """
        self.connections.require_adopted()
        self.require_current(aggregate.id for aggregate in aggregates)
        result = _result(aggregates[0], ids)
        append = Append(
            self._rows(aggregates, context),
            self._once_row(context.once, result),
            {table: list(rows) for table, rows in (inserts or {}).items()},
            list(changes),
        )
        try:
            positions = self.writer.append(append)
        except psycopg.Error as trouble:
            raise self._told(trouble, taken) from trouble
        self._keep(aggregates)
        return Recorded(position=positions[-1], version=result.version, ids=result.ids)

    def record_any(
        self,
        *aggregates: Aggregate,
        context: Context,
        inserts: Mapping[str, Sequence[tuple[Any, ...]]] | None = None,
    ) -> Recorded:
        """Record what was decided, if anything was: late news may be no news."""
        if not any(aggregate.pending_events for aggregate in aggregates):
            return self.unchanged(aggregates[0])
        return self.record(*aggregates, context=context, inserts=inserts)

    @staticmethod
    def unchanged(aggregate: Aggregate) -> Recorded:
        """Return the answer to a command that found everything as it wants it."""
        return Recorded(position=0, version=aggregate.version, repeated=True)

    def repeat(self, once: Identity) -> Recorded | None:
        """Return what the same command recorded before, or None.

        Raises CommandReused when it said something else then.
        """
        with self.connections.for_account(once.account_id) as connection:
            row = connection.execute(
                "SELECT body_digest, digest_key_id, result, position"
                " FROM journal_commands WHERE account_id = %s AND command_id = %s",
                (once.account_id, once.command_id),
                prepare=True,
            ).fetchone()
        if row is None:
            return None
        digest, key_id, result, position = row
        if not self.vault.matches(key_id, once.body, bytes(digest)):
            raise CommandReused(once.operation)
        found = msgspec.json.decode(bytes(result), type=Result)
        return Recorded(
            position=position, version=found.version, ids=found.ids, repeated=True
        )

    def require_current(self, recorded: Iterable[UUID] = ()) -> None:
        """Ask whether what came from the cache is still so, but for these streams.

        Raises VersionConflict where somebody else has recorded more by now.
        """
        unit: Unit | None = getattr(self._local, "unit", None)
        if unit is not None and self.has_outrun(unit, recorded):
            raise VersionConflict

    def has_outrun(self, unit: Unit, recorded: Iterable[UUID] = ()) -> bool:
        """Whether another process has recorded more than the unit was served with."""
        asked = unit.served.keys() - set(recorded)
        if not asked:
            return False
        with self.connections.for_account(SYSTEM) as connection:
            row = connection.execute(
                OUTRUN_SQL,
                (list(asked), [unit.served[one] for one in asked]),
                prepare=True,
            ).fetchone()
        return row is not None

    def position_of(self, stream_id: UUID) -> int:
        """Return the position of a stream's newest fact, 0 for one without facts."""
        with self.connections.for_account(SYSTEM) as connection:
            row = connection.execute(
                "SELECT position FROM journal WHERE stream_id = %s"
                " ORDER BY version DESC LIMIT 1",
                (stream_id,),
                prepare=True,
            ).fetchone()
        return 0 if row is None else int(row[0])

    def next_order_number(self) -> int:
        """Return a number above every earlier one; unused ones leave gaps."""
        with self.connections.for_account(SYSTEM) as connection:
            row = connection.execute("SELECT nextval('order_numbers')").fetchone()
        assert row is not None
        return int(row[0])

    def close(self) -> None:
        """Commit what waits; the connections belong to whoever made them."""
        self.factory.close()

    def _rows(self, aggregates: Sequence[Aggregate], context: Context) -> list[Row]:
        rows = [
            self.facts.to_row(cast(Any, event), a.account_id, context, self.software)
            for a in aggregates
            for event in a.collect_events()
        ]
        assert rows, "a command that decided nothing has nothing to record"
        return rows

    def _once_row(self, once: Identity | None, result: Result) -> OnceRow:
        assert once is not None, "a command's id is given by its handler"
        digest = self.vault.digest("bodies", once.body)
        return OnceRow(
            once.account_id,
            once.command_id,
            once.operation,
            digest.data,
            digest.key_id,
            msgspec.json.encode(result),
            once.expires_at,
        )

    @staticmethod
    def _told(trouble: psycopg.Error, taken: Refusal | None) -> BaseException:
        """Return what a constraint means, by its name."""
        diag = trouble.diag
        name = diag.constraint_name
        if name in ONCE_ONLY:
            return CommandRepeated()
        if name in ("journal_sealed_with_key", "journal_origin_with_key"):
            return PersonErased(name)
        if name in ("claims_one_holder", "directory_name") and taken is not None:
            return taken
        again = (
            psycopg.errors.DeadlockDetected,
            psycopg.errors.SerializationFailure,
            psycopg.errors.LockNotAvailable,
        )
        broken = diag.table_name == "journal" and diag.column_name == "hash"
        if name in DECIDED_TWICE or broken or isinstance(trouble, again):
            return VersionConflict()
        return trouble

    def _keep(self, aggregates: Sequence[Aggregate]) -> None:
        for aggregate in aggregates:
            self._cache.put(aggregate)
            if aggregate.SNAPSHOT_EVERY:
                self.kept.keep_if_due(aggregate)

    @staticmethod
    def _of(kind: type[A], aggregate: Aggregate) -> A:
        if not isinstance(aggregate, kind):
            raise KeyError(aggregate.id)
        return aggregate


def _result(aggregate: Aggregate, ids: Mapping[str, object] | None) -> Result:
    told = {name: str(value) for name, value in (ids or {}).items()}
    return Result(aggregate.version, told)
