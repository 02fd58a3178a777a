"""The part of Stripe's API that the stand-in speaks, one entry per endpoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from web.stand_in.books import Object
from web.stand_in.checkouts import CREATE_CHECKOUT, create_checkout
from web.stand_in.desk import Desk
from web.stand_in.parameters import (
    EXPAND,
    PAGE,
    Given,
    Refused,
    Spec,
    email,
    labels,
    one_of,
    required,
    text,
    whole,
)
from web.stand_in.refunds import refund

Act = Callable[[Desk, Given, str], Object]

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


@dataclass(frozen=True)
class Endpoint:
    """A method and path with the parameters it takes and what it does."""

    method: str
    path: str
    params: Spec
    act: Act


def _listed(kind: str, *filters: str) -> Endpoint:
    path = COLLECTIONS[kind]

    def act(desk: Desk, given: Given, id: str) -> Object:
        return _page_of(desk, kind, path, given, filters)

    return Endpoint("GET", path, {**PAGE, **dict.fromkeys(filters, text)}, act)


def _retrieved(kind: str) -> Endpoint:
    def act(desk: Desk, given: Given, id: str) -> Object:
        return existing(desk, kind, id)

    return Endpoint("GET", f"{COLLECTIONS[kind]}/<id>", EXPAND, act)


def existing(desk: Desk, kind: str, id: str, param: str = "id") -> Object:
    """The object of this kind and id; raises Refused (404) if there is none."""
    found = desk.session(id) if kind == "checkout.session" else None
    found = found or desk.books.get(kind, id)
    if found is None:
        word = kind.replace(".", " ").replace("_", " ")
        status = 404 if param == "id" else 400
        raise Refused(
            f"No such {word}: '{id}'",
            status=status,
            code="resource_missing",
            param=param,
        )
    return found


def _page_of(
    desk: Desk, kind: str, path: str, given: Given, filters: tuple[str, ...]
) -> Object:
    limit = given.get("limit", 10)
    if not 1 <= limit <= 100:
        raise Refused("Invalid limit: between 1 and 100", param="limit")
    wanted = {key: given[key] for key in filters if key in given}
    found = [one for one in reversed(desk.books.all(kind)) if _matches(one, wanted)]
    found = [one for one in found if _created_within(one, given.get("created", {}))]
    ids = [one["id"] for one in found]
    start, end = 0, len(found)
    if "starting_after" in given:
        start = _place(ids, given, "starting_after") + 1
    if "ending_before" in given:
        end = _place(ids, given, "ending_before")
        start = max(start, end - limit)
    page = found[start : min(end, start + limit)]
    more = start > 0 if "ending_before" in given else start + limit < len(found)
    return {"object": "list", "data": page, "has_more": more, "url": path}


def _matches(one: Object, wanted: Given) -> bool:
    return all(
        (value[:-1] == one[key][: len(value) - 1])
        if key == "type" and value.endswith("*")
        else one[key] == value
        for key, value in wanted.items()
    )


def _created_within(one: Object, bounds: dict[str, int]) -> bool:
    at: int = one["created"]
    first = max(bounds.get("gte", at), bounds.get("gt", at - 1) + 1)
    last = min(bounds.get("lte", at), bounds.get("lt", at + 1) - 1)
    return first <= at <= last


def _place(ids: list[str], given: Given, key: str) -> int:
    if given[key] not in ids:
        raise Refused(
            f"No such object: '{given[key]}'", code="resource_missing", param=key
        )
    return ids.index(given[key])


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


COLLECTIONS = {
    "checkout.session": "/v1/checkout/sessions",
    "customer": "/v1/customers",
    "payment_intent": "/v1/payment_intents",
    "charge": "/v1/charges",
    "refund": "/v1/refunds",
    "event": "/v1/events",
    "dispute": "/v1/disputes",
    "balance_transaction": "/v1/balance_transactions",
}
SESSIONS = COLLECTIONS["checkout.session"]

ENDPOINTS = (
    *(_retrieved(kind) for kind in COLLECTIONS),
    _listed("checkout.session", "customer", "payment_intent", "status"),
    _listed("customer", "email"),
    _listed("payment_intent", "customer"),
    _listed("charge", "customer", "payment_intent"),
    _listed("refund", "charge", "payment_intent"),
    _listed("dispute", "charge", "payment_intent"),
    _listed("event", "type"),
    _listed("balance_transaction", "type", "source", "currency"),
    Endpoint("POST", SESSIONS, CREATE_CHECKOUT, create_checkout),
    Endpoint("POST", f"{SESSIONS}/<id>/expire", EXPAND, _expire),
    Endpoint("GET", f"{SESSIONS}/<id>/line_items", PAGE, _line_items),
    Endpoint("POST", COLLECTIONS["customer"], CUSTOMER, _create_customer),
    Endpoint("POST", f"{COLLECTIONS['customer']}/<id>", CUSTOMER, _update_customer),
    Endpoint("POST", COLLECTIONS["refund"], CREATE_REFUND, _refund),
)
