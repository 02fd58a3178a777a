"""What is reserved, and what time alone does to it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from ledger import holds as of_holds
from ledger.holds import HOLD_TERM_MAX, LATE_TERM, Hold, Totals
from ledger.lots import Lot, Piece
from tests.strategies import DAY, INSTANT, NOON, lot

A, B = UUID(int=1), UUID(int=2)


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
    running = of_holds.figures(lots, {B: hold((A, 0, 2))}, totals, NOON)
    assert (running.held, running.available, running.expired) == (2, 3, 1)
    over = of_holds.figures(lots, {B: hold((A, 0, 2))}, totals, NOON + DAY)
    assert (over.held, over.available, over.expired) == (0, 5, 1)
