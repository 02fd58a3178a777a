"""The same questions to the stand-in and, with a test key set, to Stripe itself."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import stripe

from commands.gateways.payments import (
    BadWebhook,
    Checkout,
    CheckoutItem,
    PaymentRefused,
    Payments,
    PaymentsUnreachable,
    StripePayments,
    WebhookEvent,
)
from tests.web.standing_in import SECRET, StandIn, stand_in, wait_until

STRIPE_KEY = os.environ.get("STRIPE_SECRET_KEY", "")
PROCESSORS = ["stand-in"] + (["stripe"] if STRIPE_KEY.startswith("sk_test_") else [])
PURCHASE, ACCOUNT = UUID(int=1), UUID(int=2)


@pytest.fixture(scope="module")
def running() -> Iterator[StandIn]:
    with stand_in() as made:
        yield made


@pytest.fixture
def ours(running: StandIn) -> StripePayments:
    return StripePayments("sk_test_ours", SECRET, running.url, 5)


@pytest.fixture(params=PROCESSORS)
def payments(request: pytest.FixtureRequest) -> Payments:
    if request.param == "stripe":
        return StripePayments(STRIPE_KEY, SECRET)
    made: Payments = request.getfixturevalue("ours")
    return made


def opened(payments: Payments, **changed: Any) -> Checkout:
    given: dict[str, Any] = {
        "purchase_id": PURCHASE,
        "account_id": ACCOUNT,
        "customer": None,
        "customer_email": "ann@example.com",
        "items": [CheckoutItem(name="10,000 credits", quantity=2, amount_minor=3750)],
        "currency": "EUR",
        "success_url": "http://localhost:8000/paid",
        "cancel_url": "http://localhost:8000/back",
        "locale": "fr",
        "expires_at": datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1),
        "idempotency_key": str(uuid4()),
        **changed,
    }
    return payments.create_checkout(**given)


class TestContract:
    def test_a_new_checkout_is_open_and_knows_whose_it_is(
        self, payments: Payments
    ) -> None:
        ends = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
        checkout = opened(payments, expires_at=ends)
        state = payments.checkout(checkout.id)
        assert checkout.expires_at == ends
        assert checkout.url.startswith("http")
        assert (state.status, state.paid, state.paid_at) == ("open", False, None)
        assert (state.amount_minor, state.currency) == (7500, "EUR")
        assert (state.purchase_id, state.account_id) == (PURCHASE, ACCOUNT)
        assert (state.charge, state.card_label) == (None, None)
        assert (state.declined_attempt, state.declined_code) == (None, None)

    def test_the_same_key_opens_one_checkout(self, payments: Payments) -> None:
        key, ends = str(uuid4()), datetime.now(UTC) + timedelta(hours=1)
        one = opened(payments, idempotency_key=key, expires_at=ends)
        assert opened(payments, idempotency_key=key, expires_at=ends).id == one.id

    def test_the_same_key_for_something_else_is_refused(
        self, payments: Payments
    ) -> None:
        key = str(uuid4())
        opened(payments, idempotency_key=key)
        with pytest.raises(PaymentRefused):
            opened(payments, idempotency_key=key, locale="en", currency="USD")

    def test_an_expired_checkout_says_so_again_and_again(
        self, payments: Payments
    ) -> None:
        checkout = opened(payments)
        assert payments.expire_checkout(checkout.id).status == "expired"
        assert payments.expire_checkout(checkout.id).status == "expired"
        assert payments.checkout(checkout.id).status == "expired"

    def test_an_unknown_checkout_is_refused(self, payments: Payments) -> None:
        with pytest.raises(PaymentRefused) as refused:
            payments.checkout("cs_test_unknown")
        assert refused.value.code == "resource_missing"

    def test_an_unknown_customer_is_refused(self, payments: Payments) -> None:
        with pytest.raises(PaymentRefused) as refused:
            opened(payments, customer="cus_unknown")
        assert refused.value.parameter == "customer"


def test_a_paid_checkout_names_charge_customer_card_and_moment(
    running: StandIn, ours: StripePayments
) -> None:
    checkout = opened(ours)
    assert running.fill(checkout.url)[0] == 303
    state = ours.checkout(checkout.id)
    assert (state.status, state.paid) == ("complete", True)
    assert str(state.charge).startswith("ch_")
    assert str(state.payment_intent).startswith("pi_")
    assert str(state.customer).startswith("cus_")
    assert state.card_label == "Visa •••• 4242"
    assert state.paid_at is not None
    assert abs(state.paid_at - datetime.now(UTC)) < timedelta(seconds=10)


def test_each_decline_is_an_attempt_of_its_own_until_one_pays(
    running: StandIn, ours: StripePayments
) -> None:
    checkout = opened(ours)
    attempts = []
    for _ in range(2):
        running.fill(checkout.url, number="4000000000009995")
        state = ours.checkout(checkout.id)
        assert (state.paid, state.declined_code) == (False, "insufficient_funds")
        attempts.append(state.declined_attempt)
        assert ours.checkout(checkout.id).declined_attempt == state.declined_attempt
    running.fill(checkout.url, number="4000002500003155")
    running.post(checkout.url + "/3ds", "outcome=fail")
    attempts.append(ours.checkout(checkout.id).declined_attempt)
    assert len(set(attempts) - {None}) == 3
    running.fill(checkout.url, number="5555555555554444")
    state = ours.checkout(checkout.id)
    assert (state.paid, state.declined_attempt) == (True, None)
    assert state.card_label == "Mastercard •••• 4444"


def test_a_known_customer_pays_again(running: StandIn, ours: StripePayments) -> None:
    first = opened(ours)
    running.fill(first.url)
    customer = ours.checkout(first.id).customer
    again = opened(ours, customer=customer)
    running.fill(again.url)
    assert ours.checkout(again.id).customer == customer


def test_a_checkout_paid_meanwhile_is_told_as_paid_when_it_is_closed(
    running: StandIn, ours: StripePayments
) -> None:
    checkout = opened(ours)
    running.fill(checkout.url)
    assert ours.expire_checkout(checkout.id).paid


def test_a_webhook_of_the_stand_in_is_verified_and_named(
    running: StandIn, ours: StripePayments
) -> None:
    checkout = opened(ours)
    running.fill(checkout.url)

    def told() -> list[WebhookEvent]:
        events = [ours.verify_webhook(*one) for one in running.taken.deliveries]
        return [one for one in events if one.object_id == checkout.id]

    wait_until(told)
    (done,) = told()
    assert done.type == "checkout.session.completed"
    assert (done.purchase_id, done.account_id) == (PURCHASE, ACCOUNT)


EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "charge.succeeded",
    "created": 1_800_000_000,
    "data": {"object": {"id": "ch_1", "object": "charge", "metadata": {}}},
}


def signed(body: str, at: float | None = None) -> str:
    moment = int(time.time() if at is None else at)
    made: str = stripe.WebhookSignature.generate_signature_header(body, SECRET, moment)
    return made


def verify(body: bytes, signature: str) -> Any:
    return StripePayments("sk_test_x", SECRET).verify_webhook(body, signature)


def test_an_event_without_our_ids_is_verified_without_them() -> None:
    body = json.dumps(EVENT)
    event = verify(body.encode(), signed(body))
    assert (event.id, event.object_id, event.purchase_id) == ("evt_1", "ch_1", None)
    assert event.created_at == datetime.fromtimestamp(1_800_000_000, UTC)


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (b"\xff\xfe", "t=1,v1=a"),
        (b"{}", ""),
        (b"{}", "v1=a"),
        (b"{}", "t=\xe9,v1=\xe9"),
        (b"{}", f"t={int(time.time())},v1=\xe9"),
        (b"{}", "t=" + "9" * 5000 + ",v1=a"),
        (b"{}", "t=1=2,=,,v1"),
        (b"x" * 1_000_001, "t=1,v1=a"),
    ],
    ids=range(8),
)
def test_bytes_that_nobody_signed_are_a_bad_webhook(
    body: bytes, signature: str
) -> None:
    with pytest.raises(BadWebhook):
        verify(body, signature)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "null",
        "{}",
        "1e999",
        '"text"',
        "[" * 100_000,
        json.dumps({**EVENT, "id": ""}),
        json.dumps({**EVENT, "id": 7}),
        json.dumps({**EVENT, "id": "evt_\0"}),
        json.dumps({**EVENT, "id": "e" * 300}),
        json.dumps({**EVENT, "type": None}),
        json.dumps({**EVENT, "object": "v2.core.event"}),
        json.dumps({**EVENT, "created": "now"}),
        json.dumps({**EVENT, "created": 10**30}),
        json.dumps({**EVENT, "data": None}),
        json.dumps({**EVENT, "data": {"object": "x"}}),
        json.dumps({**EVENT, "data": {"object": {"id": ["x"]}}}),
    ],
    ids=range(18),
)
def test_a_signed_body_that_is_no_event_is_a_bad_webhook(body: str) -> None:
    with pytest.raises(BadWebhook):
        verify(body.encode(), signed(body))


@pytest.mark.parametrize("off_by", [-3600, 3600])
def test_a_signature_of_another_hour_is_a_bad_webhook(off_by: int) -> None:
    body = json.dumps(EVENT)
    with pytest.raises(BadWebhook):
        verify(body.encode(), signed(body, time.time() + off_by))


def test_a_changed_byte_is_a_bad_webhook() -> None:
    body = json.dumps(EVENT)
    with pytest.raises(BadWebhook):
        verify(body.replace("ch_1", "ch_2").encode(), signed(body))


def test_nobody_listening_is_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(PaymentsUnreachable):
            StripePayments("sk_test_x", SECRET, nobody, 1).checkout("cs_test_1")


def test_an_answer_that_does_not_come_is_unreachable_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        started = time.monotonic()
        with pytest.raises(PaymentsUnreachable):
            StripePayments("sk_test_x", SECRET, address, 0.2).checkout("cs_test_1")
        assert time.monotonic() - started < 5
