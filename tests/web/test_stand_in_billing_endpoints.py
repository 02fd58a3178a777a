"""Billing's endpoints: time, portal, end, and no parameter that Stripe lacks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stripe
from stripe import params
from stripe.params import billing_portal, test_helpers

from tests.web.standing_in import stand_in
from tests.web.subscribing import DAY, JANUARY_31, Subscriber
from web.stand_in.billing_changes import PREVIEW, UPDATE
from web.stand_in.billing_endpoints import CLOCK, PORTAL
from web.stand_in.parameters import Spec


@pytest.fixture
def ann() -> Iterator[Subscriber]:
    with stand_in() as running:
        running.switch(deliver="never")
        yield Subscriber(running)


@pytest.mark.parametrize(
    ("spec", "known"),
    [
        (UPDATE, params.SubscriptionUpdateParams),
        (PREVIEW, params.InvoiceCreatePreviewParams),
        (PORTAL, billing_portal.SessionCreateParams),
        (CLOCK, test_helpers.TestClockCreateParams),
    ],
    ids=["update", "preview", "portal", "clock"],
)
def test_no_parameter_is_taken_that_stripe_does_not_have(
    spec: Spec, known: type
) -> None:
    assert set(spec) - set(known.__annotations__) == set()


def test_the_clock_stands_until_it_is_advanced(ann: Subscriber) -> None:
    session = ann.v1.customers.create({"email": "ann@example.com"})
    assert session.created == JANUARY_31
    ann.advance(JANUARY_31 + DAY)
    assert ann.v1.customers.create({}).created == JANUARY_31 + DAY
    with pytest.raises(stripe.InvalidRequestError):
        ann.advance(JANUARY_31)


def test_an_open_invoice_can_be_paid_with_the_saved_card(ann: Subscriber) -> None:
    id = ann.subscribe("4000000000000341")
    ann.advance(ann.item(id)["current_period_end"])
    owed = ann.invoices(id)[-1]["id"]
    with pytest.raises(stripe.CardError):
        ann.v1.invoices.pay(owed)
    portal = ann.v1.billing_portal.sessions.create(
        {
            "customer": ann.subscription(id)["customer"],
            "return_url": "http://localhost:8000/plan",
            "flow_data": {"type": "payment_method_update"},
        }
    )
    status, headers, _ = ann.running.fill(portal.url)
    assert (status, headers["Location"]) == (303, "http://localhost:8000/plan")
    assert ann.v1.invoices.pay(owed).status == "paid"
    assert ann.subscription(id)["status"] == "active"
    with pytest.raises(stripe.InvalidRequestError):
        ann.v1.invoices.pay(owed)


def test_a_customer_who_is_deleted_pays_nothing_any_more(ann: Subscriber) -> None:
    id = ann.subscribe()
    customer = ann.subscription(id)["customer"]
    assert ann.v1.customers.delete(customer).deleted
    assert ann.subscription(id)["status"] == "canceled"


def test_what_is_not_there_is_refused(ann: Subscriber) -> None:
    id = ann.subscribe()
    ann.v1.subscriptions.cancel(id)
    for act in (
        lambda: ann.v1.subscriptions.cancel(id),
        lambda: ann.v1.subscriptions.cancel("sub_none"),
        lambda: ann.v1.customers.delete("cus_none"),
    ):
        with pytest.raises(stripe.InvalidRequestError):
            act()
