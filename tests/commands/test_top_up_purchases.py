"""When a pack is bought by itself: never above the cap, never dearer, never twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from commands.adjustments import RemoveCredits, remove_credits
from commands.refunds import ProposeRefund, propose_refund
from commands.reversals import settle_reversals
from commands.staff_acts import DisableAccount, disable_account
from commands.top_up_purchases import (
    BeginTopUp,
    FailCharge,
    GiveUp,
    HandOver,
    OpenCharge,
    begin_top_up,
    fail_charge,
    give_up,
    hand_over,
    open_charge,
)
from ledger.accounts import UNLIMITED, Account
from ledger.aggregate import Aggregate
from ledger.journal import Actor, Context
from ledger.refusals import NoSuchPurchase
from ledger.subscriptions import Subscription
from tests.commands.topping_up import PRICE, SKU, Topper
from tests.conftest import context_at
from tests.desk import Desk
from tests.replay.moving import terms
from tests.web.service import service_on
from web.database import Database

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OCTOBER_ENDS = datetime(2026, 10, 31, 23, tzinfo=UTC)
"""When November begins in Paris, the seller's zone."""


def low(topper: Topper, times: int = 1) -> None:
    """Let credits run low so many times, and all follow."""
    for _ in range(times):
        topper.spend_down_to(1)
        topper.work()


def priced(topper: Topper, net_minor: int | None) -> None:
    """Sell the pack at another price, or no longer."""
    catalogue = topper.service.catalogue
    packs = [
        replace(pack, net_minor=net_minor or 0) if pack.sku == SKU else pack
        for pack in catalogue.packs
        if net_minor is not None or pack.sku != SKU
    ]
    topper.service.catalogue = replace(catalogue, packs=tuple(packs))


def begin(topper: Topper, key: str | None = None) -> Any:
    command = BeginTopUp(account_id=topper.account_id)
    service, context = topper.service, context_at(topper.clock(), key)
    return begin_top_up(service.journal, command, context, service.shop)


def test_the_cap_is_told_once_a_month_and_begins_anew_in_the_sellers_zone(
    topper: Topper,
) -> None:
    topper.travel(OCTOBER_ENDS + 29 * DAY)
    topper.set_up(cap=2 * PRICE + PRICE - 1)
    low(topper, 3)
    assert topper.paid() == [PRICE] * 2
    topper.look()
    assert topper.mails() == ["top_up_capped"]
    told = topper.told("top_up_capped")
    assert (told["cap_minor"], told["spent_minor"]) == (3 * PRICE - 1, 2 * PRICE)
    topper.travel(OCTOBER_ENDS + 30 * DAY - timedelta(seconds=1))
    topper.look()
    assert topper.paid() == [PRICE] * 2
    topper.travel(OCTOBER_ENDS + 30 * DAY + HOUR)
    topper.look()
    assert topper.paid() == [PRICE] * 3
    low(topper, 2)
    assert topper.mails() == ["top_up_capped"] * 2


def test_a_dearer_pack_is_told_before_and_charged_once_it_is_agreed_to(
    topper: Topper,
) -> None:
    topper.set_up()
    priced(topper, PRICE + 1)
    topper.travel(topper.clock() + DAY)
    topper.look()
    assert (topper.top_up.paused, topper.mails()) == ("dearer", ["top_up_paused"])
    assert topper.told("top_up_paused")["total_minor"] == PRICE + 1
    low(topper)
    assert topper.charges() == []
    topper.turn_on()
    topper.work()
    assert topper.paid() == [PRICE + 1]


def test_a_cheaper_pack_is_charged_at_its_own_price(topper: Topper) -> None:
    topper.set_up()
    priced(topper, PRICE - 1)
    low(topper)
    assert topper.paid() == [PRICE - 1]
    assert topper.top_up.status == "on"


def test_a_pack_that_is_gone_is_told(topper: Topper) -> None:
    topper.set_up()
    priced(topper, None)
    low(topper)
    assert (topper.top_up.paused, topper.mails()) == ("not_sold", ["top_up_paused"])
    assert topper.charges() == []


def test_price_and_tax_are_those_of_the_moment_it_begins(topper: Topper) -> None:
    topper.set_up()
    topper.spend_down_to(1)
    begun = begin(topper)
    priced(topper, 5 * PRICE)
    topper.work()
    [item] = topper.purchase(UUID(begun.ids["purchase"])).items
    assert (item["net_minor"], topper.paid()) == (PRICE, [PRICE])


def test_one_cause_begins_one_purchase_and_none_while_it_is_open(
    topper: Topper,
) -> None:
    topper.set_up()
    topper.spend_down_to(1)
    first = begin(topper, "cause")
    for key in ("cause", None):
        assert begin(topper, key).ids == {}
    topper.work()
    topper.spend_down_to(1)
    assert begin(topper, "cause").ids == first.ids
    assert len(topper.top_up.spent) == 1


@pytest.mark.parametrize("which", ["unlimited", "disabled", "neither"])
def test_it_buys_nothing_for_who_cannot_use_it(topper: Topper, which: str) -> None:
    topper.set_up()
    journal, now = topper.service.journal, topper.clock()
    if which == "disabled":
        command = DisableAccount(account_id=topper.account_id, reason="spam")
        disable_account(journal, command, staff(topper))
    elif which == "unlimited":
        subscribe(topper)
    taken = RemoveCredits(
        account_id=topper.account_id, credits=topper.available - 1, reason="mistake"
    )
    remove_credits(journal, taken, context_at(now))
    topper.work()
    topper.look()
    assert len(topper.charges()) == (1 if which == "neither" else 0)


def subscribe(topper: Topper) -> None:
    desk, now = Desk(topper.service.journal), topper.clock()
    plan = Subscription(account_id=topper.account_id, product="plan")
    plan.pay("sub_1", "cus_1", terms("u-1", 900), UUID(int=7), (now, now + 30 * DAY))
    account = topper.service.journal.fresh(Account, topper.account_id)
    account.change_plan(UNLIMITED)
    for one in (plan, account):
        desk.record(topper.account_id, partial(copy, one), now)


def copy(it: Aggregate) -> Aggregate:
    return it


def staff(topper: Topper) -> Context:
    context = context_at(topper.clock())
    return replace(context, principal="staff:bo", actor=Actor("staff", "bo"))


def test_what_another_process_has_recorded_is_seen(
    topper: Topper, empty_database: Database
) -> None:
    topper.turn_on()
    topper.work()
    worker = topper.service
    with service_on(empty_database, topper.clock, topper.running.url) as panel:
        panel.payments = worker.payments
        topper.service = panel
        topper.enter()
        topper.spend_down_to(1)
        topper.service = worker
        topper.work()
    assert (topper.paid(), topper.available) == ([PRICE], 2001)


def test_a_refund_pauses_before_its_credits_are_missed(topper: Topper) -> None:
    topper.set_up()
    topper.spend_down_to(1)
    topper.work()
    [purchase_id] = topper.top_up.spent
    command = ProposeRefund(
        account_id=topper.account_id, purchase_id=purchase_id, reason="he asked"
    )
    propose_refund(topper.service.journal, command, staff(topper))
    assert topper.available < 500
    topper.work()
    assert (topper.top_up.paused, topper.paid()) == ("refunded", [PRICE])
    assert topper.told("top_up_paused")["why"] == "refunded"
    topper.turn_on()
    hear_of_reversals(topper, purchase_id)
    assert topper.top_up.status == "on"


def hear_of_reversals(topper: Topper, purchase_id: UUID) -> None:
    service = topper.service
    parts = (service.journal, service.payments, topper.account_id, purchase_id)
    settle_reversals(*parts, topper.clock())


def test_a_dispute_pauses_it_and_told_again_pauses_no_more(topper: Topper) -> None:
    topper.set_up()
    low(topper)
    [purchase_id] = topper.top_up.spent
    [charge] = topper.charges()
    topper.running.tell("disputes", {"charge": charge["id"]})
    hear_of_reversals(topper, purchase_id)
    topper.work()
    assert (topper.top_up.paused, topper.watching()) == ("disputed", None)
    assert topper.paid() == [PRICE]
    topper.turn_on()
    hear_of_reversals(topper, purchase_id)
    assert topper.top_up.status == "on"


def test_news_of_what_is_over_changes_nothing(topper: Topper) -> None:
    topper.set_up()
    low(topper)
    [purchase_id] = topper.top_up.spent
    whose: Any = {"account_id": topper.account_id, "purchase_id": purchase_id}
    version, journal = topper.top_up.version, topper.service.journal
    context = context_at(topper.clock())
    open_charge(journal, OpenCharge(**whose, payment_intent_id="pi_2"), context)
    fail_charge(journal, FailCharge(**whose, attempt_id="ch_2", code="no"), context)
    hand_over(journal, HandOver(**whose, why="by_hand"), context)
    give_up(journal, GiveUp(**whose, why="declined"), context)
    assert topper.top_up.version == version
    unknown = GiveUp(**{**whose, "purchase_id": UUID(int=9)}, why="declined")
    with pytest.raises(NoSuchPurchase):
        give_up(journal, unknown, context)
