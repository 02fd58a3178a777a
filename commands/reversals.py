"""The processor's word on refunds and disputes, and what it does to credits."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

import msgspec

from commands.asking import ask_about_each
from commands.credits import balance_of
from commands.gateways.processor import Payments
from commands.purchases import processor_context, purchase_of
from commands.top_up_notes import follow, known_top_up, pending, reversed_by
from ledger.aggregate import SYSTEM
from ledger.credits import CreditBalance
from ledger.journal import Change, Context, Journal, Recorded, VersionConflict, handler
from ledger.purchases import Purchase
from ledger.reversals import DisputeNews, RefundNews
from ledger.top_ups import TopUp

ASK_AGAIN = {
    "approved": timedelta(minutes=2),
    "sent": timedelta(hours=1),
    "disputed": timedelta(days=1),
}
"""How long we wait to be told before we ask the processor ourselves."""
NEVER = timedelta(days=36_500)
WATCHED = """
INSERT INTO open_reversals AS o (account_id, purchase_id, why, since, ask_at)
VALUES (%s, %s, %s, %s, %s)
ON CONFLICT ON CONSTRAINT open_reversals_one DO UPDATE SET why = excluded.why,
    ask_at = excluded.ask_at,
    since = CASE WHEN o.why = excluded.why THEN o.since ELSE excluded.since END"""


@dataclass(frozen=True, kw_only=True)
class RecordReversals:
    """Note how all refunds and disputes of a payment stand at the processor."""

    account_id: UUID
    purchase_id: UUID
    refunds: Sequence[RefundNews]
    disputes: Sequence[DisputeNews]


def settle_reversals(
    journal: Journal,
    payments: Payments,
    account_id: UUID,
    purchase_id: UUID,
    now: datetime,
) -> Recorded | None:
    """Ask the processor what became of a payment, and record what is new.

    Returns None for a purchase that was not paid.
    Raises PaymentsUnreachable, PaymentRefused, NoSuchPurchase.
    """
    purchase = purchase_of(journal, account_id, purchase_id)
    if purchase.payment is None:
        return None
    state = payments.charge(purchase.payment.charge_id)
    command = RecordReversals(
        account_id=account_id,
        purchase_id=purchase_id,
        refunds=state.refunds,
        disputes=state.disputes,
    )
    told = msgspec.json.encode(command, order="deterministic")
    key = f"{purchase_id}:{hashlib.sha256(told).hexdigest()}"
    return record_reversals(journal, command, processor_context(now, key))


@handler
def record_reversals(
    journal: Journal, command: RecordReversals, context: Context
) -> Recorded:
    """Record the news and freeze, withdraw or give back the credits, all in one.

    Raises NoSuchPurchase, PurchaseUnpaid, in this order.
    """
    purchase = purchase_of(journal, command.account_id, command.purchase_id)
    purchase.reverse(command.refunds, command.disputes)
    if not purchase.pending_events:
        return journal.unchanged(purchase)
    return record_with_claims(journal, purchase, context)


def record_with_claims(
    journal: Journal, purchase: Purchase, context: Context, **ids: UUID
) -> Recorded:
    """Record what a purchase has decided, and what follows for its credits.

    Whoever must look at it, staff or janitor, finds it from the same commit on. From
    the same one on nothing is bought by itself.
    """
    top_up = known_top_up(journal, purchase.account_id)
    reason = reversed_by(purchase)
    if top_up is not None and reason is not None:
        top_up.pause(reason)
    balance = claimed_balance(journal, purchase, top_up, context)
    why = under_way(purchase)
    asked = context.now + ASK_AGAIN.get(why, NEVER)
    row = (purchase.account_id, purchase.id, why, context.now, asked)
    changes = [Change(sql=WATCHED, params=row, refusal=VersionConflict())]
    return journal.record(
        purchase,
        *pending(balance, top_up),
        context=context,
        ids={"purchase": purchase.id, **ids},
        changes=changes,
    )


def claimed_balance(
    journal: Journal, purchase: Purchase, top_up: TopUp | None, context: Context
) -> CreditBalance:
    """Return the balance once each refund and dispute has what is its own.

    It watches for the top-up as that says, before its credits become fewer.
    """
    balance = balance_of(journal, purchase.account_id, closed_too=True)
    if top_up is not None:
        follow(balance, top_up, context.now)
    for claim in purchase.claims:
        balance.claim(
            uuid5(purchase.id, f"claim {claim.key} {claim.item}"),
            {
                "kind": claim.kind,
                "source_id": str(purchase.id),
                "lot_id": lot_id(purchase.id, claim.item),
                "state": claim.state,
                "credits": claim.credits,
            },
            context.now,
        )
    return balance


def lot_id(purchase_id: UUID, item: int) -> UUID:
    """Return the lot that an item of a purchase granted."""
    return uuid5(purchase_id, f"lot {item}")


def under_way(purchase: Purchase) -> str:
    """Return what somebody must look at next: proposed, approved, sent or disputed.

    It is done where nothing is left to be decided.
    """
    waiting = {refund.status for refund in purchase.refunds.values()}
    for status in ("proposed", "approved", "sent"):
        if status in waiting:
            return status
    disputed = any(one.status == "open" for one in purchase.disputes.values())
    return "disputed" if disputed else "done"


def ask_about_reversals(journal: Journal, payments: Payments, now: datetime) -> int:
    """Ask about refunds and disputes nobody told us of; return how many there were.

    One that makes trouble is asked about again, and the others all the same; the
    first trouble is raised at the end.
    """
    with journal.connections.for_account(SYSTEM) as connection:
        rows = connection.execute(
            "UPDATE open_reversals SET ask_at = %s"
            " WHERE (account_id, purchase_id) IN"
            " (SELECT account_id, purchase_id FROM open_reversals"
            " WHERE ask_at <= %s AND why <> 'done'"
            " ORDER BY ask_at LIMIT 20 FOR UPDATE SKIP LOCKED)"
            " RETURNING account_id, purchase_id",
            (now + timedelta(hours=1), now),
        ).fetchall()
    return ask_about_each(
        rows,
        lambda account_id, purchase_id: settle_reversals(
            journal, payments, account_id, purchase_id, now
        ),
    )
