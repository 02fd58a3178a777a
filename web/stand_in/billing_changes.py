"""Changing a subscription: another price, now or from the next period; its end."""

from __future__ import annotations

from typing import Any

from web.stand_in import billing_objects
from web.stand_in.books import Object
from web.stand_in.desk import Desk
from web.stand_in.parameters import (
    EXPAND,
    Given,
    Refused,
    Spec,
    labels,
    one_of,
    required,
    text,
    whole,
)

PRICE: Spec = {
    "currency": text,
    "product": text,
    "unit_amount": whole,
    "recurring": {"interval": one_of("month", "year"), "interval_count": whole},
}
ITEMS: Any = [{"id": text, "price_data": PRICE, "quantity": whole}]
PRORATION = one_of("none", "create_prorations", "always_invoice")
UPDATE: Spec = {
    "cancel_at_period_end": one_of("true", "false"),
    "default_payment_method": text,
    "items": ITEMS,
    "metadata": labels,
    "payment_behavior": one_of("allow_incomplete", "error_if_incomplete"),
    "proration_behavior": PRORATION,
    "proration_date": whole,
    **EXPAND,
}
PREVIEW: Spec = {
    "customer": text,
    "subscription": text,
    "subscription_details": {
        "items": ITEMS,
        "proration_behavior": PRORATION,
        "proration_date": whole,
    },
    **EXPAND,
}


def update(desk: Desk, given: Given, subscription: Object) -> Object:
    """Change what is given; raises Refused, also where the card does not pay."""
    if subscription["status"] == "canceled":
        raise Refused("A canceled subscription can only update its cancellation.")
    fields: dict[str, Any] = {}
    if "metadata" in given:
        merged = {**subscription["metadata"], **given["metadata"]}
        fields["metadata"] = {key: value for key, value in merged.items() if value}
    if "default_payment_method" in given:
        fields["default_payment_method"] = given["default_payment_method"]
    if "cancel_at_period_end" in given:
        fields |= _ending(desk, given["cancel_at_period_end"] == "true", subscription)
    if "items" not in given:
        return desk.billing.change(subscription, **fields)
    old = subscription
    new = {**subscription, **fields}
    fields["items"] = _repriced(desk, given["items"], old)
    changed = desk.billing.change(subscription, **fields)
    if given.get("proration_behavior", "create_prorations") == "always_invoice":
        new = {**new, "items": fields["items"]}
        _charge_now(desk, given, old, new)
    found = desk.books.get("subscription", changed["id"])
    return found or changed


def preview(desk: Desk, given: Given, id: str) -> Object:
    """The invoice that a change would make at once."""
    required(given, "subscription", "subscription_details")
    details = given["subscription_details"]
    if details.get("proration_behavior") != "always_invoice":
        raise Refused(
            "The stand-in previews only what is charged at once.",
            param="subscription_details[proration_behavior]",
        )
    found = desk.books.get("subscription", given["subscription"])
    if found is None:
        raise Refused(
            f"No such subscription: '{given['subscription']}'",
            code="resource_missing",
            param="subscription",
        )
    new = {**found, "items": _repriced(desk, details["items"], found)}
    at = details.get("proration_date", desk.books.now())
    lines = prorated(found, new, at)
    made = billing_objects.invoice(
        desk.books.now(), found, lines, "upcoming", id=f"upcoming_in_{found['id']}"
    )
    return {**made, "status": "draft"}


def prorated(old: Object, new: Object, at: int) -> list[Object]:
    """What is left of the period at the old price given back, at the new one charged.

    By the second, each amount rounded half up.
    """
    item = old["items"]["data"][0]
    start, end = item["current_period_start"], item["current_period_end"]
    if not start <= at <= end:
        raise Refused("The date is outside the period.", param="proration_date")
    gone = _share(item["price"]["unit_amount"], end - at, end - start)
    bought = new["items"]["data"][0]["price"]["unit_amount"]
    due = _share(bought, end - at, end - start)
    return [
        billing_objects.line(-gone, "Unused time", (at, end), old, proration=True),
        billing_objects.line(due, "Remaining time", (at, end), new, proration=True),
    ]


def _share(amount: int, part: int, whole_time: int) -> int:
    return (2 * amount * part + whole_time) // (2 * whole_time)


def _charge_now(desk: Desk, given: Given, old: Object, new: Object) -> None:
    at = given.get("proration_date", desk.books.now())
    lines = prorated(old, new, at)
    found = desk.books.get("subscription", old["id"]) or new
    invoice = desk.billing.open_invoice(found, lines, "subscription_update")
    invoice = desk.billing.collect(invoice)
    behaviour = given.get("payment_behavior", "allow_incomplete")
    if invoice["status"] != "paid" and behaviour == "error_if_incomplete":
        raise Refused(
            "Your card was declined.",
            status=402,
            kind="card_error",
            code="card_declined",
        )


def _repriced(desk: Desk, items: list[Given], subscription: Object) -> Object:
    """The subscription's one item at another price."""
    [item] = subscription["items"]["data"]
    if len(items) != 1 or items[0].get("id") != item["id"]:
        raise Refused("The stand-in knows one item a subscription.", param="items")
    required(items[0], "price_data", within="items[0]")
    given = items[0]["price_data"]
    within = "items[0][price_data]"
    required(given, "currency", "product", "unit_amount", "recurring", within=within)
    old = item["price"]
    same = given["recurring"]["interval"] == old["recurring"]["interval"]
    if given["currency"] != old["currency"] or not same:
        raise Refused("Currency and interval stay as they are.", param=within)
    sold = billing_objects.price(
        desk.books.now(),
        given["unit_amount"],
        given["currency"],
        given["recurring"]["interval"],
        given["product"],
    )
    return {**subscription["items"], "data": [{**item, "price": sold}]}


def _ending(desk: Desk, ending: bool, subscription: Object) -> dict[str, Any]:
    until = subscription["items"]["data"][0]["current_period_end"]
    return {
        "cancel_at_period_end": ending,
        "cancel_at": until if ending else None,
        "canceled_at": desk.books.now() if ending else None,
    }
