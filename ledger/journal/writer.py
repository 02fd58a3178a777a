"""Commits gathered without a thread of their own: the last to come writes for all.

All that wait are committed together: one statement and one flush for many. Who wrote
wakes one of those he wrote for; each wakes the next, so that there is never a crowd
before the interpreter's lock.
A batch that the database refuses is sent again one by one, so that a guilty command
never fails its neighbours.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import psycopg
from psycopg import Connection

from ledger.aggregate import SYSTEM
from ledger.journal.append import Append, commit
from ledger.journal.connections import Connections
from ledger.journal.gathering import Gathering, Job

LEAVING = (psycopg.errors.AdminShutdown, psycopg.errors.CrashShutdown)
"""The server's last words on a connection that libpq has not yet seen closed."""
IDLE_SECONDS_MAX = 1.0
"""After that long without a commit the connection is tried before it is used."""


class OutcomeUnknown(Exception):  # noqa: N818 - a fact about the connection
    """The connection broke while committing: ask by the command's id, never repeat."""


class Writer:
    """Gathers the appends of a process and commits them."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self.gathering = Gathering()
        self._lent = ExitStack()
        self._connection: Connection[Any] | None = None
        self._used_at = 0.0

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
        if self.gathering.close() or not self.gathering.led:
            self._give_back()

    def _committed(self, append: Append) -> list[int]:
        if append.changes or append.is_long:
            self.gathering.leaves()
            with self._connections.for_account(append.rows[0].account_id) as own:
                self._connections.require_adopted(own)
                return _commit(own, [append])[0]
        job = Job(append)
        try:
            self.gathering.enter(job)
        finally:
            if job.leads:
                self._lead(job)
        if job.trouble is not None:
            raise job.trouble
        return job.positions

    def _lead(self, leader: Job) -> None:
        """Commit this and all that wait; hand on the lead, whatever became of it."""
        jobs = self.gathering.batch(leader)
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
            self.gathering.hand_on(jobs)

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
    def _commit_all(connection: Connection[Any], jobs: Sequence[Job]) -> None:
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
