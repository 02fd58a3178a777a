"""Purchases of an account, newest first, with what became of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import singledispatchmethod
from typing import Any
from uuid import UUID

import msgspec

from ledger import purchase_facts as facts
from ledger.aggregate import Aggregate
from ledger.journal import Fact
from ledger.journal.rows import Rows
from ledger.receipts import CREDIT_NOTE, Receipt
from projections.reversals import (
    OF_PURCHASES,
    ReversalEvent,
    ReversalRow,
    post_credit_note,
    post_reversal,
    returned,
)
from projections.view import Listed, Reading, View, surprise

START = """
INSERT INTO purchase_history (account_id, generation, number, purchase_id, position,
    started_at, status, items, currency, net_minor, tax_minor, total_minor)
SELECT %(account)s, %(generation)s, coalesce(max(number), 0) + 1, %(purchase)s,
    %(position)s, %(at)s, 'processing', %(items)s::jsonb, %(currency)s, %(net)s,
    %(tax)s, %(net)s::bigint + %(tax)s
FROM purchase_history WHERE account_id = %(account)s AND generation = %(generation)s"""
THIS_ONE = (
    " position = %(position)s WHERE account_id = %(account)s"
    " AND generation = %(generation)s AND purchase_id = %(purchase)s"
)
STATUS = f"""
UPDATE purchase_history SET status = %(status)s, decline_code = %(code)s,{THIS_ONE}
    AND order_number IS NULL"""
PAY = f"""
UPDATE purchase_history SET status = 'paid', decline_code = NULL,
    order_number = %(order_number)s, paid_at = %(paid_at)s,
    payment_label = %(label)s, payment_label_key_id = %(label_key)s,{THIS_ONE}
    AND order_number IS NULL"""
RECEIPTED = f"""
UPDATE purchase_history SET receipt_id = %(receipt)s,
    receipt_number = %(receipt_number)s, document_id = %(document)s,{THIS_ONE}
    AND receipt_id IS NULL"""

COLUMNS = (
    "SELECT number, purchase_id, started_at, status, items, currency, net_minor,"
    " tax_minor, total_minor, decline_code, order_number, paid_at, payment_label,"
    " payment_label_key_id, receipt_id, receipt_number, document_id"
    " FROM purchase_history"
    " WHERE account_id = %(account)s AND generation = %(generation)s"
)
SERVE = """
UPDATE purchase_history SET items = (
    SELECT jsonb_agg(CASE WHEN item ->> 'kind' = 'credits' THEN item ELSE item
        || jsonb_build_object('service_from', %(since)s::text,
            'service_until', %(until)s::text) END ORDER BY place)
    FROM jsonb_array_elements(items) WITH ORDINALITY AS found (item, place))
WHERE account_id = %(account)s AND generation = %(generation)s
    AND purchase_id = %(purchase)s"""
COUNT = (
    "SELECT coalesce(max(number), 0) FROM purchase_history"
    " WHERE account_id = %(account)s AND generation = %(generation)s"
)
PAGE = f"{COLUMNS} AND number < %(before)s ORDER BY number DESC LIMIT %(size)s"
ONE = f"{COLUMNS} AND purchase_id = %(purchase)s"


@dataclass(frozen=True, kw_only=True)
class ReceiptLink:
    """The receipt of a purchase and where its bytes are."""

    receipt_id: UUID
    number: str
    document_id: UUID


@dataclass(frozen=True, kw_only=True)
class PurchaseRow:
    """A purchase, with what came back of its money, newest first.

    Status: processing, paid, declined, expired or cancelled; once it was paid also
    disputed, partly refunded or refunded. Items have the fields of the purchase's
    items, times as ISO 8601.
    """

    number: int
    purchase_id: UUID
    started_at: datetime
    status: str
    items: Sequence[Mapping[str, Any]]
    currency: str
    net_minor: int
    tax_minor: int
    total_minor: int
    decline_code: str | None
    order_number: int | None
    paid_at: datetime | None
    payment_label: str | None
    receipt: ReceiptLink | None
    reversals: Sequence[ReversalRow] = ()


@dataclass(frozen=True, kw_only=True)
class _Stored:
    """A row as it lies in the table."""

    number: int
    purchase_id: UUID
    started_at: datetime
    status: str
    items: list[dict[str, Any]]
    currency: str
    net_minor: int
    tax_minor: int
    total_minor: int
    decline_code: str | None
    order_number: int | None
    paid_at: datetime | None
    payment_label: bytes | None
    payment_label_key_id: UUID | None
    receipt_id: UUID | None
    receipt_number: str | None
    document_id: UUID | None


class PurchasesView(View):
    """What was bought, or nearly."""

    name = "purchases"
    nouns = frozenset({"purchases"})
    also = frozenset({"receipts.Issued"})
    tables = ("purchase_history", "purchase_reversals")

    def page(
        self, account_id: UUID, *, before: int | None = None, size: int = 25
    ) -> Listed[PurchaseRow]:
        """Return purchases with numbers below `before`, the newest without it."""
        with self.reading(account_id) as reading:
            total = reading.figure(COUNT)
            rows = reading.rows(_Stored, PAGE, before=before or total + 1, size=size)
            shown = self._shown(account_id, reading, rows)
            return reading.listed(shown, [row.number for row in rows], total, size)

    def purchase(self, account_id: UUID, purchase_id: UUID) -> PurchaseRow | None:
        """Return one purchase of this account, or None."""
        with self.reading(account_id) as reading:
            row = reading.row(_Stored, ONE, purchase=purchase_id)
            return self._shown(account_id, reading, [row])[0] if row else None

    def _shown(
        self, account_id: UUID, reading: Reading, rows: Sequence[_Stored]
    ) -> list[PurchaseRow]:
        ids = [row.purchase_id for row in rows]
        found = reading.rows(ReversalRow, OF_PURCHASES, purchases=ids)
        of_each = {id: [one for one in found if one.purchase_id == id] for id in ids}
        return [self._row(account_id, row, of_each[row.purchase_id]) for row in rows]

    def _row(
        self, account_id: UUID, row: _Stored, reversals: list[ReversalRow]
    ) -> PurchaseRow:
        fields = vars(row).copy()
        data, key_id = fields.pop("payment_label"), fields.pop("payment_label_key_id")
        receipt_id, number = fields.pop("receipt_id"), fields.pop("receipt_number")
        document_id, receipt = fields.pop("document_id"), None
        if receipt_id is not None:
            receipt = ReceiptLink(
                receipt_id=receipt_id, number=number, document_id=document_id
            )
        label = self.open(account_id, f"payment_label {row.purchase_id}", data, key_id)
        fields["status"] = returned(row.status, row.total_minor, reversals)
        return PurchaseRow(
            **fields, payment_label=label, receipt=receipt, reversals=reversals
        )

    @singledispatchmethod
    def post(self, event: Aggregate.Event, fact: Fact, rows: Rows) -> None:
        raise surprise(event)

    @post.register
    def _(self, event: facts.Started, fact: Fact, rows: Rows) -> None:
        rows.write(
            START,
            fact,
            purchase=fact.stream_id,
            items=msgspec.json.encode(event.items).decode(),
            currency=event.currency,
            net=sum(item["net_minor"] for item in event.items),
            tax=sum(item["tax_minor"] for item in event.items),
        )

    @post.register
    def _(self, event: facts.CheckoutOpened, fact: Fact, rows: Rows) -> None:
        _status(rows, fact, "processing")

    @post.register
    def _(self, event: facts.Declined, fact: Fact, rows: Rows) -> None:
        _status(rows, fact, "declined", event.code)

    @post.register
    def _(self, event: facts.Expired, fact: Fact, rows: Rows) -> None:
        _status(rows, fact, "expired")

    @post.register
    def _(self, event: facts.Cancelled, fact: Fact, rows: Rows) -> None:
        _status(rows, fact, "cancelled")

    @post.register
    def _(self, event: facts.Paid, fact: Fact, rows: Rows) -> None:
        column = f"payment_label {fact.stream_id}"
        label = self.seal(fact.account_id, event.purpose(), column, event.payment_label)
        rows.write(
            PAY,
            fact,
            purchase=fact.stream_id,
            order_number=event.order_number,
            paid_at=event.paid_at,
            label=label.data,
            label_key=label.key_id,
        )
        if event.service_from is not None and event.service_until is not None:
            rows.write(
                SERVE,
                fact,
                purchase=fact.stream_id,
                since=event.service_from.isoformat(),
                until=event.service_until.isoformat(),
            )

    @post.register(facts.RefundProposed)
    @post.register(facts.RefundApproved)
    @post.register(facts.RefundRejected)
    @post.register(facts.RefundSent)
    @post.register(facts.Refunded)
    @post.register(facts.RefundFailed)
    @post.register(facts.DisputeOpened)
    @post.register(facts.DisputeWon)
    @post.register(facts.DisputeLost)
    def _(self, event: ReversalEvent, fact: Fact, rows: Rows) -> None:
        post_reversal(rows, fact, event)

    @post.register
    def _(self, event: Receipt.Issued, fact: Fact, rows: Rows) -> None:
        if event.kind == CREDIT_NOTE:
            post_credit_note(rows, fact, event)
        elif event.refers_to is None:
            rows.write(
                RECEIPTED,
                fact,
                purchase=event.purchase_id,
                receipt=fact.stream_id,
                receipt_number=event.number,
                document=event.document_id,
            )


def _status(rows: Rows, fact: Fact, status: str, code: str | None = None) -> None:
    rows.write(STATUS, fact, purchase=fact.stream_id, status=status, code=code)
