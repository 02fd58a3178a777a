"""Who commits for whom: the appends that wait, those that are about to, and the leader.

Whoever appends while another commits waits, and so does who knows that others of this
process are just deciding: the last to come commits for all. They are waited for as
long as one after the other comes; who stays away is not waited for again.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from itertools import pairwise
from threading import get_ident

from ledger.journal.append import Append
from ledger.journal.connections import Unreachable

BATCH_MAX = 64
"""Appends in one statement; more gained nothing where it was measured."""
PATIENCE_SECONDS = 0.001
"""How long those that wait do so while nobody comes whom they expect."""
CLOSING_SECONDS_MAX = 10.0


class Job:
    """One append on its way, and what became of it."""

    __slots__ = (
        "_bell",
        "append",
        "done",
        "guards",
        "leads",
        "next",
        "positions",
        "streams",
        "thread",
        "trouble",
    )

    def __init__(self, append: Append) -> None:
        self.append = append
        self.streams = append.streams
        self.positions: list[int] = []
        self.trouble: BaseException | None = None
        self.thread: int | None = None
        """Whose it is, if he is expected back."""
        self.leads = self.guards = self.done = False
        self.next: Job | None = None
        self._bell = threading.Lock()
        self._bell.acquire()

    def ring(self) -> None:
        """Wake whoever waits for this: it leads now, it guards, or it is done."""
        try:
            self._bell.release()
        except RuntimeError:  # rung before, and not yet awake
            return

    def heard(self) -> bool:
        """Wait for the bell; a guard's patience ends."""
        return self._bell.acquire(timeout=PATIENCE_SECONDS if self.guards else -1)


class Gathering:
    """The appends of a process on their way to the next commit."""

    def __init__(self) -> None:
        self._waiting: deque[Job] = deque()
        self._coming: set[int] = set()
        self._gate = threading.Lock()
        self._quiet = threading.Condition(self._gate)
        self._closed = False
        self.led = False
        """Whether somebody commits now."""

    @property
    def waiting(self) -> int:
        """How many appends wait for the next commit."""
        return len(self._waiting)

    @property
    def expected(self) -> int:
        """How many threads are expected to append soon."""
        return len(self._coming)

    def comes(self) -> None:
        """Note that this thread decides on what it will soon append."""
        self._coming.add(get_ident())

    def leaves(self) -> None:
        """Note that this thread appends nothing now; those that wait may go on."""
        self._coming.discard(get_ident())
        if self._waiting and not self._coming:
            with self._gate:
                heir = self._heir()
            if heir is not None:
                heir.ring()

    def enter(self, job: Job) -> None:
        """Wait until the job is done or leads; raises Unreachable when closed.

        Who is interrupted meanwhile still waits for that, and wakes the next.
        """
        thread = get_ident()
        if thread in self._coming:
            self._coming.discard(thread)
            job.thread = thread
        with self._gate:
            if self._closed:
                raise Unreachable("the journal is closed")
            if self.led or (self._coming and len(self._waiting) < BATCH_MAX):
                job.guards = not self.led and not self._waiting
                self._waiting.append(job)
            else:
                self.led = job.leads = True
        if not job.leads:
            self._wait(job)

    def batch(self, leader: Job) -> list[Job]:
        """Return the jobs of the next commit, no two of them on one stream."""
        jobs, streams = [leader], set(leader.streams)
        with self._gate:
            for _ in range(len(self._waiting)):
                job = self._waiting.popleft()
                if len(jobs) < BATCH_MAX and streams.isdisjoint(job.streams):
                    jobs.append(job)
                    streams |= job.streams
                else:
                    self._waiting.append(job)
        return jobs

    def hand_on(self, jobs: Sequence[Job]) -> None:
        """Answer the jobs, and give up the lead: to the first that waits, if any does.

        Where those answered are expected back, it first guards: it waits for them.
        """
        for job, after in pairwise(jobs[1:]):
            job.next = after
        with self._gate:
            self._coming.update([job.thread for job in jobs if job.thread is not None])
            self.led = False
            heir = self._heir()
            if heir is None and self._waiting:
                heir = self._waiting[0]
                heir.guards = True
            if not self.led and not self._waiting:
                self._quiet.notify_all()
        for job in jobs:
            job.done = True
        if heir is not None:
            heir.ring()
        if len(jobs) > 1:
            jobs[1].ring()

    def close(self) -> bool:
        """Take nothing any more; tell whether all that waited was committed in time."""
        with self._quiet:
            self._closed = True
            return self._quiet.wait_for(
                lambda: not self.led and not self._waiting, CLOSING_SECONDS_MAX
            )

    def _heir(self) -> Job | None:
        """Give the lead to the first that waits, unless others are waited for."""
        if self.led or not self._waiting:
            return None
        if self._coming and len(self._waiting) < BATCH_MAX:
            return None
        return self._leading(self._waiting[0])

    def _leading(self, job: Job) -> Job:
        self._waiting.remove(job)
        self.led = job.leads = True
        return job

    def _wait(self, job: Job) -> None:
        interrupt: BaseException | None = None
        while not (job.leads or job.done):
            try:
                seen = len(self._waiting)
                if not job.heard():
                    self._lose_patience(job, seen)
            except BaseException as trouble:
                interrupt = trouble
        if job.next is not None:
            job.next.ring()
        if interrupt is not None:
            raise interrupt

    def _lose_patience(self, guard: Job, seen: int) -> None:
        """Lead without those who do not come, unless one came since."""
        with self._gate:
            if self.led or guard not in self._waiting:
                guard.guards = False
            elif len(self._waiting) <= seen:
                self._coming.clear()
                self._leading(guard)
