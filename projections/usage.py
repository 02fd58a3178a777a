"""Periods of the plan Unlimited: how many different contacts, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import singledispatchmethod
from uuid import UUID

from ledger import usage_facts
from ledger.aggregate import Aggregate
from ledger.journal import Fact
from ledger.journal.rows import Rows
from projections.view import Listed, View, surprise

OPEN = """
INSERT INTO usage_periods (account_id, generation, period_id, position, number,
    period_from, period_until, tier_contacts)
SELECT %(account)s, %(generation)s, %(period)s, %(position)s, count(*) + 1, %(since)s,
    %(until)s, %(tier)s
FROM usage_periods WHERE account_id = %(account)s AND generation = %(generation)s"""
THIS_ONE = (
    " position = %(position)s WHERE account_id = %(account)s"
    " AND generation = %(generation)s AND period_id = %(period)s"
)
COUNT = (
    "UPDATE usage_periods SET contacts = %(distinct)s, reported = reported + %(count)s,"
    f"{THIS_ONE}"
)
DAY = """
INSERT INTO usage_days (account_id, generation, period_id, day, added)
VALUES (%(account)s, %(generation)s, %(period)s, %(day)s, %(added)s)
ON CONFLICT ON CONSTRAINT usage_days_one
    DO UPDATE SET added = usage_days.added + excluded.added"""
TIER = f"UPDATE usage_periods SET tier_contacts = %(tier)s,{THIS_ONE}"
END = f"UPDATE usage_periods SET period_until = %(until)s,{THIS_ONE}"
CLOSE = f"UPDATE usage_periods SET closed_at = coalesce(closed_at, %(at)s),{THIS_ONE}"
REOPEN = """
INSERT INTO usage_corrections (account_id, generation, period_id, position,
    corrected_at, before)
VALUES (%(account)s, %(generation)s, %(period)s, %(position)s, %(at)s, %(before)s)"""
CORRECT = """
UPDATE usage_corrections SET after = %(after)s
WHERE account_id = %(account)s AND generation = %(generation)s
    AND period_id = %(period)s AND after IS NULL"""
SETTLE = f"UPDATE usage_periods SET settled_at = %(at)s,{THIS_ONE}"

OF_ACCOUNT = " WHERE account_id = %(account)s AND generation = %(generation)s"
PERIODS = (
    "SELECT period_id, number, period_from, period_until, tier_contacts, reported,"
    " contacts, closed_at, settled_at, (SELECT before FROM usage_corrections c"
    " WHERE c.account_id = p.account_id AND c.generation = p.generation"
    " AND c.period_id = p.period_id ORDER BY c.position LIMIT 1) AS closed_with,"
    " (SELECT max(corrected_at) FROM usage_corrections c"
    " WHERE c.account_id = p.account_id AND c.generation = p.generation"
    " AND c.period_id = p.period_id) AS corrected_at"
    f" FROM usage_periods p{OF_ACCOUNT}"
)
ONE = f"{PERIODS} AND period_id = %(period)s"
PAGE = (
    f"{PERIODS} AND period_id <> %(except)s AND number < %(before)s"
    " ORDER BY number DESC LIMIT %(size)s"
)
TOTAL = f"SELECT coalesce(max(number), 0) FROM usage_periods{OF_ACCOUNT}"
DAYS = (
    f"SELECT day, added FROM usage_days{OF_ACCOUNT} AND period_id = %(period)s"
    " ORDER BY day"
)
NOBODY = UUID(int=0)


@dataclass(frozen=True, kw_only=True)
class PeriodRow:
    """A period, half-open; `contacts` are the different ones that were sent to.

    `closed_with` is what it was closed with before late reports corrected it.
    """

    period_id: UUID
    number: int
    period_from: datetime
    period_until: datetime
    tier_contacts: int
    reported: int
    contacts: int
    closed_at: datetime | None
    settled_at: datetime | None
    closed_with: int | None
    corrected_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class DayRow:
    """New contacts of a day in UTC."""

    day: date
    added: int


@dataclass(frozen=True, kw_only=True)
class Usage:
    """A period with its days, and whether later facts of the account wait."""

    period: PeriodRow | None
    days: Sequence[DayRow]
    parked: bool


class UsageView(View):
    """One row a period, one row a day with new contacts, one row a correction."""

    name = "usage"
    nouns = frozenset({"usage"})
    tables = ("usage_periods", "usage_days", "usage_corrections")

    def usage(self, account_id: UUID, period_id: UUID) -> Usage:
        """Return a period; none before its first fact is taken."""
        with self.reading(account_id) as reading:
            return Usage(
                period=reading.row(PeriodRow, ONE, period=period_id),
                days=reading.rows(DayRow, DAYS, period=period_id),
                parked=reading.parked,
            )

    def periods(
        self,
        account_id: UUID,
        *,
        besides: UUID = NOBODY,
        before: int | None = None,
        size: int,
    ) -> Listed[PeriodRow]:
        """Return periods, newest first, without one that is shown already."""
        with self.reading(account_id) as reading:
            total = reading.figure(TOTAL)
            first = before if before is not None else total + 1
            named = {"except": besides, "before": first, "size": size}
            rows = reading.rows(PeriodRow, PAGE, **named)
            return reading.listed(rows, [row.number for row in rows], total, size)

    @singledispatchmethod
    def post(self, event: Aggregate.Event, fact: Fact, rows: Rows) -> None:
        raise surprise(event)

    @post.register
    def _(self, event: usage_facts.Opened, fact: Fact, rows: Rows) -> None:
        rows.write(
            OPEN,
            fact,
            period=fact.stream_id,
            since=event.period_from,
            until=event.period_until,
            tier=event.tier_contacts,
        )

    @post.register
    def _(self, event: usage_facts.Reported, fact: Fact, rows: Rows) -> None:
        counted = {"distinct": event.distinct, "count": event.count}
        rows.write(COUNT, fact, period=fact.stream_id, **counted)
        if event.added:
            day = event.sent_at.date()
            rows.write(DAY, fact, period=fact.stream_id, day=day, added=event.added)

    @post.register
    def _(self, event: usage_facts.LimitNear, fact: Fact, rows: Rows) -> None:
        pass

    @post.register
    def _(self, event: usage_facts.TierChanged, fact: Fact, rows: Rows) -> None:
        rows.write(TIER, fact, period=fact.stream_id, tier=event.tier_contacts)

    @post.register
    def _(self, event: usage_facts.EndMoved, fact: Fact, rows: Rows) -> None:
        rows.write(END, fact, period=fact.stream_id, until=event.period_until)

    @post.register
    def _(self, event: usage_facts.Closed, fact: Fact, rows: Rows) -> None:
        rows.write(CLOSE, fact, period=fact.stream_id)
        after = {"period": fact.stream_id, "after": event.distinct}
        rows.write(CORRECT, fact, hits=-1, **after)

    @post.register
    def _(self, event: usage_facts.Reopened, fact: Fact, rows: Rows) -> None:
        rows.write(REOPEN, fact, period=fact.stream_id, before=event.distinct)

    @post.register
    def _(self, event: usage_facts.Settled, fact: Fact, rows: Rows) -> None:
        rows.write(SETTLE, fact, period=fact.stream_id)
