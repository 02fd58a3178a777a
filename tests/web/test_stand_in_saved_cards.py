"""Cards that are saved: on a payment's page, for later, and instead of another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stripe

from tests.web.standing_in import stand_in
from tests.web.subscribing import MONTHLY, Subscriber


@pytest.fixture
def ann() -> Iterator[Subscriber]:
    with stand_in() as running:
        running.switch(deliver="never")
        yield Subscriber(running)


def page(ann: Subscriber, customer: str) -> str:
    return ann.v1.billing_portal.sessions.create(
        {
            "customer": customer,
            "return_url": "http://localhost:8000/plan",
            "flow_data": {"type": "payment_method_update"},
            "locale": "fr",
        }
    ).url


def test_a_payment_saves_its_card_when_it_is_asked_to(ann: Subscriber) -> None:
    price = {**MONTHLY["line_items"][0]["price_data"]}
    del price["recurring"]
    paid = {
        "mode": "payment",
        "line_items": [{"quantity": 1, "price_data": price}],
        "success_url": MONTHLY["success_url"],
        "customer_email": "ann@example.com",
        "customer_creation": "always",
        "payment_intent_data": {"setup_future_usage": "off_session"},
    }
    session = ann.v1.checkout.sessions.create(paid)  # type: ignore[arg-type]
    ann.running.fill(str(session.url))
    customer = ann.v1.checkout.sessions.retrieve(session.id).customer
    [saved] = ann.v1.payment_methods.list({"customer": str(customer)}).data
    assert saved.card is not None
    assert saved.card.last4 == "4242"


def test_another_card_replaces_the_first_everywhere(ann: Subscriber) -> None:
    id = ann.subscribe()
    customer = ann.subscription(id)["customer"]
    where = page(ann, customer)
    assert "Enregistrer une autre carte" in ann.running.ask("GET", where)[2]
    ann.running.fill(where, number="5555555555554444")
    saved = ann.subscription(id)["default_payment_method"]
    card = ann.v1.payment_methods.retrieve(saved).card
    assert card is not None
    assert card.last4 == "4444"
    settings = ann.v1.customers.retrieve(customer).to_dict()["invoice_settings"]
    assert settings["default_payment_method"] == saved


def test_a_card_that_is_declined_replaces_none(ann: Subscriber) -> None:
    id = ann.subscribe()
    before = ann.subscription(id)["default_payment_method"]
    where = page(ann, ann.subscription(id)["customer"])
    assert ann.running.fill(where, number="4000000000000002")[0] == 402
    assert ann.subscription(id)["default_payment_method"] == before


def test_a_card_that_asks_its_holder_is_saved_once_he_agreed(ann: Subscriber) -> None:
    id = ann.subscribe()
    where = page(ann, ann.subscription(id)["customer"])
    for outcome, last4 in (("fail", "4242"), ("complete", "3155")):
        ann.running.fill(where, number="4000002500003155")
        ann.running.post(where + "/3ds", f"outcome={outcome}")
        saved = ann.subscription(id)["default_payment_method"]
        card = ann.v1.payment_methods.retrieve(saved).card
        assert card is not None
        assert card.last4 == last4


def test_a_page_for_saving_needs_to_know_what_is_saved(ann: Subscriber) -> None:
    asked = {"mode": "setup", "success_url": MONTHLY["success_url"]}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        ann.v1.checkout.sessions.create(asked)  # type: ignore[arg-type]
    assert refused.value.param == "allowed_payment_method_types"
    asked |= {"allowed_payment_method_types": ["card"]}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        ann.v1.checkout.sessions.create(asked | {"line_items": MONTHLY["line_items"]})  # type: ignore[arg-type]
    assert refused.value.param == "line_items"


def test_a_declined_card_is_not_saved(ann: Subscriber) -> None:
    asked = {
        "mode": "setup",
        "success_url": MONTHLY["success_url"],
        "allowed_payment_method_types": ["card"],
    }
    session = ann.v1.checkout.sessions.create(asked)  # type: ignore[arg-type]
    assert ann.running.fill(str(session.url), number="4000000000000002")[0] == 402
    found = ann.v1.checkout.sessions.retrieve(session.id)
    assert (found.status, found.customer) == ("open", None)
