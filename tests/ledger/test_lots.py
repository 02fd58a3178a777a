"""Worth, burn order and runs of credits."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import lots as of_lots
from ledger.lots import Lot, Run
from tests.strategies import DAY, INSTANT, NOON, lot

A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)
small = st.integers(0, 6)
cuts = st.lists(small, min_size=1).map(lambda marks: sorted({0, *marks}))


def held(quantity: int, **terms: Any) -> Lot:
    return Lot(**lot(quantity, **terms), free=[(0, quantity)], left=quantity)


def numbers(runs: list[Run]) -> set[int]:
    return {n for start, count in runs for n in range(start, start + count)}


@given(total=st.integers(0, 20), marks=cuts)
def test_the_parts_of_a_lot_always_add_up_to_what_was_paid(
    total: int, marks: list[int]
) -> None:
    quantity = marks[-1] or 1
    marks = [*marks, quantity]
    shares = [of_lots.worth(total, quantity, a, b) for a, b in pairwise(marks)]
    assert sum(shares) == total
    assert all(share >= 0 for share in shares)


def test_no_unit_price_could_say_what_three_credits_for_ten_cents_cost() -> None:
    assert [of_lots.worth(10, 3, n, n + 1) for n in range(3)] == [3, 3, 4]


def test_a_part_carries_the_net_and_the_tax_of_its_piece() -> None:
    parts = of_lots.priced({A: held(4, net_minor=10, tax_minor=3)}, [(A, 1, 2)])
    assert parts == [(A, 1, 2, 5, 2)]
    assert of_lots.pieces_of(parts) == [(A, 1, 2)]
    assert of_lots.count(parts) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"priority": 10}, {"priority": 20, "expires_at": NOON + DAY}),
        ({"expires_at": NOON + DAY}, {"expires_at": NOON + 2 * DAY}),
        ({"expires_at": NOON + DAY}, {"granted_at": NOON - DAY}),
        ({"granted_at": NOON - DAY}, {"granted_at": NOON}),
    ],
)
def test_priority_burns_first_then_the_earliest_expiry_then_age(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    first, second = held(1, **one), held(1, **other)
    assert of_lots.burn_order({A: second, B: first}, NOON) == [(B, 0, 1), (A, 0, 1)]


def test_lots_granted_at_one_instant_burn_in_the_order_of_their_granting() -> None:
    lots = {C: held(1), A: held(1), B: held(1)}
    assert [piece[0] for piece in of_lots.burn_order(lots, NOON)] == [C, A, B]


def test_a_lot_can_be_taken_from_its_first_moment_until_just_before_its_last() -> None:
    one = held(1, effective_at=NOON + DAY, expires_at=NOON + 2 * DAY)
    offsets = [DAY - INSTANT, DAY, 2 * DAY - INSTANT, 2 * DAY]
    assert [one.is_open(NOON + off) for off in offsets] == [False, True, True, False]
    assert of_lots.coming({A: one}, NOON + DAY - INSTANT) == [(A, 0, 1)]
    assert of_lots.coming({A: one}, NOON + DAY) == []
    assert of_lots.lost({A: one}, NOON + 2 * DAY - INSTANT) == []
    assert of_lots.lost({A: one}, NOON + 2 * DAY) == [(A, 0, 1)]


def test_the_first_credits_of_several_pieces_cut_the_last_piece() -> None:
    pieces = [(A, 2, 3), (B, 0, 4)]
    assert of_lots.first(pieces, 2) == [(A, 2, 2)]
    assert of_lots.first(pieces, 3) == [(A, 2, 3)]
    assert of_lots.first(pieces, 5) == [(A, 2, 3), (B, 0, 2)]


def test_what_is_put_back_after_taking_leaves_the_lot_as_it_was() -> None:
    lots = {A: held(6)}
    less = of_lots.taken(lots, [(A, 2, 2)])
    assert less[A].free == [(0, 2), (4, 2)]
    assert of_lots.put_back(less, [(A, 2, 2)]) == lots


def test_an_exhausted_lot_leaves_and_one_that_is_held_stays() -> None:
    lots = of_lots.taken({A: held(3), B: held(1)}, [(A, 0, 2)])
    after = of_lots.gone(lots, [(A, 2, 1), (B, 0, 1)])
    assert list(after) == [A]
    assert (after[A].free, after[A].left) == ([], 2)


@given(runs=st.lists(st.tuples(small, small)), removed=st.tuples(small, small))
def test_runs_without_a_run_hold_exactly_the_other_numbers(
    runs: list[Run], removed: Run
) -> None:
    runs = of_lots.joined([(n, 1) for n in numbers(runs)])
    rest = of_lots.without(runs, removed)
    assert numbers(rest) == numbers(runs) - numbers([removed])
    assert sum(count for _, count in rest) == len(numbers(rest))


@given(st.sets(small))
def test_joined_runs_are_in_order_and_never_touch(chosen: set[int]) -> None:
    runs = of_lots.joined([(number, 1) for number in chosen])
    assert numbers(runs) == chosen
    assert all(a + count < b for (a, count), (b, _) in pairwise(runs))


def test_a_lot_that_nobody_could_ever_spend_is_our_own_mistake() -> None:
    with pytest.raises(AssertionError):
        lot(1, expires_at=NOON)
    with pytest.raises(AssertionError):
        lot(1, effective_at=NOON + DAY, expires_at=NOON + timedelta(hours=1))
    with pytest.raises(AssertionError):
        lot(0)
