"""The processor's word on a purchase, whoever brings it: webhook, browser, janitor."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
from psycopg import Connection

from commands.gateways.payments import CheckoutState, Payments, WebhookEvent
from commands.purchases import (
    DeclinePurchase,
    ExpirePurchase,
    SettlePurchase,
    decline_purchase,
    expire_purchase,
    purchase_of,
    settle_purchase,
)
from ledger.aggregate import SYSTEM
from ledger.journal import Actor, Context, Journal, Recorded

INBOX_DAYS = 30
ATTEMPT_SECONDS = 60
BACK_OFF_SECONDS_MAX = 3600
ASK_AGAIN = timedelta(minutes=10)


def processor_context(now: datetime, key: str) -> Context:
    """Return the envelope of a command in the processor's name."""
    return Context(
        principal="processor",
        key=key,
        actor=Actor("processor", "stripe"),
        now=now,
        correlation_id=uuid4(),
    )


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
    if state.paid:
        return _settle(journal, account_id, purchase_id, state, now)
    recorded = None
    if state.declined_attempt and state.declined_code:
        recorded = decline_purchase(
            journal,
            DeclinePurchase(
                account_id=account_id,
                purchase_id=purchase_id,
                attempt_id=state.declined_attempt,
                code=state.declined_code,
            ),
            processor_context(now, f"declined:{state.declined_attempt}"),
        )
    if state.status == "expired":
        recorded = expire_purchase(
            journal,
            ExpirePurchase(
                account_id=account_id, purchase_id=purchase_id, checkout_id=checkout_id
            ),
            processor_context(now, f"expired:{checkout_id}"),
        )
        _forget(journal, account_id, checkout_id)
    return recorded


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


def receive(
    journal: Journal, event: WebhookEvent, payload: bytes, now: datetime
) -> None:
    """Keep a verified webhook, sealed, before anything else; a repeat is kept once."""
    sealed = journal.vault.seal(
        SYSTEM, f"inbox-{now:%Y-%m-%d}", payload, event.id.encode()
    )
    with journal.connections.for_account(SYSTEM) as connection:
        connection.execute(
            "INSERT INTO webhook_inbox (event_id, sealed, key_id, received_at, due_at)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (event.id, sealed.data, sealed.key_id, now, now),
        )


def handle_inbox(journal: Journal, payments: Payments, now: datetime) -> int:
    """Handle the webhooks that are due; return how many there were."""
    with journal.connections.for_account(SYSTEM) as connection:
        rows = connection.execute(
            "UPDATE webhook_inbox SET attempts = attempts + 1, due_at = %s"
            " WHERE event_id IN (SELECT event_id FROM webhook_inbox"
            " WHERE handled_at IS NULL AND due_at <= %s ORDER BY due_at LIMIT 20"
            " FOR UPDATE SKIP LOCKED) RETURNING event_id, sealed, key_id, attempts",
            (now + timedelta(seconds=ATTEMPT_SECONDS), now),
        ).fetchall()
        for event_id, sealed, key_id, attempts in rows:
            payload = journal.vault.open(
                SYSTEM, key_id, bytes(sealed), event_id.encode()
            )
            trouble = None
            try:
                if payload is not None:
                    _handle(journal, payments, msgspec.json.decode(payload), now)
            except Exception as error:  # any trouble waits for its next try
                trouble = type(error).__name__
            _close(connection, event_id, attempts, trouble, now)
    return len(rows)


def _handle(
    journal: Journal, payments: Payments, event: dict[str, Any], now: datetime
) -> None:
    """Look at the object's state; what arrived first or last does not matter."""
    thing = event["data"]["object"]
    metadata = thing.get("metadata") or {}
    try:
        account_id = UUID(metadata["account_id"])
        purchase_id = UUID(metadata["purchase_id"])
    except (KeyError, ValueError, TypeError):
        return
    purchase = purchase_of(journal, account_id, purchase_id)
    is_session = thing.get("object") == "checkout.session"
    checkout_id = thing["id"] if is_session else purchase.checkout_id
    if checkout_id is not None:
        settle_checkout(journal, payments, account_id, purchase_id, checkout_id, now)


def _close(
    connection: Connection[Any],
    event_id: str,
    attempts: int,
    trouble: str | None,
    now: datetime,
) -> None:
    if trouble is None:
        connection.execute(
            "UPDATE webhook_inbox SET handled_at = %s, trouble = NULL"
            " WHERE event_id = %s",
            (now, event_id),
        )
        return
    seconds = min(2**attempts, BACK_OFF_SECONDS_MAX)
    connection.execute(
        "UPDATE webhook_inbox SET trouble = %s, due_at = %s WHERE event_id = %s",
        (trouble, now + timedelta(seconds=seconds), event_id),
    )


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
    troubles = []
    for account_id, purchase_id, checkout_id in rows:
        asked = (account_id, purchase_id, checkout_id, now)
        try:
            settle_checkout(journal, payments, *asked)
        except Exception as trouble:  # its row is due again by then
            troubles.append(trouble)
    if troubles:
        raise troubles[0]
    return len(rows)


def purge_inbox(journal: Journal, now: datetime) -> None:
    """Drop handled webhooks after 30 days and destroy the keys of those days.

    A row that is not handled yet is sealed anew with the newest key, never dropped.
    """
    before = now - timedelta(days=INBOX_DAYS)
    newest = f"inbox-{now:%Y-%m-%d}"
    with journal.connections.for_account(SYSTEM) as connection:
        connection.execute(
            "DELETE FROM webhook_inbox WHERE handled_at IS NOT NULL"
            " AND received_at < %s",
            (before,),
        )
        old = connection.execute(
            "SELECT event_id, sealed, key_id FROM webhook_inbox WHERE received_at < %s",
            (before,),
        ).fetchall()
        for event_id, sealed, key_id in old:
            aad = event_id.encode()
            data = journal.vault.open(SYSTEM, key_id, bytes(sealed), aad)
            if data is None:
                continue
            again = journal.vault.seal(SYSTEM, newest, data, aad)
            connection.execute(
                "UPDATE webhook_inbox SET sealed = %s, key_id = %s WHERE event_id = %s",
                (*again, event_id),
            )
        connection.execute(
            "DELETE FROM installation_keys WHERE purpose LIKE 'inbox-%%'"
            " AND purpose < %s AND key_id NOT IN (SELECT key_id FROM webhook_inbox)",
            (f"inbox-{before:%Y-%m-%d}",),
        )
