"""When this is recorded, do that: kept as tasks, repeated until done, in order.

A scan turns new facts into task rows and moves its position in one transaction.
A task that fails waits with a growing pause; later ones of that account and reaction
wait behind it, all others go on. A rebuild of views never touches any of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection

from ledger.aggregate import SYSTEM
from ledger.journal import Actor, Context, Fact, Journal, Reader

BATCH_FACTS = 500
BACK_OFF_SECONDS_MAX = 900
LOCK = 0x0DA1_EAC7

Now = Callable[[], Any]


@dataclass(frozen=True)
class Reaction:
    """A deed, and the topic of the facts that call for it."""

    name: str
    topic: str
    react: Callable[[Fact], None]


class Reactions:
    """Finds what is to be done, and does it."""

    def __init__(
        self,
        journal: Journal,
        reader: Reader,
        clock: Now,
        reactions: Sequence[Reaction],
    ) -> None:
        self._journal = journal
        self._reader = reader
        self._clock = clock
        self._reactions = reactions
        self._topics = {reaction.topic for reaction in reactions}

    def step(self) -> int:
        """Scan for new facts and do what is due; return how much there was to do."""
        with self._journal.connections.for_account(SYSTEM) as connection:
            found = self._scan(connection)
        return found + sum(self._work(reaction) for reaction in self._reactions)

    def _scan(self, connection: Connection[Any]) -> int:
        with connection.transaction():
            locked = connection.execute(
                "SELECT pg_try_advisory_xact_lock(%s)", (LOCK,)
            ).fetchone()
            if locked is None or not locked[0]:
                return 0
            after = self._position(connection)
            facts = self._reader.batch(connection, after, BATCH_FACTS)
            if not facts:
                return 0
            for fact in facts:
                if fact.topic in self._topics:
                    self._note(connection, fact)
            connection.execute(
                "UPDATE reaction_positions SET position = %s WHERE reaction = 'all'",
                (facts[-1].position,),
            )
        return len(facts)

    @staticmethod
    def _position(connection: Connection[Any]) -> int:
        connection.execute(
            "INSERT INTO reaction_positions VALUES ('all', 0) ON CONFLICT DO NOTHING"
        )
        row = connection.execute(
            "SELECT position FROM reaction_positions WHERE reaction = 'all'"
        ).fetchone()
        assert row is not None
        return int(row[0])

    def _note(self, connection: Connection[Any], fact: Fact) -> None:
        for reaction in self._reactions:
            if reaction.topic == fact.topic:
                connection.execute(
                    "INSERT INTO reaction_tasks"
                    " (account_id, reaction, position, stream_id, version, due_at)"
                    " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                    (
                        fact.account_id,
                        reaction.name,
                        fact.position,
                        fact.stream_id,
                        fact.version,
                        self._clock(),
                    ),
                )

    def _work(self, reaction: Reaction) -> int:
        """Do the due tasks of one reaction, oldest first, one account's in order."""
        now = self._clock()
        with self._journal.connections.for_account(SYSTEM) as connection:
            tasks = connection.execute(
                "SELECT account_id, position, stream_id, version, attempts"
                " FROM reaction_tasks t WHERE reaction = %s AND due_at <= %s"
                " AND NOT EXISTS (SELECT FROM reaction_tasks b WHERE"
                " b.account_id = t.account_id AND b.reaction = t.reaction"
                " AND b.position < t.position) ORDER BY position LIMIT 50",
                (reaction.name, now),
            ).fetchall()
        for account_id, position, stream_id, version, attempts in tasks:
            trouble = self._try(reaction, stream_id, version)
            with self._journal.connections.for_account(account_id) as connection:
                key = (account_id, reaction.name, position)
                self._settle(connection, key, attempts + 1, trouble)
        return len(tasks)

    def _try(self, reaction: Reaction, stream_id: UUID, version: int) -> str | None:
        with self._journal.connections.for_account(SYSTEM) as connection:
            facts = self._reader.of_stream(connection, stream_id)
        fact = facts[version - 1]
        try:
            if fact.event is None:
                return fact.trouble
            reaction.react(fact)
        except Exception as error:  # any trouble waits for its next try, and is shown
            return f"{type(error).__name__}: {error}"[:300]
        return None

    def _settle(
        self,
        connection: Connection[Any],
        key: tuple[UUID, str, int],
        attempts: int,
        trouble: str | None,
    ) -> None:
        where = " WHERE account_id = %s AND reaction = %s AND position = %s"
        if trouble is None:
            connection.execute("DELETE FROM reaction_tasks" + where, key)
            return
        pause = timedelta(seconds=min(2**attempts, BACK_OFF_SECONDS_MAX))
        connection.execute(
            "UPDATE reaction_tasks SET attempts = %s, trouble = %s, due_at = %s"
            + where,
            (attempts, trouble, self._clock() + pause, *key),
        )


def reaction_context(fact: Fact, reaction: str, now: Any) -> Context:
    """Return the envelope of what a fact causes: its id makes the deed idempotent."""
    return Context(
        principal=f"system:{reaction}",
        key=str(fact.event_id),
        actor=Actor("system", reaction),
        now=now,
        correlation_id=fact.correlation_id,
        causation_id=fact.event_id,
    )
