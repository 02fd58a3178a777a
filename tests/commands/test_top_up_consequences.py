"""What follows from top-up's facts, once each, and from what ends an account."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from commands import top_up_consequences as deeds
from commands.checkouts import leave_open
from commands.closing import CloseAccount, close_account, money_under_way
from commands.gateways.stripe_objects import event_of
from commands.inbox import receive
from commands.subscription_consequences import customers_of
from ledger.accounts import Account
from ledger.refusals import MoneyUnderWay
from tests.commands.topping_up import ASKS, FAILS, Topper
from tests.conftest import context_at
from tests.desk import Desk

DAY = timedelta(days=1)


def low(topper: Topper) -> None:
    topper.spend_down_to(1)
    topper.work()


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("step", ["open_checkout", "tell_holder"])
def test_killed_on_the_way_to_the_mail_one_page_is_payable(
    topper: Topper, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    topper.set_up(ASKS)
    topper.spend_down_to(1)

    def dies(*_: Any, **__: Any) -> None:
        raise Killed

    monkeypatch.setattr(deeds, step, dies)
    with pytest.raises(Killed):
        topper.work()
    monkeypatch.undo()
    topper.travel(topper.clock() + timedelta(minutes=3))
    topper.work()
    assert topper.mails() == ["top_up_confirm"]
    topper.fill(topper.told("top_up_confirm")["page"], ASKS)
    hear(topper)
    assert (topper.paid(), topper.available) == ([2000], 2001)


def hear(topper: Topper, times: int = 1) -> None:
    """Take in every event there was, the newest first, so many times."""
    found: Any = topper.bank.v1.events.list({"limit": 100})
    payloads = [str(one).encode() for one in found.auto_paging_iter()]
    service = topper.service
    for payload in payloads * times:
        event = event_of(msgspec.json.decode(payload))
        receive(service.journal, event, payload, topper.clock())
    topper.hear()
    topper.work()


def test_events_alone_tell_of_the_card_and_of_what_it_paid(topper: Topper) -> None:
    topper.turn_on()
    topper.fill(topper.page())
    hear(topper)
    assert topper.top_up.status == "on"
    low(topper)
    hear(topper, 2)
    assert (topper.paid(), topper.available) == ([2000], 2001)
    assert topper.top_up.spent_in("2026-11") == 2000


def test_its_own_closed_payment_is_no_news(topper: Topper) -> None:
    topper.set_up(ASKS)
    low(topper)
    hear(topper)
    assert topper.top_up.open is not None
    assert (topper.top_up.status, topper.mails()) == ("on", ["top_up_confirm"])


def test_who_cancels_himself_is_not_told(topper: Topper) -> None:
    topper.set_up(FAILS)
    low(topper)
    it = topper.top_up.open
    assert it is not None
    topper.bank.v1.payment_intents.cancel(str(it.payment_intent_id))
    hear(topper)
    assert topper.top_up.paused == "cancelled"
    assert topper.mails() == ["top_up_declined"]


def test_an_account_waits_for_its_top_up_or_leaves_it(topper: Topper) -> None:
    topper.set_up(FAILS)
    low(topper)
    service, whose = topper.service, topper.account_id
    command, context = CloseAccount(account_id=whose), context_at(topper.clock())
    assert money_under_way(service.journal, whose) == "payment"
    with pytest.raises(MoneyUnderWay):
        close_account(service.journal, command, context)
    leave_open(service.journal, service.payments, whose, topper.clock())
    close_account(service.journal, command, context)
    topper.work()
    assert (topper.top_up.status, topper.top_up.card) == ("off", None)
    assert topper.watching() is None
    topper.travel(topper.clock() + 9 * DAY)
    topper.look()
    assert len(topper.charges()) == 1
    cards: Any = topper.bank.v1.payment_methods.list().data
    assert [one.customer for one in cards] == [None]


def test_an_erased_persons_customer_is_deleted_with_his_card(topper: Topper) -> None:
    topper.set_up()
    journal, whose = topper.service.journal, topper.account_id
    customer = topper.top_up.customer_id
    assert customer in customers_of(journal, whose)
    command = CloseAccount(account_id=whose, days=0)
    close_account(journal, command, context_at(topper.clock()))
    account = journal.fresh(Account, whose)
    account.erase(["profile"])
    Desk(journal).record(whose, lambda: account, topper.clock())
    topper.work()
    found = topper.bank.v1.customers.retrieve(str(customer)).to_dict()
    assert found["deleted"]
