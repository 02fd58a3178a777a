"""The processor's word on refunds and disputes reaches credits, whoever brings it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from commands.purchases import StartPurchase, purchase_of, start_purchase
from commands.refunds import open_reversals
from commands.reversals import (
    RecordReversals,
    ask_about_reversals,
    record_reversals,
    settle_reversals,
    under_way,
)
from ledger.refusals import PurchaseUnpaid
from projections.audit import compare, replay
from tests.commands.money import Till
from tests.conftest import context_at
from tests.web.service import followed


def whys(till: Till) -> list[str]:
    return [one.why for one in open_reversals(till.service.journal)]


def agrees(till: Till) -> bool:
    """Whether journal and views say the same of the account."""
    followed(till.service)
    with till.service.connections.for_account(till.account_id) as connection:
        reader, now = till.service.reader, till.clock()
        [books] = list(replay(reader, connection, now, till.account_id))
    return compare(till.service.views, books, now) == []


@pytest.mark.parametrize(
    ("outcomes", "available", "disputed", "debt"),
    [
        ([], 0, 0, 0),
        (["won"], 1500, 0, 0),
        (["lost"], 0, 1500, 500),
        (["lost", "reinstated"], 1500, 0, 0),
    ],
)
def test_a_dispute_freezes_returns_or_takes_the_credits(
    till: Till, outcomes: list[str], available: int, disputed: int, debt: int
) -> None:
    till.spend(500)
    dispute = till.bank("disputes", charge=till.charge)
    till.settle()
    assert (till.figures().frozen, whys(till)) == (1500, ["disputed"])
    for outcome in outcomes:
        till.bank(f"disputes/{dispute['id']}", outcome=outcome)
        till.settle()
    figures = till.figures()
    assert (figures.available, figures.disputed, figures.debt) == (
        available,
        disputed,
        debt,
    )
    assert whys(till) == ([] if outcomes else ["disputed"])
    assert agrees(till)


def test_a_debt_is_made_up_by_the_next_purchase(till: Till) -> None:
    till.spend(500)
    dispute = till.bank("disputes", charge=till.charge)
    till.bank(f"disputes/{dispute['id']}", outcome="lost")
    till.settle()
    till.buy()
    figures = till.figures()
    assert (figures.available, figures.debt) == (1500, 0)
    assert agrees(till)


def test_partial_refunds_take_as_many_credits_as_they_were_worth(till: Till) -> None:
    for amount in (300, 700):
        till.refund_at_desk(amount)
        till.settle()
    figures = till.figures()
    assert (figures.refunded, figures.available) == (1000, 1000)
    assert agrees(till)


def test_the_janitor_hears_of_what_nobody_told(till: Till) -> None:
    dispute = till.bank("disputes", charge=till.charge)
    till.settle()
    till.bank(f"disputes/{dispute['id']}", outcome="won")
    asked = (till.service.journal, till.service.payments)
    assert ask_about_reversals(*asked, till.clock()) == 0
    till.clock.move(timedelta(days=1))
    assert ask_about_reversals(*asked, till.clock()) == 1
    assert (till.figures().available, whys(till)) == (2000, [])


def test_what_is_known_is_recorded_once(till: Till) -> None:
    till.refund_at_desk(300)
    till.settle()
    purchase = purchase_of(till.service.journal, till.account_id, till.purchase_id)
    version = purchase.version
    till.settle()
    again = purchase_of(till.service.journal, till.account_id, till.purchase_id)
    assert again.version == version
    assert under_way(again) == "done"


def test_what_was_not_paid_has_nothing_to_be_asked_about(till: Till) -> None:
    journal, context = till.service.journal, context_at(till.clock())
    start = StartPurchase(account_id=till.account_id, sku="credits-2000", language="en")
    started = start_purchase(journal, start, context, till.service.catalogue)
    purchase_id = UUID(started.ids["purchase"])
    payments, now = till.service.payments, till.clock()
    asked = settle_reversals(journal, payments, till.account_id, purchase_id, now)
    assert asked is None
    command = RecordReversals(
        account_id=till.account_id, purchase_id=purchase_id, refunds=[], disputes=[]
    )
    with pytest.raises(PurchaseUnpaid):
        record_reversals(journal, command, context_at(now))
