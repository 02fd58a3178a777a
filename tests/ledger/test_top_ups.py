"""Automatic top-up: one purchase at a time, below a cap, and none without consent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from ledger import top_up_facts as facts
from ledger.top_up_terms import SavedCard, TopUpTerms
from ledger.top_ups import TopUp
from tests.specification import fact, given
from tests.strategies import NOON

DAY = timedelta(days=1)
ACCOUNT, ONE, TWO = UUID(int=1), UUID(int=2), UUID(int=3)
CARD = SavedCard(customer_id="cus", payment_method_id="pm_1", label="Visa •••• 4242")
TERMS: TopUpTerms = {
    "threshold": 5,
    "sku": "c-10",
    "credits": 10,
    "currency": "EUR",
    "total_minor": 100,
    "cap_minor": 250,
}
DECLINED = fact(facts.GivenUp, purchase_id=ONE, why="declined")


def after(*deeds: Callable[[TopUp], object]) -> TopUp:
    it = TopUp(account_id=ACCOUNT)
    for deed in deeds:
        deed(it)
    return it


def turn_on(it: TopUp) -> None:
    it.turn_on(TERMS)


def enter_card(it: TopUp) -> None:
    it.open_page("cs_1", NOON)
    it.save_card("cs_1", CARD)


def begin(it: TopUp, purchase_id: UUID = ONE, month: str = "2026-11") -> bool:
    return it.begin(purchase_id, 100, month)


def charge(it: TopUp) -> None:
    it.open_charge(ONE, "pi_1")


def fail(attempt: str, code: str = "generic_decline") -> Callable[[TopUp], None]:
    return lambda it: it.fail(ONE, attempt, code, NOON)


RUNNING = (turn_on, enter_card)
OPEN = (*RUNNING, begin, charge)


def pause(why: Any) -> Callable[[TopUp], None]:
    return lambda it: it.pause(why)


def test_it_watches_once_it_is_agreed_to_and_has_a_card() -> None:
    assert after().status == "off"
    assert (after(turn_on).status, after(turn_on).watching) == ("no_card", None)
    assert (after(*RUNNING).status, after(*RUNNING).watching) == ("on", 5)
    assert after(*RUNNING, pause("refunded")).status == "paused"
    assert after(*RUNNING, pause("refunded")).watching is None


def test_agreeing_to_the_same_again_is_news_only_after_a_pause() -> None:
    turned_on = fact(facts.TurnedOn, terms=TERMS)
    given(after()).when(turn_on).then(turned_on)
    given(after(turn_on)).when(turn_on).then()
    given(after(turn_on, pause("disputed"))).when(turn_on).then(turned_on)


def test_turned_off_it_stays_so_and_pauses_no_more() -> None:
    off = fact(facts.TurnedOff, by="customer")
    given(after(*RUNNING)).when(lambda it: it.turn_off("customer")).then(off)
    given(after()).when(lambda it: it.turn_off("closed")).then()
    given(after()).when(pause("refunded")).then()
    assert after(*RUNNING, lambda it: it.turn_off("customer")).watching is None


def test_a_card_counts_from_the_last_page_alone() -> None:
    it = after(enter_card)
    given(it).when(lambda it: it.save_card("cs_1", CARD)).then()
    it.open_page("cs_2", NOON)
    given(it).when(lambda it: it.save_card("cs_1", CARD)).then()
    given(it).when(lambda it: it.save_card("cs_2", CARD)).then(
        fact(
            facts.CardSaved,
            customer_id="cus",
            payment_method_id="pm_1",
            card_label="Visa •••• 4242",
            replaced="pm_1",
        )
    )
    given(it).when(lambda it: it.open_page("cs_3", NOON)).then(
        fact(facts.CardPageOpened, checkout_id="cs_3", expires_at=NOON)
    )


def test_a_removed_card_is_told_once() -> None:
    removed = fact(facts.CardRemoved, payment_method_id="pm_1")
    given(after(enter_card)).when(TopUp.remove_card).then(removed)
    given(after(enter_card, TopUp.remove_card)).when(TopUp.remove_card).then()


def test_one_purchase_begins_and_no_second_while_it_is_open() -> None:
    begun = fact(facts.Begun, purchase_id=ONE, amount_minor=100, month="2026-11")
    given(after(*RUNNING)).when(begin).then(begun)
    given(after(*OPEN)).when(lambda it: begin(it, TWO)).then()
    given(after(turn_on)).when(begin).then()


def test_a_dearer_pack_is_not_charged_but_told_and_a_cheaper_one_is() -> None:
    given(after(*RUNNING)).when(lambda it: it.begin(ONE, 101, "2026-11")).then(
        fact(facts.Paused, why="dearer", total_minor=101)
    )
    given(after(*RUNNING)).when(lambda it: it.begin(ONE, 99, "2026-11")).then(
        fact(facts.Begun, purchase_id=ONE, amount_minor=99, month="2026-11")
    )


def bought(purchase_id: UUID) -> Callable[[TopUp], None]:
    def deed(it: TopUp) -> None:
        begin(it, purchase_id)
        it.buy(purchase_id)

    return deed


def test_the_cap_holds_to_the_cent_is_told_once_and_starts_anew() -> None:
    it = after(*RUNNING, bought(ONE), bought(TWO))
    third = UUID(int=4)
    given(it).when(lambda it: it.begin(third, 50, "2026-11")).then(
        fact(facts.Begun, purchase_id=third, amount_minor=50, month="2026-11")
    )
    it = after(*RUNNING, bought(ONE), bought(TWO))
    reached = {"cap_minor": 250, "spent_minor": 200, "total_minor": 51}
    given(it).when(lambda it: it.begin(third, 51, "2026-11")).then(
        fact(facts.CapReached, month="2026-11", **reached)
    )
    given(it).when(lambda it: begin(it, third)).then()
    assert begin(it, third, "2026-12")
    assert (it.spent_in("2026-12"), it.spent_in("2026-11")) == (100, 0)


def test_what_is_given_up_no_longer_counts() -> None:
    it = after(*OPEN)
    assert it.spent_in("2026-11") == 100
    given(it).when(lambda it: it.give_up(ONE, "not_needed")).then(
        fact(facts.GivenUp, purchase_id=ONE, why="not_needed")
    )
    assert (it.spent_in("2026-11"), it.status) == (0, "on")


def test_one_that_was_given_up_and_paid_all_the_same_counts_again() -> None:
    it = after(*OPEN, lambda it: it.give_up(ONE, "not_needed"))
    assert it.knows(ONE)
    begin(it, TWO)
    given(it).when(lambda it: it.buy(ONE)).then(fact(facts.Bought, purchase_id=ONE))
    assert (it.spent_in("2026-11"), it.open and it.open.purchase_id) == (200, TWO)
    given(it).when(lambda it: it.buy(ONE)).then()


def test_a_card_that_does_not_pay_is_tried_three_times_then_it_pauses() -> None:
    def failed(attempt: str, again: Any) -> Any:
        told = {"purchase_id": ONE, "attempt_id": attempt, "code": "generic_decline"}
        return fact(facts.ChargeFailed, next_attempt_at=again, **told)

    it = after(*OPEN)
    given(it).when(fail("a")).then(failed("a", NOON + DAY))
    given(it).when(fail("a")).then()
    given(it).when(fail("b")).then(failed("b", NOON + 3 * DAY))
    assert it.is_last("generic_decline", NOON)
    paused = fact(facts.Paused, why="declined", total_minor=None)
    given(it).when(fail("c")).then(failed("c", None), DECLINED, paused)
    assert it.open is None


def test_another_card_is_tried_at_once_and_as_often() -> None:
    it = after(*OPEN, fail("a"), fail("b"))
    assert it.open
    assert not it.open.is_due(NOON)
    enter_card(it)
    assert it.open.is_due(NOON)
    assert not it.is_last("generic_decline", NOON)
    assert it.open.attempts == ("a", "b")


def test_handed_over_it_is_charged_no_more() -> None:
    it = after(*OPEN)
    given(it).when(lambda it: it.hand_over(ONE, "authentication")).then(
        fact(facts.HandedOver, purchase_id=ONE, why="authentication")
    )
    given(it).when(lambda it: it.hand_over(ONE, "by_hand")).then()
    given(it).when(fail("late")).then()
    given(it).when(lambda it: it.open_charge(ONE, "pi_2")).then()
    given(it).when(lambda it: it.buy(ONE)).then(fact(facts.Bought, purchase_id=ONE))


def test_a_purchase_has_one_payment() -> None:
    told = fact(facts.ChargeOpened, purchase_id=ONE, payment_intent_id="pi_1")
    given(after(*RUNNING, begin)).when(charge).then(told)
    given(after(*OPEN)).when(lambda it: it.open_charge(ONE, "pi_2")).then()


@pytest.mark.parametrize(
    "deed",
    [
        fail("a"),
        lambda it: it.buy(ONE),
        lambda it: it.give_up(ONE, "declined"),
        lambda it: it.hand_over(ONE, "by_hand"),
        lambda it: it.open_charge(ONE, "pi_2"),
    ],
)
def test_news_of_a_purchase_that_is_over_is_none(deed: Any) -> None:
    given(after(*OPEN, lambda it: it.buy(ONE))).when(deed).then()
