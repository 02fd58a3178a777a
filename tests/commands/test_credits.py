"""Holding, capturing and releasing on a real journal."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from commands.credits import (
    CaptureCredits,
    ExtendHold,
    HoldCredits,
    ReleaseHold,
    SetLowBalanceThreshold,
    capture_credits,
    credit_allowance,
    credits_of,
    extend_hold,
    hold_credits,
    release_hold,
    set_low_balance_threshold,
)
from ledger.refusals import (
    CaptureExceedsHold,
    InsufficientCredits,
    NoSuchAccount,
    NoSuchHold,
)
from tests.conftest import THOROUGH, context_at
from tests.web.service import Clock, a_purchase, an_account
from web.wiring import Service


@pytest.fixture
def account(service: Service) -> UUID:
    account_id = an_account(service)
    a_purchase(service, account_id)
    return account_id


def held(service: Service, account: UUID, credits: int, key: str | None = None) -> UUID:
    command = HoldCredits(account_id=account, campaign_id="spring", credits=credits)
    context = context_at(service.clock(), key=key)
    return UUID(hold_credits(service.journal, command, context).ids["hold"])


def figures(service: Service, account: UUID) -> tuple[int, int, int]:
    found = credits_of(service.journal, account, context_at(service.clock())).figures
    return found.available, found.held, found.captured


def test_what_is_held_is_captured_in_parts_and_the_rest_comes_back(
    service: Service, account: UUID
) -> None:
    hold, now = held(service, account, 100), service.clock()
    assert figures(service, account) == (1900, 100, 0)
    capture = CaptureCredits(account_id=account, hold_id=hold, credits=60)
    capture_credits(service.journal, capture, context_at(now))
    last = CaptureCredits(account_id=account, hold_id=hold, credits=30, final=True)
    capture_credits(service.journal, last, context_at(now))
    assert figures(service, account) == (1910, 0, 90)


def test_a_repeated_hold_is_one_hold(service: Service, account: UUID) -> None:
    first = held(service, account, 2000, key="same")
    assert held(service, account, 2000, key="same") == first
    assert figures(service, account) == (0, 2000, 0)


def test_too_much_is_refused_and_says_by_how_much(
    service: Service, account: UUID
) -> None:
    with pytest.raises(InsufficientCredits) as refused:
        held(service, account, 2001)
    assert (refused.value.asked, refused.value.available) == (2001, 2000)
    now = context_at(service.clock())
    found = credit_allowance(service.journal, account, 2001, now)
    assert (found.allowed, found.short) == (False, 1)


def test_nobody_can_hold_for_an_account_that_is_not_there(service: Service) -> None:
    with pytest.raises(NoSuchAccount):
        held(service, uuid4(), 1)


def test_more_than_the_hold_is_refused_and_a_closed_hold_is_unknown(
    service: Service, account: UUID
) -> None:
    hold, now = held(service, account, 5), service.clock()
    more = CaptureCredits(account_id=account, hold_id=hold, credits=6)
    with pytest.raises(CaptureExceedsHold):
        capture_credits(service.journal, more, context_at(now))
    release = ReleaseHold(account_id=account, hold_id=hold)
    release_hold(service.journal, release, context_at(now))
    with pytest.raises(NoSuchHold):
        release_hold(service.journal, release, context_at(now))
    assert figures(service, account) == (2000, 0, 0)


def test_an_extended_hold_outlives_its_week(
    service: Service, account: UUID, clock: Clock
) -> None:
    hold = held(service, account, 5)
    clock.move(timedelta(days=6))
    extend = ExtendHold(account_id=account, hold_id=hold)
    extend_hold(service.journal, extend, context_at(clock()))
    clock.move(timedelta(days=6))
    assert figures(service, account) == (1995, 5, 0)
    clock.move(timedelta(days=2))
    assert figures(service, account) == (2000, 0, 0)


def test_the_threshold_is_kept(service: Service, account: UUID) -> None:
    command = SetLowBalanceThreshold(account_id=account, credits=500)
    set_low_balance_threshold(service.journal, command, context_at(service.clock()))
    now = context_at(service.clock())
    assert credits_of(service.journal, account, now).threshold == 500


@pytest.mark.parametrize("round_", range(20 if THOROUGH else 2))
def test_24_concurrent_holds_get_exactly_what_fits(
    service: Service, account: UUID, round_: int
) -> None:
    del round_

    def try_to_hold(_: int) -> bool:
        try:
            held(service, account, 150)
        except InsufficientCredits:
            return False
        return True

    with ThreadPoolExecutor(24) as pool:
        granted = sum(pool.map(try_to_hold, range(24)))
    assert granted == 13
    assert figures(service, account) == (50, 1950, 0)
