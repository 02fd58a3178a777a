"""A paid invoice of a subscription: a purchase, and the period it pays for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid5

from commands.plans import require_account, subscription_of
from commands.purchases import purchase_of
from commands.subscriptions import Language, described
from ledger.accounts import UNLIMITED
from ledger.aggregate import Aggregate
from ledger.journal import Context, Journal, Recorded, handler
from ledger.money import Money
from ledger.purchase_facts import Payment
from ledger.purchases import Purchase
from ledger.refusals import AlreadySubscribed, NoSuchPurchase
from ledger.subscription_terms import (
    Product,
    SubscriptionTerms,
    subscription_item,
)
from ledger.subscriptions import Subscription


@dataclass(frozen=True, kw_only=True)
class RecordInvoice:
    """Note that the processor has the money for a period, or for a part of one.

    `purchase_id` is what was started for it, None for a renewal or a change; nothing
    was paid, and there is no charge, where the total is 0.
    """

    account_id: UUID
    product: Product
    processor_id: str
    customer_id: str
    invoice_id: str
    reason: Literal["create", "cycle", "update", "other"]
    terms: SubscriptionTerms
    purchase_id: UUID | None
    total_minor: int
    currency: str
    period_from: datetime
    period_until: datetime
    created_at: datetime
    payment_intent_id: str | None
    charge_id: str | None
    payment_label: str | None
    paid_at: datetime | None
    catalogue_version: str
    language: Language


@handler
def record_invoice(
    journal: Journal, command: RecordInvoice, context: Context
) -> Recorded:
    """Record the purchase, the period and the plan, in one transaction.

    Money that came while another subscription runs is recorded as a purchase alone.
    Raises NoSuchAccount, NoSuchPurchase, AlreadyPaid, AmountDiffers, in this order.
    """
    account = require_account(journal, command.account_id, closed_too=True)
    subscription = subscription_of(journal, account.id, command.product)
    purchase = _purchase(journal, command, subscription.id)
    names: list[tuple[str, str, UUID, UUID]] = []
    if purchase is not None:
        if purchase.payment and purchase.payment.charge_id == command.charge_id:
            return journal.unchanged(purchase)
        number = journal.next_order_number()
        _pay(purchase, command, number, context.now)
        names = _names(command, number, purchase.id)
    _follow(subscription, command, purchase.id if purchase else None)
    if command.product == "plan" and subscription.terms is not None:
        account.change_plan(UNLIMITED)
    aggregates: list[Aggregate] = [purchase] if purchase else []
    touched = [
        one for one in (*aggregates, subscription, account) if one.pending_events
    ]
    if not touched:
        return journal.unchanged(subscription)
    ids = {"purchase": purchase.id} if purchase else {}
    rows = {"directory": names}
    return journal.record(*touched, context=context, ids=ids, inserts=rows)


def _purchase(
    journal: Journal, command: RecordInvoice, subscription_id: UUID
) -> Purchase | None:
    """Return what was started for the invoice, or start it; None if it is for nothing.

    Raises NoSuchPurchase.
    """
    if command.purchase_id is not None:
        return purchase_of(journal, command.account_id, command.purchase_id)
    if command.total_minor <= 0:
        return None
    renewal = uuid5(subscription_id, command.invoice_id)
    try:
        return purchase_of(journal, command.account_id, renewal)
    except NoSuchPurchase:
        pass
    total = Money(command.total_minor, command.currency)
    part = command.reason == "update"
    words = described(command.product, command.terms, command.language, rest=part)
    return Purchase.start(
        renewal,
        command.account_id,
        [subscription_item(command.product, command.terms, total, words)],
        currency=command.currency,
        catalogue_version=command.catalogue_version,
        language=command.language,
    )


def _pay(
    purchase: Purchase, command: RecordInvoice, number: int, now: datetime
) -> None:
    assert command.payment_intent_id is not None
    assert command.charge_id is not None
    assert command.paid_at is not None
    purchase.pay(
        number,
        Payment(
            customer_id=command.customer_id,
            checkout_id=purchase.checkout_id or "",
            payment_intent_id=command.payment_intent_id,
            charge_id=command.charge_id,
            invoice_id=command.invoice_id,
        ),
        amount=Money(command.total_minor, command.currency),
        payment_label=command.payment_label,
        paid_at=min(command.paid_at, now),
        service=(command.period_from, command.period_until),
    )


def _follow(
    subscription: Subscription, command: RecordInvoice, purchase_id: UUID | None
) -> None:
    """Let the subscription have what was paid for, unless another one runs."""
    if command.reason == "update":
        if subscription.processor_id == command.processor_id:
            terms, at = command.terms, command.created_at
            subscription.change(terms, purchase_id, at)
        return
    if purchase_id is None:
        return
    span = (command.period_from, command.period_until)
    named = (command.processor_id, command.customer_id)
    try:
        subscription.pay(*named, command.terms, purchase_id, span)
    except AlreadySubscribed:
        return


def _names(
    command: RecordInvoice, number: int, purchase_id: UUID
) -> list[tuple[str, str, UUID, UUID]]:
    """Return the directory rows by which the outside will speak of the payment."""
    names = (
        ("order_number", str(number)),
        ("stripe_payment_intent", command.payment_intent_id or ""),
        ("stripe_charge", command.charge_id or ""),
        ("stripe_invoice", command.invoice_id),
    )
    return [(kind, name, command.account_id, purchase_id) for kind, name in names]
