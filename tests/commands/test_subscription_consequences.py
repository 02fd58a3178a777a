"""What follows from a subscription's facts: mails, and the end of what is paid."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from commands.closing import CloseAccount, close_account
from commands.consequences import all_reactions
from commands.reactions import Reactions
from commands.reversals import settle_reversals
from commands.subscription_consequences import customers_of
from ledger.accounts import Account
from ledger.subscription_terms import GRACE
from tests.commands.people import mails_of
from tests.commands.subscribing import BIG, FAILS_LATER, SMALL, Member
from tests.commands.test_plan_changes import change, shown
from tests.conftest import context_at
from tests.desk import Desk
from web.receipt_writer import write_receipt

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def react(member: Member) -> None:
    service = member.service
    parts = (
        service.clock,
        service.payments,
        service.seller,
        write_receipt,
        service.shop,
    )
    reactions = all_reactions(service.journal, *parts)
    found = Reactions(service.journal, service.reader, service.clock, reactions)
    while found.step():
        pass


def mails(member: Member, template: str) -> list[dict[str, object]]:
    found = mails_of(member.service.journal, member.account_id)
    return [mail["values"] for mail in found if mail["template"] == template]


def test_an_unpaid_renewal_is_told_at_each_attempt_and_when_it_blocks(
    member: Member,
) -> None:
    member.subscribe(card=FAILS_LATER)
    end = member.end()
    for days in (0, 3):
        member.travel(end + days * DAY + 3 * HOUR)
        member.settle(member.id())
    react(member)
    first, second = mails(member, "subscription_unpaid")
    assert first["product"] == "plan"
    assert str(second["next_attempt_at"]).startswith(f"{end + 5 * DAY:%Y-%m-%d}")
    member.travel(end + GRACE)
    member.look()
    react(member)
    assert len(mails(member, "subscription_blocked")) == 1


def test_a_near_renewal_and_an_end_are_told(member: Member) -> None:
    member.subscribe("smtp", None)
    end = member.end("smtp")
    member.travel(end - 10 * DAY)
    member.look()
    member.service.payments.end_now(member.id("smtp"))
    member.settle(member.id("smtp"))
    react(member)
    assert mails(member, "renewal_near") == []
    assert len(mails(member, "subscription_ended")) == 1


def test_the_price_of_a_near_renewal_is_told(member: Member) -> None:
    member.subscribe("smtp", None)
    member.travel(member.end("smtp") - 10 * DAY)
    member.look()
    react(member)
    [told] = mails(member, "renewal_near")
    assert (told["amount_minor"], told["currency"]) == (9900, "EUR")


def disputed(member: Member, purchase_id: UUID, amount: int | None = None) -> str:
    """Have the bank take a payment into question; the dispute's id."""
    payment = member.purchase(purchase_id).payment
    assert payment is not None
    asked = {"charge": payment.charge_id, "amount": amount}
    status, made = member.stand_in.tell("disputes", asked)
    assert status == 200
    settle(member, purchase_id)
    return str(made["id"])


def settle(member: Member, purchase_id: UUID) -> None:
    journal, payments = member.service.journal, member.service.payments
    settle_reversals(journal, payments, member.account_id, purchase_id, member.clock())
    react(member)


def decided(member: Member, purchase_id: UUID, dispute_id: str, outcome: str) -> None:
    told = member.stand_in.tell(f"disputes/{dispute_id}", {"outcome": outcome})
    assert told[0] == 200
    settle(member, purchase_id)


def test_a_disputed_period_is_told_without_a_word_of_credits(member: Member) -> None:
    disputed(member, member.subscribe())
    [told] = mails(member, "payment_disputed")
    assert (told["has_credits"], told["amount_minor"]) == (False, 2900)
    assert member.subscription().serves(member.clock())


@pytest.mark.parametrize(("product", "sku"), [("plan", SMALL), ("smtp", None)])
def test_a_period_whose_money_the_bank_kept_ends(
    member: Member, product: str, sku: str | None
) -> None:
    purchase_id = member.subscribe(product, sku)
    processor_id = member.id(product)
    decided(member, purchase_id, disputed(member, purchase_id), "lost")
    assert not member.subscription(product).serves(member.clock())
    assert member.bank.subscription(processor_id)["status"] == "canceled"
    [told] = mails(member, "subscription_ended")
    assert told["product"] == product


def test_a_dispute_that_is_won_or_about_a_part_ends_nothing(member: Member) -> None:
    purchase_id = member.subscribe()
    decided(member, purchase_id, disputed(member, purchase_id), "won")
    assert member.subscription().serves(member.clock())
    purchase_id = member.subscribe("smtp", None)
    decided(member, purchase_id, disputed(member, purchase_id, 500), "lost")
    assert member.subscription("smtp").serves(member.clock())


def test_a_period_of_which_bank_and_refunds_left_nothing_ends(member: Member) -> None:
    purchase_id = member.subscribe()
    decided(member, purchase_id, disputed(member, purchase_id, 500), "lost")
    payment = member.purchase(purchase_id).payment
    assert payment is not None
    for amount, serves in ((1400, True), (1000, False)):
        asked: Any = {"charge": payment.charge_id, "amount": amount}
        member.bank.v1.refunds.create(asked)
        settle(member, purchase_id)
        assert member.subscription().serves(member.clock()) == serves


def test_a_second_dispute_about_the_rest_ends_the_year(member: Member) -> None:
    purchase_id = member.subscribe("smtp", None)
    rest = member.purchase(purchase_id).total.minor - 500
    for amount, serves in ((500, True), (rest, False)):
        decided(member, purchase_id, disputed(member, purchase_id, amount), "lost")
        assert member.subscription("smtp").serves(member.clock()) == serves


def test_the_difference_for_a_bigger_tier_takes_not_the_period_with_it(
    member: Member,
) -> None:
    first = member.subscribe()
    member.travel(member.clock() + 10 * DAY)
    change(member, shown(member, BIG))
    [bigger] = [one for one in member.subscription().purchases if one != first]
    decided(member, bigger, disputed(member, bigger), "lost")
    assert member.subscription().serves(member.clock())
    decided(member, first, disputed(member, first), "lost")
    assert not member.subscription().serves(member.clock())


def test_a_period_that_is_over_takes_no_paid_one_with_it(member: Member) -> None:
    purchase_id = member.subscribe()
    dispute_id = disputed(member, purchase_id)
    member.travel(member.end() + DAY)
    member.look()
    assert member.subscription().serves(member.clock())
    decided(member, purchase_id, dispute_id, "lost")
    assert member.subscription().serves(member.clock())


def test_a_closed_account_is_charged_nothing_any_more(member: Member) -> None:
    member.subscribe()
    processor_id = member.id()
    close = CloseAccount(account_id=member.account_id, days=0)
    close_account(member.service.journal, close, context_at(member.clock()))
    react(member)
    assert member.bank.subscription(processor_id)["status"] == "canceled"
    assert member.subscription().processor_id is None


def test_who_is_erased_is_forgotten_by_the_processor_too(member: Member) -> None:
    member.subscribe()
    journal = member.service.journal
    [customer] = customers_of(journal, member.account_id)
    account = journal.load(Account, member.account_id)
    account.close("customer", member.clock())
    account.erase(["profile"])
    Desk(journal).record(member.account_id, lambda: account)
    react(member)
    assert member.bank.v1.customers.retrieve(customer).to_dict()["deleted"]
