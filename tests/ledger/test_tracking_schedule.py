"""When a tracking host is looked at again."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from ledger.tracking_domains import SECOND_LOOK, Outcome, TrackingDomain
from ledger.tracking_schedule import PATIENT, next_look
from tests.strategies import NOON

HOST = UUID(int=11)
MINUTE, HOUR, DAY = (timedelta(**{u: 1}) for u in ("minutes", "hours", "days"))


def tracking(state: str = "pending", *, cleared: bool = False) -> TrackingDomain:
    it = TrackingDomain(account_id=UUID(int=1))
    it.choose(HOST, "links.hollis.com", "k" * 26, NOON)
    if state != "pending":
        it.look(HOST, "found", NOON, allowed=True, missed_since=None)
    if state == "lost":
        it.look(HOST, "missing", NOON, allowed=False, missed_since=None)
    if cleared:
        it.clear(NOON)
    return it


def due(it: TrackingDomain, outcome: Outcome, now: datetime) -> timedelta | None:
    found = next_look(it, it.hosts[HOST], outcome, now)
    return None if found is None else found - now


@pytest.mark.parametrize(
    ("outcome", "after"), [("found", DAY), ("missing", SECOND_LOOK), ("unclear", HOUR)]
)
@pytest.mark.parametrize("cleared", [False, True])
def test_a_verified_host_is_looked_at_daily_and_after_a_miss_soon(
    outcome: Outcome, after: timedelta, cleared: bool
) -> None:
    assert due(tracking("verified", cleared=cleared), outcome, NOON + DAY) == after


@pytest.mark.parametrize("state", ["pending", "lost"])
@pytest.mark.parametrize(
    ("age", "after"),
    [
        (timedelta(0), MINUTE),
        (MINUTE, 4 * MINUTE),
        (HOUR, 5 * HOUR),
        (2 * DAY, 6 * HOUR),
        (4 * DAY, DAY),
        (PATIENT, None),
    ],
)
def test_one_that_is_waited_for_is_looked_for_ever_more_seldom(
    state: str, age: timedelta, after: timedelta | None
) -> None:
    assert due(tracking(state), "missing", NOON + age) == after


def test_one_that_was_cleared_is_not_waited_for() -> None:
    assert due(tracking(cleared=True), "missing", NOON) is None
    assert due(tracking("lost", cleared=True), "missing", NOON) is None


def test_one_that_is_taken_up_again_is_waited_for_from_then_on() -> None:
    it, later = tracking("lost", cleared=True), NOON + 2 * PATIENT
    it.choose(UUID(int=12), "links.hollis.com", "k" * 26, later)
    assert due(it, "missing", later) == MINUTE
