"""What credentials record or refuse, and when what was handed out dies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from ledger.credentials import Credentials
from ledger.factors import PASSKEY, TOTP, Binding
from ledger.refusals import NoSuchFactor, TokenGone, TwoFactorIsOff
from tests.specification import fact, given
from tests.strategies import INSTANT, NOON

ANN, PHONE, KEY, RESET = (UUID(int=n) for n in range(1, 5))
FIRST, SECOND, THIRD = (Binding(UUID(int=n), f"{n:02}", UUID(int=9)) for n in (6, 7, 8))
DELAY = timedelta(hours=72)


def begun() -> Credentials:
    return Credentials.begin(ANN, FIRST)


def guarded() -> Credentials:
    found = begun()
    found.add_factor(PHONE, TOTP, None, SECOND)
    return found


def with_codes() -> Credentials:
    found = guarded()
    found.issue_codes(THIRD, 2)
    return found


def resetting() -> Credentials:
    found = guarded()
    found.start_factor_reset(RESET, NOON, "lost")
    return found


def test_the_stream_begins_with_the_password_that_was_chosen_first() -> None:
    given(None).when(lambda _: begun()).then(
        fact(Credentials.Begun, account_id=ANN, **FIRST._asdict())
    )
    assert (begun().password, begun().epoch, begun().two_factor) == (FIRST, 1, False)


@pytest.mark.parametrize(
    "act",
    [
        lambda c: c.change_password(SECOND, "changed"),
        lambda c: c.void_password("email_change_undone"),
        lambda c: c.add_factor(KEY, PASSKEY, "blue", THIRD),
        lambda c: c.remove_factor(PHONE),
        lambda c: c.turn_off("customer"),
        lambda c: c.raise_epoch("closed"),
    ],
    ids=["changed", "voided", "added", "removed", "off", "raised"],
)
def test_what_guards_the_account_never_changes_without_a_new_epoch(
    act: Callable[[Credentials], None],
) -> None:
    credentials = guarded()
    before = credentials.epoch
    act(credentials)
    assert credentials.epoch == before + 1


@pytest.mark.parametrize(
    "act",
    [
        lambda c: c.request_reset(RESET, NOON),
        lambda c: c.issue_codes(SECOND, 10),
        lambda c: c.use_code(0),
        lambda c: c.start_factor_reset(RESET, NOON, "lost"),
    ],
    ids=["asked", "codes", "used", "started"],
)
def test_what_leaves_them_as_they_are_leaves_the_epoch(
    act: Callable[[Credentials], object],
) -> None:
    credentials = with_codes()
    before = credentials.epoch
    act(credentials)
    assert credentials.epoch == before


def test_the_last_factor_takes_the_codes_with_it() -> None:
    given(with_codes()).when(lambda c: c.remove_factor(PHONE)).then(
        fact(Credentials.TwoFactorTurnedOff, why="customer")
    )
    credentials = with_codes()
    credentials.remove_factor(PHONE)
    assert (credentials.codes, credentials.codes_left) == (None, 0)


def test_one_of_several_factors_goes_alone() -> None:
    credentials = with_codes()
    credentials.add_factor(KEY, PASSKEY, "blue", THIRD)
    given(credentials).when(lambda c: c.remove_factor(PHONE)).then(
        fact(Credentials.FactorRemoved, factor_id=PHONE)
    )


def test_an_unknown_factor_is_refused() -> None:
    given(guarded()).when(lambda c: c.remove_factor(KEY)).then_refused(
        NoSuchFactor, factor_id=KEY
    )


@pytest.mark.parametrize(
    "act",
    [
        lambda c: c.issue_codes(SECOND, 10),
        lambda c: c.turn_off("customer"),
        lambda c: c.start_factor_reset(RESET, NOON, "lost"),
    ],
    ids=["codes", "off", "reset"],
)
def test_without_a_factor_there_is_nothing_to_recover(
    act: Callable[[Credentials], object],
) -> None:
    given(begun()).when(act).then_refused(TwoFactorIsOff)


def test_codes_are_counted_down_and_made_anew() -> None:
    given(with_codes()).when(lambda c: c.use_code(1)).then(
        fact(Credentials.RecoveryCodeUsed, secret_id=THIRD.secret_id, number=1, left=1)
    )
    credentials = with_codes()
    credentials.use_code(1)
    credentials.issue_codes(SECOND, 10)
    assert (credentials.codes, credentials.codes_left) == (SECOND, 10)


def test_staff_turns_two_factor_off_after_three_days_and_not_before() -> None:
    late = NOON + DELAY
    given(resetting()).when(
        lambda c: c.finish_factor_reset(late - INSTANT)
    ).then_refused(TokenGone)
    given(resetting()).when(lambda c: c.finish_factor_reset(late)).then(
        fact(Credentials.TwoFactorTurnedOff, why="staff_reset")
    )


def test_a_reset_that_is_under_way_is_not_started_twice() -> None:
    later = UUID(int=5)
    given(resetting()).when(
        lambda c: c.start_factor_reset(later, NOON + DELAY, "again")
    ).then()
    assert resetting().reset_due == (RESET, NOON + DELAY)


def test_the_customer_keeps_two_factor_on() -> None:
    given(resetting()).when(lambda c: c.cancel_factor_reset("customer")).then(
        fact(Credentials.FactorResetCancelled, reset_id=RESET, by="customer")
    )
    given(guarded()).when(lambda c: c.cancel_factor_reset("staff")).then_refused(
        TokenGone
    )


def test_a_void_password_stays_void_until_another_is_set() -> None:
    credentials = begun()
    credentials.void_password("email_change_undone")
    assert credentials.password is None
    given(credentials).when(lambda c: c.void_password("again")).then()
    credentials.change_password(SECOND, "reset")
    assert credentials.password == SECOND
