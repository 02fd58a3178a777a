"""Webhooks are kept before anything else, and handled until they are done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from commands.checkouts import (
    settle_checkout,
)
from commands.credits import credits_of
from commands.gateways.payments import (
    Checkout,
    CheckoutItem,
    StripePayments,
    WebhookEvent,
)
from commands.inbox import handle_inbox, purge_inbox, receive
from commands.purchases import (
    OpenCheckout,
    StartPurchase,
    open_checkout,
    start_purchase,
)
from tests.commands.money import Till
from tests.conftest import context_at
from tests.web import standing_in
from tests.web.service import Clock, an_account, service_on
from tests.web.standing_in import SECRET, StandIn, wait_until
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


def test_webhooks_twice_and_the_return_grant_once(
    service: Service, stand_in: StandIn
) -> None:
    account = an_account(service)
    purchase_id, checkout = opened(service, account)
    stand_in.switch(deliver="twice")
    stand_in.fill(checkout.url)
    wait_until(lambda: "checkout.session.completed" in stand_in.taken.types())
    take_in(service, stand_in)
    take_in(service, stand_in)
    arguments = (account, purchase_id, checkout.id, service.clock())
    settle_checkout(service.journal, service.payments, *arguments)
    while handle_inbox(service.journal, service.payments, service.clock()):
        pass
    settle_checkout(service.journal, service.payments, *arguments)
    assert available(service, account) == 2000


def test_a_webhook_that_cannot_be_handled_waits_and_is_never_dropped(
    service: Service, stand_in: StandIn, clock: Clock
) -> None:
    account = an_account(service)
    _, checkout = opened(service, account)
    stand_in.fill(checkout.url)
    wait_until(lambda: "checkout.session.completed" in stand_in.taken.types())
    take_in(service, stand_in)
    working = service.payments
    service.payments = StripePayments(TEST_KEY, SECRET, base_address=DEAD)
    assert handle_inbox(service.journal, service.payments, clock()) > 0
    clock.move(timedelta(days=40))
    purge_inbox(service.journal, clock())
    service.payments = working
    assert handle_inbox(service.journal, working, clock()) > 0
    assert available(service, account) == 2000


def test_handled_webhooks_go_after_thirty_days_with_their_keys(
    service: Service, stand_in: StandIn, clock: Clock
) -> None:
    account = an_account(service)
    _, checkout = opened(service, account)
    stand_in.fill(checkout.url)
    wait_until(lambda: "checkout.session.completed" in stand_in.taken.types())
    take_in(service, stand_in)
    while handle_inbox(service.journal, service.payments, clock()):
        pass
    clock.move(timedelta(days=31))
    purge_inbox(service.journal, clock())
    with service.connections.for_account(uuid4()) as connection:
        left = connection.execute(
            "SELECT (SELECT count(*) FROM webhook_inbox), (SELECT count(*)"
            " FROM installation_keys WHERE purpose LIKE 'inbox-%')"
        ).fetchone()
    assert left == (0, 0)


def test_news_of_a_charge_in_any_order_and_twice_give_the_same_books(
    till: Till,
) -> None:
    refund = till.refund_at_desk(700)
    dispute = till.bank("disputes", charge=till.charge)
    till.bank(f"disputes/{dispute['id']}", outcome="lost")
    till.bank(f"refunds/{refund['id']}/fail")
    taken = till.stand_in.taken
    wait_until(lambda: "refund.failed" in taken.types())
    told = [one for one in taken.deliveries if b"checkout" not in one[0]]
    for body, signature in [*reversed(told), *told]:
        event = till.service.payments.verify_webhook(body, signature)
        receive(till.service.journal, event, body, till.clock())
    while handle_inbox(till.service.journal, till.service.payments, till.clock()):
        pass
    figures = till.figures()
    assert (figures.disputed, figures.refunded, figures.available) == (2000, 0, 0)


def test_news_of_a_charge_that_nobody_knows_is_handled_and_changes_nothing(
    till: Till,
) -> None:
    body = b"""{"id": "evt_1", "object": "event", "created": 1, "type": "charge.x",
        "data": {"object": {"object": "refund", "id": "re_1", "charge": "ch_none"}}}"""
    event = WebhookEvent(
        id="evt_1",
        type="charge.x",
        object_id="re_1",
        purchase_id=None,
        account_id=None,
        created_at=till.clock(),
    )
    receive(till.service.journal, event, body, till.clock())
    asked = (till.service.journal, till.service.payments, till.clock())
    assert handle_inbox(*asked) == 1
    assert handle_inbox(*asked) == 0
