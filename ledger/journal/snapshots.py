"""Snapshots: an aggregate's state at one version, sealed with the account's key."""

from __future__ import annotations

import contextlib
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import psycopg
from eventsourcing.utils import get_topic

from ledger.aggregate import Aggregate
from ledger.journal.connections import Connections, Unreachable
from ledger.journal.recorder import SnapshotRecorder
from ledger.journal.records import StoredFact, place
from ledger.journal.vault import Vault
from ledger.refusals import PersonErased

A = TypeVar("A", bound=Aggregate)
PURPOSE = "profile"
HIDDEN = frozenset(("_id", "_version", "_pending_events"))


class Snapshots:
    """Takes a snapshot every `SNAPSHOT_EVERY` versions and starts loading from it."""

    def __init__(self, connections: Connections, vault: Vault) -> None:
        self._recorder = SnapshotRecorder(connections)
        self._vault = vault
        self._taken: dict[UUID, int] = {}

    def keep_if_due(self, aggregate: Aggregate) -> None:
        """Write a snapshot when enough versions passed since the last one known.

        What was recorded stays recorded when the database cannot take it now.
        """
        every = aggregate.SNAPSHOT_EVERY
        if aggregate.version // every == self._taken.get(aggregate.id, 0) // every:
            return
        if len(self._taken) > 100_000:
            self._taken.clear()
        self._taken[aggregate.id] = aggregate.version
        with contextlib.suppress(Unreachable, psycopg.OperationalError):
            self.keep(aggregate)

    def keep(self, aggregate: Aggregate) -> None:
        """Write a snapshot now; an erased account gets none."""
        topic = get_topic(type(aggregate))
        state = {k: v for k, v in vars(aggregate).items() if k not in HIDDEN}
        aad = place(aggregate.id, aggregate.version, topic)
        try:
            sealed = self._vault.seal(
                aggregate.account_id, PURPOSE, msgspec.json.encode(state), aad
            )
        except PersonErased:
            return
        self._recorder.insert_events(
            [
                StoredFact(
                    originator_id=aggregate.id,
                    originator_version=aggregate.version,
                    topic=topic,
                    state=sealed.data,
                    account_id=aggregate.account_id,
                    sealed_key_id=sealed.key_id,
                )
            ]
        )

    def load(self, kind: type[A], stream_id: UUID, upto: int | None = None) -> A | None:
        """Return the aggregate as of its newest snapshot, or None."""
        for stored in self._recorder.select_events(stream_id, lte=upto):
            assert isinstance(stored, StoredFact)
            aad = place(stream_id, stored.originator_version, stored.topic)
            if stored.topic != get_topic(kind) or stored.sealed_key_id is None:
                return None
            data = self._vault.open(
                stored.account_id, stored.sealed_key_id, stored.state, aad
            )
            return _revived(kind, stream_id, stored.originator_version, data)
        return None


def _revived(
    kind: type[A], stream_id: UUID, version: int, data: bytes | None
) -> A | None:
    """Return the aggregate, or None when its state was written in another shape."""
    if data is None:
        return None
    state_type: Any = kind.STATE
    try:
        state = msgspec.json.decode(data, type=state_type)
    except msgspec.ValidationError:
        return None
    aggregate = kind.__new__(kind)
    vars(aggregate).update(state, _id=stream_id, _version=version, _pending_events=[])
    return aggregate
