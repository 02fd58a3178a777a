"""The stand-in's word reaches the books once: by webhook, by return, by the janitor."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from commands.checkouts import (
    ask_about_open,
    settle_checkout,
)
from commands.credits import credits_of
from commands.gateways.payments import (
    Checkout,
    CheckoutItem,
    PaymentRefused,
    StripePayments,
)
from commands.inbox import receive
from commands.purchases import (
    OpenCheckout,
    StartPurchase,
    open_checkout,
    purchase_of,
    start_purchase,
)
from tests.conftest import context_at
from tests.web import standing_in
from tests.web.service import Clock, an_account, service_on
from tests.web.standing_in import SECRET, StandIn
from web.database import Database
from web.wiring import TEST_KEY, Service

DEAD = "http://127.0.0.1:9"
DECLINED = "4000000000000002"


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with standing_in.stand_in() as running:
        yield running


@pytest.fixture
def service(
    empty_database: Database, clock: Clock, stand_in: StandIn
) -> Iterator[Service]:
    clock.now = datetime.now(UTC)
    with service_on(empty_database, clock, stand_in.url) as service:
        service.payments = StripePayments(TEST_KEY, SECRET, base_address=stand_in.url)
        yield service


def opened(service: Service, account: UUID) -> tuple[UUID, Checkout]:
    now, journal = service.clock(), service.journal
    start = StartPurchase(account_id=account, sku="credits-2000", language="en")
    started = start_purchase(journal, start, context_at(now), service.catalogue)
    purchase_id = UUID(started.ids["purchase"])
    checkout = service.payments.create_checkout(
        purchase_id=purchase_id,
        account_id=account,
        customer=None,
        customer_email="ann@example.com",
        items=[CheckoutItem(name="2,000 credits", quantity=1, amount_minor=2000)],
        currency="EUR",
        success_url="http://localhost:8000/back",
        cancel_url="http://localhost:8000/away",
        locale="en",
        expires_at=now + timedelta(hours=1),
        idempotency_key=str(purchase_id),
    )
    command = OpenCheckout(
        account_id=account,
        purchase_id=purchase_id,
        checkout_id=checkout.id,
        expires_at=checkout.expires_at,
    )
    open_checkout(journal, command, context_at(now))
    return purchase_id, checkout


def available(service: Service, account: UUID) -> int:
    now = context_at(service.clock())
    return credits_of(service.journal, account, now).figures.available


def take_in(service: Service, stand_in: StandIn) -> None:
    for body, signature in stand_in.taken.deliveries:
        event = service.payments.verify_webhook(body, signature)
        receive(service.journal, event, body, service.clock())


def test_a_decline_is_recorded_and_paying_afterwards_counts(
    service: Service, stand_in: StandIn
) -> None:
    account = an_account(service)
    purchase_id, checkout = opened(service, account)
    stand_in.fill(checkout.url, number=DECLINED)
    arguments = (account, purchase_id, checkout.id, service.clock())
    settle_checkout(service.journal, service.payments, *arguments)
    assert len(purchase_of(service.journal, account, purchase_id).attempts) == 1
    stand_in.fill(checkout.url)
    settle_checkout(service.journal, service.payments, *arguments)
    assert purchase_of(service.journal, account, purchase_id).status == "paid"


def test_the_janitor_finds_what_nobody_told_us(
    service: Service, stand_in: StandIn, clock: Clock
) -> None:
    account = an_account(service)
    _, checkout = opened(service, account)
    stand_in.switch(deliver="never")
    stand_in.fill(checkout.url)
    assert ask_about_open(service.journal, service.payments, clock()) == 0
    clock.move(timedelta(minutes=3))
    assert ask_about_open(service.journal, service.payments, clock()) == 1
    assert available(service, account) == 2000
    clock.move(timedelta(hours=1))
    assert ask_about_open(service.journal, service.payments, clock()) == 0


def test_one_checkout_that_makes_trouble_does_not_keep_the_next_waiting(
    service: Service, stand_in: StandIn, clock: Clock
) -> None:
    first, second = an_account(service), an_account(service)
    opened(service, first)
    _, checkout = opened(service, second)
    stand_in.switch(deliver="never")
    stand_in.fill(checkout.url)
    with service.connections.for_account(first) as connection:
        connection.execute(
            "UPDATE open_checkouts SET checkout_id = 'cs_gone' WHERE account_id = %s",
            (first,),
        )
    clock.move(timedelta(minutes=3))
    with pytest.raises(PaymentRefused):
        ask_about_open(service.journal, service.payments, clock())
    assert available(service, second) == 2000
