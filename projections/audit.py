"""What auditors ask of the journal alone: replay, explanations, comparison.

Facts are folded account by account in the order of their positions, so that memory
holds one account at a time, however long the journal is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, cast
from uuid import UUID

from psycopg import Connection

from ledger import credit_facts
from ledger import lots as of_lots
from ledger.aggregate import SYSTEM, Aggregate
from ledger.credits import CreditBalance
from ledger.journal import Fact, Reader
from ledger.journal.reader import COLUMNS, PAGE_ROWS
from ledger.journal.statement import HORIZON_SQL
from projections.books import Books, Fold, compare

__all__ = [
    "Books",
    "Step",
    "Until",
    "compare",
    "explain_credits",
    "facts_by_account",
    "replay",
]

Progress = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class Until:
    """How far a replay goes: by position, by moment, or to the horizon."""

    position: int | None = None
    moment: datetime | None = None


def facts_by_account(
    reader: Reader,
    connection: Connection[Any],
    account_id: UUID | None = None,
    until: Until | None = None,
) -> Iterator[Fact]:
    """Yield facts account by account, each account's in order of position."""
    until = until or Until()
    where, params = [f"position < {HORIZON_SQL}"], list[Any]()
    for condition, value in (
        ("account_id = %s", account_id),
        ("position <= %s", until.position),
        ("happened_at <= %s", until.moment),
    ):
        if value is not None:
            where.append(condition)
            params.append(value)
    sql = (
        f"SELECT {COLUMNS} FROM journal WHERE {' AND '.join(where)}"
        " ORDER BY account_id, position"
    )
    with connection.transaction(), connection.cursor("audit") as cursor:
        cursor.itersize = PAGE_ROWS
        cursor.execute(sql, params)
        for row in cursor:
            yield reader.fact(row)


def replay(
    reader: Reader,
    connection: Connection[Any],
    now: datetime,
    account_id: UUID | None = None,
    until: Until | None = None,
    progress: Progress | None = None,
) -> Iterator[Books]:
    """Yield each account's books, rebuilt from nothing but the journal.

    Figures are those of the moment asked for, or of `now`.
    """
    until = until or Until()
    instant = until.moment or now
    found = facts_by_account(reader, connection, account_id, until)
    counted = _counted(found, progress) if progress is not None else found
    for account, facts in groupby(counted, key=lambda fact: fact.account_id):
        fold = Fold(account)
        for fact in facts:
            fold.take(fact)
        if account != SYSTEM:
            yield fold.closed_at(instant)


def _counted(facts: Iterable[Fact], progress: Progress) -> Iterator[Fact]:
    """Yield the facts; tell their number now and then, and at the end."""
    count = 0
    for count, fact in enumerate(facts, 1):
        yield fact
        if count % PAGE_ROWS == 0:
            progress(count)
    progress(count)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One event of an explanation: what it changed, and the figure after it."""

    position: int
    version: int
    happened_at: datetime
    topic: str
    by: str
    change: int
    balance: int
    parts: list[tuple[UUID, int, int, int, int]]


def explain_credits(
    reader: Reader, connection: Connection[Any], account_id: UUID, now: datetime
) -> tuple[list[Step], CreditBalance | None]:
    """Return the events that make the balance, oldest first, and the balance itself.

    The changes of the steps add up to the balance, with what is still to come.
    """
    balance: CreditBalance | None = None
    running, steps = 0, []
    facts = reader.of_stream(connection, CreditBalance.create_id(account_id))
    for fact in facts:
        if fact.event is None:
            continue
        balance = cast(Any, fact.event).mutate(balance)
        change = _change(fact.event)
        running += change
        steps.append(
            Step(
                position=fact.position,
                version=fact.version,
                happened_at=fact.happened_at,
                topic=fact.topic,
                by=f"{fact.actor_kind} {fact.actor_id}".strip(),
                change=change,
                balance=running,
                parts=list(getattr(fact.event, "parts", [])),
            )
        )
    return steps, balance


SPENDING = (credit_facts.Captured, credit_facts.Expired, credit_facts.Removed)


def _change(event: Aggregate.Event) -> int:
    if isinstance(event, CreditBalance.Granted):
        return event.lot["quantity"]
    if isinstance(
        event, (credit_facts.Captured, credit_facts.Expired, credit_facts.Removed)
    ):
        return -event.credits
    if isinstance(event, (credit_facts.Frozen, credit_facts.DebtFilled)):
        return -of_lots.count(event.parts)
    if isinstance(event, (credit_facts.Thawed, credit_facts.Restored)):
        return of_lots.count(event.parts)
    if isinstance(event, credit_facts.Withdrawn):
        return event.from_frozen - of_lots.count(event.parts)
    return 0
