"""Periods, days and corrections as the panel reads them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from ledger.journal import Journal
from ledger.usage import CORRECTION, PeriodUsage
from projections.usage import PeriodRow
from tests.conftest import NOON
from tests.desk import Desk

DAY = timedelta(days=1)
MONTH = 30 * DAY


@pytest.fixture
def desk(empty_journal: Journal) -> Desk:
    return Desk(empty_journal)


def period(account_id: UUID, number: int = 0) -> PeriodUsage:
    return PeriodUsage(
        account_id=account_id,
        period_from=NOON + number * MONTH,
        period_until=NOON + (number + 1) * MONTH,
        tier_contacts=1000,
    )


def told(it: PeriodUsage, added: int, sent_at: datetime, now: datetime) -> None:
    batch: Any = {"campaign_id": "spring", "batch_id": "1", "sent_at": sent_at}
    it.report(batch, bytes(16 * (added + 5)), added, now)


def kept(desk: Desk, it: PeriodUsage) -> PeriodRow:
    desk.record(it.account_id, lambda: it)
    desk.catch_up()
    found = desk.views.usage.usage(it.account_id, it.id)
    assert desk.views.parked() == []
    assert found.period is not None
    return found.period


def test_a_period_has_its_count_and_its_days(desk: Desk) -> None:
    it = period(uuid4())
    for added, days in ((7, 0), (3, 0), (0, 1), (4, 2)):
        told(it, added, NOON + days * DAY, NOON + days * DAY)
    row = kept(desk, it)
    assert (row.contacts, row.reported, row.number) == (14, 34, 1)
    days_of = desk.views.usage.usage(it.account_id, it.id).days
    first = NOON.date()
    assert [(one.day, one.added) for one in days_of] == [
        (first, 10),
        (first + timedelta(days=2), 4),
    ]


def test_what_the_plan_says_later_is_shown(desk: Desk) -> None:
    it = period(uuid4())
    it.plan_is(NOON + 2 * MONTH, 5000)
    row = kept(desk, it)
    assert (row.tier_contacts, row.period_until) == (5000, NOON + 2 * MONTH)


def test_a_correction_is_visible(desk: Desk) -> None:
    it = period(uuid4())
    told(it, 7, NOON, NOON)
    it.close(NOON + MONTH)
    told(it, 2, NOON + DAY, NOON + MONTH + DAY)
    told(it, 1, NOON + DAY, NOON + MONTH + 2 * DAY)
    row = kept(desk, it)
    assert (row.closed_with, row.contacts) == (7, 10)
    assert row.corrected_at is not None
    assert row.settled_at is None


def test_a_settled_period_says_so(desk: Desk) -> None:
    it = period(uuid4())
    it.settle(NOON + MONTH + CORRECTION)
    row = kept(desk, it)
    assert row.closed_at is not None
    assert row.settled_at is not None
    assert row.closed_with is None


def test_periods_are_listed_newest_first_in_pages(desk: Desk) -> None:
    account_id = uuid4()
    for number in range(5):
        it = period(account_id, number)
        desk.record(account_id, lambda it=it: it)  # type: ignore[misc]
    desk.catch_up()
    view = desk.views.usage
    current = period(account_id, 4).id
    page = view.periods(account_id, besides=current, size=2)
    assert [row.number for row in page.rows] == [4, 3]
    older = view.periods(account_id, besides=current, before=page.older, size=2)
    assert [row.number for row in older.rows] == [2, 1]
    assert older.older is None
    assert view.periods(uuid4(), size=2).rows == []


def test_an_unknown_period_has_nothing(desk: Desk) -> None:
    found = desk.views.usage.usage(uuid4(), uuid4())
    assert (found.period, list(found.days)) == (None, [])
