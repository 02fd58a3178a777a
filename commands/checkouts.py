"""The processor's word on a purchase, whoever brings it: webhook, browser, janitor."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from commands.asking import ask_about_each
from commands.gateways.payments import CheckoutState, Payments
from commands.plans import require_account
from commands.purchases import (
    DeclinePurchase,
    ExpirePurchase,
    SettlePurchase,
    decline_purchase,
    expire_purchase,
    processor_context,
    purchase_of,
    settle_purchase,
)
from commands.subscription_settling import settle_subscription
from commands.top_up_charges import stop_charge
from ledger.aggregate import SYSTEM
from ledger.journal import Journal, Recorded

ASK_AGAIN = timedelta(minutes=10)


def settle_checkout(
    journal: Journal,
    payments: Payments,
    account_id: UUID,
    purchase_id: UUID,
    checkout_id: str,
    now: datetime,
) -> Recorded | None:
    """Ask the processor how the checkout stands, and record what is new.

    Returns None when nothing is. Raises PaymentsUnreachable, and what the commands
    refuse.
    """
    state = payments.checkout(checkout_id)
    whose = (account_id, purchase_id)
    if state.subscription is not None:
        return _begin(journal, payments, account_id, state, now)
    if state.paid:
        return _settle(journal, *whose, state, now)
    recorded = _decline(journal, *whose, state, now)
    if state.status == "expired":
        command = ExpirePurchase(
            account_id=account_id, purchase_id=purchase_id, checkout_id=checkout_id
        )
        context = processor_context(now, f"expired:{checkout_id}")
        recorded = expire_purchase(journal, command, context)
        _forget(journal, account_id, checkout_id)
    return recorded


def _begin(
    journal: Journal,
    payments: Payments,
    account_id: UUID,
    state: CheckoutState,
    now: datetime,
) -> Recorded | None:
    assert state.subscription is not None
    asked = (account_id, state.subscription, now)
    recorded = settle_subscription(journal, payments, *asked)
    _forget(journal, account_id, state.id)
    return recorded


def _decline(
    journal: Journal,
    account_id: UUID,
    purchase_id: UUID,
    state: CheckoutState,
    now: datetime,
) -> Recorded | None:
    if not state.declined_attempt or not state.declined_code:
        return None
    command = DeclinePurchase(
        account_id=account_id,
        purchase_id=purchase_id,
        attempt_id=state.declined_attempt,
        code=state.declined_code,
    )
    context = processor_context(now, f"declined:{state.declined_attempt}")
    return decline_purchase(journal, command, context)


def _settle(
    journal: Journal,
    account_id: UUID,
    purchase_id: UUID,
    state: CheckoutState,
    now: datetime,
) -> Recorded:
    assert state.charge is not None
    assert state.payment_intent is not None
    assert state.paid_at is not None
    recorded = settle_purchase(
        journal,
        SettlePurchase(
            account_id=account_id,
            purchase_id=purchase_id,
            customer_id=state.customer or "",
            checkout_id=state.id,
            payment_intent_id=state.payment_intent,
            charge_id=state.charge,
            amount_minor=state.amount_minor,
            currency=state.currency,
            payment_label=state.card_label,
            paid_at=state.paid_at,
        ),
        processor_context(now, f"paid:{state.charge}"),
    )
    _forget(journal, account_id, state.id)
    return recorded


def _forget(journal: Journal, account_id: UUID, checkout_id: str) -> None:
    with journal.connections.for_account(account_id) as connection:
        connection.execute(
            "DELETE FROM open_checkouts WHERE account_id = %s AND checkout_id = %s",
            (account_id, checkout_id),
        )


def leave_open(
    journal: Journal,
    payments: Payments,
    account_id: UUID,
    now: datetime,
    kind: str | None = None,
) -> int:
    """Close every payment page of an account; return how many there were.

    With a kind of item, only pages for such; else its saved card is charged no more
    either. One that was paid meanwhile is settled as paid.
    Raises NoSuchAccount, MoneyUnderWay while the bank is asked; PaymentsUnreachable.
    """
    require_account(journal, account_id, closed_too=True)
    with journal.connections.for_account(account_id) as connection:
        rows = connection.execute(
            "SELECT purchase_id, checkout_id FROM open_checkouts WHERE account_id = %s",
            (account_id,),
        ).fetchall()
    if kind is not None:
        rows = [row for row in rows if _kind(journal, account_id, row[0]) == kind]
    for purchase_id, checkout_id in rows:
        payments.expire_checkout(checkout_id)
        settle_checkout(journal, payments, account_id, purchase_id, checkout_id, now)
    if kind is None:
        stop_charge(journal, payments, account_id, now)
    return len(rows)


def _kind(journal: Journal, account_id: UUID, purchase_id: UUID) -> str:
    return purchase_of(journal, account_id, purchase_id).items[0]["kind"]


def ask_about_open(
    journal: Journal,
    payments: Payments,
    now: datetime,
    again: timedelta = ASK_AGAIN,
) -> int:
    """Ask about checkouts nobody told us of; return how many were asked about.

    One that makes trouble is asked about again, and the others all the same; the
    first trouble is raised at the end.
    """
    with journal.connections.for_account(SYSTEM) as connection:
        rows = connection.execute(
            "UPDATE open_checkouts SET ask_at = %s WHERE (account_id, checkout_id) IN"
            " (SELECT account_id, checkout_id FROM open_checkouts WHERE ask_at <= %s"
            " ORDER BY ask_at LIMIT 20 FOR UPDATE SKIP LOCKED)"
            " RETURNING account_id, purchase_id, checkout_id",
            (now + again, now),
        ).fetchall()
    return ask_about_each(
        rows,
        lambda account_id, purchase_id, checkout_id: settle_checkout(
            journal, payments, account_id, purchase_id, checkout_id, now
        ),
    )
