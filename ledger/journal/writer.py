"""One thread that commits for all that wait: one statement and one flush for many.

A batch that the database refuses is sent again one by one, so that a guilty command
never fails its neighbours.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import Connection

from ledger.aggregate import SYSTEM
from ledger.journal.append import Append, commit
from ledger.journal.connections import Connections, Unreachable

LEAVING = (psycopg.errors.AdminShutdown, psycopg.errors.CrashShutdown)
"""The server's last words on a connection that libpq has not yet seen closed."""
THREADS = 1
"""A second one gained nothing where it was measured."""
IDLE_SECONDS_MAX = 1.0
"""After that long without a commit the connection is tried before it is used."""
BATCH_MAX = 64
"""Appends in one statement; more gained nothing where it was measured."""


class OutcomeUnknown(Exception):  # noqa: N818 - a fact about the connection
    """The connection broke while committing: ask by the command's id, never repeat."""


class _Job:
    """One append on its way, and what became of it."""

    __slots__ = ("append", "done", "positions", "streams", "trouble")

    def __init__(self, append: Append) -> None:
        self.append = append
        self.streams = append.streams
        self.positions: list[int] = []
        self.trouble: BaseException | None = None
        self.done = threading.Lock()
        self.done.acquire()

    def wait(self) -> list[int]:
        self.done.acquire()
        if self.trouble is not None:
            raise self.trouble
        return self.positions


class Writer:
    """Gathers the appends of a process and commits them."""

    def __init__(self, connections: Connections, threads: int = THREADS) -> None:
        self._connections = connections
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._later: deque[_Job] = deque()
        self._gathering = threading.Lock()
        self._gate = threading.Lock()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._run, name=f"journal-{number}", daemon=True)
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

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
        with self._gate:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        for thread in self._threads:
            thread.join(timeout=10)

    def _committed(self, append: Append) -> list[int]:
        if append.changes or append.is_long:
            with self._connections.for_account(append.rows[0].account_id) as own:
                self._connections.require_adopted(own)
                return _commit(own, [append])[0]
        job = _Job(append)
        with self._gate:
            if self._closed:
                raise Unreachable("the journal is closed")
            self._queue.put(job)
        return job.wait()

    def _run(self) -> None:
        jobs = self._gather()
        while jobs is not None:
            try:
                with self._connections.for_account(SYSTEM) as connection:
                    jobs = self._write(connection, jobs)
            except BaseException as trouble:
                _finish(jobs or (), trouble)
                jobs = self._gather()

    def _write(
        self, connection: Connection[Any], jobs: Sequence[_Job]
    ) -> Sequence[_Job] | None:
        """Commit these jobs and those that follow; return what needs a new connection.

        A connection that lay idle is given back, so that it is tried before use.
        """
        more: Sequence[_Job] | None = jobs
        idle = 0.0
        while more is not None and not connection.closed and idle < IDLE_SECONDS_MAX:
            try:
                self._connections.require_adopted(connection)
                self._commit_all(connection, more)
            except BaseException as trouble:
                _finish(more, trouble)
            else:
                _finish(more)
            since = time.monotonic()
            more = self._gather()
            idle = time.monotonic() - since
        return more

    def _gather(self) -> Sequence[_Job] | None:
        """Return the jobs of the next batch, no two of them on one stream."""
        with self._gathering:
            first = self._later.popleft() if self._later else self._queue.get()
            if first is None:
                self._queue.put(None)
                return None
            jobs, streams = [first], set(first.streams)
            waiting, self._later = self._later, deque()
            while len(jobs) < BATCH_MAX:
                more = waiting.popleft() if waiting else self._at_once()
                if more is None:
                    break
                if streams & more.streams:
                    self._later.append(more)
                else:
                    jobs.append(more)
                    streams |= more.streams
            self._later.extend(waiting)
        return jobs

    def _at_once(self) -> _Job | None:
        try:
            job = self._queue.get_nowait()
        except queue.Empty:
            return None
        if job is None:
            self._queue.put(None)
        return job

    @staticmethod
    def _commit_all(connection: Connection[Any], jobs: Sequence[_Job]) -> None:
        try:
            found = _commit(connection, [job.append for job in jobs])
        except OutcomeUnknown:
            raise
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


def _finish(jobs: Sequence[_Job], trouble: BaseException | None = None) -> None:
    for job in jobs:
        job.trouble = job.trouble or trouble
        job.done.release()


def _commit(connection: Connection[Any], appends: Sequence[Append]) -> list[list[int]]:
    try:
        return commit(connection, appends)
    except psycopg.Error as trouble:
        if connection.closed or connection.broken or isinstance(trouble, LEAVING):
            connection.close()
            raise OutcomeUnknown(str(trouble)) from trouble
        raise
