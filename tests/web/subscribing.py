"""Subscribing at a stand-in whose clock is ours, through Stripe's own SDK."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import stripe

from tests.web.standing_in import SUCCESS, StandIn
from web.stand_in.books import Object

JANUARY_31 = int(datetime(2027, 1, 31, 9, 30, tzinfo=UTC).timestamp())
DAY = 86_400
MONTHLY: Any = {
    "mode": "subscription",
    "line_items": [
        {
            "quantity": 1,
            "price_data": {
                "currency": "eur",
                "unit_amount": 2900,
                "recurring": {"interval": "month"},
                "product_data": {"name": "Unlimited"},
            },
        }
    ],
    "success_url": SUCCESS,
    "customer_email": "ann@example.com",
    "subscription_data": {"metadata": {"sku": "u-1"}},
}


class Subscriber:
    """Somebody with a card, and the time."""

    def __init__(self, running: StandIn, start: int = JANUARY_31) -> None:
        self.running = running
        here: Any = {"api": running.url}
        self.v1 = stripe.StripeClient(
            "sk_test_ours", base_addresses=here, max_network_retries=0
        ).v1
        self.clock = self.v1.test_helpers.test_clocks.create({"frozen_time": start})

    def subscribe(self, card: str = "4242424242424242", **changed: Any) -> str:
        """Pay on the page; the subscription's id."""
        session = self.v1.checkout.sessions.create(MONTHLY | changed)
        assert session.url is not None
        answer = self.running.fill(session.url, number=card)
        assert answer[0] == 303
        if answer[1]["Location"].endswith("/3ds"):
            self.running.post(session.url + "/3ds", "outcome=complete")
        found = self.v1.checkout.sessions.retrieve(session.id).to_dict()
        return str(found["subscription"])

    def advance(self, moment: int) -> None:
        self.v1.test_helpers.test_clocks.advance(self.clock.id, {"frozen_time": moment})

    def subscription(self, id: str) -> Object:
        return self.v1.subscriptions.retrieve(id).to_dict()

    def item(self, id: str) -> Object:
        found: Object = self.subscription(id)["items"]["data"][0]
        return found

    def invoices(self, id: str) -> list[Object]:
        """Oldest first."""
        listed = self.v1.invoices.list({"subscription": id, "limit": 100})
        return [one.to_dict() for one in reversed(listed.data)]

    def payment(self, invoice: str) -> Object:
        """What an invoice was paid with, down to the charge."""
        [one] = self.v1.invoice_payments.list(
            {
                "invoice": invoice,
                "expand": ["data.payment.payment_intent.latest_charge"],
            }
        ).data
        found: Object = one.to_dict()
        return found

    def priced(self, id: str, unit_amount: int) -> Any:
        item = self.item(id)
        return {
            "id": item["id"],
            "price_data": {
                "currency": "eur",
                "product": item["price"]["product"],
                "unit_amount": unit_amount,
                "recurring": {"interval": "month"},
            },
        }
