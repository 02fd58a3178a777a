"""Stripe Billing as the gateway speaks it, against the stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from commands.gateways.billing import Price
from commands.gateways.payments import StripePayments
from commands.gateways.processor import PaymentRefused, PaymentsUnreachable
from tests.web.standing_in import SECRET, stand_in
from tests.web.subscribing import DAY, JANUARY_31, Subscriber
from web.wiring import TEST_KEY

ACCOUNT, PURCHASE = UUID(int=1), UUID(int=2)
MONTHLY = Price(name="Unlimited", amount_minor=2900, currency="EUR", unit="month")
BIGGER = Price(name="Unlimited", amount_minor=4900, currency="EUR", unit="month")
START = datetime.fromtimestamp(JANUARY_31, UTC)


class Ours:
    """The gateway, and what stands behind it."""

    def __init__(self, running: Any) -> None:
        self.bank = Subscriber(running)
        self.payments = StripePayments(TEST_KEY, SECRET, base_address=running.url)
        self.running = running

    def opened(self) -> tuple[str, str, datetime]:
        return self.payments.create_subscription_checkout(
            purchase_id=PURCHASE,
            account_id=ACCOUNT,
            customer=None,
            customer_email="ann@example.com",
            price=MONTHLY,
            metadata={"sku": "u-1"},
            success_url="http://localhost:8000/back",
            cancel_url="http://localhost:8000/away",
            locale="fr",
            expires_at=START + timedelta(hours=1),
            idempotency_key="one",
        )

    def subscribe(self, number: str = "4242424242424242") -> str:
        id, url, _ = self.opened()
        self.running.fill(url, number=number)
        return self.payments.checkout(id).subscription or ""


@pytest.fixture
def ours() -> Iterator[Ours]:
    with stand_in() as running:
        running.switch(deliver="never")
        yield Ours(running)


def test_a_page_is_opened_once_for_a_key(ours: Ours) -> None:
    first, second = ours.opened(), ours.opened()
    assert first == second
    assert first[2] == START + timedelta(hours=1)
    assert ours.payments.checkout(first[0]).subscription is None


def test_what_was_begun_is_told_with_all_that_we_gave(ours: Ours) -> None:
    state = ours.payments.subscription(ours.subscribe())
    assert (state.account_id, state.metadata["sku"]) == (ACCOUNT, "u-1")
    assert state.metadata["purchase_id"] == str(PURCHASE)
    assert (state.ending, state.ended_at) == (False, None)
    assert state.card_label == "Visa •••• 4242"
    [invoice] = state.invoices
    assert (invoice.status, invoice.reason) == ("paid", "create")
    assert (invoice.total_minor, invoice.currency) == (2900, "EUR")
    assert invoice.period == (START, datetime(2027, 2, 28, 9, 30, tzinfo=UTC))
    paid = ours.payments.invoice_paid(invoice.id)
    assert (paid.card_label, paid.paid_at) == ("Visa •••• 4242", START)
    assert (paid.charge or "").startswith("ch_")


def test_a_refused_renewal_says_why_and_when_again(ours: Ours) -> None:
    id = ours.subscribe("4000000000000341")
    ours.bank.advance(JANUARY_31 + 29 * DAY)
    invoice = ours.payments.subscription(id).invoices[-1]
    assert (invoice.status, invoice.attempts) == ("open", 1)
    assert invoice.next_attempt_at == datetime(2027, 3, 3, 9, 30, tzinfo=UTC)
    refused = ours.payments.invoice_paid(invoice.id)
    assert (refused.declined_code, refused.charge) == ("generic_decline", None)


def test_a_change_costs_what_was_previewed(ours: Ours) -> None:
    id = ours.subscribe()
    shown = ours.payments.preview_change(id, BIGGER, START)
    assert (shown.total_minor, shown.currency) == (2000, "EUR")
    for _ in range(2):
        ours.payments.change_now(id, BIGGER, {"sku": "u-2"}, START, "once")
    state = ours.payments.subscription(id)
    assert [one.total_minor for one in state.invoices] == [2900, 2000]
    assert state.invoices[-1].metadata["sku"] == "u-2"
    assert state.metadata["account_id"] == str(ACCOUNT)


def test_a_price_for_later_charges_nothing(ours: Ours) -> None:
    id = ours.subscribe()
    ours.payments.change_later(id, BIGGER, {"sku": "u-2"})
    assert len(ours.payments.subscription(id).invoices) == 1


def test_an_end_is_told_and_asked_for_again_changes_nothing(ours: Ours) -> None:
    id = ours.subscribe()
    ours.payments.end_later(id, True)
    assert ours.payments.subscription(id).ending
    ours.payments.end_later(id, False)
    assert not ours.payments.subscription(id).ending
    for _ in range(2):
        ours.payments.end_now(id)
    assert ours.payments.subscription(id).ended_at == START


def test_a_customer_can_be_forgotten_twice(ours: Ours) -> None:
    id = ours.subscribe()
    customer = ours.payments.subscription(id).customer
    page = ours.payments.card_page(customer, "http://localhost:8000/plan", "fr")
    assert "/c/pay/" in page
    for _ in range(2):
        ours.payments.delete_customer(customer)
    assert ours.payments.subscription(id).ended_at == START


def test_what_stripe_does_not_have_is_refused(ours: Ours) -> None:
    with pytest.raises(PaymentRefused):
        ours.payments.subscription("sub_none")


def test_a_processor_that_does_not_answer_may_later() -> None:
    silent = StripePayments(TEST_KEY, SECRET, base_address="http://127.0.0.1:9")
    with pytest.raises(PaymentsUnreachable):
        silent.end_now("sub_1")
