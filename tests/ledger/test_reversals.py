"""What refunds and disputes demand of items, whatever their order."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.reversals import Dispute, ItemClaim, Refund, claims_of, parts_between
from tests.strategies import NOON, item

ITEMS = [item(net_minor=10, tax_minor=2, credits=3), item(net_minor=5, tax_minor=0)]


def refund(status: Any, amount: int, hours: int = 0, **more: Any) -> Refund:
    fields: dict[str, Any] = {"ours": False, "parts": [], "approvals": 0}
    return Refund(
        status=status,
        amount_minor=amount,
        proposed_by=None,
        at=NOON + timedelta(hours=hours),
        **(fields | more),
    )


def dispute(status: Any, amount: int = 17) -> Dispute:
    return Dispute(status=status, amount_minor=amount, at=NOON)


def demanded(claims: list[ItemClaim], state: str) -> int:
    return sum(one.credits for one in claims if one.state == state)


@given(cuts=st.lists(st.integers(0, 17), max_size=5))
def test_adjoining_ranges_of_the_price_add_up_exactly(cuts: list[int]) -> None:
    edges = sorted({0, 17, *cuts})
    parts = [p for a, b in pairwise(edges) for p in parts_between(ITEMS, a, b)]
    for number, one in enumerate(ITEMS):
        mine = [part for part in parts if part["item"] == number]
        assert sum(part["net_minor"] for part in mine) == one["net_minor"]
        assert sum(part["tax_minor"] for part in mine) == one["tax_minor"]


@pytest.mark.parametrize(
    ("status", "frozen", "withdrawn"),
    [("open", 103, 0), ("lost", 0, 103), ("won", 0, 0)],
)
def test_a_dispute_of_the_whole_demands_every_credit_of_every_item(
    status: Any, frozen: int, withdrawn: int
) -> None:
    claims = claims_of(ITEMS, {}, {"du": dispute(status)})
    assert demanded(claims, "frozen") == frozen
    assert demanded(claims, "withdrawn") == withdrawn


def test_our_refund_names_its_credits_and_the_rest_goes_with_the_rest() -> None:
    part = {"item": 0, "credits": 1, "net_minor": 3, "tax_minor": 1}
    ours = refund("succeeded", 4, ours=True, parts=[part])
    claims = claims_of(ITEMS, {"ours": ours}, {"du": dispute("open")})
    assert demanded(claims, "withdrawn") == 1
    assert demanded(claims, "frozen") == 102


def test_no_more_is_demanded_than_was_bought() -> None:
    refunds = {"a": refund("succeeded", 17), "b": refund("succeeded", 17, 1)}
    claims = claims_of(ITEMS, refunds, {"du": dispute("lost")})
    assert demanded(claims, "withdrawn") == 103


@pytest.mark.parametrize("status", ["failed", "rejected"])
def test_what_was_undone_demands_nothing(status: Any) -> None:
    part = {"item": 0, "credits": 1, "net_minor": 3, "tax_minor": 1}
    ours = refund(status, 4, ours=True, parts=[part])
    [claim] = claims_of(ITEMS, {"ours": ours}, {})
    assert claim.credits == 0
