"""What a process can vouch for after a failover: all it was answered for is there.

Before it appends, a process writes a beat, and another when the last one is ten
seconds old. Commits are in one order, so that a beat which is found on a promoted
standby shows that everything acknowledged before it, to anybody, is there as well;
what the process was answered for since then it remembers. `journal_vouch` takes its
word and adopts the server when everybody who appended lately has given his.
"""

from __future__ import annotations

import threading
import time
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from psycopg import Connection

from ledger.journal.positions import NotAdopted

BEAT_SECONDS = 10.0
"""No append without a beat that young: `journal_vouch` allows for six times that."""
VOUCH_SECONDS = 1.0
"""How long a refusal stands before the server is asked again."""

BEAT_SQL = (
    "INSERT INTO journal_witnesses (witness, epoch, beat, synchronous)"
    " SELECT %s, max(epoch), %s, current_setting('synchronous_standby_names') <> ''"
    " AND current_setting('synchronous_commit') IN ('on', 'remote_apply')"
    " FROM journal_epoch"
    " ON CONFLICT (witness) DO UPDATE SET epoch = excluded.epoch, beat = excluded.beat,"
    " beaten_at = clock_timestamp(), synchronous = excluded.synchronous,"
    " vouched_timeline = NULL, lacking = false RETURNING epoch, synchronous"
)
SWEEP_SQL = (
    "DELETE FROM journal_witnesses WHERE witness IN (SELECT witness"
    " FROM journal_witnesses WHERE beaten_at < clock_timestamp() - interval '30 days'"
    " FOR UPDATE SKIP LOCKED)"
)
LEAVE_SQL = (
    "DELETE FROM journal_witnesses WHERE witness = %s AND vouched_timeline IS NULL"
)
VOUCH_SQL = (
    "SELECT refusal, taken FROM journal_vouch(%s, %s::int, %s, %s::int8[], %s::uuid[])"
)
SETTLED_SQL = (
    "SELECT (SELECT coalesce(bool_and(vouched), false) FROM journal_epoch"
    " WHERE epoch > %(epoch)s), EXISTS (SELECT FROM journal_witnesses"
    " WHERE witness = %(witness)s AND beat >= %(beat)s AND NOT lacking)"
    " AND NOT EXISTS (SELECT FROM unnest(%(positions)s::int8[], %(commands)s::uuid[])"
    " AS held (position, command) WHERE NOT EXISTS (SELECT FROM journal j"
    " WHERE j.position = held.position AND j.command_id = held.command))"
)


class Held(NamedTuple):
    """What a process was answered for: its epoch, its beat, the facts since."""

    epoch: int
    beat: int
    positions: list[int]
    commands: list[UUID]


class Witness:
    """One process's memory of what was acknowledged to it."""

    def __init__(self) -> None:
        self.synchronous = False
        self._id: UUID | None = None
        self._held = Held(0, 0, [], [])
        self._beaten = float("-inf")
        self._vouched = float("-inf")
        self._refusal: str | None = None
        self._word_given = False
        self._gate = threading.Lock()
        self._beating = threading.Lock()

    @property
    def registered(self) -> bool:
        """Whether this process has appended anything in the epoch it knows."""
        return self._held.epoch > 0

    @property
    def due(self) -> bool:
        """Whether nothing may be appended before another beat."""
        return time.monotonic() - self._beaten > BEAT_SECONDS

    def answered(self, position: int, command_id: UUID) -> None:
        """Remember a fact that was acknowledged: the last one of its transaction."""
        with self._gate:
            self._held.positions.append(position)
            self._held.commands.append(command_id)

    def beat(self, connection: Connection[Any]) -> None:
        """Write a beat if one is due; raises psycopg's errors, then none was written.

        What was remembered before it need not be remembered any longer.
        """
        with self._beating:
            if not self.due:
                return
            if self._id is None:
                self._id = uuid4()
                connection.execute(SWEEP_SQL)
            begun, covered = time.monotonic(), len(self._held.positions)
            number = self._held.beat + 1
            row = connection.execute(BEAT_SQL, (self._id, number)).fetchone()
            assert row is not None
            with self._gate:
                _, _, positions, commands = self._held
                self._held = Held(
                    row[0], number, positions[covered:], commands[covered:]
                )
            self.synchronous, self._beaten = row[1], begun

    def vouch(self, connection: Connection[Any]) -> str | None:
        """Say what was answered; return why the server is not adopted, or None."""
        held = self._copy()
        if held.epoch == 0:
            return "this process appended nothing that it could vouch for"
        if time.monotonic() - self._vouched < VOUCH_SECONDS and self._refusal:
            return self._refusal
        row = connection.execute(VOUCH_SQL, (self._id, *held)).fetchone()
        assert row is not None
        self._vouched, self._refusal = time.monotonic(), row[0]
        self._word_given = self._word_given or row[1]
        return self._refusal

    def settle(self, connection: Connection[Any], epoch: int) -> None:
        """Take up the epoch in force, where it is another than the one remembered.

        Raises NotAdopted when others vouched for a server that lacks something that
        this process was answered for, and on a server that was left for another one.
        What was adopted by hand is not doubted.
        """
        held = self._copy()
        if held.epoch == epoch and self._word_given:
            raise NotAdopted(
                "this process vouched for another server, and appends to this one no"
                " more until it is started again"
            )
        if held.epoch in (0, epoch):
            return
        row = connection.execute(
            SETTLED_SQL, {"witness": self._id, **held._asdict()}
        ).fetchone()
        assert row is not None
        vouched, whole = row
        if vouched and not whole:
            raise NotAdopted(
                "this server lacks something that this process was answered for:"
                " nothing is appended until it is started again"
            )
        with self._gate:
            if self._held.epoch == held.epoch:
                self._held = Held(0, held.beat, [], [])
                self._beaten, self._vouched = float("-inf"), float("-inf")
                self._word_given = False

    def leave(self, connection: Connection[Any]) -> None:
        """Strike this process out, which appends no more, unless its word counts."""
        connection.execute(LEAVE_SQL, (self._id,))

    def _copy(self) -> Held:
        with self._gate:
            epoch, beat, positions, commands = self._held
            return Held(epoch, beat, list(positions), list(commands))
