"""Webhooks are kept before anything else, and handled until they are done."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from commands.checkouts import settle_checkout
from commands.gateways.payments import StripePayments, WebhookEvent
from commands.inbox import handle_inbox, purge_inbox, receive
from tests.commands.money import Till
from tests.web.standing_in import SECRET, wait_until
from web.wiring import TEST_KEY

DEAD = "http://127.0.0.1:9"


def take_in(till: Till) -> None:
    """Receive all that the stand-in has sent."""
    for body, signature in till.stand_in.taken.deliveries:
        event = till.service.payments.verify_webhook(body, signature)
        receive(till.service.journal, event, body, till.clock())


def handle(till: Till) -> int:
    return handle_inbox(till.service.journal, till.service.payments, till.clock())


def paid_unseen(till: Till) -> str:
    """Pay a second checkout, of which only webhooks tell."""
    checkout = till.opened()
    before = len(till.stand_in.taken.deliveries)
    till.stand_in.fill(checkout.url)
    taken = till.stand_in.taken
    done = "checkout.session.completed"
    wait_until(lambda: done in taken.types()[before:])
    return checkout.id


def test_webhooks_twice_and_the_return_grant_once(till: Till) -> None:
    till.stand_in.switch(deliver="twice")
    checkout_id = paid_unseen(till)
    take_in(till)
    take_in(till)
    journal, payments = till.service.journal, till.service.payments
    whose = (till.account_id, till.last, checkout_id, till.clock())
    settle_checkout(journal, payments, *whose)
    while handle(till):
        pass
    settle_checkout(journal, payments, *whose)
    assert till.figures().available == 4000


def test_a_webhook_that_cannot_be_handled_waits_and_is_never_dropped(
    till: Till,
) -> None:
    paid_unseen(till)
    take_in(till)
    working = till.service.payments
    till.service.payments = StripePayments(TEST_KEY, SECRET, base_address=DEAD)
    assert handle(till) > 0
    till.clock.move(timedelta(days=40))
    purge_inbox(till.service.journal, till.clock())
    till.service.payments = working
    while handle(till):
        pass
    assert till.figures().available == 4000


def test_handled_webhooks_go_after_thirty_days_with_their_keys(till: Till) -> None:
    paid_unseen(till)
    take_in(till)
    while handle(till):
        pass
    till.clock.move(timedelta(days=31))
    purge_inbox(till.service.journal, till.clock())
    with till.service.connections.for_account(uuid4()) as connection:
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
