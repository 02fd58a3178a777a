"""The event store library's own tests of recorders, run on ours.

Its performance tests assert nothing and are left out.
Some have figures written in that are not ours to give, so they run on a recorder that
translates: ranks where contiguous numbers are expected, None where a recorder of
snapshots is, and versions from 1 where streams begin at 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

import pytest
from eventsourcing.persistence import Notification, StoredEvent
from eventsourcing.tests import persistence as library

from ledger.journal import Connections, Journal
from ledger.journal.recorder import JournalFactory, JournalRecorder
from ledger.journal.writer import Writer


class FromOneRecorder(JournalRecorder):
    """Begins streams at version 1 where the library begins them at 0."""

    def __init__(self, connections: Connections, writer: Writer) -> None:
        super().__init__(connections, writer)
        self.begun_at_zero: set[object] = set()

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        self.begun_at_zero |= {
            e.originator_id for e in stored_events if e.originator_version == 0
        }
        return super().insert_events([self._moved(e, 1) for e in stored_events])

    def select_events(
        self, originator_id: UUID | str, **kwargs: Any
    ) -> Sequence[StoredEvent]:
        return [
            StoredEvent(
                e.originator_id,
                self._moved(e, -1).originator_version,
                e.topic,
                e.state,
            )
            for e in super().select_events(originator_id, **kwargs)
        ]

    def _moved(self, stored: StoredEvent, by: int) -> StoredEvent:
        if stored.originator_id not in self.begun_at_zero:
            return stored
        return replace(stored, originator_version=stored.originator_version + by)


class RankedRecorder(JournalRecorder):
    """Counts 1, 2, 3 … where the journal has positions with gaps."""

    def _positions(self) -> list[int]:
        return [n.id for n in super().select_notifications(None, 10_000)]

    def _position(self, rank: int | None) -> int | None:
        if rank is None:
            return None
        known = self._positions()
        return known[rank - 1] if rank <= len(known) else known[-1] + rank

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        positions = super().insert_events(stored_events, **kwargs)
        known = self._positions()
        return [known.index(position) + 1 for position in positions or ()]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        found = super().select_notifications(
            self._position(start),
            limit,
            self._position(stop),
            topics,
            inclusive_of_start=inclusive_of_start,
        )
        known = self._positions()
        return [
            Notification(
                n.originator_id,
                n.originator_version,
                n.topic,
                n.state,
                known.index(n.id) + 1,
            )
            for n in found
        ]

    def max_notification_id(self) -> int | None:
        return len(self._positions()) or None


class SilentRecorder(FromOneRecorder):
    """Keeps its positions to itself, as a recorder of snapshots does."""

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        super().insert_events(stored_events, **kwargs)
        return None


class _OnOurs:
    EXPECT_CONTIGUOUS_NOTIFICATION_IDS = False
    recorder_class: type[JournalRecorder] = FromOneRecorder
    journal: Journal

    @pytest.fixture(autouse=True)
    def _an_empty_journal(self, empty_journal: Journal) -> None:
        self.journal = empty_journal

    def create_recorder(self) -> Any:
        writer = self.journal.writer
        return self.recorder_class(self.journal.connections, writer)


class TestApplicationRecorder(
    _OnOurs, library.ApplicationRecorderTestCase[JournalRecorder]
):
    test_performance = None  # type: ignore[assignment]
    test_insert_select = None  # type: ignore[assignment]


class TestNotificationsInRanks(
    _OnOurs, library.ApplicationRecorderTestCase[JournalRecorder]
):
    recorder_class = RankedRecorder
    test_performance = None  # type: ignore[assignment]
    test_concurrent_no_conflicts = None  # type: ignore[assignment]
    test_concurrent_throughput = None  # type: ignore[assignment]


class TestStreams(_OnOurs, library.AggregateRecorderTestCase):
    recorder_class = SilentRecorder
    test_performance = None  # type: ignore[assignment]


class TestPositionsDoNotInterleave(
    _OnOurs, library.NonInterleavingNotificationIDsBaseCase
):
    insert_num = 100


def test_a_follower_reads_by_position_instead_of_subscribing(journal: Journal) -> None:
    recorder = cast(JournalRecorder, journal.recorder)
    with pytest.raises(NotImplementedError, match="follow the journal"):
        recorder.subscribe()


def test_a_view_never_writes_to_the_journal(journal: Journal) -> None:
    factory = cast(JournalFactory, journal.factory)
    with pytest.raises(NotImplementedError, match="never writes"):
        factory.process_recorder()
    with pytest.raises(NotImplementedError, match="position"):
        factory.tracking_recorder()
