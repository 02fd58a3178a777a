"""The part of Stripe's API that the stand-in speaks, one entry per endpoint."""

from __future__ import annotations

from typing import Any

from web.stand_in.billing_endpoints import BILLING
from web.stand_in.books import Object
from web.stand_in.checkouts import CREATE_CHECKOUT, create_checkout
from web.stand_in.desk import Desk
from web.stand_in.endpoint import COLLECTIONS, Endpoint, existing, listed, retrieved
from web.stand_in.intents import INTENTS
from web.stand_in.parameters import (
    EXPAND,
    PAGE,
    Given,
    Spec,
    email,
    labels,
    one_of,
    required,
    text,
    whole,
)
from web.stand_in.refunds import refund

CUSTOMER: Spec = {
    "email": email,
    "name": text,
    "description": text,
    "phone": text,
    "metadata": labels,
    "preferred_locales": [text],
    "address": dict.fromkeys(
        ("line1", "line2", "city", "state", "postal_code", "country"), text
    ),
    **EXPAND,
}
CREATE_REFUND: Spec = {
    "charge": text,
    "payment_intent": text,
    "amount": whole,
    "metadata": labels,
    "reason": one_of("duplicate", "fraudulent", "requested_by_customer"),
    **EXPAND,
}


def _create_customer(desk: Desk, given: Given, id: str) -> Object:
    return desk.open_customer(**_without_expand(given))


def _update_customer(desk: Desk, given: Given, id: str) -> Object:
    customer = existing(desk, "customer", id)
    given = _without_expand(given)
    if "metadata" in given:
        merged = {**customer["metadata"], **given["metadata"]}
        given["metadata"] = {key: value for key, value in merged.items() if value}
    customer = desk.books.amend(customer, **given)
    desk.emit("customer.updated", customer)
    return customer


def _without_expand(given: Given) -> dict[str, Any]:
    return {key: value for key, value in given.items() if key != "expand"}


def _expire(desk: Desk, given: Given, id: str) -> Object:
    return desk.expire(existing(desk, "checkout.session", id))


def _line_items(desk: Desk, given: Given, id: str) -> Object:
    session = existing(desk, "checkout.session", id)
    return lines_of(desk, session)


def lines_of(desk: Desk, session: Object) -> Object:
    """The session's line items as Stripe lists them."""
    return {
        "object": "list",
        "data": desk.note_of(session)["lines"],
        "has_more": False,
        "url": f"/v1/checkout/sessions/{session['id']}/line_items",
    }


def _refund(desk: Desk, given: Given, id: str) -> Object:
    given = _without_expand(given)
    amount = given.pop("amount", None)
    intent, charge = given.pop("payment_intent", None), given.pop("charge", None)
    if intent is not None:
        found = existing(desk, "payment_intent", intent, "payment_intent")
        charge = charge or found["latest_charge"]
    required({"charge": charge}, "charge")
    return refund(desk, existing(desk, "charge", charge, "charge"), amount, **given)


SESSIONS = COLLECTIONS["checkout.session"]

ENDPOINTS = (
    *(retrieved(kind) for kind in COLLECTIONS),
    listed("checkout.session", "customer", "payment_intent", "status"),
    listed("customer", "email"),
    listed("payment_intent", "customer"),
    listed("charge", "customer", "payment_intent"),
    listed("refund", "charge", "payment_intent"),
    listed("dispute", "charge", "payment_intent"),
    listed("event", "type"),
    listed("balance_transaction", "type", "source", "currency"),
    listed("invoice", "customer", "subscription", "status"),
    listed("invoice_payment", "invoice", "status"),
    listed("payment_method", "customer", "type"),
    *BILLING,
    *INTENTS,
    Endpoint("POST", SESSIONS, CREATE_CHECKOUT, create_checkout),
    Endpoint("POST", f"{SESSIONS}/<id>/expire", EXPAND, _expire),
    Endpoint("GET", f"{SESSIONS}/<id>/line_items", PAGE, _line_items),
    Endpoint("POST", COLLECTIONS["customer"], CUSTOMER, _create_customer),
    Endpoint("POST", f"{COLLECTIONS['customer']}/<id>", CUSTOMER, _update_customer),
    Endpoint("POST", COLLECTIONS["refund"], CREATE_REFUND, _refund),
)
