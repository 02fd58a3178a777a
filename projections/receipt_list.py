"""Receipts and credit notes of an account, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import singledispatchmethod
from uuid import UUID

from ledger.aggregate import Aggregate
from ledger.journal import Fact
from ledger.journal.rows import Rows
from ledger.receipts import Receipt
from projections.view import Listed, View, surprise

ADD = """
INSERT INTO receipt_list (account_id, generation, number, receipt_id, purchase_id,
    position, receipt_number, kind, refers_to, order_number, issued_at, year, currency,
    total_minor, document_id, pdf_sha256, pdf_bytes)
SELECT %(account)s, %(generation)s, coalesce(max(number), 0) + 1, %(receipt)s,
    %(purchase)s, %(position)s, %(receipt_number)s, %(kind)s, %(refers_to)s,
    %(order_number)s, %(issued_at)s, %(year)s, %(currency)s, %(total)s, %(document)s,
    %(sha256)s, %(bytes)s
FROM receipt_list WHERE account_id = %(account)s AND generation = %(generation)s"""

COLUMNS = (
    "SELECT number, receipt_id, purchase_id, receipt_number, kind, refers_to,"
    " order_number, issued_at, year, currency, total_minor, document_id, pdf_sha256,"
    " pdf_bytes FROM receipt_list"
    " WHERE account_id = %(account)s AND generation = %(generation)s"
)
COUNT = (
    "SELECT coalesce(max(number), 0) FROM receipt_list"
    " WHERE account_id = %(account)s AND generation = %(generation)s"
)
PAGE = f"{COLUMNS} AND number < %(before)s ORDER BY number DESC LIMIT %(size)s"
ONE = f"{COLUMNS} AND receipt_id = %(receipt)s"


@dataclass(frozen=True, kw_only=True)
class ReceiptRow:
    """A receipt (kind 380) or a credit note (381) and where its bytes are."""

    number: int
    receipt_id: UUID
    purchase_id: UUID
    receipt_number: str
    kind: int
    refers_to: str | None
    order_number: int
    issued_at: datetime
    year: int
    currency: str
    total_minor: int
    document_id: UUID
    pdf_sha256: str
    pdf_bytes: int


class ReceiptsView(View):
    """What was issued; the bytes stay in their own table."""

    name = "receipts"
    nouns = frozenset({"receipts"})
    tables = ("receipt_list",)

    def page(
        self, account_id: UUID, *, before: int | None = None, size: int = 25
    ) -> Listed[ReceiptRow]:
        """Return receipts with numbers below `before`, the newest without it."""
        with self.reading(account_id) as reading:
            total = reading.figure(COUNT)
            rows = reading.rows(ReceiptRow, PAGE, before=before or total + 1, size=size)
            numbers = [row.number for row in rows]
            return reading.listed(rows, numbers, total, size)

    def receipt(self, account_id: UUID, receipt_id: UUID) -> ReceiptRow | None:
        """Return one receipt of this account, or None."""
        with self.reading(account_id) as reading:
            return reading.row(ReceiptRow, ONE, receipt=receipt_id)

    @singledispatchmethod
    def post(self, event: Aggregate.Event, fact: Fact, rows: Rows) -> None:
        raise surprise(event)

    @post.register
    def _(self, event: Receipt.Issued, fact: Fact, rows: Rows) -> None:
        refers_to = event.refers_to
        rows.write(
            ADD,
            fact,
            receipt=fact.stream_id,
            purchase=event.purchase_id,
            receipt_number=event.number,
            kind=event.kind,
            refers_to=None if refers_to is None else refers_to["number"],
            order_number=event.order_number,
            issued_at=event.issued_at,
            year=event.year,
            currency=event.currency,
            total=event.totals["total_minor"],
            document=event.document_id,
            sha256=event.pdf_sha256,
            bytes=event.pdf_bytes,
        )
