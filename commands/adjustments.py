"""What staff give and take: promotions that may expire, corrections with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from commands.credits import balance_of
from commands.plans import require_account
from ledger.journal import Context, Journal, Recorded, handler
from ledger.lots import PRIORITY, lot_terms
from ledger.refusals import ExpiryPassed

PROMOTION_PRIORITY = 10
"""Given credits burn before bought ones, which can be refunded."""
CREDITS_MAX = 10_000_000


@dataclass(frozen=True, kw_only=True)
class GrantCredits:
    """Give credits that nobody pays for; the reason is shown to the customer."""

    account_id: UUID
    kind: Literal["promotion", "adjustment"]
    credits: int
    reason: str
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class RemoveCredits:
    """Take available credits away; the reason is shown to the customer."""

    account_id: UUID
    credits: int
    reason: str


@handler
def grant_credits(
    journal: Journal, command: GrantCredits, context: Context
) -> Recorded:
    """Record the gift; the lot stands in `ids["lot"]`.

    A promotion burns first, an adjustment where bought credits do.
    Raises NoSuchAccount, AccountClosed, ExpiryPassed, in this order.
    """
    balance = balance_of(journal, command.account_id)
    if command.expires_at is not None and command.expires_at <= context.now:
        raise ExpiryPassed(expires_at=command.expires_at)
    account = require_account(journal, command.account_id)
    lot_id = context.new_id("lot")
    promoted = command.kind == "promotion"
    terms = lot_terms(
        command.credits,
        context.now,
        net_minor=0,
        tax_minor=0,
        currency=account.currency or "EUR",
        source_kind=command.kind,
        source_id=str(lot_id),
        priority=PROMOTION_PRIORITY if promoted else PRIORITY,
        expires_at=command.expires_at,
    )
    balance.grant(lot_id, terms, command.reason)
    return journal.record(balance, context=context, ids={"lot": lot_id})


@handler
def remove_credits(
    journal: Journal, command: RemoveCredits, context: Context
) -> Recorded:
    """Record what is taken away, never more than is available.

    Raises NoSuchAccount, AccountClosed, InsufficientCredits, in this order.
    """
    balance = balance_of(journal, command.account_id)
    balance.remove(command.credits, command.reason, context.now)
    return journal.record(balance, context=context)
