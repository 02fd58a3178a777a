"""How the stand-in's webhooks arrive: signed, again until taken, and as switched."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from tests.web.standing_in import SECRET, StandIn, stand_in, wait_until
from web.stand_in.webhooks import Switches, signature

PAID = [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "checkout.session.completed",
]


@pytest.fixture
def running() -> Iterator[StandIn]:
    with stand_in() as made:
        yield made


def pay(running: StandIn) -> None:
    client = stripe.StripeClient("sk_test_x", base_addresses={"api": running.url})
    item: Any = {
        "quantity": 1,
        "price_data": {
            "currency": "eur",
            "unit_amount": 100,
            "product_data": {"name": "Credits"},
        },
    }
    session = client.v1.checkout.sessions.create(
        {"mode": "payment", "line_items": [item], "success_url": "http://x.example"}
    )
    assert running.fill(str(session.url))[0] == 303


def arrived(running: StandIn, count: int) -> None:
    wait_until(lambda: len(running.taken.deliveries) >= count)


def test_every_event_of_a_payment_arrives_once_signed_for_the_sdk(
    running: StandIn,
) -> None:
    pay(running)
    arrived(running, 4)
    time.sleep(0.1)
    assert running.taken.types() == PAID
    for body, signed in running.taken.deliveries:
        event = stripe.Webhook.construct_event(body, signed, SECRET)
        assert event.data.object["id"]


def test_a_refund_is_told_as_well(running: StandIn) -> None:
    client = stripe.StripeClient("sk_test_x", base_addresses={"api": running.url})
    pay(running)
    charge = client.v1.charges.list().data[0].id
    client.v1.refunds.create({"charge": charge})
    arrived(running, 6)
    assert running.taken.types()[4:] == ["refund.created", "charge.refunded"]


def test_what_is_not_taken_comes_again(running: StandIn) -> None:
    running.taken.status = 503
    pay(running)
    arrived(running, 5)
    running.taken.status = 200
    wait_until(lambda: running.tell("deliver", {})[1]["delivered"] == 0)
    again = len(running.taken.deliveries)
    time.sleep(0.3)
    assert len(running.taken.deliveries) == again
    assert set(running.taken.types()) == set(PAID)


def test_twice_sends_every_event_two_times(running: StandIn) -> None:
    running.switch(deliver="twice")
    pay(running)
    arrived(running, 8)
    assert sorted(running.taken.types()) == sorted(PAID * 2)
    assert len(set(running.taken.ids())) == 4


def test_never_sends_nothing_until_it_is_delivered_by_hand(running: StandIn) -> None:
    running.switch(deliver="never")
    pay(running)
    time.sleep(0.3)
    assert running.taken.deliveries == []
    assert running.tell("deliver", {})[1] == {"delivered": 4, "failed": 0}
    assert running.taken.types() == PAID
    assert running.tell("deliver", {})[1] == {"delivered": 0, "failed": 0}
    assert running.tell("deliver", {"again": True})[1]["delivered"] == 4


def test_late_waits_as_long_as_it_is_told(running: StandIn) -> None:
    running.switch(deliver="late", delay_seconds=0.4)
    started = time.monotonic()
    pay(running)
    arrived(running, 1)
    assert time.monotonic() - started >= 0.4


def test_shuffled_events_arrive_in_another_order(running: StandIn) -> None:
    running.switch(shuffle=True, seed=3)
    pay(running)
    arrived(running, 4)
    assert sorted(running.taken.types()) == sorted(PAID)
    assert running.taken.types() != PAID


def test_the_events_can_be_looked_at_with_their_deliveries(running: StandIn) -> None:
    running.switch(deliver="never")
    pay(running)
    _, _, text = running.ask("GET", "/_stand_in/events")
    assert [kind for kind in PAID if f'"{kind}"' in text] == PAID
    assert '"state":"due"' in text.replace(" ", "")


@pytest.mark.parametrize(
    "given",
    [
        {"deliver": "sometimes"},
        {"delay_seconds": -1},
        {"delay_seconds": "soon"},
        {"shuffle": 1},
        {"seed": "x"},
        {"colour": "red"},
        [],
    ],
)
def test_a_switch_that_does_not_exist_is_refused(given: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        Switches.read(given)


def test_switches_take_json_only(running: StandIn) -> None:
    form = "application/x-www-form-urlencoded"
    assert (
        running.ask("POST", "/_stand_in/switches", "a=b", Content_Type=form)[0] == 415
    )
    assert running.switch(deliver="sometimes") == 400


def test_the_signature_is_the_one_the_sdk_computes() -> None:
    ours = signature(b'{"a": "\xc3\xa9"}', SECRET, 1_700_000_000)
    theirs = stripe.WebhookSignature.generate_signature_header(
        '{"a": "é"}', SECRET, 1_700_000_000
    )
    assert ours == theirs
