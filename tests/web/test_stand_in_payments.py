"""The stand-in's API, spoken to by Stripe's own unchanged SDK."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import stripe
from stripe.checkout import Session

from tests.web.standing_in import SECRET, SUCCESS, StandIn, stand_in, wait_until
from web.stand_in.payments import LiveKeyPresent, create_payments

ITEM: Any = {
    "quantity": 2,
    "price_data": {
        "currency": "eur",
        "unit_amount": 500,
        "product_data": {"name": "1,000 credits"},
    },
}
CHECKOUT: Any = {
    "mode": "payment",
    "line_items": [ITEM],
    "success_url": SUCCESS,
    "cancel_url": "http://localhost:8000/back",
    "customer_email": "ann@example.com",
    "customer_creation": "always",
    "metadata": {"purchase_id": "p1"},
    "payment_intent_data": {"metadata": {"purchase_id": "p1"}},
}


@pytest.fixture
def client(running: StandIn) -> stripe.StripeClient:
    running.switch(deliver="once")
    running.taken.status = 200
    return client_of(running)


def client_of(running: StandIn, key: str = "sk_test_ours") -> stripe.StripeClient:
    here = {"api": running.url}
    return stripe.StripeClient(key, base_addresses=here, max_network_retries=0)  # type: ignore[arg-type]


def opened(client: stripe.StripeClient, **changed: Any) -> Session:
    return client.v1.checkout.sessions.create(CHECKOUT | changed)


def paid(running: StandIn, client: stripe.StripeClient, **changed: Any) -> Session:
    session = opened(client, **changed)
    status, _, _ = running.fill(str(session.url))
    assert status == 303
    expand = ["payment_intent.latest_charge.balance_transaction"]
    return client.v1.checkout.sessions.retrieve(session.id, {"expand": expand})


def charge_of(session: Session) -> stripe.Charge:
    assert isinstance(session.payment_intent, stripe.PaymentIntent)
    assert isinstance(session.payment_intent.latest_charge, stripe.Charge)
    return session.payment_intent.latest_charge


def test_paying_makes_a_charge_a_customer_and_a_balance_transaction(
    running: StandIn, client: stripe.StripeClient
) -> None:
    session = paid(running, client)
    charge = charge_of(session)
    assert (session.status, session.payment_status) == ("complete", "paid")
    assert charge.paid
    assert charge.amount == 1000
    assert charge.payment_method_details is not None
    assert charge.payment_method_details.card is not None
    assert charge.payment_method_details.card.last4 == "4242"
    assert isinstance(charge.balance_transaction, stripe.BalanceTransaction)
    assert charge.balance_transaction.net == 1000 - charge.balance_transaction.fee
    customer = client.v1.customers.retrieve(str(session.customer))
    assert customer.email == "ann@example.com"


def test_refunds_never_exceed_what_was_paid(
    running: StandIn, client: stripe.StripeClient
) -> None:
    charge = charge_of(paid(running, client)).id
    client.v1.refunds.create({"charge": charge, "amount": 400})
    partly = client.v1.charges.retrieve(charge)
    assert (partly.amount_refunded, partly.refunded) == (400, False)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        client.v1.refunds.create({"charge": charge, "amount": 601})
    client.v1.refunds.create({"charge": charge})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"charge": charge})
    assert refused.value.code == "charge_already_refunded"
    after = client.v1.charges.retrieve(charge)
    assert (after.amount_refunded, after.refunded) == (1000, True)
    moved = client.v1.balance_transactions.list({"type": "refund", "limit": 2})
    assert [one.amount for one in moved.data] == [-600, -400]


def test_an_expired_checkout_cannot_be_paid(
    running: StandIn, client: stripe.StripeClient
) -> None:
    session = opened(client)
    assert client.v1.checkout.sessions.expire(session.id).status == "expired"
    assert running.fill(str(session.url))[0] == 410
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.expire(session.id)
    after = client.v1.checkout.sessions.retrieve(session.id)
    assert (after.status, after.payment_intent) == ("expired", None)


def test_lists_are_newest_first_in_pages_and_filtered(
    client: stripe.StripeClient,
) -> None:
    people = [client.v1.customers.create({"email": "many@x.example"}) for _ in range(5)]
    page = client.v1.customers.list({"email": "many@x.example", "limit": 2})
    walked = [one.id for one in page.auto_paging_iter()]
    assert walked == [one.id for one in reversed(people)]
    assert page.has_more
    before = client.v1.customers.list({"ending_before": walked[2], "limit": 2})
    assert [one.id for one in before.data] == walked[:2]
    later: Any = {"created": {"gt": int(time.time()) + 10}}
    assert client.v1.customers.list(later).data == []


def test_events_can_be_listed_by_type_and_read_one_by_one(
    running: StandIn, client: stripe.StripeClient
) -> None:
    session = paid(running, client)
    listed = client.v1.events.list({"type": "checkout.session.completed", "limit": 1})
    event = client.v1.events.retrieve(listed.data[0].id)
    assert event.data.object["id"] == session.id
    assert event.data.object["metadata"]["purchase_id"] == "p1"


def test_a_restart_finds_everything_again_even_after_a_torn_line(
    tmp_path: Path,
) -> None:
    file = tmp_path / "state" / "payments.jsonl"
    with stand_in(file) as before:
        before.taken.status = 500
        session = paid(before, client_of(before))
        wait_until(lambda: "checkout.session.completed" in before.taken.types())
    with file.open("a") as lines:
        lines.write('[{"object": "charge", "id": "ch_to')
    with stand_in(file) as after:
        client = client_of(after)
        found = client.v1.checkout.sessions.retrieve(session.id)
        assert found.payment_status == "paid"
        wait_until(lambda: "checkout.session.completed" in after.taken.types())


def test_a_live_key_in_the_environment_stops_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ANY_NAME", "rk_live_123")
    with pytest.raises(LiveKeyPresent, match="ANY_NAME"):
        create_payments(webhook_url="http://x/", webhook_secret=SECRET, base_url="")


def test_other_host_names_are_turned_away(running: StandIn) -> None:
    assert running.ask("GET", "/c/pay/x", Host="evil.example")[0] == 421
