"""Receipts: numbered without a gap, frozen with their bytes, mailed."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from commands.owners import owned
from commands.purchases import purchase_of
from ledger.accounts import Account
from ledger.journal import Change, Context, Journal, Recorded, VersionConflict, handler
from ledger.purchases import Purchase
from ledger.receipts import (
    CREDIT_NOTE,
    RECEIPT,
    Line,
    Printed,
    Receipt,
    Reference,
    Seller,
    Writer,
    lines_of,
    receipt_number,
    totals_of,
)
from ledger.refusals import NoSuchPurchase, NoSuchReceipt

Render = Callable[[Printed], tuple[bytes, Writer]]
"""Turns what is frozen into a PDF's bytes, and says who wrote them."""
UNIT = "C62"
"""One piece (UN/ECE recommendation 20)."""


ONE_AT_A_TIME = threading.Lock()
"""Of two threads with one number, one would render in vain; processes still race."""


@dataclass(frozen=True, kw_only=True)
class IssueReceipt:
    """Give a paid purchase its receipt."""

    account_id: UUID
    purchase_id: UUID


def issue_receipt(
    journal: Journal,
    command: IssueReceipt,
    context: Context,
    seller: Mapping[str, Any],
    render: Render,
) -> Recorded:
    """Render with the next number, then take that number and record, or try again.

    A receipt that cannot be rendered takes no number: its trouble is raised.
    Raises NoSuchPurchase, also for one that is not paid.
    """
    with ONE_AT_A_TIME:
        return _issue_receipt(journal, command, context, seller, render)


@handler
def _issue_receipt(
    journal: Journal,
    command: IssueReceipt,
    context: Context,
    seller: Mapping[str, Any],
    render: Render,
) -> Recorded:
    purchase = purchase_of(journal, command.account_id, command.purchase_id)
    if purchase.order_number is None:
        raise NoSuchPurchase(purchase_id=command.purchase_id)
    document = Document(purchase.id, RECEIPT, None, lines_of(purchase.items, UNIT))
    return record_document(journal, purchase, document, context, seller, render)


class Document(NamedTuple):
    """What a document is about: its cause, its kind, what it refers to, its lines."""

    cause_id: UUID
    kind: int
    refers_to: Reference | None
    lines: list[Line]


def record_document(
    journal: Journal,
    purchase: Purchase,
    document: Document,
    context: Context,
    seller: Mapping[str, Any],
    render: Render,
) -> Recorded:
    """Record a document with the next number of its series, and its bytes.

    Raises VersionConflict when somebody else took the number.
    """
    year = context.now.astimezone(ZoneInfo(seller["time_zone"])).year
    issuer, sequence = seller["issuer"], _next(journal, seller["issuer"], year)
    buyer = journal.fresh(Account, purchase.account_id).buyer()
    printed = _printed(purchase, buyer, context, seller, document, year, sequence)
    pdf, writer = render(printed)
    receipt = _issued(purchase, document, printed, pdf, writer, context)
    return journal.record(
        receipt,
        context=context,
        ids={"receipt": receipt.id},
        inserts={"receipt_documents": [_stored(journal, receipt, pdf)]},
        changes=[_taken(issuer, year, sequence)],
    )


def _issued(
    purchase: Purchase,
    document: Document,
    printed: Printed,
    pdf: bytes,
    writer: Writer,
    context: Context,
) -> Receipt:
    return Receipt.issue(
        document.cause_id,
        printed,
        account_id=purchase.account_id,
        purchase_id=purchase.id,
        writer=writer,
        pdf_sha256=hashlib.sha256(pdf).hexdigest(),
        pdf_bytes=len(pdf),
        document_id=context.new_id("document"),
    )


def _stored(journal: Journal, receipt: Receipt, pdf: bytes) -> tuple[object, ...]:
    purpose, aad = f"receipts-{receipt.year}", receipt.document_id.bytes
    sealed = journal.vault.seal(receipt.account_id, purpose, pdf, aad)
    return (receipt.account_id, receipt.document_id, sealed.data, sealed.key_id)


def _taken(issuer: str, year: int, sequence: int) -> Change:
    return Change(
        sql="UPDATE receipt_series SET next = next + 1"
        " WHERE issuer = %s AND year = %s AND next = %s",
        params=(issuer, year, sequence),
        refusal=VersionConflict(),
    )


def receipt_of(journal: Journal, account_id: UUID, receipt_id: UUID) -> Receipt:
    """Return the account's receipt; another's is as unknown as none.

    Raises NoSuchReceipt.
    """
    unknown = NoSuchReceipt(receipt_id=receipt_id)
    return owned(journal.fresh, Receipt, receipt_id, account_id, unknown)


def is_credit_note(receipt: Receipt) -> bool:
    """Whether the document takes back what a receipt says."""
    return receipt.kind == CREDIT_NOTE


def receipt_bytes(journal: Journal, receipt: Receipt) -> bytes:
    """Return the stored PDF, as it was issued.

    Raises NoSuchReceipt once its key is destroyed, ValueError when the bytes are not
    those that were recorded.
    """
    account_id = receipt.account_id
    with journal.connections.for_account(account_id) as connection:
        row = connection.execute(
            "SELECT sealed, key_id FROM receipt_documents"
            " WHERE account_id = %s AND document_id = %s",
            (account_id, receipt.document_id),
        ).fetchone()
    pdf = None
    if row is not None:
        aad = receipt.document_id.bytes
        pdf = journal.vault.open(account_id, row[1], bytes(row[0]), aad)
    if pdf is None:
        raise NoSuchReceipt(receipt_id=receipt.id)
    if hashlib.sha256(pdf).hexdigest() != receipt.pdf_sha256:
        raise ValueError(f"the stored bytes of receipt {receipt.number} were changed")
    return pdf


def _next(journal: Journal, issuer: str, year: int) -> int:
    """Return the number that the series gives next; nobody holds it yet."""
    sql = "SELECT next FROM receipt_series WHERE issuer = %s AND year = %s"
    with journal.connections.for_account(UUID(int=0)) as connection:
        row = connection.execute(sql, (issuer, year)).fetchone()
        if row is None:
            connection.execute(
                "INSERT INTO receipt_series (issuer, year, next) VALUES (%s, %s, 1)"
                " ON CONFLICT DO NOTHING",
                (issuer, year),
            )
            row = connection.execute(sql, (issuer, year)).fetchone()
    assert row is not None
    return int(row[0])


def _printed(
    purchase: Purchase,
    buyer: dict[str, Any] | None,
    context: Context,
    seller: Mapping[str, Any],
    document: Document,
    year: int,
    sequence: int,
) -> Printed:
    assert purchase.order_number is not None
    assert purchase.paid_at is not None
    series = f"{seller['issuer']}-{year}"
    return Printed(
        series=series,
        year=year,
        sequence=sequence,
        number=receipt_number(series, sequence),
        kind=document.kind,
        refers_to=document.refers_to,
        order_number=purchase.order_number,
        issued_at=context.now,
        language=purchase.language,
        currency=purchase.currency,
        seller=_shown(seller),
        buyer=buyer,
        lines=document.lines,
        totals=totals_of(document.lines),
        payment_label=purchase.payment_label,
        paid_at=purchase.paid_at,
    )


def _shown(seller: Mapping[str, Any]) -> Seller:
    shown = {name: seller.get(name) for name in Seller.__annotations__}
    shown["notes"] = shown["notes"] or []
    return cast(Seller, shown)
