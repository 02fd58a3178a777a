"""How far each consumer of the journal has read, and which accounts wait.

A consumer has one live generation, and while it is rebuilt a second one beside it.
The functions work in the transaction of the connection they are given.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg import Connection
from psycopg.rows import class_row

from ledger.journal.positions import CELL
from ledger.journal.reader import Fact
from ledger.journal.statement import HORIZON_SQL

REPLAY_FACTS = 100
"""Facts in one transaction when each is tried by itself."""
LAG_COUNTED_MAX = 100_000
"""Facts that are counted to tell how far behind a consumer is."""

REGISTER = """
INSERT INTO consumer_positions (consumer, cell, generation, state)
SELECT name, %(cell)s, 1, 'live' FROM unnest(%(names)s::text[]) AS name
WHERE NOT EXISTS (SELECT FROM consumer_positions p
    WHERE p.consumer = name AND p.cell = %(cell)s AND p.state = 'live')
ON CONFLICT DO NOTHING"""
STANDINGS = """
SELECT consumer, generation, position FROM consumer_positions
WHERE consumer = ANY(%(names)s) AND cell = %(cell)s AND state = 'live'
ORDER BY consumer"""
MOVE = """
WITH mine AS (
    SELECT consumer, generation FROM consumer_positions
    WHERE cell = %(cell)s AND position = %(old)s AND state IN ('live', 'filling')
      AND (consumer, generation) IN (
        SELECT * FROM unnest(%(names)s::text[], %(generations)s::int2[]))
    ORDER BY consumer FOR UPDATE SKIP LOCKED)
UPDATE consumer_positions p SET position = %(new)s, moved_at = clock_timestamp()
FROM mine WHERE p.cell = %(cell)s
  AND p.consumer = mine.consumer AND p.generation = mine.generation"""
HOLD_STILL = """
SELECT position FROM consumer_positions
WHERE consumer = %(name)s AND cell = %(cell)s AND generation = %(generation)s
  AND state IN ('live', 'filling')
FOR UPDATE SKIP LOCKED"""
PARKED_OF = """
SELECT consumer, generation, account_id FROM consumer_parked
WHERE account_id = ANY(%(accounts)s) AND consumer = ANY(%(names)s)"""
PARK = """
INSERT INTO consumer_parked
    (account_id, consumer, generation, position, topic, trouble)
VALUES (%(account)s, %(name)s, %(generation)s, %(position)s, %(topic)s, %(trouble)s)
ON CONFLICT (account_id, consumer, generation) DO UPDATE SET
    attempts = CASE WHEN consumer_parked.position = excluded.position
        THEN consumer_parked.attempts + 1 ELSE 1 END,
    position = excluded.position, topic = excluded.topic, trouble = excluded.trouble,
    parked_at = clock_timestamp(), due_at = NULL"""
PARKED = """
SELECT consumer, generation, account_id, position, topic, trouble, attempts,
    parked_at, due_at
FROM consumer_parked WHERE consumer = ANY(%(names)s)"""
UNPARK = """
UPDATE consumer_parked SET due_at = clock_timestamp()
WHERE account_id = %(account)s AND consumer = %(name)s"""
THIS_ONE = """
WHERE account_id = %(account)s AND consumer = %(name)s
  AND generation = %(generation)s"""
STILL_PARKED = f"SELECT position FROM consumer_parked {THIS_ONE}"
FREE = f"DELETE FROM consumer_parked {THIS_ONE}"
RESUME = f"UPDATE consumer_parked SET position = %(position)s {THIS_ONE}"
LAGS = f"""
SELECT p.consumer, p.position, behind.facts, behind.seconds,
    (SELECT count(*) FROM consumer_parked k WHERE k.consumer = p.consumer
        AND k.generation = p.generation) AS parked
FROM consumer_positions p, LATERAL (
    SELECT count(*) AS facts, coalesce(greatest(0, extract(epoch FROM
        clock_timestamp() - min(recorded_at))), 0)::float8 AS seconds
    FROM (SELECT recorded_at FROM journal WHERE position > p.position
        AND position < {HORIZON_SQL} ORDER BY position LIMIT %(most)s) waiting) behind
WHERE p.consumer = ANY(%(names)s) AND p.cell = %(cell)s AND p.state = 'live'
ORDER BY p.consumer"""


class Surprise(Exception):  # noqa: N818 - a fact about the facts
    """A fact that cannot be, going by the rows; its message names no person."""


class Standing(NamedTuple):
    """Where one generation of a consumer stands: all up to `position` was read."""

    consumer: str
    generation: int
    position: int


@dataclass(frozen=True, kw_only=True)
class Parked:
    """An account whose facts wait from `position` on; with `due_at` it was unparked."""

    consumer: str
    generation: int
    account_id: UUID
    position: int
    topic: str
    trouble: str
    attempts: int
    parked_at: datetime
    due_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Lag:
    """How far a consumer is behind: facts, age in seconds of the oldest, accounts."""

    consumer: str
    position: int
    facts: int
    seconds: float
    parked: int


def register(connection: Connection[Any], names: Collection[str]) -> None:
    """Give each consumer that is new its first generation, from the first fact on."""
    connection.execute(REGISTER, {"names": sorted(names), "cell": CELL})


def standings(connection: Connection[Any], names: Collection[str]) -> list[Standing]:
    """Return where the live generation of each consumer stands."""
    rows = connection.execute(
        STANDINGS, {"names": list(names), "cell": CELL}, prepare=True
    )
    return [Standing(*row) for row in rows]


def move(connection: Connection[Any], group: Sequence[Standing], position: int) -> bool:
    """Move all of these, which stand together, and hold them until the commit.

    False when one of them has moved, was replaced or is being moved by somebody else;
    then the transaction must not be committed.
    """
    values = {
        "cell": CELL,
        "old": group[0].position,
        "new": position,
        "names": [standing.consumer for standing in group],
        "generations": [standing.generation for standing in group],
    }
    return connection.execute(MOVE, values, prepare=True).rowcount == len(group)


def hold_still(connection: Connection[Any], name: str, generation: int) -> int | None:
    """Keep a generation from moving until the commit; return where it stands.

    None when somebody else holds it or it is gone.
    """
    values = {"name": name, "cell": CELL, "generation": generation}
    row = connection.execute(HOLD_STILL, values).fetchone()
    return None if row is None else int(row[0])


def waiting(
    connection: Connection[Any], group: Sequence[Standing], facts: Sequence[Fact]
) -> set[tuple[str, UUID]]:
    """Return which accounts of these facts wait, as (consumer, account)."""
    generations = {standing.consumer: standing.generation for standing in group}
    values = {
        "accounts": list({fact.account_id for fact in facts}),
        "names": list(generations),
    }
    rows = connection.execute(PARKED_OF, values, prepare=True)
    return {
        (name, account_id)
        for name, generation, account_id in rows
        if generations[name] == generation
    }


def park(
    connection: Connection[Any],
    standing: Standing,
    fact: Fact,
    trouble: str,
) -> None:
    """Let the account wait from this fact on, until it is unparked."""
    values = {
        "account": fact.account_id,
        "name": standing.consumer,
        "generation": standing.generation,
        "position": fact.position,
        "topic": fact.topic,
        "trouble": trouble,
    }
    connection.execute(PARK, values)


def unpark(connection: Connection[Any], name: str, account_id: UUID) -> bool:
    """Ask the follower to try again now; tell whether the account was parked."""
    values = {"account": account_id, "name": name}
    return connection.execute(UNPARK, values).rowcount > 0


def still_parked(connection: Connection[Any], parked: Parked) -> bool:
    """Whether the account waits where it did; ask while the consumer stands still."""
    row = connection.execute(STILL_PARKED, _key(parked)).fetchone()
    return row is not None and row[0] == parked.position


def free(connection: Connection[Any], parked: Parked) -> None:
    """Note that the account no longer waits."""
    connection.execute(FREE, _key(parked))


def resume(connection: Connection[Any], parked: Parked, position: int) -> None:
    """Note that the account waits from a later position on, still due."""
    connection.execute(RESUME, {**_key(parked), "position": position})


def parked(
    connection: Connection[Any], names: Collection[str], *, due: bool = False
) -> list[Parked]:
    """Return the accounts that wait; with `due` those to be tried again now."""
    sql = PARKED + (" AND due_at <= clock_timestamp()" if due else "")
    with connection.cursor(row_factory=class_row(Parked)) as cursor:
        cursor.execute(f"{sql} ORDER BY position LIMIT 1000", {"names": list(names)})
        return cursor.fetchall()


def lags(connection: Connection[Any], names: Collection[str]) -> list[Lag]:
    """Return how far each consumer is behind what is committed for good."""
    values = {"names": list(names), "cell": CELL, "most": LAG_COUNTED_MAX}
    with connection.cursor(row_factory=class_row(Lag)) as cursor:
        return cursor.execute(LAGS, values).fetchall()


def _key(parked: Parked) -> dict[str, Any]:
    return {
        "account": parked.account_id,
        "name": parked.consumer,
        "generation": parked.generation,
    }


def told(trouble: BaseException) -> str:
    """Return what went wrong without any value: it may be about a person."""
    if isinstance(trouble, Surprise):
        return str(trouble)
    if isinstance(trouble, psycopg.Error):
        what = trouble.diag.constraint_name or trouble.diag.table_name or ""
        return f"{type(trouble).__name__} {trouble.sqlstate or ''} {what}".rstrip()
    at, line = trouble.__traceback__, 0
    where = ""
    while at is not None:
        where, line = at.tb_frame.f_globals.get("__name__", ""), at.tb_lineno
        at = at.tb_next
    return f"{type(trouble).__name__} in {where}:{line}"
