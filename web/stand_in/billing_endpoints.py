"""The part of Stripe Billing's API that the stand-in speaks."""

from __future__ import annotations

from web.stand_in.billing_changes import PREVIEW, UPDATE, preview, update
from web.stand_in.books import Object, new_id
from web.stand_in.desk import Desk
from web.stand_in.endpoint import COLLECTIONS, Endpoint, existing
from web.stand_in.parameters import (
    EXPAND,
    Given,
    Refused,
    Spec,
    one_of,
    required,
    text,
    url,
    whole,
)
from web.stand_in.saved_cards import card_page, detach

PORTAL: Spec = {
    "customer": text,
    "return_url": url,
    "locale": one_of("auto", "en", "fr"),
    "flow_data": {"type": one_of("payment_method_update")},
    **EXPAND,
}
CLOCK: Spec = {"frozen_time": whole, "name": text, **EXPAND}
CLOCKS = COLLECTIONS["test_helpers.test_clock"]
KEPT_SECONDS = 30 * 86_400


def _update(desk: Desk, given: Given, id: str) -> Object:
    return update(desk, given, existing(desk, "subscription", id))


def _cancel(desk: Desk, given: Given, id: str) -> Object:
    found = existing(desk, "subscription", id)
    if found["status"] == "canceled":
        raise Refused(
            f"No such subscription: {id}", status=404, code="resource_missing"
        )
    return desk.billing.cancel(found)


def _pay(desk: Desk, given: Given, id: str) -> Object:
    invoice = existing(desk, "invoice", id)
    if invoice["status"] != "open":
        raise Refused("Invoice is already paid or not open")
    paid = desk.billing.collect(invoice)
    if paid["status"] != "paid":
        raise Refused(
            "Your card was declined.",
            status=402,
            kind="card_error",
            code="card_declined",
        )
    return paid


def _portal(desk: Desk, given: Given, id: str) -> Object:
    required(given, "customer", "return_url", "flow_data")
    customer = existing(desk, "customer", given["customer"], "customer")
    locale = given.get("locale")
    page = card_page(desk, customer, given["return_url"], locale)
    flow = {
        "after_completion": {
            "hosted_confirmation": None,
            "redirect": None,
            "type": "portal_homepage",
        },
        "subscription_cancel": None,
        "subscription_update": None,
        "subscription_update_confirm": None,
        "type": "payment_method_update",
    }
    return {
        "id": new_id("bps"),
        "object": "billing_portal.session",
        "configuration": "bpc_stand_in",
        "created": desk.books.now(),
        "customer": customer["id"],
        "customer_account": None,
        "flow": flow,
        "livemode": False,
        "locale": locale,
        "on_behalf_of": None,
        "return_url": given["return_url"],
        "url": page["url"],
    }


def _delete_customer(desk: Desk, given: Given, id: str) -> Object:
    customer = existing(desk, "customer", id)
    for one in desk.books.all("subscription"):
        if one["customer"] == id and one["status"] != "canceled":
            desk.billing.cancel(one)
    for saved in desk.books.all("payment_method"):
        if saved["customer"] == id:
            detach(desk, saved)
    gone = {"id": id, "object": "customer", "deleted": True}
    desk.books.put({**customer, "deleted": True, "email": None, "name": None})
    desk.emit("customer.deleted", customer)
    return gone


def _create_clock(desk: Desk, given: Given, id: str) -> Object:
    """One clock for the whole stand-in; from now on it stands unless advanced."""
    required(given, "frozen_time")
    desk.books.set_clock(given["frozen_time"])
    now = given["frozen_time"]
    return desk.books.put(
        {
            "id": new_id("clock"),
            "object": "test_helpers.test_clock",
            "created": now,
            "deletes_after": now + KEPT_SECONDS,
            "frozen_time": now,
            "livemode": False,
            "name": given.get("name"),
            "status": "ready",
            "status_details": {"advancing": None},
        }
    )


def _advance(desk: Desk, given: Given, id: str) -> Object:
    clock = existing(desk, "test_helpers.test_clock", id)
    required(given, "frozen_time")
    until = given["frozen_time"]
    if until <= clock["frozen_time"]:
        raise Refused("A clock goes forward only.", param="frozen_time")
    desk.billing.step(until)
    desk.books.set_clock(until)
    desk.expire_due()
    return desk.books.amend(clock, frozen_time=until)


SUBSCRIPTIONS = COLLECTIONS["subscription"]
INVOICES = COLLECTIONS["invoice"]
CUSTOMERS = COLLECTIONS["customer"]

BILLING = (
    Endpoint("POST", f"{SUBSCRIPTIONS}/<id>", UPDATE, _update),
    Endpoint("DELETE", f"{SUBSCRIPTIONS}/<id>", EXPAND, _cancel),
    Endpoint("POST", f"{INVOICES}/create_preview", PREVIEW, preview),
    Endpoint("POST", f"{INVOICES}/<id>/pay", EXPAND, _pay),
    Endpoint("POST", "/v1/billing_portal/sessions", PORTAL, _portal),
    Endpoint("DELETE", f"{CUSTOMERS}/<id>", EXPAND, _delete_customer),
    Endpoint("POST", CLOCKS, CLOCK, _create_clock),
    Endpoint("POST", f"{CLOCKS}/<id>/advance", CLOCK, _advance),
)
