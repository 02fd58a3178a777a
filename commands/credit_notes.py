"""Credit notes: what went back, in the same gapless series as receipts.

A refund that fails after its note was issued gets a receipt of its own, which takes
the note back: nothing in the series is ever changed or left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from commands.purchases import credits_in_words, purchase_of
from commands.receipts import ONE_AT_A_TIME, UNIT, Document, Render, record_document
from ledger.journal import Context, Journal, Recorded, handler
from ledger.purchases import Purchase
from ledger.receipts import CREDIT_NOTE, RECEIPT, Line, Receipt, Reference
from ledger.refusals import NoSuchReceipt
from ledger.reversals import RefundPart


@dataclass(frozen=True, kw_only=True)
class IssueCreditNote:
    """Give a refund, by its key within the purchase, its document."""

    account_id: UUID
    purchase_id: UUID
    key: str
    taken_back: bool = False


def issue_credit_note(
    journal: Journal,
    command: IssueCreditNote,
    context: Context,
    seller: Mapping[str, Any],
    render: Render,
    parts: Sequence[RefundPart],
) -> Recorded:
    """Render with the next number and record; with `taken_back` the receipt instead.

    Raises NoSuchReceipt while what it refers to has no number yet: try again.
    """
    with ONE_AT_A_TIME:
        return _issue_credit_note(journal, command, context, seller, render, parts)


@handler
def _issue_credit_note(
    journal: Journal,
    command: IssueCreditNote,
    context: Context,
    seller: Mapping[str, Any],
    render: Render,
    parts: Sequence[RefundPart],
) -> Recorded:
    purchase = purchase_of(journal, command.account_id, command.purchase_id)
    cause = uuid5(purchase.id, command.key)
    refers_to, kind = _reference(journal, purchase.id), CREDIT_NOTE
    if command.taken_back:
        refers_to, kind = _reference(journal, cause), RECEIPT
        cause = uuid5(purchase.id, f"{command.key} taken back")
    lines = [_line(purchase, part) for part in parts]
    document = Document(cause, kind, refers_to, lines)
    return record_document(journal, purchase, document, context, seller, render)


def _reference(journal: Journal, cause_id: UUID) -> Reference:
    receipt_id = Receipt.create_id(cause_id)
    try:
        receipt = journal.fresh(Receipt, receipt_id)
    except KeyError:
        raise NoSuchReceipt(receipt_id=receipt_id) from None
    return {
        "receipt_id": receipt_id,
        "number": receipt.number,
        "issued_at": receipt.issued_at,
    }


def _line(purchase: Purchase, part: RefundPart) -> Line:
    """Return what goes back of an item; credits are counted where they are known."""
    item, description = purchase.items[part["item"]], None
    if part["credits"]:
        description = credits_in_words(part["credits"], purchase.language)
    return {
        "description": description or item["description"],
        "quantity": 1,
        "unit": UNIT,
        "net_minor": part["net_minor"],
        "tax_category": item["tax_category"],
        "tax_rate_basis_points": item["tax_rate_basis_points"],
        "tax_minor": part["tax_minor"],
        "service_from": item["service_from"],
        "service_until": item["service_until"],
    }
