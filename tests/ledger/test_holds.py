"""What is reserved, and what time alone does to it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from ledger import holds as of_holds
from ledger.credits import CreditBalance as Balance
from ledger.holds import HOLD_TERM, HOLD_TERM_MAX, LATE_TERM, Hold, Totals
from ledger.lots import Lot, Piece
from ledger.refusals import HoldExpired, NoSuchHold
from tests.specification import fact, given, told
from tests.strategies import DAY, HOUR, INSTANT, NOON, balance_of, holding, lot

A, B = FIRST, SECOND = UUID(int=1), UUID(int=2)
HOLD, OTHER = UUID(int=21), UUID(int=22)


def hold(*pieces: Piece, open: int = 0) -> Hold:
    return Hold(
        campaign_id="spring",
        open=open or sum(piece[2] for piece in pieces),
        pieces=list(pieces),
        expires_at=NOON + DAY,
    )


def test_a_hold_has_ended_at_its_end_and_is_forgotten_thirty_days_later() -> None:
    end, one = NOON + DAY, hold((A, 0, 1))
    assert [one.has_ended(end - INSTANT), one.has_ended(end)] == [False, True]
    late = end + LATE_TERM
    assert [one.is_forgotten(late - INSTANT), one.is_forgotten(late)] == [False, True]


@pytest.mark.parametrize(
    ("term", "allowed"),
    [
        (timedelta(0), False),
        (INSTANT, True),
        (HOLD_TERM_MAX, True),
        (HOLD_TERM_MAX + INSTANT, False),
    ],
)
def test_a_term_is_longer_than_nothing_and_has_a_limit(
    term: timedelta, allowed: bool
) -> None:
    assert of_holds.is_term(term) is allowed


def test_what_is_captured_leaves_the_hold_from_its_front() -> None:
    holds = {A: hold((A, 0, 3), (B, 1, 2))}
    after = of_holds.captured(holds, A, [(A, 0, 3), (B, 1, 1)])
    assert (after[A].open, after[A].pieces) == (1, [(B, 2, 1)])
    assert of_holds.captured(after, A, [(B, 2, 1)]) == {}


def test_a_late_capture_only_lessens_what_is_open() -> None:
    after = of_holds.captured({A: hold(open=3)}, A, [(B, 0, 2)])
    assert (after[A].open, after[A].pieces) == (1, [])


def test_every_credit_is_in_one_figure_before_and_after_the_end_of_a_hold() -> None:
    lots = {A: Lot(**lot(5), free=[(2, 3)], left=5)}
    totals = Totals(granted=9, captured=3, expired=1)
    running = of_holds.figures(lots, {B: hold((A, 0, 2))}, {}, totals, NOON)
    assert (running.held, running.available, running.expired) == (2, 3, 1)
    over = of_holds.figures(lots, {B: hold((A, 0, 2))}, {}, totals, NOON + DAY)
    assert (over.held, over.available, over.expired) == (0, 5, 1)


def test_a_hold_reserves_until_the_instant_before_its_end() -> None:
    balance = holding(2, balance_of(3))
    end = NOON + HOLD_TERM
    assert (balance.available(end - INSTANT), balance.held(end - INSTANT)) == (1, 2)
    assert (balance.available(end), balance.held(end)) == (3, 0)
    assert balance.balance(end) == 3


def test_what_time_alone_changed_is_recorded_before_the_next_fact() -> None:
    balance = balance_of(3, expires_at=NOON + DAY)
    balance.hold(HOLD, 2, "spring", NOON, term=2 * DAY)
    gift = lot(1, NOON + 2 * DAY)
    lost = [(FIRST, 0, 3, 10, 2)]
    given(balance).when(lambda b: b.grant(SECOND, gift)).then(
        fact(Balance.HoldLapsed, hold_id=HOLD, credits=2, parts=[(FIRST, 0, 2, 6, 1)]),
        fact(Balance.Expired, credits=3, parts=lost),
        fact(Balance.Granted, lot_id=SECOND, lot=gift, note=None),
    )


def test_a_hold_outlives_the_expiry_of_its_lots() -> None:
    balance = holding(2, balance_of(3, expires_at=NOON + DAY))
    assert balance.held(NOON + 2 * DAY) == 2
    given(balance).when(lambda b: b.capture(HOLD, 2, NOON + 2 * DAY)).then(
        fact(Balance.Expired, credits=1, parts=[(FIRST, 2, 1, 4, 1)]),
        fact(
            Balance.Captured,
            hold_id=HOLD,
            credits=2,
            parts=[(FIRST, 0, 2, 6, 1)],
            late=False,
        ),
    )


def test_what_is_released_after_the_expiry_expires_at_once() -> None:
    balance = holding(3, balance_of(3, expires_at=NOON + DAY))
    parts = [(FIRST, 0, 3, 10, 2)]
    given(balance).when(lambda b: b.release(HOLD, NOON + DAY)).then(
        fact(Balance.Released, hold_id=HOLD, credits=3, parts=parts),
        fact(Balance.Expired, credits=3, parts=parts),
    )


def test_extending_moves_the_end_seven_days_from_now() -> None:
    balance = holding(2, balance_of(3))
    given(balance).when(lambda b: b.extend(HOLD, NOON + DAY)).then(
        fact(Balance.HoldExtended, hold_id=HOLD, expires_at=NOON + DAY + HOLD_TERM)
    )
    assert balance.held(NOON + HOLD_TERM) == 2


def test_extending_never_brings_the_end_nearer() -> None:
    given(holding(2, balance_of(3))).when(lambda b: b.extend(HOLD, NOON, HOUR)).then()


def test_a_hold_that_has_ended_cannot_be_extended() -> None:
    end = NOON + HOLD_TERM
    given(holding(2, balance_of(3))).when(lambda b: b.extend(HOLD, end)).then_refused(
        HoldExpired, hold_id=HOLD, ended_at=end, asked=2, available=3, short=0
    )


def test_a_late_capture_takes_from_what_is_available() -> None:
    balance = holding(2, balance_of(3))
    balance.hold(OTHER, 1, "autumn", NOON, term=30 * DAY)
    lapsed, sent = [(FIRST, 0, 2, 6, 1)], [(FIRST, 0, 1, 3, 0)]
    given(balance).when(lambda b: b.capture(HOLD, 1, NOON + HOLD_TERM)).then(
        fact(Balance.HoldLapsed, hold_id=HOLD, credits=2, parts=lapsed),
        fact(Balance.Captured, hold_id=HOLD, credits=1, parts=sent, late=True),
    )


def test_a_late_capture_follows_the_burn_order_not_the_hold() -> None:
    balance, later = holding(2, balance_of(3)), NOON + HOLD_TERM
    balance.grant(SECOND, lot(1, net_minor=0, tax_minor=0, priority=10))
    balance.capture(HOLD, 2, later)
    assert told(balance.pending_events[-1])[1]["parts"] == [
        (SECOND, 0, 1, 0, 0),
        (FIRST, 0, 1, 3, 0),
    ]


def test_a_late_capture_for_which_too_little_is_left_is_refused_whole() -> None:
    balance, later = holding(3, balance_of(3)), NOON + HOLD_TERM
    balance.hold(OTHER, 2, "autumn", later)
    given(balance).when(lambda b: b.capture(HOLD, 2, later)).then_refused(
        HoldExpired, hold_id=HOLD, ended_at=later, asked=2, available=1, short=1
    )


def test_releasing_a_hold_that_has_ended_closes_it() -> None:
    balance, later = holding(1, balance_of(1)), NOON + HOLD_TERM
    lapsed = [(FIRST, 0, 1, 10, 2)]
    given(balance).when(lambda b: b.release(HOLD, later)).then(
        fact(Balance.HoldLapsed, hold_id=HOLD, credits=1, parts=lapsed),
        fact(Balance.Released, hold_id=HOLD, credits=0, parts=[]),
    )


def test_a_hold_that_ended_thirty_days_ago_is_forgotten() -> None:
    balance, later = holding(1, balance_of(3)), NOON + HOLD_TERM + LATE_TERM
    balance.hold(OTHER, 1, "autumn", later - INSTANT)
    assert set(balance.holds) == {HOLD, OTHER}
    given(balance).when(lambda b: b.capture(HOLD, 1, later)).then_refused(NoSuchHold)
    balance.release(OTHER, later)
    assert balance.holds == {}
