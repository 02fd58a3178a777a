"""Turning automatic top-up on, changing it, and off, whatever is under way."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from commands.accounts import account_of
from commands.top_ups import (
    TurnOffTopUp,
    TurnOnTopUp,
    turn_off_top_up,
    turn_on_top_up,
)
from ledger.refusals import CapBelowPack, NoSuchAccount, NoSuchPack, PackBelowThreshold
from tests.commands.topping_up import FAILS, PRICE, SKU, Topper
from tests.conftest import context_at


def test_it_buys_at_once_where_credits_are_low_already(topper: Topper) -> None:
    topper.spend_down_to(1)
    topper.turn_on()
    topper.work()
    assert (topper.top_up.status, topper.paid()) == ("no_card", [])
    topper.enter()
    topper.work()
    assert (topper.paid(), topper.available) == ([PRICE], 2001)


def test_the_account_buys_in_the_currency_of_what_was_agreed_to(
    topper: Topper,
) -> None:
    topper.turn_on()
    assert account_of(topper.service.journal, topper.account_id).currency == "EUR"
    assert topper.top_up.terms == {
        "threshold": 500,
        "sku": SKU,
        "credits": 2000,
        "currency": "EUR",
        "total_minor": PRICE,
        "cap_minor": 10_000,
    }


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"account_id": UUID(int=9)}, NoSuchAccount),
        ({"sku": "none"}, NoSuchPack),
        ({"threshold": 2001}, PackBelowThreshold),
        ({"cap_minor": PRICE - 1}, CapBelowPack),
    ],
)
def test_what_cannot_be_agreed_to_is_refused_in_this_order(
    topper: Topper, wrong: Any, refusal: type[Exception]
) -> None:
    named = {"account_id": topper.account_id, "threshold": 1, "sku": SKU}
    command = TurnOnTopUp(**{**named, "cap_minor": PRICE, **wrong})
    service, context = topper.service, context_at(topper.clock())
    with pytest.raises(refusal):
        turn_on_top_up(service.journal, command, context, service.catalogue)
    assert topper.top_up.status == "off"


def test_turned_off_it_charges_nothing_more(topper: Topper) -> None:
    topper.set_up(FAILS)
    topper.spend_down_to(1)
    topper.work()
    topper.turn_off()
    topper.travel(topper.clock().replace(day=28))
    topper.look()
    assert len(topper.charges()) == 1
    assert (topper.top_up.status, topper.watching()) == ("off", None)
    card = topper.top_up.card
    assert card is not None
    topper.turn_off(forget=True)
    topper.work()
    assert topper.top_up.card is None
    found = topper.bank.v1.payment_methods.retrieve(card.payment_method_id)
    assert found.customer is None


def test_on_other_terms_the_former_purchase_is_charged_no_more(
    topper: Topper,
) -> None:
    topper.set_up(FAILS)
    topper.spend_down_to(1)
    topper.work()
    former = topper.top_up.open
    assert former is not None
    topper.turn_on(sku="credits-10000")
    topper.work()
    now = topper.top_up.open
    assert now is not None
    assert now.amount_minor == 7500
    assert topper.purchase(former.purchase_id).status == "cancelled"
    assert topper.top_up.spent_in("2026-11") == 7500


def test_refused_terms_leave_what_is_under_way(topper: Topper) -> None:
    topper.set_up(FAILS)
    topper.spend_down_to(1)
    topper.work()
    before = topper.top_up.open
    with pytest.raises(CapBelowPack):
        topper.turn_on(cap=1)
    assert topper.top_up.open == before


def test_off_is_off_however_often_it_is_said(topper: Topper) -> None:
    command = TurnOffTopUp(account_id=topper.account_id)
    service, context = topper.service, context_at(topper.clock())
    assert turn_off_top_up(service.journal, command, context).position == 0
    topper.turn_on()
    topper.turn_off()
    topper.turn_off()
    assert topper.top_up.version == 3
