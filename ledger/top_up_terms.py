"""What automatic top-up was agreed to, and the purchase it has under way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal, TypedDict
from uuid import UUID

from ledger.catalogue import Pack, TaxRule
from ledger.refusals import CapBelowPack, PackBelowThreshold

Why = Literal[
    "authentication",
    "cancelled",
    "dearer",
    "declined",
    "disputed",
    "not_sold",
    "refunded",
]
"""Why it buys nothing until its holder says that it may again."""

TRY_AGAIN_AFTER = (timedelta(days=1), timedelta(days=3))
"""When a card that did not pay is tried again: three times in all, since banks count
further ones against whoever charges."""
CONFIRM_WITHIN = timedelta(hours=23)
"""How long its holder has to confirm a payment: the processor's page closes after a
day at the latest."""
NEVER_AGAIN = frozenset(
    {
        "expired_card",
        "invalid_account",
        "lost_card",
        "pickup_card",
        "restricted_card",
        "revocation_of_all_authorizations",
        "revocation_of_authorization",
        "stolen_card",
        "stop_payment_order",
    }
)
"""Refusals that no later attempt will change."""


class TopUpTerms(TypedDict):
    """Below `threshold` available credits one pack is bought.

    `total_minor` is what the pack cost with tax when this was agreed to, `cap_minor`
    the most that is charged in a calendar month.
    """

    threshold: int
    sku: str
    credits: int
    currency: str
    total_minor: int
    cap_minor: int


@dataclass(frozen=True, kw_only=True)
class SavedCard:
    """A card that its holder lets us charge, as the processor names it."""

    customer_id: str
    payment_method_id: str
    label: str | None


@dataclass(frozen=True, kw_only=True)
class OpenTopUp:
    """A purchase that is not paid yet.

    `failures` are those since the card was last changed. With `by_holder` it is paid
    on the processor's page alone, and the saved card is charged no more.
    """

    purchase_id: UUID
    amount_minor: int
    payment_intent_id: str | None = None
    attempts: tuple[str, ...] = ()
    failures: int = 0
    next_attempt_at: datetime | None = None
    by_holder: bool = False

    def is_due(self, now: datetime) -> bool:
        """Whether the saved card may be charged now."""
        if self.by_holder:
            return False
        return self.next_attempt_at is None or self.next_attempt_at <= now


def top_up_terms(
    threshold: int, pack: Pack, rule: TaxRule, cap_minor: int
) -> TopUpTerms:
    """What is agreed to for a pack of today's catalogue.

    One pack is always enough to be above the threshold again, so that none is ever
    bought right after another. Raises PackBelowThreshold, CapBelowPack, in this order.
    """
    assert threshold > 0
    total = pack.total(rule)
    if pack.credits < threshold:
        raise PackBelowThreshold(credits=pack.credits, threshold=threshold)
    if cap_minor < total.minor:
        raise CapBelowPack(cap_minor=cap_minor, total_minor=total.minor)
    return {
        "threshold": threshold,
        "sku": pack.sku,
        "credits": pack.credits,
        "currency": pack.currency,
        "total_minor": total.minor,
        "cap_minor": cap_minor,
    }


def next_try(code: str, failures: int, now: datetime) -> datetime | None:
    """When a card that failed so many times is tried again; None for no more."""
    if code in NEVER_AGAIN or failures > len(TRY_AGAIN_AFTER):
        return None
    return now + TRY_AGAIN_AFTER[failures - 1]


def month_of(moment: datetime, zone: tzinfo) -> str:
    """The calendar month there, as 2026-11."""
    return f"{moment.astimezone(zone):%Y-%m}"


def next_month(moment: datetime, zone: tzinfo) -> datetime:
    """The instant at which the next calendar month begins there."""
    there = moment.astimezone(zone)
    year, month = divmod(there.year * 12 + there.month, 12)
    return datetime(year, month + 1, 1, tzinfo=zone).astimezone(UTC)
