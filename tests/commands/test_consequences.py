"""What is recorded has its consequences: documents, mails, the processor's deeds."""

from __future__ import annotations

from uuid import UUID

from commands.consequences import all_reactions
from commands.credits import (
    HoldCredits,
    SetLowBalanceThreshold,
    hold_credits,
    set_low_balance_threshold,
)
from commands.refunds import ProposeRefund, propose_refund
from ledger.receipts import CREDIT_NOTE, RECEIPT, Receipt
from projections.audit import facts_by_account
from tests.commands.money import Till
from tests.commands.people import mails_of
from tests.conftest import context_at
from web.receipt_writer import write_receipt


def documents(till: Till) -> list[tuple[str, int, str | None]]:
    """Return number and kind of each document, and what it refers to, in order."""
    with till.service.connections.for_account(till.account_id) as connection:
        facts = list(facts_by_account(till.service.reader, connection, till.account_id))
    issued = [fact.event for fact in facts if isinstance(fact.event, Receipt.Issued)]
    return [
        (one.number, one.kind, one.refers_to["number"] if one.refers_to else None)
        for one in issued
    ]


def templates(till: Till) -> list[str]:
    found = mails_of(till.service.journal, till.account_id)
    return sorted(str(mail["template"]) for mail in found)


def test_every_reaction_has_a_name_of_its_own(till: Till) -> None:
    service = till.service
    every = all_reactions(
        service.journal,
        till.clock,
        service.payments,
        service.seller,
        write_receipt,
        service.shop,
    )
    assert len({one.name for one in every}) == len(every)


def test_a_refund_has_a_credit_note_in_the_same_series_and_a_mail(till: Till) -> None:
    till.react()
    command = ProposeRefund(
        account_id=till.account_id,
        purchase_id=till.purchase_id,
        reason="changed his mind",
        alone_minor=2000,
    )
    propose_refund(till.service.journal, command, till.by("bo"))
    till.react()
    first, second = documents(till)
    assert (first[1], second[1:]) == (RECEIPT, (CREDIT_NOTE, first[0]))
    assert int(second[0][-6:]) == int(first[0][-6:]) + 1
    assert templates(till) == ["credit_note", "receipt"]


def test_a_refund_that_comes_back_is_taken_back_by_a_receipt(till: Till) -> None:
    till.react()
    refund = till.refund_at_desk(700)
    till.settle()
    till.react()
    till.bank(f"refunds/{refund['id']}/fail")
    till.settle()
    till.react()
    _, note, again = documents(till)
    assert (note[1], again[1:]) == (CREDIT_NOTE, (RECEIPT, note[0]))
    assert templates(till) == ["credit_note", "receipt", "refund_failed"]
    assert till.figures().available == 2000


def test_a_dispute_is_told_to_the_holder_once(till: Till) -> None:
    till.bank("disputes", charge=till.charge)
    till.settle()
    till.settle()
    till.react()
    assert templates(till) == ["payment_disputed", "receipt"]


def test_a_low_balance_is_told_once_for_each_crossing(till: Till) -> None:
    journal, now = till.service.journal, till.clock()
    threshold = SetLowBalanceThreshold(account_id=till.account_id, credits=1500)
    set_low_balance_threshold(journal, threshold, context_at(now))
    for credits in (600, 100):
        hold = HoldCredits(
            account_id=till.account_id, campaign_id="spring", credits=credits
        )
        assert UUID(hold_credits(journal, hold, context_at(now)).ids["hold"])
    till.react()
    assert templates(till) == ["low_balance", "receipt"]
