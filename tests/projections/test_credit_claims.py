"""What refunds and disputes have of the rows about credits."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from projections.credit_claims import ClaimRow, claimed, due_lines, dues, less
from projections.credit_figures import Claimed, LotRow, Reserved
from tests.conftest import NOON
from tests.strategies import DAY

LOT, CLAIM, HOLD = UUID(int=1), UUID(int=31), UUID(int=21)


def lot(remaining: int) -> LotRow:
    return LotRow(
        lot_id=LOT,
        position=1,
        quantity=9,
        remaining=remaining,
        net_minor=9,
        currency="EUR",
        source="purchase",
        source_id="order",
        label=None,
        order_number=1,
        priority=50,
        granted_at=NOON,
        effective_at=NOON,
        expires_at=None,
    )


def claim(state: str = "frozen", **numbers: int) -> ClaimRow:
    figures: dict[str, Any] = {"credits": 9, "frozen": 0, "withdrawn": 0} | numbers
    return ClaimRow(
        claim_id=CLAIM,
        kind="dispute",
        source_id="order",
        lot_id=LOT,
        state=state,
        **figures,
    )


def held(credits: int) -> Reserved:
    return Reserved(hold_id=HOLD, lot_id=LOT, credits=credits, returned_at=None)


def test_what_an_ended_hold_had_is_due_to_the_claim() -> None:
    ends = {HOLD: NOON + DAY}
    asked = ([claim(frozen=2)], [lot(7)], [held(5)], ends)
    assert [one.credits for one in dues(*asked, NOON)] == []
    [due] = dues(*asked, NOON + DAY)
    assert (due.credits, due.at) == (7, NOON + DAY)
    assert less([lot(7)], [due])[0].remaining == 0


def test_a_due_line_lowers_the_balance_by_what_is_due() -> None:
    [due] = dues([claim()], [lot(5)], [held(5)], {HOLD: NOON}, NOON)
    [line] = due_lines([due], 4, 5)
    assert (line.number, line.change, line.balance) == (5, -5, 0)
    assert (line.kind, line.position) == ("frozen", None)


def test_what_is_missing_of_a_granted_claim_is_a_debt() -> None:
    lost = claim("withdrawn", withdrawn=6)
    assert claimed([lost], []) == Claimed(disputed=6, debt=3)
    [due] = dues([lost], [lot(2)], [held(2)], {HOLD: NOON}, NOON)
    assert claimed([lost], [due]) == Claimed(disputed=8, debt=1)


def test_an_open_claim_owes_nothing() -> None:
    assert claimed([claim(frozen=4)], []) == Claimed(frozen=4)
