"""Stripe's objects become ours, each state told apart from the next."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from commands.gateways.stripe_objects import charge_state, instant, movement_of

NOON = 1_770_000_000


def refund(status: str, **more: Any) -> dict[str, Any]:
    made = {"id": "re_1", "amount": 5, "status": status, "created": NOON}
    return made | {"metadata": {}, "failure_reason": None} | more


def dispute(status: str, *amounts: int) -> dict[str, Any]:
    made = {"id": "du_1", "amount": 9, "status": status, "created": NOON}
    moved = [{"amount": amount} for amount in amounts]
    return made | {"reason": "fraudulent", "balance_transactions": moved}


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("pending", "pending"),
        ("requires_action", "pending"),
        ("succeeded", "succeeded"),
        ("failed", "failed"),
        ("canceled", "failed"),
    ],
)
def test_each_status_of_a_refund_has_one_of_ours(theirs: str, ours: str) -> None:
    [told] = charge_state("ch_1", [refund(theirs)], []).refunds
    assert (told.status, told.refund_id) == (ours, None)
    assert told.created_at == datetime.fromtimestamp(NOON, UTC)


def test_a_refund_that_we_asked_for_names_our_id() -> None:
    ours = uuid4()
    for text, found in ((str(ours), ours), ("no id", None)):
        asked = refund("succeeded", metadata={"refund_id": text})
        [told] = charge_state("ch_1", [asked], []).refunds
        assert told.refund_id == found


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (dispute("needs_response", -9), "open"),
        (dispute("under_review", -9), "open"),
        (dispute("won", -9, 9), "won"),
        (dispute("lost", -9), "lost"),
        (dispute("lost", -9, 9), "won"),
    ],
)
def test_a_dispute_is_where_its_money_is(given: dict[str, Any], status: str) -> None:
    [told] = charge_state("ch_1", [], [given]).disputes
    assert told.status == status


def test_an_inquiry_is_no_dispute_yet() -> None:
    inquiry = dispute("warning_needs_response")
    assert charge_state("ch_1", [], [inquiry]).disputes == []


@pytest.mark.parametrize(
    ("kind", "source", "amount", "known"),
    [
        ("charge", {"id": "ch_1", "object": "charge"}, 9, ("charge", "ch_1", "ch_1")),
        (
            "refund",
            {"id": "re_1", "object": "refund", "charge": "ch_1"},
            -9,
            ("refund", "re_1", "ch_1"),
        ),
        (
            "refund_failure",
            {"id": "re_1", "object": "refund", "charge": "ch_1"},
            9,
            ("refund_failure", "re_1", "ch_1"),
        ),
        (
            "adjustment",
            {"id": "du_1", "object": "dispute", "charge": "ch_1"},
            -9,
            ("dispute", "du_1", "ch_1"),
        ),
        (
            "adjustment",
            {"id": "du_1", "object": "dispute", "charge": "ch_1"},
            9,
            ("dispute_won", "du_1", "ch_1"),
        ),
        ("payout", None, -9, ("other", "txn_1", None)),
    ],
)
def test_each_movement_is_named_for_what_moved_it(
    kind: str, source: Any, amount: int, known: tuple[str, str, str | None]
) -> None:
    entry = {"id": "txn_1", "type": kind, "amount": amount, "source": source}
    told = movement_of(entry | {"currency": "eur", "created": NOON})
    assert (told.kind, told.name, told.charge) == known
    assert (told.amount_minor, told.currency) == (amount, "EUR")


def test_a_movement_names_the_purchase_that_its_metadata_name() -> None:
    ours = UUID(int=5)
    source = {"id": "ch_1", "object": "charge", "metadata": {"purchase_id": str(ours)}}
    entry = {"id": "txn_1", "type": "charge", "amount": 1, "source": source}
    told = movement_of(entry | {"currency": "eur", "created": NOON})
    assert (told.purchase_id, told.account_id) == (ours, None)


def test_an_instant_is_aware() -> None:
    assert instant(0) == datetime(1970, 1, 1, tzinfo=UTC)
