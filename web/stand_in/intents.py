"""Payments with a saved card and without its holder: made, confirmed, called off."""

from __future__ import annotations

from typing import Any

from web.stand_in import objects
from web.stand_in.books import Object
from web.stand_in.cards import card_of, off_session
from web.stand_in.desk import Desk
from web.stand_in.endpoint import COLLECTIONS, Endpoint, existing
from web.stand_in.parameters import (
    EXPAND,
    Declined,
    Given,
    Refused,
    Spec,
    labels,
    one_of,
    required,
    text,
    whole,
)
from web.stand_in.saved_cards import charge_of, detach
from web.stand_in.words import decline_message

LEAST_MINOR = 50
UNEXPECTED = "payment_intent_unexpected_state"
OPEN = ("requires_confirmation", "requires_payment_method", "requires_action")

CREATE: Spec = {
    "allowed_payment_method_types": [one_of("card")],
    "amount": whole,
    "currency": text,
    "customer": text,
    "description": text,
    "metadata": labels,
    "payment_method": text,
    **EXPAND,
}
CONFIRM: Spec = {"off_session": one_of("true"), "payment_method": text, **EXPAND}
CANCEL: Spec = {
    "cancellation_reason": one_of("abandoned", "duplicate", "requested_by_customer"),
    **EXPAND,
}


def _create(desk: Desk, given: Given, id: str) -> Object:
    required(given, "amount", "currency", "customer", "payment_method")
    existing(desk, "customer", given["customer"], "customer")
    _check_saved(desk, given["payment_method"], given["customer"])
    if given["amount"] < LEAST_MINOR:
        raise Refused("Amount is too small", code="amount_too_small", param="amount")
    other = ("expand", "allowed_payment_method_types")
    fields: dict[str, Any] = {k: v for k, v in given.items() if k not in other}
    fields["currency"] = given["currency"].lower()
    fields["status"] = "requires_confirmation"
    made = desk.books.put(objects.payment_intent(desk.books.now(), **fields))
    desk.emit("payment_intent.created", made)
    return made


def _confirm(desk: Desk, given: Given, id: str) -> Object:
    """Charge the card; a bank that declines is told as Stripe tells it, with 402."""
    required(given, "off_session")
    intent = existing(desk, "payment_intent", id)
    _check_open(intent, "confirm")
    named = given.get("payment_method") or intent["payment_method"]
    if named is None:
        raise Refused("A payment method is missing.", code=UNEXPECTED)
    saved = _check_saved(desk, named, intent["customer"])
    note = desk.books.get("stand_in.card", named)
    assert note is not None
    card = card_of(note["number"])
    charge, fault = charge_of(desk, intent, saved, card), off_session(card)
    if fault is None:
        return desk.succeed_intent(intent, charge, intent["customer"])[0]
    desk.decline(intent, charge, fault)
    declined = existing(desk, "payment_intent", id)
    desk.books.amend(declined, payment_method=None)
    raise Declined(
        decline_message(fault.decline_code, "en"),
        status=402,
        kind="card_error",
        code=fault.code,
        decline_code=fault.decline_code,
    )


def _cancel(desk: Desk, given: Given, id: str) -> Object:
    intent = existing(desk, "payment_intent", id)
    _check_open(intent, "cancel")
    closed = desk.books.amend(
        intent,
        status="canceled",
        canceled_at=desk.books.now(),
        cancellation_reason=given.get("cancellation_reason"),
        next_action=None,
    )
    desk.emit("payment_intent.canceled", closed)
    return closed


def _detach(desk: Desk, given: Given, id: str) -> Object:
    saved = existing(desk, "payment_method", id)
    if saved["customer"] is None:
        raise Refused(
            "The payment method you provided is not attached to a customer so "
            "detachment is impossible."
        )
    return detach(desk, saved)


def _check_open(intent: Object, act: str) -> None:
    if intent["status"] not in OPEN:
        raise Refused(
            f"You cannot {act} this PaymentIntent because it has a status of "
            f"{intent['status']}.",
            code=UNEXPECTED,
        )


def _check_saved(desk: Desk, id: str, customer: str) -> Object:
    """The card, if that customer has saved it; raises Refused."""
    saved = existing(desk, "payment_method", id, "payment_method")
    if saved["customer"] != customer:
        raise Refused(
            f"The customer does not have a payment method with the ID {id}.",
            code="resource_missing",
            param="payment_method",
        )
    return saved


INTENTS_PATH = COLLECTIONS["payment_intent"]

INTENTS = (
    Endpoint("POST", INTENTS_PATH, CREATE, _create),
    Endpoint("POST", f"{INTENTS_PATH}/<id>/confirm", CONFIRM, _confirm),
    Endpoint("POST", f"{INTENTS_PATH}/<id>/cancel", CANCEL, _cancel),
    Endpoint("POST", f"{COLLECTIONS['payment_method']}/<id>/detach", EXPAND, _detach),
)
