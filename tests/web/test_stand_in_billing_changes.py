"""Another price for a subscription: to the cent what the preview said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from tests.web.standing_in import stand_in
from tests.web.subscribing import DAY, JANUARY_31, Subscriber


@pytest.fixture
def ann() -> Iterator[Subscriber]:
    with stand_in() as running:
        running.switch(deliver="never")
        yield Subscriber(running)


def upgrade(ann: Subscriber, id: str, at: int) -> Any:
    return {
        "items": [ann.priced(id, 4900)],
        "proration_behavior": "always_invoice",
        "proration_date": at,
    }


def test_the_preview_is_what_is_charged(ann: Subscriber) -> None:
    id = ann.subscribe()
    at = JANUARY_31 + 7 * DAY
    ann.advance(at + 600)
    details = upgrade(ann, id, at)
    shown = ann.v1.invoices.create_preview(
        {"subscription": id, "subscription_details": details}
    )
    assert shown.total == -2175 + 3675
    details["payment_behavior"] = "error_if_incomplete"
    ann.v1.subscriptions.update(id, details)
    charged = ann.invoices(id)[-1]
    assert (charged["total"], charged["status"]) == (1500, "paid")
    assert charged["billing_reason"] == "subscription_update"
    assert ann.item(id)["price"]["unit_amount"] == 4900


def test_a_card_that_does_not_pay_changes_nothing(ann: Subscriber) -> None:
    id = ann.subscribe("4000000000000341")
    before = ann.subscription(id)
    details = upgrade(ann, id, JANUARY_31 + DAY)
    details["payment_behavior"] = "error_if_incomplete"
    with pytest.raises(stripe.CardError):
        ann.v1.subscriptions.update(id, details)
    assert ann.subscription(id) == before
    assert len(ann.invoices(id)) == 1


def test_a_price_for_the_next_period_charges_nothing_now(ann: Subscriber) -> None:
    id = ann.subscribe()
    ann.v1.subscriptions.update(
        id,
        {
            "items": [ann.priced(id, 1900)],
            "proration_behavior": "none",
            "metadata": {"sku": "u-0", "gone": ""},
        },
    )
    assert len(ann.invoices(id)) == 1
    ann.advance(ann.item(id)["current_period_end"])
    first, second = ann.invoices(id)
    assert second["total"] == 1900
    copies = [
        one["parent"]["subscription_details"]["metadata"] for one in (first, second)
    ]
    assert copies == [{"sku": "u-1"}, {"sku": "u-0"}]


@pytest.mark.parametrize(
    "changed",
    [
        {"currency": "usd"},
        {"recurring": {"interval": "year"}},
    ],
)
def test_currency_and_interval_stay(ann: Subscriber, changed: Any) -> None:
    id = ann.subscribe()
    item = ann.priced(id, 1900)
    item["price_data"] |= changed
    with pytest.raises(stripe.InvalidRequestError):
        ann.v1.subscriptions.update(id, {"items": [item]})


def test_a_date_outside_the_period_is_refused(ann: Subscriber) -> None:
    id = ann.subscribe()
    with pytest.raises(stripe.InvalidRequestError):
        ann.v1.invoices.create_preview(
            {
                "subscription": id,
                "subscription_details": upgrade(ann, id, JANUARY_31 - 1),
            }
        )


def test_what_has_ended_is_not_changed(ann: Subscriber) -> None:
    id = ann.subscribe()
    ann.v1.subscriptions.cancel(id)
    with pytest.raises(stripe.InvalidRequestError):
        ann.v1.subscriptions.update(id, {"cancel_at_period_end": True})
