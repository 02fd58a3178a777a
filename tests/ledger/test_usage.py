"""What a period's usage records, and what it refuses."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from ledger.periods import period
from ledger.refusals import (
    OutsidePeriod,
    PeriodSettled,
    RecipientsExceedTier,
    TierUsedUp,
)
from ledger.usage import CORRECTION, PeriodUsage, UsageState
from tests.specification import fact, given
from tests.strategies import NOON

ANN = uuid4()
FROM, UNTIL = period(NOON, "month", 0)
DAY, INSTANT = timedelta(days=1), timedelta(microseconds=1)
LATE = UNTIL + DAY


def opened(tier: int = 1000) -> PeriodUsage:
    return PeriodUsage(
        account_id=ANN, period_from=FROM, period_until=UNTIL, tier_contacts=tier
    )


def told(
    it: PeriodUsage,
    added: int,
    count: int | None = None,
    *,
    now: datetime = NOON,
    sent_at: datetime = NOON,
) -> None:
    batch: Any = {"campaign_id": "spring", "batch_id": "1", "sent_at": sent_at}
    it.report(batch, bytes(16 * (count or added)), added, now)


def reported(added: int, distinct: int, count: int | None = None) -> Any:
    return fact(
        PeriodUsage.Reported,
        period_from=FROM,
        campaign_id="spring",
        batch_id="1",
        sent_at=NOON,
        count=count or added,
        added=added,
        distinct=distinct,
        contacts=bytes(16 * (count or added)),
    )


def used(distinct: int, tier: int = 1000) -> PeriodUsage:
    it = opened(tier)
    if distinct:
        told(it, distinct)
    return it


def names(it: PeriodUsage) -> list[str]:
    return [type(one).__name__ for one in it.pending_events]


def test_a_period_has_a_stream_of_its_own() -> None:
    assert opened().id == PeriodUsage.create_id(ANN, FROM)
    assert PeriodUsage.create_id(ANN, UNTIL) != opened().id


def test_a_report_records_how_many_were_new_and_the_count_with_them() -> None:
    given(used(3)).when(lambda u: told(u, 2, 5)).then(reported(2, 5, 5))


def test_a_report_of_known_contacts_is_recorded_too() -> None:
    given(used(3)).when(lambda u: told(u, 0, 3)).then(reported(0, 3, 3))


@pytest.mark.parametrize(
    ("distinct", "warned"), [(799, []), (800, [80]), (999, [80]), (1000, [100])]
)
def test_it_warns_at_eighty_and_at_a_hundred_per_cent(
    distinct: int, warned: list[int]
) -> None:
    it = used(distinct)
    near = [e for e in it.pending_events if isinstance(e, PeriodUsage.LimitNear)]
    assert [vars(one)["percent"] for one in near] == warned


def test_it_warns_once_of_each_and_of_the_lower_one_never_after_the_higher() -> None:
    it = used(800)
    told(it, 50)
    told(it, 150)
    told(it, 1)
    assert names(it).count("LimitNear") == 2
    assert names(used(1000)).count("LimitNear") == 1


def test_a_bigger_tier_has_warnings_of_its_own() -> None:
    it = used(1000)
    it.plan_is(UNTIL, 1200)
    told(it, 1)
    assert it.warned == [(100, 1000), (80, 1200)]


def test_what_the_plan_says_is_recorded_where_it_is_news() -> None:
    given(opened()).when(lambda u: u.plan_is(UNTIL, 1000)).then()
    given(opened()).when(lambda u: u.plan_is(LATE, 5000)).then(
        fact(PeriodUsage.EndMoved, period_until=LATE),
        fact(PeriodUsage.TierChanged, tier_contacts=5000),
    )


def test_a_campaign_is_allowed_until_all_contacts_are_used() -> None:
    used(999).check_campaign(1000)
    given(used(1000)).when(lambda u: u.check_campaign(1)).then_refused(
        TierUsedUp, tier_contacts=1000, counted=1000, period_until=UNTIL
    )


def test_a_campaign_bigger_than_the_tier_is_refused() -> None:
    given(used(1)).when(lambda u: u.check_campaign(1001)).then_refused(
        RecipientsExceedTier, recipients=1001, tier_contacts=1000
    )


@pytest.mark.parametrize("sent_at", [FROM - INSTANT, UNTIL, LATE])
def test_what_was_not_sent_in_the_period_is_refused(sent_at: datetime) -> None:
    with pytest.raises(OutsidePeriod):
        told(opened(), 1, now=LATE, sent_at=sent_at)


def test_what_is_still_to_be_sent_is_refused() -> None:
    with pytest.raises(OutsidePeriod):
        told(opened(), 1, sent_at=NOON + INSTANT)


def test_the_first_and_the_last_instant_belong_to_the_period() -> None:
    it = opened()
    told(it, 1, now=LATE, sent_at=FROM)
    told(it, 1, now=LATE, sent_at=UNTIL - INSTANT)
    assert it.distinct == 2


def test_a_period_is_closed_with_its_count_and_once() -> None:
    given(used(5)).when(lambda u: u.close(UNTIL - INSTANT)).then()
    given(used(5)).when(lambda u: u.close(UNTIL)).then(
        fact(PeriodUsage.Closed, distinct=5)
    )
    it = used(5)
    it.close(UNTIL)
    given(it).when(lambda u: u.close(LATE)).then()


def test_a_late_report_reopens_the_period_and_closes_it_again() -> None:
    given(used(5)).when(lambda u: told(u, 2, now=LATE)).then(
        fact(PeriodUsage.Closed, distinct=5),
        fact(PeriodUsage.Reopened, distinct=5),
        reported(2, 7),
        fact(PeriodUsage.Closed, distinct=7),
    )


def test_a_late_report_of_known_contacts_corrects_nothing() -> None:
    it = used(5)
    it.close(UNTIL)
    given(it).when(lambda u: told(u, 0, 3, now=LATE)).then(reported(0, 5, 3))


def test_nobody_is_warned_of_a_period_that_is_over() -> None:
    it = opened()
    told(it, 1000, now=LATE)
    assert "LimitNear" not in names(it)


def test_after_the_correction_window_nothing_is_taken() -> None:
    it = used(5)
    it.settle(UNTIL + CORRECTION - INSTANT)
    assert not it.settled
    told(it, 1, now=UNTIL + CORRECTION - INSTANT)
    with pytest.raises(PeriodSettled):
        told(it, 1, now=UNTIL + CORRECTION)


def test_settling_closes_first_and_happens_once() -> None:
    end = UNTIL + CORRECTION
    given(used(5)).when(lambda u: u.settle(end)).then(
        fact(PeriodUsage.Closed, distinct=5), fact(PeriodUsage.Settled, distinct=5)
    )
    it = used(5)
    it.settle(end)
    given(it).when(lambda u: u.settle(end)).then()


def test_a_snapshot_has_the_whole_state_and_no_contact() -> None:
    it = used(900)
    it.settle(UNTIL + CORRECTION)
    kept = {k: v for k, v in vars(it).items() if not k.startswith("_")}
    again = msgspec.json.decode(msgspec.json.encode(kept), type=UsageState)
    assert again == kept
