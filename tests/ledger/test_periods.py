"""Periods are where a calendar's traps lie: each is written down here."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.periods import MONTHS, Unit, days_of, number_at, period, period_at

MOMENTS = st.datetimes(
    datetime(1990, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    datetime(2200, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    timezones=st.just(UTC),
)
UNITS: st.SearchStrategy[Unit] = st.sampled_from(["month", "year"])


def starts(anchor: datetime, unit: Unit, count: int) -> list[str]:
    return [f"{period(anchor, unit, n)[0]:%Y-%m-%d}" for n in range(count)]


@pytest.mark.parametrize(
    ("anchor", "expected"),
    [
        ((2026, 1, 31), ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]),
        ((2024, 1, 30), ["2024-01-30", "2024-02-29", "2024-03-30", "2024-04-30"]),
        ((2026, 11, 30), ["2026-11-30", "2026-12-30", "2027-01-30", "2027-02-28"]),
    ],
    ids=["31st", "leap-year", "over-new-year"],
)
def test_a_month_without_the_day_ends_a_period_on_its_last_and_the_day_comes_back(
    anchor: tuple[int, int, int], expected: list[str]
) -> None:
    assert starts(datetime(*anchor, tzinfo=UTC), "month", 4) == expected


def test_a_year_from_the_29th_of_february_comes_back_to_it_in_leap_years_only() -> None:
    anchor = datetime(2024, 2, 29, 9, 30, tzinfo=UTC)
    found = starts(anchor, "year", 5)
    assert [one[5:] for one in found] == ["02-29", "02-28", "02-28", "02-28", "02-29"]


@pytest.mark.parametrize(
    ("anchor", "ends"),
    [("2026-03-15T00:30+01:00", "15 01:30"), ("2026-10-15T00:30+02:00", "14 23:30")],
    ids=["an-hour-is-lost", "an-hour-comes-twice"],
)
def test_summer_time_makes_no_period_shorter_or_longer(anchor: str, ends: str) -> None:
    paris = ZoneInfo("Europe/Paris")
    here = datetime.fromisoformat(anchor).astimezone(paris)
    began, ended = period(here, "month", 0)
    assert ended - began == timedelta(days=31)
    shown = ended.astimezone(paris)
    assert f"{shown:%d %H:%M}" == ends
    assert number_at(began, "month", shown) == 1
    assert number_at(began, "month", shown - timedelta(microseconds=1)) == 0


@given(MOMENTS, UNITS, st.integers(-40, 400))
def test_periods_touch_and_never_overlap(
    anchor: datetime, unit: Unit, number: int
) -> None:
    assert period(anchor, unit, number)[1] == period(anchor, unit, number + 1)[0]
    assert period(anchor, unit, number)[0] < period(anchor, unit, number)[1]


@given(MOMENTS, UNITS, st.integers(0, 400))
def test_a_period_begins_on_the_anchors_day_or_on_a_shorter_months_last(
    anchor: datetime, unit: Unit, number: int
) -> None:
    began, _ = period(anchor, unit, number)
    last = calendar.monthrange(began.year, began.month)[1]
    assert began.day == min(anchor.day, last)
    assert began.timetz() == anchor.timetz()
    passed = (began.year - anchor.year) * 12 + began.month - anchor.month
    assert passed == number * MONTHS[unit]


@given(MOMENTS, UNITS, MOMENTS)
def test_every_moment_lies_in_the_one_period_that_is_found_for_it(
    anchor: datetime, unit: Unit, moment: datetime
) -> None:
    began, ended = period_at(anchor, unit, moment)
    assert began <= moment < ended


@given(MOMENTS, UNITS, st.integers(0, 400))
def test_the_end_of_a_period_belongs_to_the_next(
    anchor: datetime, unit: Unit, number: int
) -> None:
    began, ended = period(anchor, unit, number)
    assert number_at(anchor, unit, began) == number
    assert number_at(anchor, unit, ended) == number + 1
    assert number_at(anchor, unit, ended - timedelta(microseconds=1)) == number


@given(MOMENTS)
def test_the_days_of_a_period_are_cut_at_midnight_and_add_up_to_it(
    anchor: datetime,
) -> None:
    span = period(anchor, "month", 0)
    days = list(days_of(span))
    assert (days[0][0], days[-1][1]) == span
    inner = [began for began, _ in days[1:]]
    assert inner == [until for _, until in days[:-1]]
    assert all(moment.time() == datetime.min.time() for moment in inner)
