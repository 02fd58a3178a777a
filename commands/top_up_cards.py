"""The card that automatic top-up charges: entered on the processor's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from commands.gateways.saved_cards import SavedCards
from commands.plans import require_account
from commands.purchases import processor_context
from commands.top_up_notes import (
    known_top_up,
    record_watched,
    top_up_of,
    watched,
)
from ledger.accounts import Account
from ledger.journal import Context, Journal, Recorded, handler
from ledger.top_up_terms import SavedCard
from ledger.top_ups import TopUp

PAGE_LASTS = timedelta(hours=1)
"""From the minute of the click, so that a second click asks for the same page."""


@dataclass(frozen=True, kw_only=True)
class OpenCardPage:
    """Note the processor's page where a card is saved."""

    account_id: UUID
    checkout_id: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class RecordCard:
    """Note the card that was saved on a page."""

    account_id: UUID
    checkout_id: str
    customer_id: str
    payment_method_id: str
    label: str | None


@handler
def open_card_page(
    journal: Journal, command: OpenCardPage, context: Context
) -> Recorded:
    """Record the page; an earlier one no longer counts. Raises NoSuchAccount."""
    require_account(journal, command.account_id)
    top_up = top_up_of(journal, command.account_id)
    top_up.open_page(command.checkout_id, command.expires_at)
    if not top_up.pending_events:
        return journal.unchanged(top_up)
    changes = [watched(top_up, context.now)]
    return journal.record(top_up, context=context, changes=changes)


@handler
def record_card(journal: Journal, command: RecordCard, context: Context) -> Recorded:
    """Record the card; what a refused one had paused goes on.

    Raises NoSuchAccount.
    """
    account = require_account(journal, command.account_id, closed_too=True)
    top_up = known_top_up(journal, account.id)
    if top_up is None or account.closed:
        return journal.unchanged(account)
    card = SavedCard(
        customer_id=command.customer_id,
        payment_method_id=command.payment_method_id,
        label=command.label,
    )
    top_up.save_card(command.checkout_id, card)
    if top_up.pending_events and top_up.paused == "declined" and top_up.terms:
        top_up.turn_on(top_up.terms)
    return record_watched(journal, top_up, context=context)


def lead_to_card_page(
    journal: Journal,
    payments: SavedCards,
    account_id: UUID,
    back_url: str,
    context: Context,
) -> str:
    """Open a page where a card is entered; its address.

    A page that was open is settled first, and counts no more.
    Raises NoSuchAccount, PaymentsUnreachable, PaymentRefused.
    """
    account = require_account(journal, account_id)
    top_up = top_up_of(journal, account_id)
    if top_up.page is not None:
        settle_card(journal, payments, account_id, top_up.page[0], context.now)
        top_up = top_up_of(journal, account_id)
    opened = _opened(payments, account, top_up, back_url, context.now)
    checkout_id, url, expires_at = opened
    command = OpenCardPage(
        account_id=account_id, checkout_id=checkout_id, expires_at=expires_at
    )
    open_card_page(journal, command, context)
    return url


def settle_card(
    journal: Journal,
    payments: SavedCards,
    account_id: UUID,
    checkout_id: str,
    now: datetime,
) -> Recorded | None:
    """Ask the processor whether a card was saved on a page, and record it.

    One that does not count, since a later page was opened or the account is closed, is
    let go. Raises NoSuchAccount, PaymentsUnreachable, PaymentRefused.
    """
    card = payments.saved_on(checkout_id).card
    if card is None:
        return None
    command = RecordCard(
        account_id=account_id,
        checkout_id=checkout_id,
        customer_id=card.customer_id,
        payment_method_id=card.payment_method_id,
        label=card.label,
    )
    context = processor_context(now, f"card:{checkout_id}")
    recorded = record_card(journal, command, context)
    kept = top_up_of(journal, account_id).card
    if kept is None or kept.payment_method_id != card.payment_method_id:
        payments.forget_card(card.payment_method_id)
    return recorded


def _opened(
    payments: SavedCards,
    account: Account,
    top_up: TopUp,
    back_url: str,
    now: datetime,
) -> tuple[str, str, datetime]:
    """Return a page: its id, address, and when it closes; the same in one minute."""
    minute = now.replace(second=0, microsecond=0)
    before = top_up.card.payment_method_id if top_up.card else ""
    return payments.open_card_page(
        account_id=account.id,
        customer=top_up.customer_id,
        customer_email=account.email or "",
        success_url=back_url,
        cancel_url=back_url,
        locale=account.language,
        expires_at=minute + PAGE_LASTS,
        idempotency_key=f"card:{account.id}:{before}:{minute.isoformat()}",
    )
