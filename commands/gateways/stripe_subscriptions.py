"""Stripe's subscriptions and invoices in our words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from commands.gateways.billing import InvoicePaid, InvoiceState, SubscriptionState
from commands.gateways.stripe_objects import (
    card_label,
    card_label_of,
    instant,
    uuid_in,
)

REASONS: dict[str, Literal["create", "cycle", "update"]] = {
    "subscription_create": "create",
    "subscription_cycle": "cycle",
    "subscription_update": "update",
}
STATUSES: dict[str, Literal["open", "paid"]] = {"open": "open", "paid": "paid"}


def subscription_state(
    found: dict[str, Any], invoices: Sequence[dict[str, Any]]
) -> SubscriptionState:
    """Return how a subscription stands, its card expanded, its invoices in order."""
    metadata = found.get("metadata") or {}
    card = found.get("default_payment_method") or {}
    return SubscriptionState(
        id=found["id"],
        customer=found["customer"],
        account_id=uuid_in(metadata, "account_id"),
        metadata=metadata,
        ending=bool(found["cancel_at_period_end"]),
        ended_at=instant(found["ended_at"]) if found["ended_at"] else None,
        card_label=card_label_of(card.get("type"), card.get("card") or {}),
        invoices=[invoice_state(one) for one in invoices],
    )


def invoice_state(invoice: dict[str, Any]) -> InvoiceState:
    """Return how an invoice stands; its last line is what is charged for."""
    whose = (invoice.get("parent") or {}).get("subscription_details") or {}
    span = invoice["lines"]["data"][-1]["period"]
    next_at = invoice.get("next_payment_attempt")
    return InvoiceState(
        id=invoice["id"],
        status=STATUSES.get(invoice["status"], "other"),
        reason=REASONS.get(invoice.get("billing_reason") or "", "other"),
        total_minor=invoice["total"],
        currency=invoice["currency"].upper(),
        metadata=whose.get("metadata") or {},
        period=(instant(span["start"]), instant(span["end"])),
        created_at=instant(invoice["created"]),
        attempts=invoice["attempt_count"],
        next_attempt_at=instant(next_at) if next_at else None,
        page_url=invoice.get("hosted_invoice_url"),
    )


def invoice_paid(payments: Sequence[dict[str, Any]]) -> InvoicePaid:
    """Return what an invoice's payments came to, their charges expanded."""
    ordered = sorted(payments, key=lambda one: one["status"] != "paid")
    intents = [one["payment"].get("payment_intent") for one in ordered]
    intent: dict[str, Any] = next((one for one in intents if one), {})
    charge: dict[str, Any] = intent.get("latest_charge") or {}
    paid = bool(ordered) and ordered[0]["status"] == "paid"
    error = {} if paid else intent.get("last_payment_error") or {}
    return InvoicePaid(
        payment_intent=intent.get("id"),
        charge=charge.get("id") if paid else None,
        card_label=card_label(charge) if paid else None,
        paid_at=instant(charge["created"]) if paid and charge else None,
        declined_code=error.get("decline_code") or error.get("code"),
    )
