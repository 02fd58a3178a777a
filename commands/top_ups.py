"""Automatic top-up as its holder wants it: on, on other terms, off, without a card."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from commands.gateways.processor import Payments
from commands.plans import require_account
from commands.top_up_charges import stop_charge
from commands.top_up_notes import (
    known_top_up,
    record_watched,
    top_up_of,
)
from ledger.accounts import Account
from ledger.catalogue import Catalogue
from ledger.journal import Context, Journal, Recorded, handler
from ledger.top_up_terms import TopUpTerms, top_up_terms


@dataclass(frozen=True, kw_only=True)
class TurnOnTopUp:
    """Have a pack bought below so many available credits, up to a sum a month."""

    account_id: UUID
    threshold: int
    sku: str
    cap_minor: int


@dataclass(frozen=True, kw_only=True)
class TurnOffTopUp:
    """Have nothing bought any more; with `forget` the card is given up as well."""

    account_id: UUID
    forget: bool = False


@handler
def turn_on_top_up(
    journal: Journal, command: TurnOnTopUp, context: Context, catalogue: Catalogue
) -> Recorded:
    """Record the terms at today's price; they hold once there is a card.

    Raises NoSuchAccount, NoSuchPack, PackBelowThreshold, CapBelowPack, in this order.
    """
    account = require_account(journal, command.account_id)
    terms = _terms(account, catalogue, command)
    account.fix_currency(terms["currency"])
    top_up = top_up_of(journal, account.id)
    top_up.turn_on(terms)
    return record_watched(journal, top_up, account, context=context)


@handler
def turn_off_top_up(
    journal: Journal, command: TurnOffTopUp, context: Context
) -> Recorded:
    """Record the end, and that of the card where it is wished. Raises NoSuchAccount."""
    account = require_account(journal, command.account_id)
    top_up = known_top_up(journal, account.id)
    if top_up is None:
        return journal.unchanged(account)
    top_up.turn_off("customer")
    if command.forget:
        top_up.remove_card()
    return record_watched(journal, top_up, context=context)


def change_top_up(
    journal: Journal,
    payments: Payments,
    catalogue: Catalogue,
    command: TurnOnTopUp,
    context: Context,
) -> Recorded:
    """Have it on these terms; a purchase on the former ones is charged no more.

    Raises what turn_on_top_up does, MoneyUnderWay, PaymentsUnreachable.
    """
    account = require_account(journal, command.account_id)
    terms = _terms(account, catalogue, command)
    if terms != top_up_of(journal, account.id).terms:
        stop_charge(journal, payments, account.id, context.now)
    return turn_on_top_up(journal, command, context, catalogue)


def end_top_up(
    journal: Journal, payments: Payments, command: TurnOffTopUp, context: Context
) -> Recorded:
    """Have it off; a purchase that is not paid is charged no more.

    Raises NoSuchAccount, MoneyUnderWay, PaymentsUnreachable.
    """
    require_account(journal, command.account_id)
    stop_charge(journal, payments, command.account_id, context.now)
    return turn_off_top_up(journal, command, context)


def _terms(account: Account, catalogue: Catalogue, command: TurnOnTopUp) -> TopUpTerms:
    """Raises NoSuchPack, PackBelowThreshold, CapBelowPack, in this order."""
    currency = account.currency or catalogue.currencies[0]
    pack = catalogue.pack(command.sku, currency)
    rule = catalogue.tax_for(account.country)
    return top_up_terms(command.threshold, pack, rule, command.cap_minor)
