"""A saved card is charged once for each purchase, whoever asks and whoever crashes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from commands.checkouts import settle_checkout
from commands.purchases import CancelPurchase, cancel_purchase
from commands.top_up_charges import charge_top_up, settle_charge, stop_charge, take_over
from tests.commands.topping_up import (
    ASKS,
    FAILS,
    NOVEMBER,
    PAYS,
    Topper,
)
from tests.conftest import context_at
from tests.web.service import a_purchase

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def charge(topper: Topper) -> None:
    service = topper.service
    parts = (service.journal, service.payments, topper.account_id, topper.clock())
    charge_top_up(*parts)


def opened(topper: Topper) -> UUID:
    found = topper.top_up.open
    assert found is not None
    return found.purchase_id


def test_a_crossing_buys_one_pack_with_number_receipt_and_mail(topper: Topper) -> None:
    topper.set_up()
    assert topper.watching() == 500
    topper.spend_down_to(500)
    topper.work()
    assert (topper.paid(), topper.available) == ([], 500)
    topper.spend(1)
    topper.work()
    assert (topper.paid(), topper.available) == ([2000], 2499)
    assert topper.top_up.open is None
    assert topper.top_up.spent_in("2026-11") == 2000
    [purchase_id] = topper.top_up.spent
    bought = topper.purchase(purchase_id)
    assert (bought.status, bought.payment_label) == ("paid", "Visa •••• 4242")
    assert bought.order_number is not None
    assert topper.mails("receipt") == ["receipt", "receipt"]
    topper.work()
    topper.look()
    assert topper.paid() == [2000]


def test_a_refused_card_is_tried_three_times_then_it_pauses(topper: Topper) -> None:
    topper.set_up(FAILS)
    topper.spend_down_to(1)
    topper.work()
    for days, tries in ((0, 1), (1, 2), (2, 2), (4, 3), (9, 3)):
        topper.travel(NOVEMBER + days * DAY + MINUTE)
        topper.look()
        assert len(topper.charges()) == tries, days
    assert (topper.top_up.status, topper.top_up.paused) == ("paused", "declined")
    assert topper.mails() == ["top_up_declined", "top_up_declined", "top_up_paused"]
    assert topper.told("top_up_paused")["why"] == "declined"
    assert (topper.watching(), topper.top_up.spent_in("2026-11")) == (None, 0)
    [intent] = topper.bank.v1.payment_intents.list({"limit": 100}).data
    assert intent.status == "canceled"


def test_another_card_pays_at_once_and_ends_the_pause(topper: Topper) -> None:
    topper.set_up(FAILS)
    topper.spend_down_to(1)
    topper.work()
    topper.enter(PAYS)
    topper.work()
    assert (topper.paid(), topper.available) == ([2000], 2001)
    [intent] = topper.bank.v1.payment_intents.list({"limit": 100}).data
    assert intent.status == "succeeded"


def test_a_bank_that_asks_for_its_holder_is_answered_by_mail(topper: Topper) -> None:
    topper.set_up(ASKS)
    topper.spend_down_to(1)
    topper.work()
    assert topper.mails() == ["top_up_confirm"]
    purchase_id = opened(topper)
    told = topper.told("top_up_confirm")
    assert (told["amount_minor"], told["currency"]) == (2000, "EUR")
    topper.look()
    assert len(topper.charges()) == 1
    topper.fill(told["page"], ASKS)
    whose = (
        topper.account_id,
        purchase_id,
        topper.purchase(purchase_id).checkout_id or "",
    )
    for _ in range(2):
        settle_checkout(
            topper.service.journal, topper.service.payments, *whose, topper.clock()
        )
    assert (topper.paid(), topper.available, topper.top_up.open) == ([2000], 2001, None)
    assert (topper.top_up.status, topper.top_up.spent_in("2026-11")) == ("on", 2000)


def test_a_page_that_nobody_confirms_on_ends_in_a_pause(topper: Topper) -> None:
    topper.set_up(ASKS)
    topper.spend_down_to(1)
    topper.work()
    purchase_id = opened(topper)
    topper.travel(topper.clock() + DAY)
    whose = (
        topper.account_id,
        purchase_id,
        topper.purchase(purchase_id).checkout_id or "",
    )
    settle_checkout(
        topper.service.journal, topper.service.payments, *whose, topper.clock()
    )
    topper.work()
    assert (topper.top_up.paused, topper.top_up.open) == ("authentication", None)
    assert topper.mails() == ["top_up_confirm", "top_up_paused"]
    assert topper.purchase(purchase_id).status == "expired"


def test_what_is_no_longer_needed_is_not_charged_again(topper: Topper) -> None:
    topper.set_up(FAILS)
    topper.spend_down_to(1)
    topper.work()
    purchase_id = opened(topper)
    a_purchase(topper.service, topper.account_id)
    topper.travel(topper.clock() + DAY)
    topper.look()
    assert len(topper.charges()) == 1
    assert (topper.top_up.open, topper.top_up.status) == (None, "on")
    assert topper.purchase(purchase_id).status == "cancelled"
    assert topper.top_up.spent_in("2026-11") == 0


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize(
    "step", ["create_charge", "try_charge", "saved_charge", "record"]
)
@pytest.mark.parametrize("number", [PAYS, FAILS, ASKS])
def test_killed_at_any_step_it_is_charged_once_all_the_same(
    topper: Topper, monkeypatch: pytest.MonkeyPatch, step: str, number: str
) -> None:
    topper.set_up(number)
    topper.spend_down_to(1)
    service = topper.service
    if step == "record":
        name = "commands.top_up_charges.settle_saved"
        monkeypatch.setattr(name, dies_after(lambda *_: None))
    else:
        real = getattr(service.payments, step)
        monkeypatch.setattr(service.payments, step, dies_after(real))
    with pytest.raises(Killed):
        topper.work()
    monkeypatch.undo()
    topper.travel(topper.clock() + 10 * MINUTE)
    topper.look()
    assert len(topper.charges()) == 1
    assert len(topper.bank.v1.payment_intents.list({"limit": 100}).data) <= 2
    assert topper.available == (2001 if number == PAYS else 1)


def dies_after(real: Any) -> Any:
    """Do it, and never come back to tell."""

    def deed(*args: Any, **named: Any) -> Any:
        real(*args, **named)
        raise Killed

    return deed


def test_two_that_look_at_once_charge_once(
    topper: Topper, monkeypatch: pytest.MonkeyPatch
) -> None:
    topper.set_up()
    topper.spend_down_to(1)
    payments = topper.service.payments
    real = payments.try_charge

    def slowly(*args: Any) -> Any:
        monkeypatch.undo()
        charge(topper)
        return real(*args)

    monkeypatch.setattr(payments, "try_charge", slowly)
    topper.work()
    assert (topper.paid(), topper.available) == ([2000], 2001)


def test_stopped_it_is_charged_no_more_but_what_is_paid_is_settled(
    topper: Topper, monkeypatch: pytest.MonkeyPatch
) -> None:
    topper.set_up()
    topper.spend_down_to(1)
    name = "commands.top_up_charges.settle_saved"
    monkeypatch.setattr(name, dies_after(lambda *_: None))
    with pytest.raises(Killed):
        topper.work()
    monkeypatch.undo()
    service = topper.service
    stop_charge(service.journal, service.payments, topper.account_id, topper.clock())
    assert (topper.available, topper.top_up.open) == (2001, None)
    assert topper.top_up.spent_in("2026-11") == 2000


def test_what_was_called_off_at_the_processor_pauses(topper: Topper) -> None:
    topper.set_up(FAILS)
    topper.spend_down_to(1)
    topper.work()
    found = topper.top_up.open
    assert found
    assert found.payment_intent_id
    topper.bank.v1.payment_intents.cancel(found.payment_intent_id)
    service = topper.service
    parts = (service.journal, service.payments, topper.account_id)
    settle_charge(*parts, found.payment_intent_id, topper.clock())
    assert topper.top_up.paused == "cancelled"
    topper.work()
    assert topper.mails() == ["top_up_declined"]


def test_a_holder_who_pays_by_hand_is_the_only_one_who_pays(topper: Topper) -> None:
    topper.set_up(FAILS)
    topper.spend_down_to(1)
    topper.work()
    purchase_id = opened(topper)
    service = topper.service
    parts = (service.journal, service.payments, topper.account_id)
    assert take_over(*parts, topper.purchase(purchase_id), topper.clock())
    [intent] = topper.bank.v1.payment_intents.list().data
    assert intent.status == "canceled"
    topper.work()
    topper.travel(topper.clock() + DAY)
    topper.look()
    assert len(topper.charges()) == 1
    assert opened(topper) == purchase_id
    ours = CancelPurchase(account_id=topper.account_id, purchase_id=purchase_id)
    cancel_purchase(service.journal, ours, context_at(topper.clock()))
    assert (topper.top_up.open, topper.top_up.paused) == (None, "cancelled")


def test_any_other_purchase_may_be_paid_by_hand_while_it_is_open(
    topper: Topper,
) -> None:
    service, paid = topper.service, a_purchase(topper.service, topper.account_id)
    parts = (service.journal, service.payments, topper.account_id)
    assert not take_over(*parts, topper.purchase(paid), topper.clock())
