"""What auditors ask of the journal alone: replay, explanations, comparison.

Facts are folded account by account in the order of their positions, so that memory
holds one account at a time, however long the journal is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
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
from ledger.purchases import Purchase
from ledger.receipts import Receipt
from projections.follow import Views

Progress = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class Until:
    """How far a replay goes: by position, by moment, or to the horizon."""

    position: int | None = None
    moment: datetime | None = None


@dataclass(kw_only=True)
class Books:
    """One account as its facts make it; amounts in minor units by currency."""

    account_id: UUID
    events: int = 0
    balance: int = 0
    available: int = 0
    held: int = 0
    granted: int = 0
    captured: int = 0
    expired: int = 0
    frozen: int = 0
    refunded: int = 0
    disputed: int = 0
    removed: int = 0
    debt: int = 0
    purchases: int = 0
    orders: int = 0
    receipts: int = 0
    paid_minor: dict[str, int] = field(default_factory=dict)
    unreadable: list[int] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the books as JSON has them."""
        return {**asdict(self), "account_id": str(self.account_id)}


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
        books = _books(account, facts, instant)
        if account != SYSTEM:
            yield books


def _books(account_id: UUID, facts: Iterable[Fact], instant: datetime) -> Books:
    books = Books(account_id=account_id)
    streams: dict[UUID, Aggregate] = {}
    for fact in facts:
        books.events += 1
        _fold(books, streams, fact)
    for aggregate in streams.values():
        _post(books, aggregate, instant)
    return books


def _counted(facts: Iterable[Fact], progress: Progress) -> Iterator[Fact]:
    """Yield the facts; tell their number now and then, and at the end."""
    count = 0
    for count, fact in enumerate(facts, 1):
        yield fact
        if count % PAGE_ROWS == 0:
            progress(count)
    progress(count)


def _fold(books: Books, streams: dict[UUID, Aggregate], fact: Fact) -> None:
    if fact.event is None:
        books.unreadable.append(fact.position)
        return
    if not fact.topic.startswith(("credits.", "purchases.", "receipts.")):
        return
    aggregate = cast(Any, fact.event).mutate(streams.get(fact.stream_id))
    if aggregate is not None:
        streams[fact.stream_id] = aggregate
    if isinstance(aggregate, (Purchase, Receipt)) and fact.topic in FINAL:
        _post(books, aggregate, fact.happened_at)
        del streams[fact.stream_id]


CREDIT_FIGURES = (
    *("granted", "captured", "expired", "frozen", "refunded", "disputed", "removed"),
    "debt",
)
FINAL = ("receipts.Issued",)
"""After these a stream is posted at once and leaves memory."""


def _post(books: Books, aggregate: Aggregate, instant: datetime) -> None:
    if isinstance(aggregate, CreditBalance):
        figures = aggregate.figures(instant)
        books.available, books.held = figures.available, figures.held
        books.balance = figures.available + figures.held
        for name in CREDIT_FIGURES:
            setattr(books, name, getattr(figures, name))
    elif isinstance(aggregate, Receipt):
        books.receipts += 1
    elif isinstance(aggregate, Purchase):
        books.purchases += 1
        if aggregate.order_number is None:
            return
        books.orders += 1
        paid = books.paid_minor.get(aggregate.currency, 0)
        books.paid_minor[aggregate.currency] = paid + aggregate.total.minor


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


def compare(views: Views, books: Books, now: datetime) -> list[str]:
    """Return in words where the views differ from what the journal gives."""
    account_id = books.account_id
    credits = views.credits.credits(account_id, now, size=1)
    purchases = views.purchases.page(account_id, size=1)
    receipts = views.receipts.page(account_id, size=1)
    told = {
        "balance": (books.balance, credits.total),
        "available": (books.available, credits.available),
        "held": (books.held, credits.held),
        "frozen": (books.frozen, credits.frozen),
        "debt": (books.debt, credits.debt),
        "purchases": (books.purchases, purchases.total),
        "receipts": (books.receipts, receipts.total),
    }
    if credits.statement.rows:
        newest = credits.statement.rows[0]
        told["statement"] = (books.balance, newest.balance - credits.coming)
    return [
        f"{name}: the journal gives {ours:,}, the view {theirs:,}"
        for name, (ours, theirs) in told.items()
        if ours != theirs
    ]
