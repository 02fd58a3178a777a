"""Charging a saved card without its holder, through Stripe's own SDK unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import stripe
from stripe import params

from tests.web.standing_in import SUCCESS, stand_in
from tests.web.subscribing import Subscriber
from web.stand_in.intents import CANCEL, CONFIRM, CREATE

PAYS, ASKS = "4242424242424242", "4000002760003184"
FAILS_LATER = "4000000000000341"
NEW_CARD: Any = {
    "mode": "setup",
    "allowed_payment_method_types": ["card"],
    "customer_creation": "always",
    "customer_email": "ann@example.com",
    "success_url": SUCCESS,
    "setup_intent_data": {"metadata": {"account_id": "a"}},
}


class Payer(Subscriber):
    """Somebody who saves cards, and lets them be charged."""

    def save(self, number: str = PAYS) -> tuple[str, str]:
        """Save a card on the page for it: customer and card."""
        session = self.v1.checkout.sessions.create(NEW_CARD)
        assert session.url is not None
        answer = self.running.fill(session.url, number=number)
        if answer[1]["Location"].endswith("/3ds"):
            self.running.post(session.url + "/3ds", "outcome=complete")
        found = self.v1.checkout.sessions.retrieve(
            session.id, {"expand": ["setup_intent"]}
        ).to_dict()
        assert found["status"] == "complete"
        assert found["setup_intent"]["metadata"] == {"account_id": "a"}
        return found["customer"], found["setup_intent"]["payment_method"]

    def intent(self, customer: str, card: str, **changed: Any) -> str:
        asked: Any = {
            "amount": 2000,
            "currency": "EUR",
            "customer": customer,
            "payment_method": card,
            "allowed_payment_method_types": ["card"],
            "metadata": {"purchase_id": "p"},
            **changed,
        }
        return self.v1.payment_intents.create(asked).id

    def confirm(self, id: str, key: str | None = None, **more: Any) -> Any:
        options: Any = {"idempotency_key": key} if key else {}
        asked: Any = {"off_session": True, **more}
        return self.v1.payment_intents.confirm(id, asked, options)

    def look(self, id: str) -> Any:
        asked: Any = {"expand": ["latest_charge"]}
        return self.v1.payment_intents.retrieve(id, asked).to_dict()

    def told(self) -> list[str]:
        listed: Any = self.v1.events.list({"limit": 100}).data
        return [event.type for event in listed][::-1]


@pytest.fixture
def ann() -> Iterator[Payer]:
    with stand_in() as running:
        running.switch(deliver="never")
        yield Payer(running)


def test_nothing_is_charged_before_it_is_confirmed_and_then_once(ann: Payer) -> None:
    id = ann.intent(*ann.save())
    assert ann.look(id)["status"] == "requires_confirmation"
    assert ann.v1.charges.list().data == []
    assert ann.confirm(id, "one").status == "succeeded"
    assert ann.confirm(id, "one").status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        ann.confirm(id, "two")
    assert refused.value.code == "payment_intent_unexpected_state"
    [charge] = ann.v1.charges.list().data
    assert (charge.amount, charge.metadata["purchase_id"]) == (2000, "p")


@pytest.mark.parametrize(
    ("number", "code"),
    [(FAILS_LATER, "generic_decline"), (ASKS, "authentication_required")],
)
@pytest.mark.parametrize("key", [None, "one"])
def test_a_bank_that_declines_is_an_error_and_the_attempt_stays(
    ann: Payer, number: str, code: str, key: str | None
) -> None:
    id = ann.intent(*ann.save(number))
    for _ in range(2 if key else 1):
        with pytest.raises(stripe.CardError) as declined:
            ann.confirm(id, key)
        told: Any = declined.value.error
        assert told.decline_code == code
    intent = ann.look(id)
    assert intent["status"] == "requires_payment_method"
    assert intent["last_payment_error"]["decline_code"] == code
    assert intent["payment_method"] is None
    assert len(ann.v1.charges.list().data) == 1
    assert ann.told()[-2:] == ["charge.failed", "payment_intent.payment_failed"]


def test_another_card_pays_the_same_payment_later(ann: Payer) -> None:
    customer, card = ann.save(FAILS_LATER)
    id = ann.intent(customer, card)
    with pytest.raises(stripe.CardError):
        ann.confirm(id)
    with pytest.raises(stripe.InvalidRequestError):
        ann.confirm(id)
    session: Any = {**NEW_CARD, "customer": customer}
    del session["customer_creation"], session["customer_email"]
    page = ann.v1.checkout.sessions.create(session)
    ann.running.fill(str(page.url))
    newest = ann.v1.payment_methods.list({"customer": customer}).data[0].id
    assert ann.confirm(id, payment_method=newest).status == "succeeded"


def test_called_off_it_is_never_paid_and_paid_it_is_not_called_off(ann: Payer) -> None:
    whose = ann.save()
    first, second = ann.intent(*whose), ann.intent(*whose)
    assert ann.v1.payment_intents.cancel(first).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError):
        ann.confirm(first)
    ann.confirm(second)
    with pytest.raises(stripe.InvalidRequestError):
        ann.v1.payment_intents.cancel(second)
    assert "payment_intent.canceled" in ann.told()


def test_a_detached_card_pays_nothing_more(ann: Payer) -> None:
    customer, card = ann.save()
    id = ann.intent(customer, card)
    assert ann.v1.payment_methods.detach(card).customer is None
    for refused in (
        lambda: ann.confirm(id),
        lambda: ann.intent(customer, card),
        lambda: ann.v1.payment_methods.detach(card),
    ):
        with pytest.raises(stripe.InvalidRequestError):
            refused()
    assert ann.told()[-1] == "payment_method.detached"


def test_a_deleted_customer_takes_his_cards_with_him(ann: Payer) -> None:
    customer, card = ann.save()
    ann.v1.customers.delete(customer)
    assert ann.v1.payment_methods.retrieve(card).customer is None


@pytest.mark.parametrize(
    "wrong", [{"amount": 49}, {"customer": "cus_none"}, {"payment_method": "pm_none"}]
)
def test_what_cannot_be_charged_is_refused_at_once(ann: Payer, wrong: Any) -> None:
    customer, card = ann.save()
    with pytest.raises(stripe.InvalidRequestError):
        ann.intent(**{"customer": customer, "card": card, **wrong})


@pytest.mark.parametrize(
    ("spec", "known"),
    [
        (CREATE, params.PaymentIntentCreateParams),
        (CONFIRM, params.PaymentIntentConfirmParams),
        (CANCEL, params.PaymentIntentCancelParams),
    ],
)
def test_no_parameter_is_taken_that_stripe_does_not_have(spec: Any, known: Any) -> None:
    assert set(spec) - set(known.__annotations__) == set()
