"""What an endpoint is, and the two of every collection: one object, and a list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from web.stand_in.books import Object
from web.stand_in.desk import Desk
from web.stand_in.parameters import EXPAND, PAGE, Given, Refused, Spec, text

Act = Callable[[Desk, Given, str], Object]

COLLECTIONS = {
    "checkout.session": "/v1/checkout/sessions",
    "customer": "/v1/customers",
    "payment_intent": "/v1/payment_intents",
    "charge": "/v1/charges",
    "refund": "/v1/refunds",
    "event": "/v1/events",
    "dispute": "/v1/disputes",
    "balance_transaction": "/v1/balance_transactions",
    "subscription": "/v1/subscriptions",
    "invoice": "/v1/invoices",
    "invoice_payment": "/v1/invoice_payments",
    "payment_method": "/v1/payment_methods",
    "setup_intent": "/v1/setup_intents",
    "test_helpers.test_clock": "/v1/test_helpers/test_clocks",
}


@dataclass(frozen=True)
class Endpoint:
    """A method and path with the parameters it takes and what it does."""

    method: str
    path: str
    params: Spec
    act: Act


def listed(kind: str, *filters: str) -> Endpoint:
    path = COLLECTIONS[kind]

    def act(desk: Desk, given: Given, id: str) -> Object:
        return _page_of(desk, kind, path, given, filters)

    return Endpoint("GET", path, {**PAGE, **dict.fromkeys(filters, text)}, act)


def retrieved(kind: str) -> Endpoint:
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
        else _field(one, key) == value
        for key, value in wanted.items()
    )


def _field(one: Object, key: str) -> Any:
    if key == "subscription" and one["object"] == "invoice":
        return one["parent"]["subscription_details"][key]
    return one[key]


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
