"""Campaigns that are allowed under the plan."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import msgspec
import pytest

from ledger.holds import HOLD_TERM
from ledger.period_holds import PeriodHolds, PeriodHoldsState
from ledger.refusals import HoldExists, HoldExpired, NoSuchHold
from tests.specification import fact, given
from tests.strategies import NOON

ANN, HOLD, OTHER = uuid4(), UUID(int=1), UUID(int=2)
HOUR = timedelta(hours=1)


def holding() -> PeriodHolds:
    it = PeriodHolds(account_id=ANN)
    it.hold(HOLD, 500, "spring", NOON)
    return it


def test_an_allowed_campaign_lasts_seven_days() -> None:
    given(PeriodHolds(account_id=ANN)).when(
        lambda p: p.hold(HOLD, 500, "spring", NOON)
    ).then(
        fact(
            PeriodHolds.Held,
            hold_id=HOLD,
            campaign_id="spring",
            recipients=500,
            expires_at=NOON + HOLD_TERM,
        )
    )


def test_a_campaign_is_allowed_once() -> None:
    given(holding()).when(lambda p: p.hold(HOLD, 500, "spring", NOON)).then_refused(
        HoldExists, hold_id=HOLD
    )


def test_it_can_be_extended_while_it_lasts_and_never_shortened() -> None:
    later = NOON + HOUR
    given(holding()).when(lambda p: p.extend(HOLD, later)).then(
        fact(PeriodHolds.Extended, hold_id=HOLD, expires_at=later + HOLD_TERM)
    )
    given(holding()).when(lambda p: p.extend(HOLD, NOON, HOUR)).then()
    with pytest.raises(HoldExpired):
        holding().extend(HOLD, NOON + HOLD_TERM)
    with pytest.raises(NoSuchHold):
        holding().extend(OTHER, NOON)


def test_it_is_released_once() -> None:
    given(holding()).when(lambda p: p.release(HOLD, NOON)).then(
        fact(PeriodHolds.Released, hold_id=HOLD)
    )
    given(holding()).when(lambda p: p.release(OTHER, NOON)).then_refused(
        NoSuchHold, hold_id=OTHER
    )


def test_those_whose_time_is_over_are_noted_with_the_next() -> None:
    it, end = holding(), NOON + HOLD_TERM
    it.hold(OTHER, 1, "summer", end - HOUR)
    assert set(it.holds) == {HOLD, OTHER}
    it.hold(UUID(int=3), 1, "autumn", end)
    assert set(it.holds) == {OTHER, UUID(int=3)}
    assert it.known(OTHER).has_ended(end + HOLD_TERM)


def test_a_snapshot_has_the_whole_state() -> None:
    kept = {k: v for k, v in vars(holding()).items() if not k.startswith("_")}
    again = msgspec.json.decode(msgspec.json.encode(kept), type=PeriodHoldsState)
    assert again == kept
