"""Stripe's subscriptions and invoices in our words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from commands.gateways.stripe_subscriptions import (
    invoice_paid,
    invoice_state,
    subscription_state,
)

AT = int(datetime(2026, 11, 23, tzinfo=UTC).timestamp())
MOMENT = datetime(2026, 11, 23, tzinfo=UTC)


def invoice(**changed: Any) -> dict[str, Any]:
    lines = [{"period": {"start": start, "end": AT}} for start in (AT - 9, AT)]
    return {
        "id": "in_1",
        "status": "open",
        "billing_reason": "subscription_cycle",
        "total": 2900,
        "currency": "eur",
        "parent": {"subscription_details": {"metadata": {"sku": "u-1"}}},
        "lines": {"data": lines},
        "created": AT,
        "attempt_count": 1,
        "next_payment_attempt": AT,
        "hosted_invoice_url": "https://x.example",
    } | changed


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ({"status": "paid"}, ("paid", "cycle")),
        ({"status": "void"}, ("other", "cycle")),
        ({"billing_reason": "subscription_create"}, ("open", "create")),
        ({"billing_reason": "subscription_update"}, ("open", "update")),
        ({"billing_reason": "manual"}, ("open", "other")),
        ({"billing_reason": None, "parent": None}, ("open", "other")),
    ],
)
def test_an_invoice_is_told_in_few_words(
    theirs: dict[str, Any], ours: tuple[str, str]
) -> None:
    state = invoice_state(invoice(**theirs))
    assert (state.status, state.reason) == ours
    assert state.period == (MOMENT, MOMENT)
    assert state.next_attempt_at == MOMENT


def test_a_subscription_without_a_card_or_our_notes_is_told_too() -> None:
    found = {"id": "sub_1", "customer": "cus_1", "ended_at": AT}
    state = subscription_state({**found, "cancel_at_period_end": True}, [])
    assert (state.account_id, state.card_label, state.metadata) == (None, None, {})
    assert (state.ending, state.ended_at) == (True, MOMENT)


def test_the_payment_that_went_through_counts() -> None:
    charge = {"id": "ch_2", "created": AT, "payment_method_details": {"type": "link"}}
    paid = invoice_paid(
        [
            payment("open", {"id": "pi_1", "last_payment_error": {"code": "no"}}),
            payment("paid", {"id": "pi_2", "latest_charge": charge}),
        ]
    )
    assert (paid.payment_intent, paid.charge) == ("pi_2", "ch_2")
    assert (paid.card_label, paid.paid_at) == ("Link", MOMENT)
    assert paid.declined_code is None


def test_why_nothing_was_paid_is_told() -> None:
    error = {"code": "card_declined", "decline_code": "lost_card"}
    refused = invoice_paid([payment("open", {"last_payment_error": error})])
    assert (refused.declined_code, refused.charge) == ("lost_card", None)
    assert invoice_paid([]).payment_intent is None


def payment(status: str, intent: dict[str, Any]) -> dict[str, Any]:
    return {"status": status, "payment": {"payment_intent": intent}}
