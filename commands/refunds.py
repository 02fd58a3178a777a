"""The refund promise: what is unused goes back at the price that was paid for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from commands.credits import balance_of
from commands.gateways.processor import PaymentRefused, Payments
from commands.period_refunds import is_subscription, whole_period, why_not_period
from commands.plans import require_account
from commands.purchases import purchase_of
from commands.reversals import lot_id, record_with_claims, settle_reversals
from ledger import lots as of_lots
from ledger.aggregate import SYSTEM
from ledger.claims import free_of
from ledger.journal import Context, Journal, Recorded, handler
from ledger.purchases import Purchase
from ledger.refusals import RefundNotPromised
from ledger.reversals import RefundPart

PROMISE_LASTS = timedelta(days=30)
"""How long after paying unused credits are taken back, or a first period is."""


@dataclass(frozen=True, kw_only=True)
class ProposeRefund:
    """Give back unused credits of a purchase: all of them, or the last so many.

    Or the first month or year of a subscription, in which so many e-mails went out.
    `alone_minor` is the largest amount that nobody else has to agree to.
    """

    account_id: UUID
    purchase_id: UUID
    reason: str
    credits: int | None = None
    alone_minor: int = 0
    emails_sent: int | None = None


@dataclass(frozen=True, kw_only=True)
class ApproveRefund:
    """Agree to a refund that somebody else proposed."""

    account_id: UUID
    purchase_id: UUID
    refund_id: UUID


@dataclass(frozen=True, kw_only=True)
class RejectRefund:
    """Disagree with a refund, or take one's own proposal back."""

    account_id: UUID
    purchase_id: UUID
    refund_id: UUID
    reason: str


@dataclass(frozen=True)
class RefuseRefund:
    """Note that the processor will not make a refund."""

    account_id: UUID
    purchase_id: UUID
    refund_id: UUID
    code: str


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What the promise gives back of a purchase now, and why not more.

    `why` is None, or unpaid, violation, too_late, disputed, nothing_unused; of a
    subscription also not_first, emails_unknown or too_many_emails.
    """

    parts: list[RefundPart]
    credits: int
    amount_minor: int
    currency: str
    why: str | None


def refund_offer(
    journal: Journal,
    account_id: UUID,
    purchase_id: UUID,
    context: Context,
    credits: int | None = None,
    emails_sent: int | None = None,
) -> Offer:
    """Return what the promise covers, lot by lot. Raises NoSuchPurchase."""
    purchase = purchase_of(journal, account_id, purchase_id)
    why = _not_promised(journal, purchase, context)
    if why is None and is_subscription(purchase):
        why = why_not_period(journal, purchase, emails_sent)
        parts = [] if why else whole_period(purchase)
    else:
        parts = [] if why else _unused(journal, purchase, context, credits)
    return Offer(
        parts=parts,
        credits=sum(part["credits"] for part in parts),
        amount_minor=sum(part["net_minor"] + part["tax_minor"] for part in parts),
        currency=purchase.currency,
        why=why or (None if parts else "nothing_unused"),
    )


@handler
def propose_refund(
    journal: Journal, command: ProposeRefund, context: Context
) -> Recorded:
    """Record the wish and freeze the credits; its id stands in `ids["refund"]`.

    Up to `alone_minor` it is approved at once; above, a second person must agree.
    Raises NoSuchPurchase, RefundNotPromised, RefundExceeds, in this order.
    """
    ids = (command.account_id, command.purchase_id)
    asked = (command.credits, command.emails_sent)
    offer = refund_offer(journal, *ids, context, *asked)
    short = command.credits is not None and offer.credits < command.credits
    if offer.why or short:
        raise RefundNotPromised(why=offer.why or "nothing_unused")
    purchase = purchase_of(journal, *ids)
    refund_id = context.new_id("refund")
    purchase.propose_refund(
        refund_id,
        offer.parts,
        reason=command.reason,
        approvals=int(offer.amount_minor > command.alone_minor),
        proposed_by=_who(context),
        now=context.now,
        emails_sent=command.emails_sent,
    )
    return record_with_claims(journal, purchase, context, refund=refund_id)


@handler
def approve_refund(
    journal: Journal, command: ApproveRefund, context: Context
) -> Recorded:
    """Record the second person's word.

    Raises NoSuchPurchase, NoSuchRefund, RefundDecided, SecondPersonNeeded.
    """
    purchase = purchase_of(journal, command.account_id, command.purchase_id)
    purchase.approve_refund(command.refund_id, _who(context))
    return record_with_claims(journal, purchase, context, refund=command.refund_id)


@handler
def reject_refund(
    journal: Journal, command: RejectRefund, context: Context
) -> Recorded:
    """Record that it will not be; the credits can be spent again.

    Raises NoSuchPurchase, NoSuchRefund, RefundDecided, in this order.
    """
    purchase = purchase_of(journal, command.account_id, command.purchase_id)
    purchase.reject_refund(command.refund_id, _who(context), command.reason)
    return record_with_claims(journal, purchase, context, refund=command.refund_id)


@handler
def refuse_refund(
    journal: Journal, command: RefuseRefund, context: Context
) -> Recorded:
    """Record the processor's refusal, unless it no longer matters."""
    purchase = purchase_of(journal, command.account_id, command.purchase_id)
    purchase.refuse_refund(command.refund_id, command.code)
    if not purchase.pending_events:
        return journal.unchanged(purchase)
    return record_with_claims(journal, purchase, context, refund=command.refund_id)


def send_refund(
    journal: Journal,
    payments: Payments,
    account_id: UUID,
    purchase_id: UUID,
    refund_id: UUID,
    context: Context,
) -> None:
    """Have the processor make an approved refund, and record what came of it.

    Asked again it stays one refund. Raises PaymentsUnreachable.
    """
    purchase = purchase_of(journal, account_id, purchase_id)
    refund = purchase.refunds[str(refund_id)]
    assert purchase.payment is not None
    whose = (account_id, purchase_id, refund_id)
    if refund.status == "approved":
        try:
            payments.refund(
                charge=purchase.payment.charge_id,
                amount_minor=refund.amount_minor,
                refund_id=refund_id,
                account_id=account_id,
            )
        except PaymentRefused as refusal:
            code = refusal.code or refusal.message
            refuse_refund(journal, RefuseRefund(*whose, code=code), context)
    settle_reversals(journal, payments, account_id, purchase_id, context.now)


@dataclass(frozen=True, kw_only=True)
class OpenReversal:
    """A purchase whose refund or dispute somebody must look at."""

    account_id: UUID
    purchase_id: UUID
    why: str
    since: Any


def open_reversals(journal: Journal, limit: int = 100) -> list[OpenReversal]:
    """Return what is under way over all accounts, the oldest first."""
    with journal.connections.for_account(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT account_id, purchase_id, why, since FROM open_reversals"
            " WHERE why <> 'done' ORDER BY since LIMIT %s",
            (limit,),
        ).fetchall()
    names = ("account_id", "purchase_id", "why", "since")
    return [OpenReversal(**dict(zip(names, row, strict=True))) for row in rows]


def _not_promised(journal: Journal, purchase: Purchase, context: Context) -> str | None:
    account = require_account(journal, purchase.account_id, closed_too=True)
    if purchase.paid_at is None:
        return "unpaid"
    if account.disabled:
        return "violation"
    if context.now > purchase.paid_at + PROMISE_LASTS:
        return "too_late"
    if any(one.status == "open" for one in purchase.disputes.values()):
        return "disputed"
    return None


def _unused(
    journal: Journal, purchase: Purchase, context: Context, credits: int | None
) -> list[RefundPart]:
    """Return the last free credits of each lot that was bought, at their price."""
    balance = balance_of(journal, purchase.account_id, closed_too=True)
    lots: Mapping[UUID, Any] = balance.lots_at(context.now)
    parts: list[RefundPart] = []
    left = credits
    for index, item in enumerate(purchase.items):
        wanted = item["credits"] or 0
        pieces = free_of(lots, lot_id(purchase.id, index), wanted)
        if left is not None:
            pieces = free_of(lots, lot_id(purchase.id, index), min(wanted, left))
            left -= of_lots.count(pieces)
        priced = of_lots.priced(lots, pieces)
        net_minor = sum(part[3] for part in priced)
        tax_minor = sum(part[4] for part in priced)
        if net_minor + tax_minor:
            parts.append(
                {
                    "item": index,
                    "credits": of_lots.count(priced),
                    "net_minor": net_minor,
                    "tax_minor": tax_minor,
                }
            )
    return parts


def _who(context: Context) -> str:
    return f"{context.actor.kind} {context.actor.id}".strip()
