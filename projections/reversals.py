"""Refunds and disputes of an account's purchases, each an entry of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from ledger import purchase_facts as facts
from ledger.journal import Fact
from ledger.journal.rows import Rows
from ledger.receipts import Receipt

THIS_ONE = (
    "account_id = %(account)s AND generation = %(generation)s"
    " AND purchase_id = %(purchase)s AND key = %(key)s"
)
BEGIN = """
INSERT INTO purchase_reversals (account_id, generation, number, purchase_id, key,
    position, kind, status, amount_minor, currency, began_at, changed_at, reason,
    approvals, proposed_by, receipt_id)
SELECT %(account)s, %(generation)s, coalesce(max(number), 0) + 1, %(purchase)s, %(key)s,
    %(position)s, %(kind)s, %(status)s, %(amount)s, %(currency)s, %(began_at)s, %(at)s,
    %(reason)s, %(approvals)s, %(proposed_by)s, %(receipt)s
FROM purchase_reversals WHERE account_id = %(account)s AND generation = %(generation)s
ON CONFLICT ON CONSTRAINT purchase_reversals_key DO UPDATE SET
    status = excluded.status, amount_minor = excluded.amount_minor,
    changed_at = excluded.changed_at, position = excluded.position"""
CHANGE = f"""
UPDATE purchase_reversals SET status = %(status)s, changed_at = %(at)s,
    position = %(position)s, reason = coalesce(%(reason)s, reason)
WHERE {THIS_ONE}"""
NOTED = """
UPDATE purchase_reversals SET receipt_number = %(receipt_number)s,
    document_id = %(document)s
WHERE account_id = %(account)s AND generation = %(generation)s
    AND purchase_id = %(purchase)s AND receipt_id = %(receipt)s"""
OF_PURCHASES = """
SELECT number, purchase_id, key, kind, status, amount_minor, currency, began_at,
    changed_at, reason, approvals, proposed_by, receipt_id, receipt_number, document_id
FROM purchase_reversals
WHERE account_id = %(account)s AND generation = %(generation)s
    AND purchase_id = ANY(%(purchases)s)
ORDER BY number DESC LIMIT 500"""


@dataclass(frozen=True, kw_only=True)
class ReversalRow:
    """A refund or a dispute, and its credit note once that has a number.

    Status of a refund: proposed, approved, rejected, sent, succeeded, failed; of a
    dispute: open, won, lost. `key` names it within its purchase.
    """

    number: int
    purchase_id: UUID
    key: str
    kind: str
    status: str
    amount_minor: int
    currency: str
    began_at: datetime
    changed_at: datetime
    reason: str | None
    approvals: int
    proposed_by: str | None
    receipt_id: UUID | None
    receipt_number: str | None
    document_id: UUID | None


def is_told(one: ReversalRow) -> bool:
    """Whether a refund or a dispute is the customer's to see: agreed to, or the bank's.

    What staff only proposed, or rejected, is their own affair.
    """
    return one.status not in ("proposed", "rejected")


def returned(status: str, total_minor: int, reversals: list[ReversalRow]) -> str:
    """Return the status of a purchase that was paid, after what became of the money.

    That is disputed, refunded, partly refunded, or paid.
    """
    if status != "paid":
        return status
    if any(one.status == "open" for one in reversals if one.kind == "dispute"):
        return "disputed"
    gone = sum(
        one.amount_minor for one in reversals if one.status in ("succeeded", "lost")
    )
    if gone >= total_minor > 0:
        return "refunded"
    return "partly refunded" if gone else status


ReversalEvent = (
    facts.RefundProposed
    | facts.RefundApproved
    | facts.RefundRejected
    | facts.RefundSent
    | facts.Refunded
    | facts.RefundFailed
    | facts.DisputeOpened
    | facts.DisputeWon
    | facts.DisputeLost
)
Beginning = (
    facts.RefundProposed | facts.RefundSent | facts.Refunded | facts.DisputeOpened
)
CHANGES = {
    "purchases.RefundApproved": "approved",
    "purchases.RefundRejected": "rejected",
    "purchases.RefundFailed": "failed",
    "purchases.DisputeWon": "won",
    "purchases.DisputeLost": "lost",
}


def post_reversal(rows: Rows, fact: Fact, event: ReversalEvent) -> None:
    """Write what became of a refund or a dispute."""
    values: dict[str, Any] = {"purchase": fact.stream_id, "key": _key(event)}
    values |= {"reason": None, "approvals": 0, "proposed_by": None}
    match event:
        case facts.RefundProposed():
            names = ("reason", "approvals", "proposed_by")
            values |= {name: getattr(event, name) for name in names}
            _begin(rows, fact, event, "refund", "proposed", event.proposed_at, values)
        case facts.RefundSent():
            _begin(rows, fact, event, "refund", "sent", event.sent_at, values)
        case facts.Refunded():
            at = event.refunded_at
            _begin(rows, fact, event, "refund", "succeeded", at, values)
        case facts.DisputeOpened():
            values["reason"] = event.reason
            _begin(rows, fact, event, "dispute", "open", event.opened_at, values)
        case _:
            if isinstance(event, facts.RefundRejected):
                values["reason"] = event.reason
            if isinstance(event, facts.RefundFailed):
                values["reason"] = event.code
            rows.write(CHANGE, fact, status=CHANGES[fact.topic], **values)


def _key(event: ReversalEvent) -> str:
    for name in ("key", "dispute_id", "refund_id"):
        if hasattr(event, name):
            return str(getattr(event, name))
    raise AssertionError(event)


def _begin(
    rows: Rows,
    fact: Fact,
    event: facts.RefundProposed
    | facts.RefundSent
    | facts.Refunded
    | facts.DisputeOpened,
    kind: str,
    status: str,
    began_at: datetime,
    values: dict[str, Any],
) -> None:
    note = Receipt.create_id(uuid5(fact.stream_id, values["key"]))
    rows.write(
        BEGIN,
        fact,
        receipt=note if kind == "refund" else None,
        kind=kind,
        status=status,
        began_at=began_at,
        amount=event.amount_minor,
        currency=event.currency,
        **values,
    )


def post_credit_note(rows: Rows, fact: Fact, issued: Receipt.Issued) -> None:
    """Write which credit note a refund has."""
    rows.write(
        NOTED,
        fact,
        purchase=issued.purchase_id,
        receipt=fact.stream_id,
        receipt_number=issued.number,
        document=issued.document_id,
    )
