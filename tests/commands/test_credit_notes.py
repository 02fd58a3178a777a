"""A credit note says what went back, of which receipt, in one gapless series."""

from __future__ import annotations

import io
from uuid import UUID, uuid4

import pytest
from pypdf import PdfReader

from commands.credit_notes import IssueCreditNote, issue_credit_note
from commands.receipts import is_credit_note, receipt_bytes, receipt_of
from ledger.receipts import Receipt
from ledger.refusals import NoSuchReceipt
from ledger.reversals import RefundPart
from tests.commands.money import Till
from tests.conftest import context_at
from web.receipt_writer import write_receipt

PART: RefundPart = {"item": 0, "credits": 400, "net_minor": 400, "tax_minor": 0}


def note(till: Till, key: str = "re_1", *, taken_back: bool = False) -> Receipt:
    """Issue a credit note of 400 credits, or the receipt that takes it back."""
    command = IssueCreditNote(
        account_id=till.account_id,
        purchase_id=till.purchase_id,
        key=key,
        taken_back=taken_back,
    )
    service, context = till.service, context_at(till.clock(), key=uuid4().hex)
    printing = (service.seller, write_receipt)
    issued = issue_credit_note(service.journal, command, context, *printing, [PART])
    return receipt_of(service.journal, till.account_id, UUID(issued.ids["receipt"]))


def words(till: Till, receipt: Receipt) -> str:
    pdf = receipt_bytes(till.service.journal, receipt)
    pages = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_there_is_no_note_before_there_is_a_receipt(till: Till) -> None:
    with pytest.raises(NoSuchReceipt):
        note(till)


def test_the_note_names_the_receipt_and_prints_what_went_back_as_negative(
    till: Till,
) -> None:
    till.react()
    made = note(till)
    assert is_credit_note(made)
    told = words(till, made)
    assert made.number in told
    first = f"{made.number[:-1]}{int(made.number[-1]) - 1}"
    assert first in told
    assert "400 e-mail credits" in told
    assert "4.00" in told
    assert "Credit note" in told


def test_a_receipt_takes_the_note_back_with_the_next_number(till: Till) -> None:
    till.react()
    made = note(till)
    again = note(till, taken_back=True)
    assert not is_credit_note(again)
    assert int(again.number[-6:]) == int(made.number[-6:]) + 1


def test_two_refunds_of_one_purchase_have_a_note_each(till: Till) -> None:
    till.react()
    assert note(till, "re_1").id != note(till, "re_2").id
