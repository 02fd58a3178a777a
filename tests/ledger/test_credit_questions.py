"""What a balance answers for a moment, and that asking changes nothing."""

from __future__ import annotations

from uuid import UUID

import pytest

from ledger.holds import HOLD_TERM
from ledger.refusals import NoSuchHold
from tests.specification import state
from tests.strategies import DAY, NOON, balance_of, holding

FIRST = UUID(int=1)


def test_questions_change_nothing() -> None:
    balance = holding(2, balance_of(5, expires_at=NOON + DAY))
    before = state(balance)
    for now in (NOON, NOON + DAY, NOON + 9 * DAY):
        balance.figures(now)
        balance.lots_at(now)
        balance.parts(now)
        balance.allowance(3, now)
    assert state(balance) == before


def test_what_is_held_is_free_again_from_the_holds_end_on() -> None:
    balance = holding(2, balance_of(5))
    ends = NOON + HOLD_TERM
    assert balance.lots_at(ends)[FIRST].free == [(0, 5)]
    assert (balance.available(ends), balance.held(ends)) == (5, 0)
    assert balance.balance(NOON) == balance.balance(ends) == 5


def test_a_hold_that_was_never_made_is_not_known() -> None:
    with pytest.raises(NoSuchHold):
        balance_of(5).release(UUID(int=77), NOON)
