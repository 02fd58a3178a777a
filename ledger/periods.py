"""Periods of a plan or an add-on: half-open, anchored, and told in UTC alone.

A period begins at the anchor's day and time of day, so many months later, or on the
last day of a month that has no such day; the next one is counted from the anchor
again, so that the 31st comes back. UTC knows no summer time: no period is an hour
short of what was sold.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal

Unit = Literal["month", "year"]
Period = tuple[datetime, datetime]
"""From, and until before."""

MONTHS: dict[Unit, int] = {"month": 1, "year": 12}


def period(anchor: datetime, unit: Unit, number: int) -> Period:
    """The period of that number, the one that begins at the anchor being 0."""
    months = MONTHS[unit]
    return (
        _moved(anchor, months * number),
        _moved(anchor, months * (number + 1)),
    )


def number_at(anchor: datetime, unit: Unit, moment: datetime) -> int:
    """The number of the period that a moment lies in; below 0 before the anchor."""
    here, there = anchor.astimezone(UTC), moment.astimezone(UTC)
    months = MONTHS[unit]
    passed = (there.year - here.year) * 12 + there.month - here.month
    number = passed // months
    return number if _moved(anchor, months * number) <= there else number - 1


def period_at(anchor: datetime, unit: Unit, moment: datetime) -> Period:
    """The period that a moment lies in."""
    return period(anchor, unit, number_at(anchor, unit, moment))


def days_of(span: Period) -> Iterator[Period]:
    """Cut a period at every midnight in UTC; its first and last day may be parts."""
    start, end = (moment.astimezone(UTC) for moment in span)
    while start < end:
        midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
        until = min(midnight + timedelta(days=1), end)
        yield start, until
        start = until


def _moved(anchor: datetime, months: int) -> datetime:
    there = anchor.astimezone(UTC)
    year, month = divmod(there.year * 12 + there.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return there.replace(year=year, month=month + 1, day=min(there.day, last))
