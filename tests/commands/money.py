"""One paid purchase at the stand-in, and everything that can happen to its money."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import stripe

from commands.checkouts import settle_checkout
from commands.consequences import all_reactions
from commands.credits import (
    CaptureCredits,
    HoldCredits,
    capture_credits,
    credits_of,
    hold_credits,
)
from commands.gateways.payments import Checkout, CheckoutItem
from commands.purchases import (
    OpenCheckout,
    StartPurchase,
    open_checkout,
    purchase_of,
    start_purchase,
)
from commands.reactions import Reactions
from commands.refunds import Offer, refund_offer
from commands.reversals import settle_reversals
from ledger.holds import Figures
from ledger.journal import Actor, Context
from tests.conftest import context_at
from tests.web.service import Clock, an_account
from tests.web.standing_in import StandIn
from web.receipt_writer import write_receipt
from web.wiring import TEST_KEY, Service

SKU = "credits-2000"
ASKED: Any = {
    "customer": None,
    "customer_email": "ann@example.com",
    "items": [CheckoutItem(name="2,000 credits", quantity=1, amount_minor=2000)],
    "currency": "EUR",
    "success_url": "http://localhost:8000/back",
    "cancel_url": "http://localhost:8000/away",
    "locale": "en",
}


class Till:
    """2,000 credits, bought for 20.00 and paid."""

    def __init__(self, service: Service, stand_in: StandIn, clock: Clock) -> None:
        self.service, self.stand_in, self.clock = service, stand_in, clock
        self.account_id = an_account(service)
        self.purchase_id = self.buy()

    def buy(self) -> UUID:
        """Buy the smallest pack and pay for it on the hosted page."""
        checkout = self.opened()
        self.stand_in.fill(checkout.url)
        purchase_id, now = self.last, self.clock()
        whose = (self.account_id, purchase_id, checkout.id)
        settle_checkout(self.service.journal, self.service.payments, *whose, now)
        return purchase_id

    def opened(self) -> Checkout:
        """Start a purchase and open its page."""
        journal, now = self.service.journal, self.clock()
        start = StartPurchase(
            account_id=self.account_id,
            sku="credits-2000",
            language="en",
            currency="EUR",
        )
        context, catalogue = context_at(now), self.service.catalogue
        started = start_purchase(journal, start, context, catalogue)
        purchase_id = UUID(started.ids["purchase"])
        checkout = self.service.payments.create_checkout(
            purchase_id=purchase_id,
            account_id=self.account_id,
            expires_at=now + timedelta(hours=1),
            idempotency_key=str(purchase_id),
            **ASKED,
        )
        command = OpenCheckout(
            account_id=self.account_id,
            purchase_id=purchase_id,
            checkout_id=checkout.id,
            expires_at=checkout.expires_at,
        )
        open_checkout(journal, command, context_at(now))
        self.last = purchase_id
        return checkout

    @property
    def charge(self) -> str:
        """The charge that paid for the first purchase."""
        journal = self.service.journal
        payment = purchase_of(journal, self.account_id, self.purchase_id).payment
        assert payment is not None
        return payment.charge_id

    def by(self, who: str) -> Context:
        """Return the envelope of a command of a member of staff."""
        return Context(
            principal=f"staff:{who}",
            key=uuid4().hex,
            actor=Actor("staff", who),
            now=self.clock(),
            correlation_id=uuid4(),
        )

    def spend(self, credits: int) -> None:
        """Hold and capture so many."""
        journal, now = self.service.journal, self.clock()
        hold = HoldCredits(
            account_id=self.account_id, campaign_id="spring", credits=credits
        )
        held = hold_credits(journal, hold, context_at(now))
        capture = CaptureCredits(
            account_id=self.account_id, hold_id=UUID(held.ids["hold"]), credits=credits
        )
        capture_credits(journal, capture, context_at(now))

    def figures(self) -> Figures:
        """Return where the credits are."""
        now = context_at(self.clock())
        return credits_of(self.service.journal, self.account_id, now).figures

    def offer(self) -> Offer:
        """Return what the promise would give back."""
        now = context_at(self.clock())
        return refund_offer(
            self.service.journal, self.account_id, self.purchase_id, now
        )

    def react(self) -> None:
        """Let all that was recorded have its consequences."""
        every = all_reactions(
            self.service.journal,
            self.clock,
            self.service.payments,
            self.service.seller,
            write_receipt,
            self.service.shop,
        )
        reactions = Reactions(
            self.service.journal, self.service.reader, self.clock, every
        )
        while reactions.step():
            pass

    def settle(self) -> None:
        """Ask the processor what became of the payment."""
        settle_reversals(
            self.service.journal,
            self.service.payments,
            self.account_id,
            self.purchase_id,
            self.clock(),
        )

    def refund_at_desk(self, amount_minor: int) -> dict[str, Any]:
        """Give money back at the processor's own desk, past us."""
        client = stripe.StripeClient(
            TEST_KEY, base_addresses={"api": self.stand_in.url}
        )
        asked: Any = {"charge": self.charge, "amount": amount_minor}
        return dict(client.v1.refunds.create(asked).to_dict())

    def refunds(self) -> list[Any]:
        """Return the refunds that the processor knows, the newest first."""
        client = stripe.StripeClient(
            TEST_KEY, base_addresses={"api": self.stand_in.url}
        )
        return [one.to_dict() for one in client.v1.refunds.list().data]

    def bank(self, what: str, **given: Any) -> dict[str, Any]:
        """Let the buyer's bank do something."""
        status, told = self.stand_in.tell(what, given)
        assert status == 200, told
        return dict(told)
