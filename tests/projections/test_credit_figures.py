"""What time takes from lots, and in which order it is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from projections.credit_figures import (
    LotRow,
    Reserved,
    expiry_lines,
    losses,
    lots_left,
    recorded_losses,
)
from tests.conftest import NOON

DAY = timedelta(days=1)
HOLD = UUID(int=9)


def lot(number: int, remaining: int, days: int | None = None) -> LotRow:
    return LotRow(
        lot_id=UUID(int=number),
        position=number,
        quantity=10,
        remaining=remaining,
        net_minor=100,
        currency="EUR",
        source="promotion",
        source_id="desk",
        label=None,
        order_number=None,
        priority=50,
        granted_at=NOON,
        effective_at=NOON,
        expires_at=None if days is None else NOON + days * DAY,
    )


def part(number: int, credits: int, returned_at: datetime | None = None) -> Reserved:
    return Reserved(
        hold_id=HOLD, lot_id=UUID(int=number), credits=credits, returned_at=returned_at
    )


def told(found: list[object]) -> list[tuple[int, int, int]]:
    return [
        ((loss.at - NOON).days, loss.lot.position, loss.credits)  # type: ignore[attr-defined]
        for loss in found
    ]


def test_what_a_running_hold_has_of_an_expired_lot_is_not_lost_yet() -> None:
    lots, ends = [lot(1, 5, days=1)], {HOLD: NOON + 3 * DAY}
    reserved = [part(1, 2)]
    assert told([*losses(lots, reserved, ends, NOON + 2 * DAY)]) == [(1, 1, 3)]
    assert told([*losses(lots, reserved, ends, NOON + 3 * DAY)]) == [
        (1, 1, 3),
        (3, 1, 2),
    ]


def test_what_comes_back_before_or_at_the_expiry_is_lost_with_the_rest() -> None:
    lots, ends = [lot(1, 5, days=2)], {HOLD: NOON + 2 * DAY}
    assert told([*losses(lots, [part(1, 2)], ends, NOON + 9 * DAY)]) == [(2, 1, 5)]


def test_at_one_instant_the_lot_that_was_granted_first_is_told_first() -> None:
    lots = [lot(2, 1, days=1), lot(1, 4, days=1), lot(3, 9)]
    assert told([*losses(lots, [], {}, NOON + DAY)]) == [(1, 1, 4), (1, 2, 1)]


def test_a_recorded_expiry_is_told_apart_as_it_was_before() -> None:
    lots, late = [lot(1, 5, days=1)], [part(1, 2, NOON + 3 * DAY)]
    found = recorded_losses(lots, late, {UUID(int=1): 5})
    assert told([*found]) == [(1, 1, 3), (3, 1, 2)]


def test_a_recorded_expiry_of_less_than_came_back_is_negative_and_so_noticed() -> None:
    late = [part(1, 2, NOON + 3 * DAY)]
    found = recorded_losses([lot(1, 5, days=1)], late, {UUID(int=1): 1})
    assert min(loss.credits for loss in found) < 0


def test_lines_go_on_from_the_last_recorded_one() -> None:
    lost = losses([lot(1, 2, days=1), lot(2, 3, days=2)], [], {}, NOON + 2 * DAY)
    lines = expiry_lines(lost, 7, 20)
    assert [(line.number, line.change, line.balance) for line in lines] == [
        (9, -3, 15),
        (8, -2, 18),
    ]


def test_lots_burn_by_priority_then_expiry_then_age() -> None:
    lots = [lot(1, 1), lot(2, 1, days=9), lot(3, 1, days=3)]
    left = lots_left(lots, [part(3, 1)], {HOLD: NOON + DAY}, [], NOON)
    assert [(one.lot.position, one.held) for one in left] == [(3, 1), (2, 0), (1, 0)]
