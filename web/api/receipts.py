"""Receipts as programs see them, with the bytes that were issued."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.typing import ResponseReturnValue

from commands.receipts import receipt_bytes, receipt_of
from ledger.refusals import NoSuchReceipt
from web.api import frame
from web.api.shapes import PageQuery, Shape, identity, instant, page_shape, text, whole
from web.panel.purchases import pdf_response
from web.policies import DEVICE, KEY

BINARY = {"type": "string", "format": "binary"}

section = frame.Section("receipts", "What was printed, once and for all")
BOTH = (KEY, DEVICE)
MINE = (frame.READ, "purchases:read")


class ReceiptSchema(Shape):
    """A receipt (kind 380) or a credit note (kind 381)."""

    receipt_id = identity("The receipt")
    purchase_id = identity("The purchase it is for")
    receipt_number = text("As printed; its series has no gap")
    kind = whole("380 or 381 (UN/CEFACT 1001)")
    refers_to = text("The receipt that a credit note takes back", nullable=True)
    order_number = whole("The order")
    issued_at = instant("When it was issued")
    year = whole("The series' year")
    currency = text("ISO 4217")
    total_minor = whole("With tax, in minor units")
    pdf_sha256 = text("Of the bytes, hexadecimal")
    pdf_bytes = whole("How many bytes")


ReceiptsSchema = page_shape(ReceiptSchema, "Receipts")


@section.ask("/receipts", ReceiptsSchema, query=PageQuery, who=BOTH, scopes=MINE)
def list_receipts(query: dict[str, Any], account_id: UUID) -> ResponseReturnValue:
    """List the receipts, newest first."""
    frame.known(account_id)
    before = frame.before("receipts", query)
    view = frame.views().receipts
    found = view.page(account_id, before=before, size=query["limit"])
    return frame.listed("receipts", found, [vars(row) for row in found.rows])


@section.ask("/receipts/<uuid:receipt_id>", ReceiptSchema, who=BOTH, scopes=MINE)
def get_receipt(account_id: UUID, receipt_id: UUID) -> ResponseReturnValue:
    """Tell one receipt."""
    row = frame.views().receipts.receipt(frame.known(account_id), receipt_id)
    if row is None:
        raise NoSuchReceipt(receipt_id=receipt_id)
    return vars(row)


@section.ask(
    "/receipts/<uuid:receipt_id>/pdf",
    BINARY,
    media="application/pdf",
    who=BOTH,
    scopes=MINE,
)
def get_receipt_pdf(account_id: UUID, receipt_id: UUID) -> ResponseReturnValue:
    """Download a receipt as it was issued."""
    journal = frame.journal()
    found = receipt_of(journal, frame.known(account_id), receipt_id)
    return pdf_response(found, receipt_bytes(journal, found))
