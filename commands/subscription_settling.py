"""The processor's word on a subscription, whoever brings it: webhook, page, janitor."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from commands.asking import ask_about_each
from commands.gateways.billing import InvoicePaid, InvoiceState, SubscriptionState
from commands.gateways.processor import Payments
from commands.plans import require_account, subscription_of
from commands.purchases import processor_context
from commands.subscription_invoices import RecordInvoice, record_invoice
from commands.subscriptions import Told, told_in
from ledger.accounts import PAY_PER_EMAIL
from ledger.aggregate import SYSTEM
from ledger.journal import Context, Journal, Recorded, handler
from ledger.subscription_terms import REMIND_BEFORE, Product, SubscriptionTerms
from ledger.subscriptions import Subscription

AFTER_THE_END = timedelta(hours=2)
"""How long after a period we wait to be told before we ask ourselves."""
AGAIN = timedelta(hours=12)
"""How often we ask about what should have been told."""
NEVER = timedelta(days=36_500)
WATCHED = """
INSERT INTO watched_subscriptions (account_id, product, processor_id, ask_at)
VALUES (%s, %s, %s, %s)
ON CONFLICT ON CONSTRAINT watched_subscriptions_one DO UPDATE
SET processor_id = excluded.processor_id, ask_at = excluded.ask_at"""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A renewal that could not be charged, after so many attempts."""

    invoice_id: str
    attempt: int
    code: str | None
    next_attempt_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class RecordSubscription:
    """Note how a subscription stands at the processor.

    `terms` are what it will charge for the next period.
    """

    account_id: UUID
    product: Product
    processor_id: str
    terms: SubscriptionTerms
    ending: bool
    ended_at: datetime | None
    failures: Sequence[Failure]


def settle_subscription(
    journal: Journal,
    payments: Payments,
    account_id: UUID,
    processor_id: str,
    now: datetime,
) -> Recorded | None:
    """Ask the processor how a subscription stands, and record what is new.

    Returns None for one that is not this account's. A second one beside another that
    runs is ended; its payment stays recorded, for staff to give back.
    Raises NoSuchAccount, PaymentsUnreachable, PaymentRefused, and what the commands
    refuse.
    """
    require_account(journal, account_id, closed_too=True)
    state = payments.subscription(processor_id)
    told = told_in(state.metadata)
    if state.account_id != account_id or told is None:
        return None
    recorded = _settle_invoices(journal, payments, account_id, state, now)
    subscription = subscription_of(journal, account_id, told.product)
    if subscription.processor_id == processor_id:
        command = _standing(journal, payments, account_id, state, told)
        recorded = record_subscription(journal, command, _told_at(now, command))
    elif state.ended_at is None and any(one.status == "paid" for one in state.invoices):
        payments.end_now(processor_id)
    watch(journal, account_id, told.product, now)
    return recorded


def _told_at(now: datetime, command: RecordSubscription) -> Context:
    told = msgspec.json.encode((command, now), order="deterministic")
    key = f"{command.processor_id}:{hashlib.sha256(told).hexdigest()}"
    return processor_context(now, key)


@handler
def record_subscription(
    journal: Journal, command: RecordSubscription, context: Context
) -> Recorded:
    """Record what is new, and the plan that follows from an end.

    Raises NoSuchAccount.
    """
    account = require_account(journal, command.account_id, closed_too=True)
    subscription = subscription_of(journal, account.id, command.product)
    if subscription.processor_id != command.processor_id:
        return journal.unchanged(account)
    for failure in command.failures:
        subscription.fail(**vars(failure), failed_at=context.now)
    subscription.schedule(command.terms)
    subscription.end_later(command.ending)
    subscription.watch(context.now)
    if command.ended_at is not None:
        subscription.end(min(command.ended_at, context.now))
        if command.product == "plan":
            account.change_plan(PAY_PER_EMAIL)
    touched = [one for one in (subscription, account) if one.pending_events]
    if not touched:
        return journal.unchanged(subscription)
    return journal.record(*touched, context=context)


def watch(journal: Journal, account_id: UUID, product: Product, now: datetime) -> None:
    """Note when to ask next, whether or not anybody tells us before."""
    subscription = subscription_of(journal, account_id, product)
    if subscription.first_purchase_id is None:
        return
    processor_id = subscription.processor_id or ""
    row = (account_id, product, processor_id, next_look(subscription, now))
    with journal.connections.for_account(account_id) as connection:
        connection.execute(WATCHED, row)


def next_look(subscription: Subscription, now: datetime) -> datetime:
    """Return when a subscription is to be looked at again."""
    if subscription.period is None or subscription.grace_until is None:
        return now + NEVER
    end = subscription.period[1]
    moments = [end + AFTER_THE_END, subscription.grace_until]
    before = REMIND_BEFORE[subscription.product]
    if before is not None:
        moments.append(end - before)
    if now >= end:
        moments.append(now + AGAIN)
    return min((one for one in moments if one > now), default=now + AGAIN)


def ask_about_subscriptions(journal: Journal, payments: Payments, now: datetime) -> int:
    """Ask about subscriptions whose time has come; return how many there were.

    One that makes trouble is asked about again, and the others all the same; the
    first trouble is raised at the end.
    """
    with journal.connections.for_account(SYSTEM) as connection:
        rows = connection.execute(
            "UPDATE watched_subscriptions SET ask_at = %s"
            " WHERE (account_id, product) IN"
            " (SELECT account_id, product FROM watched_subscriptions"
            " WHERE ask_at <= %s ORDER BY ask_at LIMIT 20 FOR UPDATE SKIP LOCKED)"
            " RETURNING account_id, processor_id",
            (now + timedelta(hours=1), now),
        ).fetchall()
    return ask_about_each(
        rows,
        lambda account_id, processor_id: settle_subscription(
            journal, payments, account_id, processor_id, now
        ),
    )


def _settle_invoices(
    journal: Journal,
    payments: Payments,
    account_id: UUID,
    state: SubscriptionState,
    now: datetime,
) -> Recorded | None:
    recorded = None
    paid = [one for one in state.invoices if one.status == "paid"]
    known = _known(journal, account_id, [one.id for one in paid])
    for invoice in paid:
        told = told_in(invoice.metadata)
        if told is None or invoice.id in known:
            continue
        how = payments.invoice_paid(invoice.id)
        command = _paid(account_id, state, invoice, told, how)
        context = processor_context(now, f"invoice:{invoice.id}")
        recorded = record_invoice(journal, command, context)
    return recorded


def _is_paid(state: SubscriptionState) -> bool:
    return any(one.status == "paid" for one in state.invoices)


def _known(journal: Journal, account_id: UUID, invoices: list[str]) -> set[str]:
    with journal.connections.for_account(account_id) as connection:
        rows = connection.execute(
            "SELECT name FROM directory WHERE kind = 'stripe_invoice'"
            " AND name = ANY(%s)",
            (invoices,),
        ).fetchall()
    return {row[0] for row in rows}


def _paid(
    account_id: UUID,
    state: SubscriptionState,
    invoice: InvoiceState,
    told: Told,
    how: InvoicePaid,
) -> RecordInvoice:
    return RecordInvoice(
        account_id=account_id,
        product=told.product,
        processor_id=state.id,
        customer_id=state.customer,
        invoice_id=invoice.id,
        reason=invoice.reason,
        terms=told.terms,
        purchase_id=told.purchase_id if invoice.reason == "create" else None,
        total_minor=invoice.total_minor,
        currency=invoice.currency,
        period_from=invoice.period[0],
        period_until=invoice.period[1],
        created_at=invoice.created_at,
        payment_intent_id=how.payment_intent,
        charge_id=how.charge,
        payment_label=how.card_label,
        paid_at=how.paid_at,
        catalogue_version=told.catalogue_version,
        language=told.language,
    )


def _standing(
    journal: Journal,
    payments: Payments,
    account_id: UUID,
    state: SubscriptionState,
    told: Told,
) -> RecordSubscription:
    subscription = subscription_of(journal, account_id, told.product)
    known = set(subscription.failures)
    failures = [
        Failure(
            invoice_id=one.id,
            attempt=one.attempts,
            code=payments.invoice_paid(one.id).declined_code,
            next_attempt_at=one.next_attempt_at,
        )
        for one in state.invoices
        if one.status == "open"
        and one.attempts > 0
        and (one.id, one.attempts) not in known
    ]
    return RecordSubscription(
        account_id=account_id,
        product=told.product,
        processor_id=state.id,
        terms=told.terms,
        ending=state.ending,
        ended_at=state.ended_at,
        failures=failures,
    )
