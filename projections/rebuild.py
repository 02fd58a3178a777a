"""Fill a second generation of a view beside the live one, then switch.

Pages read the live generation all the while. A rebuild that was killed goes on where
it stood, and the rows of the old generation leave in small batches.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from psycopg import Connection, Rollback

from ledger.aggregate import SYSTEM
from ledger.journal import Reader, consumers
from ledger.journal.consumers import Standing
from ledger.journal.following import BATCH_FACTS, Follower, following_connection
from ledger.journal.positions import CELL
from projections.view import View

DELETED_ROWS = 5_000
"""Rows that one transaction deletes of an old generation."""

BEGIN = """
INSERT INTO consumer_positions (consumer, cell, generation, state)
SELECT %(name)s, %(cell)s, min(free), 'filling' FROM generate_series(1, 1000) AS free
WHERE free NOT IN (SELECT generation FROM consumer_positions
    WHERE consumer = %(name)s AND cell = %(cell)s)
ON CONFLICT DO NOTHING"""
IN_STATE = """
SELECT generation, position FROM consumer_positions
WHERE consumer = %(name)s AND cell = %(cell)s AND state = %(state)s"""
LOCKED = f"{IN_STATE} FOR UPDATE"
STATE = """
UPDATE consumer_positions SET state = %(state)s, moved_at = clock_timestamp()
WHERE consumer = %(name)s AND cell = %(cell)s AND generation = %(generation)s"""
FORGET = """
DELETE FROM consumer_positions
WHERE consumer = %(name)s AND cell = %(cell)s AND generation = %(generation)s"""
FORGET_PARKED = """
DELETE FROM consumer_parked
WHERE consumer = %(name)s AND generation = %(generation)s"""

Progress = Callable[[int], None]


class Rebuild:
    """Rebuilds one view; the follower of the live generation goes on meanwhile."""

    def __init__(
        self,
        reader: Reader,
        view: View,
        progress: Progress | None = None,
        *,
        batch_facts: int = BATCH_FACTS,
    ) -> None:
        self.view = view
        self.reader = reader
        self._progress = progress
        self._follower = Follower(reader, [view], batch_facts=batch_facts)
        self._key = {"name": view.name, "cell": CELL}

    def run(self) -> int:
        """Rebuild the view and switch to the new rows; return how many facts it read.

        A rebuild that did not end goes on where it stood.
        """
        with following_connection(self.reader.connections) as connection:
            consumers.register(connection, [self.view.name])
            self.discard(connection)
            connection.execute(BEGIN, self._key)
            count = self._fill(connection)
            self.discard(connection)
        return count

    def discard(self, connection: Connection[Any]) -> None:
        """Delete the generations that were replaced, a few thousand rows at a time."""
        found = connection.execute(IN_STATE, {**self._key, "state": "discarded"})
        for generation, _ in found.fetchall():
            for table in self.view.tables:
                self._delete(connection, table, generation)
            values = {**self._key, "generation": generation}
            with connection.transaction():
                connection.execute(FORGET_PARKED, values)
                connection.execute(FORGET, values)

    def _fill(self, connection: Connection[Any]) -> int:
        count = 0
        while (filling := self._in_state(connection, "filling")) is not None:
            taken = self._follower.advance(connection, [filling])
            count += taken
            if taken and self._progress is not None:
                self._progress(taken)
            if taken < self._follower.batch_facts:
                self._switch(connection)
        return count

    def _switch(self, connection: Connection[Any]) -> None:
        """Make the filled generation the live one once it has read as far.

        Meanwhile the live one is kept from moving, so that no page goes back.
        """
        with connection.transaction() as transaction:
            live = self._in_state(connection, "live", LOCKED)
            filled = self._in_state(connection, "filling", LOCKED)
            if filled is not None:
                self._follower.advance(connection, [filled])
                filled = self._in_state(connection, "filling")
            if live is None or filled is None or filled.position < live.position:
                raise Rollback(transaction)
            for standing, state in ((live, "discarded"), (filled, "live")):
                values = {"generation": standing.generation, "state": state}
                connection.execute(STATE, {**self._key, **values})

    def _in_state(
        self, connection: Connection[Any], state: str, sql: str = IN_STATE
    ) -> Standing | None:
        row = connection.execute(sql, {**self._key, "state": state}).fetchone()
        return None if row is None else Standing(self.view.name, *row)

    @staticmethod
    def _delete(connection: Connection[Any], table: str, generation: int) -> None:
        sql = (
            f"DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table}"
            " WHERE account_id >= %(after)s AND generation = %(generation)s"
            " ORDER BY account_id LIMIT %(rows)s)) RETURNING account_id"
        )
        after: UUID | None = SYSTEM
        while after is not None:
            values = {"after": after, "generation": generation, "rows": DELETED_ROWS}
            gone = [row[0] for row in connection.execute(sql, values)]
            after = max(gone, default=None)
