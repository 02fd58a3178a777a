"""Subscriptions at the stand-in: begun, renewed, retried, ended, as Stripe does it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.web.standing_in import stand_in
from tests.web.subscribing import DAY, JANUARY_31, Subscriber

FAILS_LATER = "4000000000000341"


@pytest.fixture
def ann() -> Iterator[Subscriber]:
    with stand_in() as running:
        running.switch(deliver="never")
        yield Subscriber(running)


def day(moment: int) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M}"


def test_what_is_paid_on_the_page_begins_at_once(ann: Subscriber) -> None:
    id = ann.subscribe()
    found, item = ann.subscription(id), ann.item(id)
    assert (found["status"], found["metadata"]) == ("active", {"sku": "u-1"})
    assert day(item["current_period_start"]) == "2027-01-31 09:30"
    assert day(item["current_period_end"]) == "2027-02-28 09:30"
    [invoice] = ann.invoices(id)
    assert (invoice["status"], invoice["amount_paid"]) == ("paid", 2900)
    assert invoice["billing_reason"] == "subscription_create"
    payment = ann.payment(invoice["id"])
    assert payment["status"] == "paid"
    intent = payment["payment"]["payment_intent"]
    assert intent["latest_charge"]["payment_method_details"]["card"]["last4"] == "4242"
    saved = ann.v1.payment_methods.retrieve(found["default_payment_method"])
    assert saved.customer == found["customer"]


def test_it_renews_on_the_last_day_and_comes_back_to_the_31st(ann: Subscriber) -> None:
    id = ann.subscribe()
    ann.advance(JANUARY_31 + 95 * DAY)
    starts = [
        day(one["lines"]["data"][0]["period"]["start"]) for one in ann.invoices(id)
    ]
    assert starts == [
        "2027-01-31 09:30",
        "2027-02-28 09:30",
        "2027-03-31 09:30",
        "2027-04-30 09:30",
    ]
    assert {one["status"] for one in ann.invoices(id)} == {"paid"}


def test_a_card_that_no_longer_pays_is_tried_four_times(ann: Subscriber) -> None:
    id = ann.subscribe(FAILS_LATER)
    end = ann.item(id)["current_period_end"]
    seen = []
    for days in (0, 3, 5, 7):
        ann.advance(end + days * DAY)
        invoice = ann.invoices(id)[-1]
        again = invoice["next_payment_attempt"]
        wait = None if again is None else (again - end) // DAY
        seen.append((invoice["attempt_count"], wait, ann.subscription(id)["status"]))
    assert seen == [
        (1, 3, "past_due"),
        (2, 5, "past_due"),
        (3, 7, "past_due"),
        (4, None, "unpaid"),
    ]
    error = ann.payment(invoice["id"])["payment"]["payment_intent"]
    assert error["last_payment_error"]["decline_code"] == "generic_decline"


def test_what_is_unpaid_makes_drafts_and_comes_back_when_it_is_paid(
    ann: Subscriber,
) -> None:
    id = ann.subscribe(FAILS_LATER)
    ann.advance(ann.item(id)["current_period_end"] + 8 * DAY)
    owed = ann.invoices(id)[-1]
    ann.advance(ann.item(id)["current_period_end"] + DAY)
    assert [one["status"] for one in ann.invoices(id)] == ["paid", "open", "draft"]
    page = ann.running.ask("GET", f"/i/{owed['id']}")[1]["Location"]
    assert ann.running.fill(page)[0] == 303
    assert ann.invoices(id)[1]["status"] == "paid"
    assert ann.subscription(id)["status"] == "active"
    assert "29.00" in ann.running.ask("GET", f"/i/{owed['id']}/paid")[2]


def test_an_invoice_that_is_not_there_or_not_open_has_no_page(ann: Subscriber) -> None:
    assert ann.running.ask("GET", "/i/in_none")[0] == 404
    [paid] = ann.invoices(ann.subscribe())
    assert ann.running.ask("GET", f"/i/{paid['id']}")[0] == 200


def test_one_that_is_to_end_ends_with_its_period(ann: Subscriber) -> None:
    id = ann.subscribe()
    ann.v1.subscriptions.update(id, {"cancel_at_period_end": True})
    ann.advance(ann.item(id)["current_period_end"] + DAY)
    found = ann.subscription(id)
    assert (found["status"], day(found["ended_at"])) == ("canceled", "2027-02-28 09:30")
    assert len(ann.invoices(id)) == 1


def test_the_end_can_be_undone_and_made_at_once(ann: Subscriber) -> None:
    id = ann.subscribe()
    ann.v1.subscriptions.update(id, {"cancel_at_period_end": True})
    ann.v1.subscriptions.update(id, {"cancel_at_period_end": False})
    ann.advance(ann.item(id)["current_period_end"] + DAY)
    assert len(ann.invoices(id)) == 2
    ann.v1.subscriptions.cancel(id)
    assert ann.subscription(id)["status"] == "canceled"


def test_a_card_that_asks_its_holder_pays_on_the_page_only(ann: Subscriber) -> None:
    id = ann.subscribe("4000002760003184")
    ann.advance(ann.item(id)["current_period_end"])
    invoice = ann.invoices(id)[-1]
    error = ann.payment(invoice["id"])["payment"]["payment_intent"]
    assert error["last_payment_error"]["code"] == "authentication_required"


def test_every_act_is_told_with_the_events_of_stripe(ann: Subscriber) -> None:
    id = ann.subscribe(FAILS_LATER)
    ann.advance(ann.item(id)["current_period_end"])
    told = [one.type for one in ann.v1.events.list({"limit": 100}).data]
    assert told.count("invoice.paid") == 1
    for kind in (
        "customer.subscription.created",
        "checkout.session.completed",
        "invoice.payment_failed",
        "customer.subscription.updated",
        "charge.failed",
    ):
        assert kind in told
