"""Aggregates that commands decided on lately, each in one command's hands at a time.

What is decided on a cached aggregate is settled by the version that the journal's key
admits once: a stale one meets a conflict, is forgotten and loaded anew. Where nothing
of a stream is recorded no key says so: then its version is asked for.
What is shown to people never comes from here.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from types import TracebackType
from uuid import UUID

from ledger.aggregate import Aggregate
from ledger.journal.gathering import Gathering
from ledger.journal.outcomes import Contended

CACHED_AGGREGATES_MAX = 10_000
LOCKS = 4_096
LOCK_SECONDS_MAX = 3.0


class Cache:
    """The aggregates used last, by stream.

    The keys are numbers: a UUID is compared in Python, where threads may change places.
    """

    def __init__(self, size_max: int = CACHED_AGGREGATES_MAX) -> None:
        self._size_max = size_max
        self._kept: OrderedDict[int, Aggregate] = OrderedDict()
        self._gate = threading.Lock()
        self._locks = [threading.RLock() for _ in range(LOCKS)]

    def get(self, stream_id: UUID) -> Aggregate | None:
        with self._gate:
            found = self._kept.get(stream_id.int)
            if found is not None:
                self._kept.move_to_end(stream_id.int)
        return found

    def put(self, aggregate: Aggregate) -> None:
        with self._gate:
            self._kept[aggregate.id.int] = aggregate
            self._kept.move_to_end(aggregate.id.int)
            if len(self._kept) > self._size_max:
                self._kept.popitem(last=False)

    def forget(self, stream_id: UUID) -> None:
        with self._gate:
            self._kept.pop(stream_id.int, None)

    def lock_of(self, stream_id: UUID) -> threading.RLock:
        """Return the lock that whoever decides on the stream must hold."""
        return self._locks[stream_id.int % LOCKS]


class Unit:
    """One command's hold on the streams it loads; what fails is forgotten."""

    __slots__ = ("_cache", "_gathering", "_held", "_loaded", "_local", "served")

    def __init__(
        self, local: threading.local, cache: Cache, gathering: Gathering
    ) -> None:
        self._local = local
        self._cache = cache
        self._gathering = gathering
        self._held: list[threading.RLock] = []
        self._loaded: set[UUID] = set()
        self.served: dict[UUID, int] = {}
        """The versions of what came from the cache."""

    def __enter__(self) -> None:
        self._local.unit = self
        self._gathering.comes()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        trouble: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._local.unit = None
        self._gathering.leaves()
        if kind is not None:
            for stream_id in self._loaded:
                self._cache.forget(stream_id)
        for lock in reversed(self._held):
            lock.release()

    def hold(self, stream_id: UUID) -> None:
        """Keep everybody else of this process from the stream until the unit ends.

        Raises Contended after too long.
        """
        if stream_id in self._loaded:
            return
        lock = self._cache.lock_of(stream_id)
        if not lock.acquire(blocking=False):
            self._gathering.leaves()
            if not lock.acquire(timeout=LOCK_SECONDS_MAX):
                raise Contended(str(stream_id))
            self._gathering.comes()
        self._held.append(lock)
        self._loaded.add(stream_id)
