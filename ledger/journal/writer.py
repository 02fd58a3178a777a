"""Commits gathered without a thread of their own: who finds nobody writing writes.

A command that comes while another one commits waits, and all that wait are committed
together: one statement and one flush for many. Who wrote hands the lead to the first
that waits, and wakes one of those he wrote for; each wakes the next, so that there is
never a crowd before the interpreter's lock.
A batch that the database refuses is sent again one by one, so that a guilty command
never fails its neighbours.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import pairwise
from typing import Any

import psycopg
from psycopg import Connection

from ledger.aggregate import SYSTEM
from ledger.journal.append import Append, commit
from ledger.journal.connections import Connections, Unreachable

LEAVING = (psycopg.errors.AdminShutdown, psycopg.errors.CrashShutdown)
"""The server's last words on a connection that libpq has not yet seen closed."""
IDLE_SECONDS_MAX = 1.0
"""After that long without a commit the connection is tried before it is used."""
BATCH_MAX = 64
"""Appends in one statement; more gained nothing where it was measured."""
CLOSING_SECONDS_MAX = 10.0


class OutcomeUnknown(Exception):  # noqa: N818 - a fact about the connection
    """The connection broke while committing: ask by the command's id, never repeat."""


class _Job:
    """One append on its way, and what became of it."""

    __slots__ = (
        "_bell",
        "_rung",
        "append",
        "leads",
        "next",
        "positions",
        "streams",
        "trouble",
    )

    def __init__(self, append: Append) -> None:
        self.append = append
        self.streams = append.streams
        self.positions: list[int] = []
        self.trouble: BaseException | None = None
        self.leads = False
        self.next: _Job | None = None
        self._rung = False
        self._bell = threading.Lock()
        self._bell.acquire()

    def ring(self) -> None:
        """Wake whoever waits for this: it leads now, or it is done."""
        self._rung = True
        self._bell.release()

    def wait(self) -> None:
        """Wait for the bell, then ring the next one's.

        Raises nothing before that: who is interrupted still wakes the others.
        """
        try:
            self._bell.acquire()
        except BaseException:
            if not self._rung:
                self._bell.acquire()
            raise
        finally:
            if self.next is not None:
                self.next.ring()


class Writer:
    """Gathers the appends of a process and commits them."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._waiting: deque[_Job] = deque()
        self._gate = threading.Lock()
        self._quiet = threading.Condition(self._gate)
        self._led = False
        self._closed = False
        self._lent = ExitStack()
        self._connection: Connection[Any] | None = None
        self._used_at = 0.0

    @property
    def led(self) -> bool:
        """Whether somebody commits now."""
        return self._led

    @property
    def waiting(self) -> int:
        """How many appends wait for the next commit."""
        return len(self._waiting)

    def append(self, append: Append) -> list[int]:
        """Commit the append; return its positions in order.

        Raises psycopg's errors for what the database refused, a change's refusal,
        NotAdopted, Unreachable when nothing was sent, OutcomeUnknown when the
        connection broke.
        """
        positions = self._committed(append)
        self._connections.witness.answered(positions[-1], append.rows[-1].command_id)
        return positions

    def close(self) -> None:
        """Commit what waits, then stop; nothing is taken any more."""
        with self._quiet:
            self._closed = True
            self._quiet.wait_for(lambda: not self._led, CLOSING_SECONDS_MAX)
            if not self._led:
                self._give_back()

    def _committed(self, append: Append) -> list[int]:
        if append.changes or append.is_long:
            with self._connections.for_account(append.rows[0].account_id) as own:
                self._connections.require_adopted(own)
                return _commit(own, [append])[0]
        job = _Job(append)
        with self._gate:
            if self._closed:
                raise Unreachable("the journal is closed")
            if self._led:
                self._waiting.append(job)
            else:
                self._led = job.leads = True
        try:
            if not job.leads:
                job.wait()
        finally:
            if job.leads:
                self._lead(job)
        if job.trouble is not None:
            raise job.trouble
        return job.positions

    def _lead(self, leader: _Job) -> None:
        """Commit this and all that wait; hand on the lead, whatever became of it."""
        jobs = self._gathered(leader)
        try:
            self._commit_all(self._usable(), jobs)
        except BaseException as trouble:
            told: BaseException = trouble
            if not isinstance(trouble, Exception):
                told = OutcomeUnknown("who committed was interrupted")
            for job in jobs:
                job.trouble = told
            if told is not trouble:
                raise
        finally:
            self._used_at = time.monotonic()
            self._hand_on(jobs)

    def _gathered(self, leader: _Job) -> list[_Job]:
        """Return the jobs of the next batch, no two of them on one stream."""
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

    def _hand_on(self, jobs: Sequence[_Job]) -> None:
        with self._gate:
            heir = self._waiting.popleft() if self._waiting else None
            if heir is not None:
                heir.leads = True
            else:
                self._led = False
                self._quiet.notify_all()
        if heir is not None:
            heir.ring()
        for job, after in pairwise(jobs[1:]):
            job.next = after
        if len(jobs) > 1:
            jobs[1].ring()

    def _usable(self) -> Connection[Any]:
        """Return a connection that may append; one that lay idle is tried first."""
        idle = time.monotonic() - self._used_at
        if self._connection and (self._connection.closed or idle > IDLE_SECONDS_MAX):
            self._give_back()
        if self._connection is None:
            lent = self._connections.for_account(SYSTEM)
            self._connection = self._lent.enter_context(lent)
        self._connections.require_adopted(self._connection)
        return self._connection

    def _give_back(self) -> None:
        self._connection = None
        self._lent.close()

    @staticmethod
    def _commit_all(connection: Connection[Any], jobs: Sequence[_Job]) -> None:
        try:
            found = _commit(connection, [job.append for job in jobs])
        except psycopg.Error as trouble:
            if len(jobs) == 1:
                jobs[0].trouble = trouble
                return
            for job in jobs:
                try:
                    job.positions = _commit(connection, [job.append])[0]
                except (psycopg.Error, OutcomeUnknown) as own:
                    job.trouble = own
            return
        for job, positions in zip(jobs, found, strict=True):
            job.positions = positions


def _commit(connection: Connection[Any], appends: Sequence[Append]) -> list[list[int]]:
    try:
        return commit(connection, appends)
    except psycopg.Error as trouble:
        if connection.closed or connection.broken or isinstance(trouble, LEAVING):
            connection.close()
            raise OutcomeUnknown(str(trouble)) from trouble
        raise
