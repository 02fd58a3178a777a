"""Somebody who subscribes at the stand-in, and time for both."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from commands.checkouts import settle_checkout
from commands.plans import subscription_of
from commands.purchases import OpenCheckout, open_checkout, purchase_of
from commands.subscription_settling import (
    ask_about_subscriptions,
    settle_subscription,
)
from commands.subscriptions import (
    StartSubscription,
    metadata_of,
    price_of,
    start_subscription,
    terms_in,
)
from ledger.accounts import Account
from ledger.catalogue import Catalogue, SmtpYear, Tier
from ledger.purchases import Purchase
from ledger.subscriptions import Subscription
from tests.conftest import context_at
from tests.web.service import Clock, an_account
from tests.web.standing_in import StandIn
from tests.web.subscribing import Subscriber
from web.wiring import Service

SMALL, BIG = "unlimited-1000", "unlimited-5000"
PAYS, FAILS_LATER = "4242424242424242", "4000000000000341"
SOLD: dict[str, Any] = {
    "tiers": tuple(
        Tier(sku=sku, contacts=contacts, currency=currency, net_minor=net)
        for currency in ("EUR", "USD")
        for sku, contacts, net in ((SMALL, 1000, 2900), (BIG, 5000, 4900))
    ),
    "smtp": tuple(
        SmtpYear(sku="smtp", currency=currency, net_minor=9900)
        for currency in ("EUR", "USD")
    ),
}


def selling(catalogue: Catalogue) -> Catalogue:
    """The catalogue with two tiers and a year of SMTP access."""
    return replace(catalogue, **SOLD)


class Member:
    """An account, and its card at the stand-in."""

    def __init__(self, service: Service, stand_in: StandIn, clock: Clock) -> None:
        self.service, self.stand_in, self.clock = service, stand_in, clock
        service.catalogue = selling(service.catalogue)
        self.account_id = an_account(service)
        self.bank = Subscriber(stand_in, int(clock().timestamp()))

    def start(self, product: Any = "plan", sku: str | None = SMALL) -> UUID:
        """Ask for a subscription; the purchase's id."""
        command = StartSubscription(
            account_id=self.account_id, product=product, sku=sku, language="en"
        )
        catalogue, context = self.service.catalogue, context_at(self.clock())
        started = start_subscription(self.service.journal, command, context, catalogue)
        return UUID(started.ids["purchase"])

    def opened(self, purchase_id: UUID, product: Any = "plan") -> tuple[str, str]:
        """Open the page of a started purchase: its id and address."""
        purchase = self.purchase(purchase_id)
        contacts = 1000 if product == "plan" else None
        terms = terms_in(purchase.items[0], purchase.currency, contacts)
        id, url, expires_at = self.service.payments.create_subscription_checkout(
            purchase_id=purchase_id,
            account_id=self.account_id,
            customer=None,
            customer_email="ann@example.com",
            price=price_of(product, terms, "en"),
            metadata=metadata_of(product, terms, "2026-11", "en"),
            success_url="http://localhost:8000/back",
            cancel_url="http://localhost:8000/away",
            locale="en",
            expires_at=self.clock() + timedelta(hours=1),
            idempotency_key=str(purchase_id),
        )
        command = OpenCheckout(
            account_id=self.account_id,
            purchase_id=purchase_id,
            checkout_id=id,
            expires_at=expires_at,
        )
        open_checkout(self.service.journal, command, context_at(self.clock()))
        return id, url

    def subscribe(
        self, product: Any = "plan", sku: str | None = SMALL, card: str = PAYS
    ) -> UUID:
        """Pay on the page and come back; the purchase's id."""
        purchase_id = self.start(product, sku)
        id, url = self.opened(purchase_id, product)
        self.stand_in.fill(url, number=card)
        whose = (self.account_id, purchase_id, id, self.clock())
        settle_checkout(self.service.journal, self.service.payments, *whose)
        return purchase_id

    def travel(self, moment: datetime) -> None:
        """Let both clocks stand at a later moment; nobody is told of anything."""
        self.bank.advance(int(moment.timestamp()))
        self.clock.now = moment

    def look(self) -> int:
        """What the janitor does."""
        asked = (self.service.journal, self.service.payments, self.clock())
        return ask_about_subscriptions(*asked)

    def settle(self, processor_id: str) -> None:
        asked = (self.account_id, processor_id, self.clock())
        settle_subscription(self.service.journal, self.service.payments, *asked)

    def subscription(self, product: Any = "plan") -> Subscription:
        journal = self.service.journal
        return subscription_of(journal, self.account_id, product, fresh=True)

    def id(self, product: Any = "plan") -> str:
        found = self.subscription(product).processor_id
        assert found is not None
        return found

    def end(self, product: Any = "plan") -> datetime:
        """When the paid period is over."""
        found = self.subscription(product).period
        assert found is not None
        return found[1]

    def purchase(self, purchase_id: UUID) -> Purchase:
        return purchase_of(self.service.journal, self.account_id, purchase_id)

    def account(self) -> Account:
        return self.service.journal.fresh(Account, self.account_id)
