"""The event store library's recorders on our tables, through its own factory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    InfrastructureFactory,
    IntegrityError,
    Notification,
    ProcessRecorder,
    StoredEvent,
    Subscription,
    TrackingRecorder,
)
from eventsourcing.utils import Environment

from ledger.aggregate import SYSTEM
from ledger.journal import wire
from ledger.journal.append import Append
from ledger.journal.connections import Connections
from ledger.journal.context import command_id
from ledger.journal.records import StoredFact
from ledger.journal.statement import HORIZON_SQL, SEALED_SQL, Row
from ledger.journal.writer import Writer

FACT_SQL = (
    "SELECT stream_id, version, topic, payload, account_id, topic_version,"
    f" {SEALED_SQL}, sealed_key_id, happened_at FROM journal WHERE stream_id = %s"
)


@contextmanager
def library_errors() -> Iterator[None]:
    """Tell a broken constraint in the library's own words."""
    try:
        yield
    except psycopg.IntegrityError as trouble:
        raise IntegrityError(str(trouble)) from trouble


class JournalRecorder(ApplicationRecorder):
    """Appends to the journal and reads streams and positions from it."""

    def __init__(self, connections: Connections, writer: Writer) -> None:
        self.connections = connections
        self.writer = writer

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Append plain stored events as facts of the system; return their positions.

        Only what has no envelope of its own comes this way: the library's own tests.
        """
        del kwargs
        if not stored_events:
            return []
        rows = [_system_row(stored) for stored in stored_events]
        with library_errors():
            return self.writer.append(Append(rows))

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Return a stream's facts, oldest first unless `desc`."""
        sql, params = FACT_SQL, [originator_id]
        bounds: list[int] = []
        if gt is not None:
            sql, bounds = sql + " AND version > %s", [*bounds, gt]
        if lte is not None:
            sql, bounds = sql + " AND version <= %s", [*bounds, lte]
        sql += " ORDER BY version DESC" if desc else " ORDER BY version"
        if limit is not None:
            sql, bounds = sql + " LIMIT %s", [*bounds, limit]
        with self.connections.for_account(SYSTEM) as connection:
            cursor = connection.cursor(binary=True)
            rows = cursor.execute(sql, [*params, *bounds], prepare=True).fetchall()
        return [StoredFact(*row) for row in rows]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Return facts by position, below the horizon only, so that none is missed."""
        sql = (
            "SELECT stream_id, version, topic, payload, position FROM journal"
            f" WHERE position < {HORIZON_SQL}"
        )
        params: list[Any] = []
        if start is not None:
            sql += " AND position >= %s" if inclusive_of_start else " AND position > %s"
            params.append(start)
        if stop is not None:
            sql, params = sql + " AND position <= %s", [*params, stop]
        if topics:
            sql, params = sql + " AND topic = ANY(%s)", [*params, list(topics)]
        sql += " ORDER BY position LIMIT %s"
        with self.connections.for_account(SYSTEM) as connection:
            rows = connection.execute(sql, [*params, limit]).fetchall()
        return [Notification(*row) for row in rows]

    def max_notification_id(self) -> int | None:
        """Return the highest position that is recorded, or None."""
        with self.connections.for_account(SYSTEM) as connection:
            row = connection.execute("SELECT max(position) FROM journal").fetchone()
        return None if row is None else row[0]

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """Followers read by position instead: a subscription would add a thread."""
        raise NotImplementedError("follow the journal with Reader.batch()")


class SnapshotRecorder(AggregateRecorder):
    """Keeps one snapshot a stream; an older one goes when a newer comes."""

    def __init__(self, connections: Connections) -> None:
        self.connections = connections

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Write the snapshots and drop those they replace."""
        del kwargs
        for stored in stored_events:
            assert isinstance(stored, StoredFact)
            with self.connections.for_account(stored.account_id) as connection:
                connection.execute(
                    "WITH older AS (DELETE FROM snapshots"
                    " WHERE stream_id = %(stream)s AND version < %(version)s)"
                    " INSERT INTO snapshots"
                    " (stream_id, version, account_id, topic, state, key_id)"
                    " SELECT %(stream)s, %(version)s, %(account)s, %(topic)s,"
                    " %(state)s, %(key)s WHERE EXISTS (SELECT FROM data_keys"
                    " WHERE account_id = %(account)s AND key_id = %(key)s"
                    " UNION ALL SELECT FROM installation_keys WHERE key_id = %(key)s)"
                    " ON CONFLICT DO NOTHING",
                    {
                        "stream": stored.originator_id,
                        "version": stored.originator_version,
                        "account": stored.account_id,
                        "topic": stored.topic,
                        "state": stored.state,
                        "key": stored.sealed_key_id,
                    },
                )
        return None

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Return the newest snapshot not above `lte`, or nothing."""
        del gt, desc, limit
        with self.connections.for_account(SYSTEM) as connection:
            row = connection.execute(
                "SELECT stream_id, version, topic, state, account_id, key_id"
                " FROM snapshots WHERE stream_id = %s AND version <= %s"
                " ORDER BY version DESC LIMIT 1",
                (originator_id, lte if lte is not None else 2**31 - 1),
                prepare=True,
            ).fetchone()
        return [] if row is None else [_snapshot(row)]


class JournalFactory(InfrastructureFactory[TrackingRecorder]):
    """Hands our recorders to the library's application."""

    def __init__(self, env: Environment, connections: Connections) -> None:
        super().__init__(env)
        self.connections = connections
        self.writer = Writer(connections)

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        """Return the recorder of snapshots; events have the application's."""
        assert purpose == "snapshots"
        return SnapshotRecorder(self.connections)

    def application_recorder(self) -> ApplicationRecorder:
        """Return the recorder of the journal."""
        return JournalRecorder(self.connections, self.writer)

    def tracking_recorder(
        self, tracking_recorder_class: type[TrackingRecorder] | None = None
    ) -> TrackingRecorder:
        """Views keep their own positions beside their rows."""
        raise NotImplementedError("a view keeps its position in projections.view")

    def process_recorder(self) -> ProcessRecorder:
        """A view never writes to the journal."""
        raise NotImplementedError("a view never writes to the journal")

    def close(self) -> None:
        """Commit what waits and stop the writer."""
        self.writer.close()


def _snapshot(row: Sequence[Any]) -> StoredFact:
    stream_id, version, topic, state, account_id, key_id = row
    return StoredFact(
        originator_id=stream_id,
        originator_version=version,
        topic=topic,
        state=bytes(state),
        account_id=account_id,
        sealed_key_id=key_id,
    )


def _system_row(stored: StoredEvent) -> Row:
    """Return a row in the system's name, for events that came without an envelope."""
    nil = SYSTEM
    state = stored.state if stored.state else msgspec.json.encode({})
    assert isinstance(stored.originator_id, UUID)
    return Row(
        nil,
        stored.originator_id,
        stored.originator_version,
        stored.topic,
        1,
        state,
        None,
        None,
        "system",
        "library",
        wire.EPOCH,
        None,
        None,
        nil,
        None,
        command_id("system", stored.topic, str(stored.originator_id)),
        "library",
    )
