"""Each word of the processor on a saved card's payment has one effect, once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from commands.gateways.saved_cards import SavedCharge
from commands.top_up_purchases import BeginTopUp, begin_top_up
from commands.top_up_settling import give_up_open, settle_saved
from ledger.top_up_terms import OpenTopUp
from tests.commands.topping_up import PRICE, Topper
from tests.conftest import context_at


def begun(topper: Topper) -> OpenTopUp:
    """A purchase of which the processor knows nothing."""
    topper.set_up()
    topper.spend_down_to(1)
    service, command = topper.service, BeginTopUp(account_id=topper.account_id)
    context = context_at(topper.clock())
    begin_top_up(service.journal, command, context, service.shop)
    it = topper.top_up.open
    assert it is not None
    return it


def told(topper: Topper, status: Any, **changed: Any) -> SavedCharge:
    paid = status == "paid"
    found = SavedCharge(
        id="pi_1",
        status=status,
        customer="cus_1",
        charge="ch_1" if paid else None,
        amount_minor=PRICE,
        currency="EUR",
        card_label="Visa •••• 4242" if paid else None,
        paid_at=topper.clock() if paid else None,
        attempt="ch_0" if status == "failed" else None,
        code="generic_decline" if status == "failed" else None,
        asks_holder=False,
    )
    return replace(found, **changed)


def settle(topper: Topper, it: OpenTopUp, state: SavedCharge) -> None:
    parts = (topper.service.journal, topper.account_id, it, state)
    for _ in range(2):
        settle_saved(*parts, topper.clock())


@pytest.mark.parametrize(
    ("status", "changed", "found"),
    [
        ("waiting", {}, ("on", True, 1)),
        ("ready", {}, ("on", True, 1)),
        ("failed", {}, ("on", True, 1)),
        ("failed", {"attempt": None}, ("on", True, 1)),
        ("failed", {"asks_holder": True}, ("on", True, 1)),
        ("failed", {"code": "stolen_card"}, ("paused", False, 1)),
        ("closed", {}, ("paused", False, 1)),
        ("paid", {}, ("on", False, 2001)),
    ],
)
def test_each_word_has_its_effect(
    topper: Topper, status: str, changed: Any, found: Any
) -> None:
    it = begun(topper)
    settle(topper, it, told(topper, status, **changed))
    top_up = topper.top_up
    assert (top_up.status, top_up.open is not None, topper.available) == found


def test_two_failures_of_one_name_are_two(topper: Topper) -> None:
    it = begun(topper)
    for _ in range(2):
        settle(topper, it, told(topper, "failed", attempt="pm_1"))
        found = topper.top_up.open
        assert found is not None
        it = found
    assert it.attempts == ("pm_1", "pm_1:1")


def test_what_is_given_up_is_given_up_once(topper: Topper) -> None:
    it = begun(topper)
    whys: list[Any] = ["not_needed", "declined"]
    for why in whys:
        journal, now = topper.service.journal, topper.clock()
        give_up_open(journal, topper.account_id, it, why, now)
    assert (topper.top_up.status, topper.top_up.open) == ("on", None)
