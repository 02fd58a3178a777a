"""Webhooks: kept sealed before anything else, then handled until they are done."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from psycopg import Connection

from commands.checkouts import settle_checkout
from commands.gateways.processor import Payments, WebhookEvent
from commands.gateways.stripe_objects import uuid_in
from commands.purchases import purchase_of
from commands.reversals import settle_reversals
from commands.subscription_settling import settle_subscription
from commands.top_up_cards import settle_card
from commands.top_up_charges import settle_charge
from ledger.aggregate import SYSTEM
from ledger.journal import Journal

INBOX_DAYS = 30
ATTEMPT_SECONDS = 60
BACK_OFF_SECONDS_MAX = 3600


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
    if thing.get("object") in ("charge", "refund", "dispute"):
        found = _of_charge(journal, thing)
        if found is not None:
            settle_reversals(journal, payments, *found, now)
            return
    if _told_of_subscription(journal, payments, thing, now):
        return
    metadata = thing.get("metadata") or {}
    if _told_of_card(journal, payments, thing, now):
        return
    try:
        account_id = UUID(metadata["account_id"])
        purchase_id = UUID(metadata["purchase_id"])
    except (KeyError, ValueError, TypeError):
        return
    purchase = purchase_of(journal, account_id, purchase_id)
    if thing.get("object") == "payment_intent":
        settle_charge(journal, payments, account_id, thing["id"], now)
    is_session = thing.get("object") == "checkout.session"
    checkout_id = thing["id"] if is_session else purchase.checkout_id
    if checkout_id is not None:
        settle_checkout(journal, payments, account_id, purchase_id, checkout_id, now)


def _told_of_subscription(
    journal: Journal, payments: Payments, thing: dict[str, Any], now: datetime
) -> bool:
    """Look at the subscription that something is, or charges for; False for others."""
    kind, id, whose = thing.get("object"), thing.get("id"), thing
    if kind == "invoice":
        whose = (thing.get("parent") or {}).get("subscription_details") or {}
        id = whose.get("subscription")
    elif kind != "subscription":
        return False
    account_id = uuid_in(whose.get("metadata") or {}, "account_id")
    if account_id is not None and id is not None:
        settle_subscription(journal, payments, account_id, id, now)
    return True


def _told_of_card(
    journal: Journal, payments: Payments, thing: dict[str, Any], now: datetime
) -> bool:
    """Look at the card that a page is there to save; False for anything else."""
    if thing.get("object") != "checkout.session" or thing.get("mode") != "setup":
        return False
    account_id = uuid_in(thing.get("metadata") or {}, "account_id")
    if account_id is not None:
        settle_card(journal, payments, account_id, thing["id"], now)
    return True


def _of_charge(journal: Journal, thing: dict[str, Any]) -> tuple[UUID, UUID] | None:
    """Return account and purchase of the charge that was refunded or disputed."""
    is_charge = thing.get("object") == "charge"
    name = thing["id"] if is_charge else thing.get("charge")
    with journal.connections.for_account(SYSTEM) as connection:
        row = connection.execute(
            "SELECT account_id, stream_id FROM directory"
            " WHERE kind = 'stripe_charge' AND name = %s",
            (name,),
        ).fetchone()
    return None if row is None else (row[0], row[1])


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


def purge_inbox(journal: Journal, now: datetime) -> None:
    """Drop handled webhooks after 30 days and destroy the keys of those days.

    A row that is not handled yet is sealed anew with the newest key, never dropped.
    """
    before = now - timedelta(days=INBOX_DAYS)
    with journal.connections.for_account(SYSTEM) as connection:
        connection.execute(
            "DELETE FROM webhook_inbox WHERE handled_at IS NOT NULL"
            " AND received_at < %s",
            (before,),
        )
        _seal_anew(journal, connection, before, now)
        connection.execute(
            "DELETE FROM installation_keys WHERE purpose LIKE 'inbox-%%'"
            " AND purpose < %s AND key_id NOT IN (SELECT key_id FROM webhook_inbox)",
            (f"inbox-{before:%Y-%m-%d}",),
        )


def _seal_anew(
    journal: Journal, connection: Connection[Any], before: datetime, now: datetime
) -> None:
    old = connection.execute(
        "SELECT event_id, sealed, key_id FROM webhook_inbox WHERE received_at < %s",
        (before,),
    ).fetchall()
    for event_id, sealed, key_id in old:
        aad = event_id.encode()
        data = journal.vault.open(SYSTEM, key_id, bytes(sealed), aad)
        if data is None:
            continue
        again = journal.vault.seal(SYSTEM, f"inbox-{now:%Y-%m-%d}", data, aad)
        connection.execute(
            "UPDATE webhook_inbox SET sealed = %s, key_id = %s WHERE event_id = %s",
            (*again, event_id),
        )
