"""What a claim takes next, and what it gives back: pure arithmetic."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from ledger import claims as of_claims
from ledger.claims import Claim, ClaimTerms, Step
from ledger.lots import Lot
from tests.strategies import lot

A, B, CLAIM, OTHER = (UUID(int=n) for n in (1, 2, 31, 32))


def lots(*free: tuple[int, int]) -> dict[UUID, Lot]:
    """Lot A of nine credits, of which these runs are free."""
    left = sum(count for _, count in free)
    return {A: Lot(**lot(9), free=list(free), left=left)}


def wanted(state: str, credits: int) -> ClaimTerms:
    return {
        "kind": "refund",
        "source_id": "order",
        "lot_id": A,
        "state": "frozen" if state == "frozen" else "withdrawn",
        "credits": credits,
    }


def claim(state: str, credits: int, *pieces: tuple[UUID, int, int]) -> Claim:
    got = list(pieces)
    frozen = state == "frozen"
    return Claim(
        **wanted(state, credits),
        frozen=got if frozen else [],
        withdrawn=[] if frozen else got,
    )


@pytest.mark.parametrize(
    ("have", "terms", "step"),
    [
        (None, wanted("frozen", 2), Step("freeze", 2, [(A, 7, 2)])),
        (None, wanted("frozen", 0), None),
        (None, wanted("withdrawn", 2), Step("withdraw", 2, [(A, 7, 2)])),
        (claim("frozen", 2, (A, 7, 2)), wanted("frozen", 2), None),
        (
            claim("frozen", 2, (A, 7, 2)),
            wanted("frozen", 1),
            Step("thaw", 1, [(A, 8, 1)]),
        ),
        (
            claim("frozen", 2, (A, 0, 2)),
            wanted("withdrawn", 3),
            Step("withdraw", 3, [(A, 0, 2), (A, 8, 1)], 2),
        ),
        (
            claim("withdrawn", 2, (A, 0, 2)),
            wanted("withdrawn", 1),
            Step("restore", 1, [(A, 1, 1)]),
        ),
        (
            claim("withdrawn", 3, (A, 0, 2)),
            wanted("frozen", 3),
            Step("restore", 0, [(A, 0, 2)]),
        ),
        (claim("withdrawn", 2, (A, 0, 2)), wanted("withdrawn", 2), None),
    ],
)
def test_each_step_takes_frozen_before_free_and_gives_back_what_came_last(
    have: Claim | None, terms: ClaimTerms, step: Step | None
) -> None:
    assert of_claims.next_step(have, terms, lots((3, 6))) == step


def test_a_debt_is_what_was_demanded_back_and_spent_before() -> None:
    assert claim("withdrawn", 5, (A, 0, 2)).debt == 3
    assert claim("frozen", 5, (A, 0, 2)).debt == 0
    assert claim("frozen", 5, (A, 0, 2)).missing == 3


def test_what_becomes_free_goes_to_debts_before_it_is_frozen() -> None:
    claims = {CLAIM: claim("frozen", 9), OTHER: claim("withdrawn", 4)}
    assert of_claims.due(claims, lots((0, 6))) == [
        (OTHER, [(A, 2, 4)]),
        (CLAIM, [(A, 0, 2)]),
    ]


def test_a_purchase_fills_the_oldest_debt_first() -> None:
    claims = {CLAIM: claim("withdrawn", 2), OTHER: claim("withdrawn", 2)}
    assert of_claims.fills(claims, [(B, 0, 3)]) == [
        (CLAIM, [(B, 0, 2)]),
        (OTHER, [(B, 2, 1)]),
    ]


def test_money_that_has_gone_comes_before_money_in_question() -> None:
    claims = {OTHER: claim("frozen", 4, (A, 5, 4))}
    asked = of_claims.yielding(claims, CLAIM, wanted("withdrawn", 5), 2)
    assert asked == [(OTHER, [(A, 6, 3)])]
    assert of_claims.yielding(claims, CLAIM, wanted("frozen", 5), 2) == []


def test_a_claim_that_demands_nothing_any_more_is_dropped() -> None:
    claims = {CLAIM: claim("frozen", 2, (A, 7, 2))}
    terms = wanted("frozen", 0)
    assert of_claims.changed(claims, CLAIM, terms, freed=[(A, 7, 2)]) == {}


def test_lots_that_may_get_credits_back_are_pinned() -> None:
    filled = replace(claim("withdrawn", 3, (A, 0, 2)), withdrawn=[(B, 0, 1)])
    assert of_claims.pinned({CLAIM: filled}) == {A, B}


def test_counts_tell_refunds_from_disputes() -> None:
    refund = claim("withdrawn", 3, (A, 0, 2))
    dispute = replace(refund, kind="dispute", credits=4)
    claims = {CLAIM: refund, OTHER: dispute}
    assert of_claims.withdrawn_count(claims, "refund") == 2
    assert of_claims.withdrawn_count(claims, "dispute") == 2
    assert of_claims.debt(claims) == 3
    assert of_claims.frozen_count({CLAIM: claim("frozen", 3, (A, 0, 2))}) == 2
