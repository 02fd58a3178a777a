"""Creating a checkout session: what Stripe takes, and what it refuses."""

from __future__ import annotations

from typing import Any

from web.stand_in import card_objects, objects
from web.stand_in.books import Object
from web.stand_in.desk import Desk
from web.stand_in.parameters import (
    EXPAND,
    Given,
    Refused,
    Spec,
    email,
    labels,
    one_of,
    required,
    text,
    url,
    whole,
)

LEAST_SECONDS = 30 * 60
MOST_SECONDS = 24 * 3600
LEAST_MINOR = 50
LINES_MAX = 100

PRICE_DATA: Spec = {
    "currency": text,
    "unit_amount": whole,
    "product_data": {"name": text, "description": text, "metadata": labels},
    "recurring": {"interval": one_of("month", "year"), "interval_count": whole},
    "tax_behavior": one_of("exclusive", "inclusive", "unspecified"),
}
CREATE_CHECKOUT: Spec = {
    "mode": one_of("payment", "setup", "subscription"),
    "line_items": [{"price_data": PRICE_DATA, "quantity": whole}],
    "success_url": url,
    "cancel_url": url,
    "client_reference_id": text,
    "customer": text,
    "customer_email": email,
    "customer_creation": one_of("always", "if_required"),
    "expires_at": whole,
    "locale": one_of("auto", "en", "en-GB", "fr", "fr-CA"),
    "metadata": labels,
    "payment_intent_data": {
        "metadata": labels,
        "description": text,
        "setup_future_usage": one_of("off_session", "on_session"),
    },
    "allowed_payment_method_types": [one_of("card")],
    "setup_intent_data": {"metadata": labels, "description": text},
    "subscription_data": {"metadata": labels, "description": text},
    **EXPAND,
}
TAKEN_OVER = ("client_reference_id", "customer_email", "metadata", "cancel_url")


def create_checkout(desk: Desk, given: Given, id: str) -> Object:
    """Open a session; raises Refused for whatever Stripe would not take."""
    required(given, "mode", "success_url")
    _check_customer(desk, given)
    if given["mode"] == "setup":
        return _setup(desk, given)
    required(given, "line_items")
    lines = _lines(given["line_items"])
    interval = _interval(given)
    total = sum(line["amount_total"] for line in lines)
    if total < LEAST_MINOR:
        raise Refused(
            "The Checkout Session's total amount due is too small",
            code="amount_too_small",
        )
    made: dict[str, Any] = {key: given.get(key) for key in TAKEN_OVER}
    made["metadata"] = given.get("metadata", {})
    made |= _priced(desk, given, lines, total)
    session = desk.open_checkout(
        made,
        lines,
        given.get("payment_intent_data", {}),
        interval=interval,
        subscription=given.get("subscription_data", {}),
    )
    return desk.books.amend(session, url=f"{desk.base_url}/c/pay/{session['id']}")


def _setup(desk: Desk, given: Given) -> Object:
    """A page where a card is saved, and nothing is paid."""
    required(given, "allowed_payment_method_types")
    for other in ("line_items", "payment_intent_data", "subscription_data"):
        if given.get(other) is not None:
            raise Refused(f"You can not pass `{other}` in this mode.", param=other)
    made: dict[str, Any] = {key: given.get(key) for key in TAKEN_OVER}
    made["metadata"] = given.get("metadata", {})
    line = objects.line_item("", 1, 0, "eur")
    made |= _priced(desk, given, [line], 0)
    made |= {"currency": None, "amount_total": None, "amount_subtotal": None}
    intent = given.get("setup_intent_data", {})
    session = desk.open_checkout(made, [], intent)
    waiting = card_objects.setup_intent(desk.books.now(), session, **intent)
    desk.books.put(waiting)
    url = f"{desk.base_url}/c/pay/{session['id']}"
    return desk.books.amend(
        session,
        url=url,
        setup_intent=waiting["id"],
        payment_status="no_payment_required",
    )


def _priced(desk: Desk, given: Given, lines: list[Object], total: int) -> Object:
    customer = given.get("customer")
    created = given.get("customer_creation", "if_required")
    return {
        "mode": given["mode"],
        "amount_subtotal": total,
        "amount_total": total,
        "currency": lines[0]["currency"],
        "customer": customer,
        "customer_creation": None if customer else created,
        "expires_at": _expires_at(desk.books.now(), given),
        "locale": given.get("locale"),
        "success_url": given["success_url"],
    }


def _interval(given: Given) -> str | None:
    """How often a subscription's one line is paid; None for one payment."""
    found = [item["price_data"].get("recurring") for item in given["line_items"]]
    other = "payment_intent_data" if given["mode"] != "payment" else "subscription_data"
    if given.get(other) is not None:
        raise Refused(f"You can not pass `{other}` in this mode.", param=other)
    if given["mode"] == "payment":
        if any(found):
            raise Refused("A recurring price needs another mode.", param="mode")
        return None
    if given.get("customer_creation"):
        raise Refused("It is for one payment.", param="customer_creation")
    if len(found) != 1 or not found[0]:
        raise Refused("The stand-in subscribes to one line.", param="line_items")
    required(found[0], "interval", within="line_items[0][price_data][recurring]")
    return str(found[0]["interval"])


def _check_customer(desk: Desk, given: Given) -> None:
    pairs = (("customer", "customer_email"), ("customer", "customer_creation"))
    for one, other in pairs:
        if one in given and other in given:
            raise Refused(
                f"You may only specify one of these parameters: {one}, {other}.",
                param=one,
            )
    if "customer" in given and not desk.books.get("customer", given["customer"]):
        raise Refused(
            f"No such customer: '{given['customer']}'",
            code="resource_missing",
            param="customer",
        )


def _lines(items: list[Given]) -> list[Object]:
    if len(items) > LINES_MAX:
        raise Refused("There are too many line items", param="line_items")
    lines = [_line(item, f"line_items[{i}]") for i, item in enumerate(items)]
    if len({line["currency"] for line in lines}) > 1:
        raise Refused("All line items must have the same currency", param="line_items")
    return lines


def _line(item: Given, name: str) -> Object:
    required(item, "price_data", "quantity", within=name)
    price, name = item["price_data"], f"{name}[price_data]"
    required(price, "currency", "unit_amount", "product_data", within=name)
    required(price["product_data"], "name", within=f"{name}[product_data]")
    currency = price["currency"].lower()
    if len(currency) != 3 or not currency.isascii() or not currency.isalpha():
        raise Refused(f"Invalid currency: {currency[:20]}", param=f"{name}[currency]")
    if item["quantity"] < 1 or price["unit_amount"] < 0:
        raise Refused(
            "Invalid positive integer", code="parameter_invalid_integer", param=name
        )
    label = price["product_data"]["name"]
    return objects.line_item(label, item["quantity"], price["unit_amount"], currency)


def _expires_at(now: int, given: Given) -> int:
    at = given.get("expires_at", now + MOST_SECONDS)
    # Stripe allows for clocks that differ a little from its own.
    if not now + LEAST_SECONDS - 60 <= at <= now + MOST_SECONDS + 60:
        raise Refused(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from "
            "Checkout Session creation.",
            param="expires_at",
        )
    return int(at)
