"""One account's figures, made from its facts, and compared with what the views show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from ledger import account_facts, profiles, usage_facts
from ledger.aggregate import Aggregate
from ledger.credits import CreditBalance
from ledger.domains import SendingDomain
from ledger.journal import Fact
from ledger.purchases import Purchase
from ledger.receipts import Receipt
from ledger.sessions import Session
from ledger.tracking_domains import TrackingDomain
from projections.follow import Views
from projections.sessions import SESSIONS_MAX

FOLDED = ("credits.", "purchases.", "receipts.", "domains.", "tracking_domains.")
"""Streams whose figures are asked of their aggregates; others are counted by fact."""
FINAL = ("receipts.Issued",)
"""After these a stream is posted at once and leaves memory."""
CREDIT_FIGURES = (
    *("granted", "captured", "expired", "frozen", "refunded", "disputed", "removed"),
    "debt",
)
PERIODS_MAX = 10_000
"""Periods that are compared: those of eight centuries."""


@dataclass(kw_only=True)
class Books:
    """One account as its facts make it; amounts in minor units by currency.

    `periods` are the contacts of each period of the plan Unlimited, by its stream;
    `domains` and `tracking_hosts` are the states of those that are not removed.
    """

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
    sessions: int = 0
    plan: str = ""
    currency: str = ""
    newsletter: bool = False
    closed: bool = False
    paid_minor: dict[str, int] = field(default_factory=dict)
    periods: dict[UUID, int] = field(default_factory=dict)
    domains: dict[UUID, str] = field(default_factory=dict)
    tracking_hosts: dict[UUID, str] = field(default_factory=dict)
    unreadable: list[int] = field(default_factory=list)

    @property
    def contacts(self) -> int:
        """Different contacts, added up over the periods."""
        return sum(self.periods.values())

    def as_json(self) -> dict[str, Any]:
        """Return the books as JSON has them."""
        told = asdict(self)
        for name in ("periods", "domains", "tracking_hosts"):
            told[name] = {str(one): it for one, it in told[name].items()}
        return {**told, "account_id": str(self.account_id), "contacts": self.contacts}


class Fold:
    """The books of one account while its facts come, in order of position."""

    def __init__(self, account_id: UUID) -> None:
        self.books = Books(account_id=account_id)
        self._streams: dict[UUID, Aggregate] = {}

    def take(self, fact: Fact) -> None:
        """Take the next fact; one that cannot be read is noted."""
        self.books.events += 1
        if fact.event is None:
            self.books.unreadable.append(fact.position)
        elif fact.topic.startswith(FOLDED):
            self._evolve(fact)
        else:
            count(self.books, fact.event, fact.stream_id)

    def closed_at(self, instant: datetime) -> Books:
        """Return the books with the figures of a moment."""
        for aggregate in self._streams.values():
            post(self.books, aggregate, instant)
        return self.books

    def _evolve(self, fact: Fact) -> None:
        aggregate = cast(Any, fact.event).mutate(self._streams.get(fact.stream_id))
        if aggregate is not None:
            self._streams[fact.stream_id] = aggregate
        if isinstance(aggregate, (Purchase, Receipt)) and fact.topic in FINAL:
            post(self.books, aggregate, fact.happened_at)
            del self._streams[fact.stream_id]


def count(books: Books, event: Aggregate.Event, stream_id: UUID) -> None:
    """Take a fact whose figure needs no aggregate."""
    match event:
        case account_facts.SignedUp() | account_facts.PlanChanged():
            books.plan = event.plan
        case account_facts.CurrencyFixed():
            books.currency = event.currency
        case account_facts.Closed():
            books.closed, books.newsletter = True, False
        case profiles.Profile.NewsletterChosen():
            books.newsletter = event.subscribed
        case Session.Begun():
            books.sessions += 1
        case Session.Ended():
            books.sessions -= 1
        case usage_facts.Opened():
            books.periods[stream_id] = 0
        case usage_facts.Reported():
            books.periods[stream_id] = event.distinct
        case _:
            pass


def post(books: Books, aggregate: Aggregate, instant: datetime) -> None:
    """Add what an aggregate says at a moment."""
    if isinstance(aggregate, CreditBalance):
        figures = aggregate.figures(instant)
        books.available, books.held = figures.available, figures.held
        books.balance = figures.available + figures.held
        for name in CREDIT_FIGURES:
            setattr(books, name, getattr(figures, name))
    elif isinstance(aggregate, Receipt):
        books.receipts += 1
    elif isinstance(aggregate, SendingDomain):
        if not aggregate.removed:
            books.domains[aggregate.id] = aggregate.state
    elif isinstance(aggregate, TrackingDomain):
        for host in aggregate.hosts.values():
            if host.state != "released":
                books.tracking_hosts[host.host_id] = host.state
    elif isinstance(aggregate, Purchase):
        books.purchases += 1
        if aggregate.order_number is None:
            return
        books.orders += 1
        paid = books.paid_minor.get(aggregate.currency, 0)
        books.paid_minor[aggregate.currency] = paid + aggregate.total.minor


def compare(views: Views, books: Books, now: datetime) -> list[str]:
    """Return in words where the views differ from what the journal gives."""
    told = {
        **_of_credits(views, books, now),
        **_of_documents(views, books),
        **_of_account(views, books),
        **_of_usage(views, books),
        **_of_names(views, books),
    }
    return [
        f"{name}: the journal gives {_word(ours)}, the view {_word(theirs)}"
        for name, (ours, theirs) in told.items()
        if ours != theirs
    ]


Told = dict[str, tuple[int | str | None, int | str | None]]


def _of_credits(views: Views, books: Books, now: datetime) -> Told:
    credits = views.credits.credits(books.account_id, now, size=1)
    told: Told = {
        "balance": (books.balance, credits.total),
        "available": (books.available, credits.available),
        "held": (books.held, credits.held),
        "frozen": (books.frozen, credits.frozen),
        "debt": (books.debt, credits.debt),
    }
    if credits.statement.rows:
        newest = credits.statement.rows[0]
        told["statement"] = (books.balance, newest.balance - credits.coming)
    return told


def _of_documents(views: Views, books: Books) -> Told:
    return {
        "purchases": (
            books.purchases,
            views.purchases.page(books.account_id, size=1).total,
        ),
        "receipts": (
            books.receipts,
            views.receipts.page(books.account_id, size=1).total,
        ),
    }


def _of_account(views: Views, books: Books) -> Told:
    account_id = books.account_id
    profile = views.accounts.profile(account_id)
    subscribed = views.newsletter.has(account_id)
    sessions = min(books.sessions, SESSIONS_MAX)
    return {
        "plan": (books.plan, profile.plan if profile else ""),
        "currency": (books.currency, (profile and profile.currency) or ""),
        "closed": (books.closed, bool(profile and profile.closed_at)),
        "newsletter": (books.newsletter, subscribed),
        "sessions": (sessions, len(views.sessions.live(account_id).rows)),
    }


def _of_usage(views: Views, books: Books) -> Told:
    periods = views.usage.periods(books.account_id, size=PERIODS_MAX)
    shown = {row.period_id: row.contacts for row in periods.rows}
    told: Told = {"periods": (len(books.periods), len(shown))}
    for period_id, contacts in books.periods.items():
        told[f"contacts of period {period_id}"] = (contacts, shown.get(period_id))
    return told


def _of_names(views: Views, books: Books) -> Told:
    domains = views.domains.domains(books.account_id).rows
    hosts = views.tracking.hosts(books.account_id).rows
    return {
        **_by_one(
            "domain", books.domains, {row.domain_id: row.state for row in domains}
        ),
        **_by_one(
            "tracking host",
            books.tracking_hosts,
            {row.host_id: row.state for row in hosts},
        ),
    }


def _by_one(what: str, ours: Mapping[UUID, str], shown: Mapping[UUID, str]) -> Told:
    return {
        f"{what} {one}": (ours.get(one), shown.get(one))
        for one in ours.keys() | shown.keys()
    }


def _word(figure: int | str | None) -> str:
    return f"{figure:,}" if isinstance(figure, int) else repr(figure)
