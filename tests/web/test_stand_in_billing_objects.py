"""Billing's objects beside what Stripe's SDK knows of them; when periods begin."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import stripe

from tests.web.test_stand_in_objects import NOW, sure
from web.stand_in import billing_objects as made_of
from web.stand_in.cards import CARDS

PRICE = made_of.price(NOW, 2900, "eur", "month", "prod_1")
SUBSCRIPTION = made_of.subscription(
    NOW, PRICE, NOW + 1, customer="cus_1", default_payment_method="pm_1"
)
LINE = made_of.line(2900, "Unlimited", (NOW, NOW + 1), SUBSCRIPTION)
INVOICE = made_of.invoice(NOW, SUBSCRIPTION, [LINE], "subscription_create")
PAYMENT = made_of.invoice_payment(NOW, INVOICE, "pi_1")
CARD = made_of.saved_card(NOW, "pm_1", "cus_1", CARDS["4242424242424242"], (12, 2034))

SHAPES: list[tuple[type, dict[str, Any]]] = [
    (stripe.Price, PRICE),
    (stripe.Subscription, SUBSCRIPTION),
    (stripe.SubscriptionItem, SUBSCRIPTION["items"]["data"][0]),
    (stripe.InvoiceLineItem, INVOICE["lines"]["data"][0]),
    (stripe.Invoice, INVOICE),
    (stripe.Invoice.Parent, INVOICE["parent"]),
    (stripe.InvoicePayment, PAYMENT),
    (stripe.PaymentMethod, CARD),
]
WITHOUT: dict[type, set[str]] = {
    stripe.SubscriptionItem: {"plan"},
    stripe.Subscription: {"status_details"},
    stripe.Invoice: {"status_details"},
}


@pytest.mark.parametrize(("known", "made"), SHAPES, ids=range(len(SHAPES)))
def test_an_object_has_only_keys_that_the_sdk_knows(
    known: type, made: dict[str, Any]
) -> None:
    assert set(made) - set(known.__annotations__) == set()


@pytest.mark.parametrize(("known", "made"), SHAPES, ids=range(len(SHAPES)))
def test_an_object_has_every_key_that_the_sdk_says_is_always_there(
    known: type, made: dict[str, Any]
) -> None:
    always = {name for name, kind in known.__annotations__.items() if sure(name, kind)}
    assert always - WITHOUT.get(known, set()) - set(made) == set()


@pytest.mark.parametrize(
    ("anchor", "interval", "number", "start"),
    [
        ("2027-01-31", "month", 1, "2027-02-28"),
        ("2027-01-31", "month", 2, "2027-03-31"),
        ("2027-12-31", "month", 2, "2028-02-29"),
        ("2028-02-29", "year", 1, "2029-02-28"),
        ("2028-02-29", "year", 4, "2032-02-29"),
        ("2027-03-15", "month", 0, "2027-03-15"),
    ],
)
def test_a_period_begins_on_the_anchors_day_or_the_months_last(
    anchor: str, interval: str, number: int, start: str
) -> None:
    first, then = (
        int(datetime.fromisoformat(one).replace(tzinfo=UTC).timestamp())
        for one in (anchor, start)
    )
    assert made_of.later(first, interval, number) == then
