"""What can happen to a payment, and the events that tell of it."""

from __future__ import annotations

import pytest

from tests.web.paying import EXPIRY, PAYER, Counter, refusal
from web.stand_in.cards import card_of
from web.stand_in.checkouts import LEAST_SECONDS
from web.stand_in.desk import AUTHENTICATION_FAILED
from web.stand_in.parameters import Refused

DECLINED = "4000000000000002"
SECURED = card_of("4000002500003155")


@pytest.fixture
def counter() -> Counter:
    return Counter()


def test_a_payment_is_told_in_the_order_in_which_stripe_tells_it(
    counter: Counter,
) -> None:
    counter.tried(counter.opened(customer_creation="always"))
    assert counter.types() == [
        "payment_intent.created",
        "customer.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]


def test_an_event_shows_its_object_as_it_was_at_that_moment(counter: Counter) -> None:
    counter.tried(counter.opened())
    created, *_, completed = counter.events
    assert created["data"]["object"]["status"] == "requires_payment_method"
    assert completed["data"]["object"]["payment_status"] == "paid"


def test_a_payment_carries_what_the_checkout_was_asked_to_give_it(
    counter: Counter,
) -> None:
    given = {"metadata": {"purchase_id": "p1"}, "description": "Credits"}
    session = counter.tried(counter.opened(payment_intent_data=given))
    intent, charge = counter.intent_of(session), counter.charge_of(session)
    assert intent["metadata"] == charge["metadata"] == {"purchase_id": "p1"}
    assert (intent["amount_received"], charge["amount_captured"]) == (1000, 1000)
    assert intent["status"] == charge["status"] == "succeeded"


def test_the_processor_keeps_its_fee(counter: Counter) -> None:
    charge = counter.charged()
    moved = counter.books.get("balance_transaction", charge["balance_transaction"])
    assert moved is not None
    assert (moved["amount"], moved["fee"], moved["net"]) == (1000, 40, 960)


@pytest.mark.parametrize(
    ("creation", "made"), [("always", True), ("if_required", False)]
)
def test_a_customer_is_made_only_where_one_is_asked_for(
    counter: Counter, creation: str, made: bool
) -> None:
    session = counter.tried(counter.opened(customer_creation=creation))
    assert (session["customer"] is not None) == made
    assert len(counter.books.all("customer")) == made
    assert counter.charge_of(session)["customer"] == session["customer"]


def test_a_known_customer_pays_as_himself(counter: Counter) -> None:
    known = counter.desk.open_customer(email="ann@example.com")
    session = counter.tried(counter.opened(customer=known["id"]))
    assert session["customer"] == known["id"]
    assert counter.intent_of(session)["customer"] == known["id"]
    assert len(counter.books.all("customer")) == 1


def test_a_decline_is_told_and_the_session_stays_open(counter: Counter) -> None:
    session = counter.tried(counter.opened(), DECLINED)
    assert (session["status"], session["payment_status"]) == ("open", "unpaid")
    assert counter.types() == [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
    ]
    assert counter.books.all("balance_transaction") == []


def test_every_attempt_has_a_charge_of_its_own_on_one_payment(counter: Counter) -> None:
    session = counter.opened()
    for number in (DECLINED, DECLINED, "4242424242424242"):
        counter.tried(session, number)
    charges = counter.books.all("charge")
    assert [charge["paid"] for charge in charges] == [False, False, True]
    assert {charge["payment_intent"] for charge in charges} == {
        counter.intent_of(session)["id"]
    }
    intent = counter.intent_of(session)
    assert (intent["last_payment_error"], intent["latest_charge"]) == (
        None,
        charges[2]["id"],
    )


def test_the_banks_question_charges_nothing_until_it_is_answered(
    counter: Counter,
) -> None:
    session = counter.opened()
    counter.desk.ask_3d_secure(session, PAYER, SECURED, EXPIRY)
    intent = counter.intent_of(session)
    assert (intent["status"], intent["next_action"]["type"]) == (
        "requires_action",
        "redirect_to_url",
    )
    assert counter.books.all("charge") == []
    counter.desk.attempt(session, PAYER, SECURED, EXPIRY, secured=True)
    assert counter.intent_of(session)["next_action"] is None
    assert counter.desk.note_of(session)["waits_for"] is None


def test_a_failed_answer_to_the_bank_leaves_no_charge(counter: Counter) -> None:
    session = counter.opened()
    counter.desk.ask_3d_secure(session, PAYER, SECURED, EXPIRY)
    counter.desk.fail_3d_secure(session)
    intent = counter.intent_of(session)
    error = intent["last_payment_error"]
    assert intent["status"] == "requires_payment_method"
    assert error["code"] == AUTHENTICATION_FAILED
    assert "charge" not in error
    assert "decline_code" not in error
    assert (intent["latest_charge"], counter.books.all("charge")) == (None, [])


def test_a_failed_answer_after_a_decline_still_names_that_charge(
    counter: Counter,
) -> None:
    session = counter.tried(counter.opened(), DECLINED)
    counter.desk.ask_3d_secure(session, PAYER, SECURED, EXPIRY)
    counter.desk.fail_3d_secure(session)
    (charge,) = counter.books.all("charge")
    assert counter.intent_of(session)["latest_charge"] == charge["id"]


def test_a_session_expires_when_its_time_has_come_and_not_before(
    counter: Counter,
) -> None:
    ends = counter.now + LEAST_SECONDS
    id = counter.opened(expires_at=ends)["id"]
    counter.now = ends - 1
    assert (counter.desk.session(id) or {})["status"] == "open"
    counter.now = ends
    assert (counter.desk.session(id) or {})["status"] == "expired"
    assert counter.types() == ["checkout.session.expired"]


def test_expiring_what_is_due_leaves_the_paid_and_the_young(counter: Counter) -> None:
    old, paid = counter.opened(), counter.tried(counter.opened())
    counter.now += 12 * 3600
    young = counter.opened()
    counter.now += 12 * 3600
    for _ in range(2):
        counter.desk.expire_due()
    stand = {one["id"]: one["status"] for one in counter.books.all("checkout.session")}
    assert stand == {old["id"]: "expired", paid["id"]: "complete", young["id"]: "open"}
    assert counter.types().count("checkout.session.expired") == 1


def test_expiring_cancels_a_payment_that_was_begun(counter: Counter) -> None:
    session = counter.tried(counter.opened(), DECLINED)
    counter.desk.expire(session)
    intent = counter.intent_of(session)
    assert (intent["status"], intent["canceled_at"]) == ("canceled", counter.now)
    assert counter.types()[-2:] == [
        "payment_intent.canceled",
        "checkout.session.expired",
    ]


@pytest.mark.parametrize("status", ["complete", "expired"])
def test_only_an_open_session_can_be_expired(counter: Counter, status: str) -> None:
    session = counter.opened()
    end = counter.tried if status == "complete" else counter.desk.expire
    ended = end(session)
    told = counter.types()
    with pytest.raises(Refused, match=status) as refused:
        counter.desk.expire(ended)
    assert refusal(refused.value)[0] == 400
    assert counter.types() == told


def test_a_session_that_never_was_is_none(counter: Counter) -> None:
    assert counter.desk.session("cs_test_none") is None
