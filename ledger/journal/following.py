"""Following the journal: batches, one transaction for rows and position, parking.

A fact that a consumer cannot take parks its account for that consumer; the others go
on. Nothing is ever skipped, and nothing is taken twice, whoever else follows.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import groupby, islice
from typing import Any, Protocol

import psycopg
from psycopg import Connection, Rollback

from ledger.journal import consumers
from ledger.journal.connections import SETTINGS, WRITE_LIMIT, Connections, Unreachable
from ledger.journal.consumers import REPLAY_FACTS, Parked, Standing, Surprise
from ledger.journal.piped import Pipe
from ledger.journal.reader import Fact, Reader
from ledger.journal.rows import Rows

BATCH_FACTS = 500
PAUSE_SECONDS_MIN = 0.005
PAUSE_SECONDS_MAX = 0.025
"""An idle follower looks again after this time: well below 50 ms."""
LOOK_SECONDS = 0.5
"""How often accounts that are to be tried again, and new generations, are found."""
PASSING = (psycopg.OperationalError, psycopg.InterfaceError, Unreachable)
"""Troubles of the database, not of a fact: the same will work later."""

log = logging.getLogger("daybook.follow")


def is_passing(trouble: BaseException) -> bool:
    """Whether the trouble says nothing about the fact that was being taken."""
    return isinstance(trouble, PASSING)


class Consumer(Protocol):
    """Writes rows for facts, account by account, in their order."""

    @property
    def name(self) -> str: ...

    def wants(self, topic: str) -> bool: ...

    def take(self, fact: Fact, rows: Rows) -> None: ...


def give(consumer: Consumer, fact: Fact, rows: Rows) -> None:
    """Hand a fact over; raises Surprise for one that this software cannot read."""
    if fact.event is None:
        raise Surprise(fact.trouble or f"{fact.topic} cannot be read")
    consumer.take(fact, rows)


class Follower:
    """Keeps consumers up to date that write their rows with their position."""

    def __init__(
        self,
        reader: Reader,
        followed: Sequence[Consumer],
        *,
        batch_facts: int = BATCH_FACTS,
    ) -> None:
        self.reader = reader
        self.batch_facts = batch_facts
        self.consumers = {consumer.name: consumer for consumer in followed}
        self._standings: list[Standing] = []
        self._look_at = 0.0

    def run(self, stop: threading.Event) -> None:
        """Follow until `stop` is set; a database that is away is waited for."""
        self._look_at = 0.0
        follow(self.reader.connections, list(self.consumers), self.step, stop)

    def step(self, connection: Connection[Any]) -> int:
        """Take what is new, and what is due again; return how many facts were read."""
        if time.monotonic() >= self._look_at:
            self._look(connection)
            for parked in consumers.parked(connection, list(self.consumers), due=True):
                self._replay(connection, parked)
            self._look_at = time.monotonic() + LOOK_SECONDS
        known, count = self._standings, self._advance_all(connection)
        if count or not self._look_at:
            self._look(connection)
        if not count and self._standings != known:
            count = self._advance_all(connection)
        return count

    def _advance_all(self, connection: Connection[Any]) -> int:
        """Take the next batch for all, read once for those that stand together."""
        groups = groupby(
            sorted(self._standings, key=lambda standing: standing.position),
            key=lambda standing: standing.position,
        )
        return sum([self.advance(connection, list(group)) for _, group in groups])

    def advance(self, connection: Connection[Any], group: Sequence[Standing]) -> int:
        """Take the next batch for those that stand together; return its length.

        0 also when somebody else was faster.
        """
        facts = self.reader.batch(connection, group[0].position, self.batch_facts)
        if not facts:
            return 0
        try:
            done = self._take(connection, group, facts)
        except Exception as trouble:
            if is_passing(trouble):
                raise
            done = self._take_carefully(connection, group, facts)
        self._look_at = self._look_at if done else 0.0
        return len(facts) if done else 0

    def _look(self, connection: Connection[Any]) -> None:
        self._standings = consumers.standings(connection, list(self.consumers))

    def _take(
        self, connection: Connection[Any], group: Sequence[Standing], facts: list[Fact]
    ) -> bool:
        with connection.transaction() as transaction:
            if not consumers.move(connection, group, facts[-1].position):
                raise Rollback(transaction)
            waiting = consumers.waiting(connection, group, facts)
            with Pipe(connection) as pipe:
                takers = [
                    (self.consumers[standing.consumer], Rows(pipe, standing.generation))
                    for standing in group
                ]
                for fact in facts:
                    for consumer, rows in takers:
                        if (
                            consumer.wants(fact.topic)
                            and (consumer.name, fact.account_id) not in waiting
                        ):
                            give(consumer, fact, rows)
            for _, rows in takers:
                rows.check()
            return True
        return False

    def _take_carefully(
        self, connection: Connection[Any], group: Sequence[Standing], facts: list[Fact]
    ) -> bool:
        """Take fact by fact, so that only what is guilty parks."""
        for start in range(0, len(facts), REPLAY_FACTS):
            chunk = facts[start : start + REPLAY_FACTS]
            with connection.transaction() as transaction:
                if not consumers.move(connection, group, chunk[-1].position):
                    raise Rollback(transaction)
                waiting = consumers.waiting(connection, group, chunk)
                for fact in chunk:
                    for standing in group:
                        key = (standing.consumer, fact.account_id)
                        if key in waiting:
                            continue
                        if not self._try(connection, standing, fact):
                            waiting.add(key)
                group = [s._replace(position=chunk[-1].position) for s in group]
                continue
            return False
        return True

    def _try(self, connection: Connection[Any], standing: Standing, fact: Fact) -> bool:
        """Take one fact, or park its account; tell whether it was taken."""
        consumer = self.consumers[standing.consumer]
        if not consumer.wants(fact.topic):
            return True
        try:
            with connection.transaction():
                with Pipe(connection) as pipe:
                    rows = Rows(pipe, standing.generation)
                    give(consumer, fact, rows)
                rows.check()
        except Exception as trouble:
            if is_passing(trouble):
                raise
            consumers.park(connection, standing, fact, consumers.told(trouble))
            log.error("parked: %s at %s", standing.consumer, fact.position)
            return False
        return True

    def _replay(self, connection: Connection[Any], parked: Parked) -> None:
        """Take what an account waits with, until the next trouble or its end."""
        name, generation = parked.consumer, parked.generation
        with connection.transaction():
            upto = consumers.hold_still(connection, name, generation)
            if upto is None or not consumers.still_parked(connection, parked):
                return
            facts = facts_of(self.reader, connection, parked, upto)
            for fact in facts[:REPLAY_FACTS]:
                if not self._try(connection, Standing(name, generation, upto), fact):
                    return
            if len(facts) > REPLAY_FACTS:
                consumers.resume(connection, parked, facts[-1].position)
            else:
                consumers.free(connection, parked)


def facts_of(
    reader: Reader, connection: Connection[Any], parked: Parked, upto: int
) -> list[Fact]:
    """Return the first facts that an account waits with; one more than a replay has."""
    found = reader.stream(
        connection,
        account_id=parked.account_id,
        after=parked.position - 1,
        until=upto,
    )
    with closing(found):  # type: ignore[type-var]  # a generator, told as an iterator
        return list(islice(found, REPLAY_FACTS + 1))


@contextmanager
def following_connection(connections: Connections) -> Iterator[Connection[Any]]:
    """Open a connection whose commits need no flush: what is lost is taken again."""
    with connections.direct() as connection:
        connection.execute(SETTINGS)
        if connection.info.server_version >= 170000:
            connection.execute(WRITE_LIMIT)
        connection.execute("SET synchronous_commit = off")
        yield connection


def follow(
    connections: Connections,
    names: Sequence[str],
    step: Callable[[Connection[Any]], int],
    stop: threading.Event,
) -> None:
    """Repeat the step at once while it does something, else after a short pause."""
    away = 0.1
    while not stop.is_set():
        try:
            with following_connection(connections) as connection:
                consumers.register(connection, names)
                pause = PAUSE_SECONDS_MIN
                while not stop.is_set():
                    if step(connection):
                        pause = PAUSE_SECONDS_MIN
                    else:
                        stop.wait(pause)
                        pause = min(pause * 1.2, PAUSE_SECONDS_MAX)
                    away = 0.1
        except PASSING as trouble:
            log.warning("the database is away: %s", consumers.told(trouble))
            stop.wait(away)
            away = min(away * 2, 5.0)
