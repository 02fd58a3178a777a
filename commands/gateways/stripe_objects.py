"""Stripe's objects in our words: checkouts, charges, refunds, disputes, events."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from commands.gateways.processor import (
    ChargeState,
    CheckoutState,
    Movement,
    WebhookEvent,
)
from ledger.reversals import DisputeNews, DisputeStatus, RefundNews

BRANDS = {
    "amex": "American Express",
    "cartes_bancaires": "Cartes Bancaires",
    "diners": "Diners Club",
    "discover": "Discover",
    "eftpos_au": "eftpos",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "unionpay": "UnionPay",
    "visa": "Visa",
}
REFUND_STATUS: dict[str, Literal["pending", "succeeded", "failed"]] = {
    "pending": "pending",
    "requires_action": "pending",
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "failed",
}
DISPUTE_STATUS: dict[str, DisputeStatus] = {
    "needs_response": "open",
    "under_review": "open",
    "won": "won",
    "lost": "lost",
}
"""An inquiry (`warning_…`) takes no money and is no dispute yet."""


def charge_state(
    id: str, refunds: Iterable[dict[str, Any]], disputes: Iterable[dict[str, Any]]
) -> ChargeState:
    """Return how Stripe's lists of a charge's refunds and disputes stand."""
    return ChargeState(
        id=id,
        refunds=[_refund(one) for one in refunds],
        disputes=[_dispute(one) for one in disputes if one["status"] in DISPUTE_STATUS],
    )


def _refund(one: dict[str, Any]) -> RefundNews:
    return RefundNews(
        id=one["id"],
        refund_id=uuid_in(one.get("metadata") or {}, "refund_id"),
        amount_minor=one["amount"],
        status=REFUND_STATUS[one["status"]],
        code=one.get("failure_reason"),
        created_at=instant(one["created"]),
    )


def _dispute(one: dict[str, Any]) -> DisputeNews:
    status = DISPUTE_STATUS[one["status"]]
    moved = [entry["amount"] for entry in one.get("balance_transactions") or ()]
    if status == "lost" and len(moved) > 1 and sum(moved) >= 0:
        status = "won"  # the money was reinstated, whatever the dispute is called
    return DisputeNews(
        id=one["id"],
        amount_minor=one["amount"],
        status=status,
        reason=one["reason"],
        opened_at=instant(one["created"]),
    )


def movement_of(entry: dict[str, Any]) -> Movement:
    """Return an entry of Stripe's balance, its source expanded."""
    source: dict[str, Any] = entry.get("source") or {}
    kind = entry["type"]
    if source.get("object") == "dispute":
        kind = "dispute" if entry["amount"] < 0 else "dispute_won"
    elif kind in ("charge", "payment"):
        kind = "charge"
    elif kind == "payment_refund":
        kind = "refund"
    elif kind not in ("refund", "refund_failure"):
        kind = "other"
    metadata = source.get("metadata") or {}
    return Movement(
        kind=kind,
        name=source.get("id") or entry["id"],
        charge=source.get("id") if kind == "charge" else source.get("charge"),
        account_id=uuid_in(metadata, "account_id"),
        purchase_id=uuid_in(metadata, "purchase_id"),
        amount_minor=entry["amount"],
        currency=entry["currency"].upper(),
        created_at=instant(entry["created"]),
    )


def checkout_state(session: dict[str, Any]) -> CheckoutState:
    """Return how a checkout session stands, its payment intent expanded."""
    intent: dict[str, Any] = session["payment_intent"] or {}
    charge: dict[str, Any] = intent.get("latest_charge") or {}
    paid = session["payment_status"] == "paid"
    error = {} if paid else intent.get("last_payment_error") or {}
    metadata = session.get("metadata") or {}
    return CheckoutState(
        id=session["id"],
        status=session["status"],
        paid=paid,
        customer=session["customer"],
        payment_intent=intent.get("id"),
        charge=charge.get("id") if paid else None,
        amount_minor=session["amount_total"],
        currency=session["currency"].upper(),
        card_label=card_label(charge) if paid else None,
        declined_attempt=attempt_of(error, intent) if error else None,
        declined_code=error.get("decline_code") or error.get("code"),
        purchase_id=uuid_in(metadata, "purchase_id"),
        account_id=uuid_in(metadata, "account_id"),
        paid_at=instant(charge["created"]) if paid and charge else None,
        subscription=session.get("subscription"),
    )


def attempt_of(error: dict[str, Any], intent: dict[str, Any]) -> str:
    """Return what tells failed attempts apart: the charge, or else the card."""
    method = (error.get("payment_method") or {}).get("id")
    return str(error.get("charge") or method or intent["id"])


def card_label(charge: dict[str, Any]) -> str | None:
    """Return what paid a charge as a receipt prints it: `Visa •••• 4242`."""
    details = charge.get("payment_method_details") or {}
    return card_label_of(details.get("type"), details.get("card") or {})


def card_label_of(kind: str | None, card: dict[str, Any]) -> str | None:
    """Return a card, or another way to pay, as it is printed; None for none."""
    if not card.get("last4"):
        return str(kind).replace("_", " ").capitalize() if kind else None
    brand = card.get("brand") or "card"
    return f"{BRANDS.get(brand, brand.capitalize())} •••• {card['last4']}"


def event_of(event: dict[str, Any]) -> WebhookEvent:
    """Return a verified event; raises ValueError and its like for what is none."""
    about = event["data"]["object"]
    if event["object"] != "event" or not isinstance(about, dict):
        raise ValueError("no event")
    for text in (event["id"], event["type"], about.get("id", "")):
        if not isinstance(text, str) or len(text) > 255 or "\0" in text:
            raise ValueError("no text")
    if not event["id"] or not event["type"] or type(event["created"]) is not int:
        raise ValueError("not complete")
    metadata = about.get("metadata") or {}
    return WebhookEvent(
        id=event["id"],
        type=event["type"],
        object_id=about.get("id"),
        purchase_id=uuid_in(metadata, "purchase_id"),
        account_id=uuid_in(metadata, "account_id"),
        created_at=instant(event["created"]),
    )


def uuid_in(metadata: dict[str, Any], key: str) -> UUID | None:
    """Return an id of ours in Stripe's metadata; None where there is none."""
    try:
        return UUID(metadata[key])
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def instant(seconds: int) -> datetime:
    """Return the instant of a Unix time."""
    return datetime.fromtimestamp(seconds, UTC)
