"""The card for top-up: the last one that was entered, and no other stays saved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from commands.closing import CloseAccount, close_account
from commands.gateways.saved_cards import CardPage
from commands.top_up_cards import OpenCardPage, RecordCard, open_card_page, record_card
from commands.top_up_cards import settle_card as settle
from tests.commands.topping_up import FAILS, PAYS, Topper
from tests.conftest import context_at


def saved(topper: Topper) -> list[str]:
    """What cards the processor may still charge, by their last digits."""
    customer = topper.top_up.customer_id
    found: Any = topper.bank.v1.payment_methods.list({"customer": str(customer)}).data
    return [one.card.last4 for one in found]


def settle_card(topper: Topper, page: str) -> None:
    service = topper.service
    parts = (service.journal, service.payments, topper.account_id)
    settle(*parts, page, topper.clock())


def test_a_card_is_recorded_once_however_often_it_is_told(topper: Topper) -> None:
    topper.turn_on()
    page = topper.enter()
    version = topper.top_up.version
    settle_card(topper, page)
    assert topper.top_up.version == version
    card = topper.top_up.card
    assert (card and card.label, topper.top_up.status) == ("Visa •••• 4242", "on")
    assert topper.watching() == 500


def test_another_card_takes_its_place_and_the_first_is_let_go(topper: Topper) -> None:
    topper.set_up(PAYS)
    first = topper.top_up.customer_id
    topper.enter("5555555555554444")
    topper.work()
    assert (saved(topper), topper.top_up.customer_id) == (["4444"], first)


def test_a_card_of_an_earlier_page_does_not_stay_saved(topper: Topper) -> None:
    topper.turn_on()
    url = topper.page()
    page = topper.top_up.page
    assert page is not None
    topper.clock.now = topper.clock().replace(minute=5)
    topper.enter()
    kept = topper.top_up.card
    topper.fill(url, "5555555555554444")
    settle_card(topper, page[0])
    assert topper.top_up.card == kept
    cards: Any = topper.bank.v1.payment_methods.list().data
    attached = [one.card.last4 for one in cards if one.customer]
    assert attached == ["4242"]


def test_a_page_that_was_filled_is_settled_before_another_is_opened(
    topper: Topper,
) -> None:
    topper.turn_on()
    url = topper.page()
    assert topper.page() == url
    topper.fill(url)
    topper.clock.now = topper.clock().replace(minute=5)
    assert topper.page() != url
    card = topper.top_up.card
    assert card is not None


def test_the_janitor_finds_a_card_nobody_told_of(topper: Topper) -> None:
    topper.turn_on()
    topper.fill(topper.page())
    topper.travel(topper.clock().replace(minute=11))
    assert topper.look() == 1
    assert topper.top_up.status == "on"


def test_a_card_entered_for_a_closed_account_is_let_go(topper: Topper) -> None:
    topper.turn_on()
    topper.fill(topper.page())
    page = topper.top_up.page
    assert page is not None
    command = CloseAccount(account_id=topper.account_id)
    close_account(topper.service.journal, command, context_at(topper.clock()))
    settle_card(topper, page[0])
    cards: Any = topper.bank.v1.payment_methods.list().data
    assert [one.customer for one in cards] == [None]
    assert topper.top_up.card is None


def test_a_new_card_ends_a_pause_for_a_refused_one_and_no_other(
    topper: Topper,
) -> None:
    topper.set_up(FAILS)
    journal, context = topper.service.journal, context_at(topper.clock())
    opened = OpenCardPage(
        account_id=topper.account_id, checkout_id="cs_2", expires_at=topper.clock()
    )
    open_card_page(journal, opened, context)
    page = CardPage(id="cs_2", status="complete", card=topper.top_up.card)
    assert page.card is not None
    card = replace(page.card, payment_method_id="pm_2")
    command = RecordCard(account_id=topper.account_id, checkout_id="cs_2", **vars(card))
    record_card(journal, command, context)
    found = topper.top_up.card
    assert found is not None
    assert found.payment_method_id == "pm_2"
