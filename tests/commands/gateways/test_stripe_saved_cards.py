"""Saved cards as the gateway speaks of them, against the stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from commands.gateways.payments import StripePayments
from commands.gateways.processor import PaymentRefused, PaymentsUnreachable
from ledger.top_up_terms import SavedCard
from tests.commands.gateways.test_stripe_billing import START
from tests.web.standing_in import SECRET, stand_in
from tests.web.subscribing import Subscriber
from web.wiring import TEST_KEY

ACCOUNT, PURCHASE = UUID(int=1), UUID(int=2)
PAYS, ASKS, FAILS = "4242424242424242", "4000002760003184", "4000000000000341"


class Ours:
    """The gateway, and what stands behind it."""

    def __init__(self, running: Any) -> None:
        self.bank = Subscriber(running)
        self.payments = StripePayments(TEST_KEY, SECRET, base_address=running.url)
        self.running = running

    def page(self, customer: str | None = None, key: str = "one") -> tuple[str, str]:
        id, url, expires_at = self.payments.open_card_page(
            account_id=ACCOUNT,
            customer=customer,
            customer_email="ann@example.com",
            success_url="http://localhost:8000/credits",
            cancel_url="http://localhost:8000/credits",
            locale="fr",
            expires_at=START + timedelta(hours=1),
            idempotency_key=key,
        )
        assert expires_at == START + timedelta(hours=1)
        return id, url

    def card(self, number: str = PAYS) -> SavedCard:
        id, url = self.page()
        answer = self.running.fill(url, number=number)
        if answer[1]["Location"].endswith("/3ds"):
            self.running.post(url + "/3ds", "outcome=complete")
        found = self.payments.saved_on(id).card
        assert found is not None
        return found

    def charge(self, card: SavedCard) -> str:
        return self.payments.create_charge(
            purchase_id=PURCHASE,
            account_id=ACCOUNT,
            card=card,
            amount_minor=2000,
            currency="EUR",
            description="2,000 e-mail credits",
            idempotency_key="two",
        )


@pytest.fixture
def ours() -> Iterator[Ours]:
    with stand_in() as running:
        running.switch(deliver="never")
        yield Ours(running)


def test_a_card_is_there_once_its_page_is_complete(ours: Ours) -> None:
    id, url = ours.page()
    assert ours.page() == (id, url)
    assert ours.payments.saved_on(id).card is None
    ours.running.fill(url)
    found = ours.payments.saved_on(id)
    assert (found.status, found.card and found.card.label) == (
        "complete",
        "Visa •••• 4242",
    )
    with pytest.raises(PaymentRefused):
        ours.page(customer="cus_none", key="other")


def test_a_second_card_is_the_same_customers(ours: Ours) -> None:
    first = ours.card()
    id, url = ours.page(first.customer_id, "again")
    ours.running.fill(url, number="5555555555554444")
    second = ours.payments.saved_on(id).card
    assert second is not None
    assert second.customer_id == first.customer_id
    assert second.payment_method_id != first.payment_method_id


def test_a_payment_is_made_once_tried_once_and_tells_all(ours: Ours) -> None:
    card = ours.card()
    id = ours.charge(card)
    assert ours.charge(card) == id
    assert ours.payments.saved_charge(id).status == "ready"
    for key in ("a", "a", "b"):
        state = ours.payments.try_charge(id, card, key)
    assert (state.status, state.amount_minor, state.currency) == ("paid", 2000, "EUR")
    assert (state.card_label, state.paid_at) == ("Visa •••• 4242", START)
    assert (state.charge or "").startswith("ch_")
    assert (state.attempt, state.code, state.asks_holder) == (None, None, False)
    assert ours.payments.close_charge(id).status == "paid"


def test_a_refusal_says_why_and_each_attempt_has_its_own_name(ours: Ours) -> None:
    card = ours.card(FAILS)
    id = ours.charge(card)
    first = ours.payments.try_charge(id, card, "a")
    assert ours.payments.try_charge(id, card, "a").attempt == first.attempt
    second = ours.payments.try_charge(id, card, "b")
    assert (first.status, first.code) == ("failed", "generic_decline")
    assert len({None, first.attempt, second.attempt}) == 3
    assert ours.payments.close_charge(id).status == "closed"
    assert ours.payments.try_charge(id, card, "c").status == "closed"


def test_a_bank_that_wants_to_hear_the_holder_says_so(ours: Ours) -> None:
    card = ours.card(ASKS)
    state = ours.payments.try_charge(ours.charge(card), card, "a")
    assert (state.status, state.asks_holder) == ("failed", True)


def test_a_forgotten_card_pays_nothing_and_stays_forgotten(ours: Ours) -> None:
    card = ours.card()
    id = ours.charge(card)
    for _ in range(2):
        ours.payments.forget_card(card.payment_method_id)
    state = ours.payments.try_charge(id, card, "a")
    assert (state.status, state.code) == ("failed", "resource_missing")
    with pytest.raises(PaymentRefused):
        ours.payments.forget_card("pm_none")
    with pytest.raises(PaymentRefused):
        ours.charge(replace(card, customer_id="cus_none"))


def test_a_processor_that_does_not_answer_may_later(ours: Ours) -> None:
    silent = StripePayments(TEST_KEY, SECRET, base_address="http://127.0.0.1:9")
    card = SavedCard(customer_id="cus_1", payment_method_id="pm_1", label=None)
    for ask in (
        lambda: silent.try_charge("pi_1", card, "a"),
        lambda: silent.close_charge("pi_1"),
        lambda: silent.forget_card("pm_1"),
    ):
        with pytest.raises(PaymentsUnreachable):
            ask()
