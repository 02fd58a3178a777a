"""When a domain is looked at again."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from ledger.domain_schedule import next_look
from ledger.domains import TERM, Outcome, SendingDomain
from tests.ledger.test_domains import BOTH, added, degraded, failed, verified
from tests.strategies import NOON

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def looks(it: SendingDomain, until: datetime) -> list[timedelta]:
    found, now = [], NOON
    while now < until:
        following = next_look(it, "missing", now)
        assert following is not None
        found.append(following - NOON)
        now = following
    return found


def test_a_new_domain_is_looked_at_ever_more_seldom_until_its_term_ends() -> None:
    hourly = [n * HOUR for n in range(6, 73, 6)]
    first = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR]
    assert looks(added(), NOON + TERM) == [*first, *hourly]


def test_a_late_look_moves_none_of_the_following() -> None:
    late = next_look(added(), "missing", NOON + 2 * HOUR + 7 * MINUTE)
    assert late == NOON + 6 * HOUR


@pytest.mark.parametrize(
    ("outcome", "pause"),
    [("found", DAY), ("missing", 15 * MINUTE), ("unclear", HOUR)],
)
def test_a_verified_domain_is_looked_at_daily_and_sooner_when_in_doubt(
    outcome: Outcome, pause: timedelta
) -> None:
    assert next_look(verified(), outcome, NOON + DAY) == NOON + DAY + pause


def test_a_degraded_domain_is_looked_at_hourly_and_when_its_term_ends() -> None:
    it = degraded()
    assert next_look(it, "missing", NOON) == NOON + HOUR
    nearly = NOON + TERM - MINUTE
    assert next_look(it, "missing", nearly) == NOON + TERM
    assert next_look(it, "unclear", NOON + TERM) == NOON + TERM + HOUR


def test_both_sides_of_a_contest_are_looked_at_hourly() -> None:
    holder, contender = verified(), added()
    holder.meet_contest(uuid4(), NOON)
    contender.open_contest(uuid4(), NOON)
    for it in (holder, contender):
        assert next_look(it, "found", NOON) == NOON + HOUR


def test_nobody_waits_for_a_domain_that_failed_or_was_removed() -> None:
    gone = added()
    gone.remove("withdrawn", NOON)
    assert next_look(failed(), "missing", NOON) is None
    assert next_look(gone, "missing", NOON) is None
    revived = failed()
    revived.resume(NOON + TERM)
    revived.miss(BOTH, NOON + TERM, None)
    assert next_look(revived, "missing", NOON + TERM) == NOON + TERM + MINUTE
