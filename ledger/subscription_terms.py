"""What a subscription is for, and what it costs for one period."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, TypedDict

from ledger.catalogue import SmtpYear, TaxRule, Tier
from ledger.items import Item
from ledger.money import Money, tax_within
from ledger.periods import Unit

Product = Literal["plan", "smtp"]

UNITS: dict[Product, Unit] = {"plan": "month", "smtp": "year"}
"""How long a period is."""
GRACE = timedelta(days=10)
"""How long an unpaid renewal still serves: the processor tries again 3, 5 and 7 days
after the period's end, and three more days are left to pay by hand."""
REMIND_BEFORE: dict[Product, timedelta | None] = {
    "plan": None,
    "smtp": timedelta(days=14),
}
"""How long before a renewal its holder is reminded; a month needs no reminder."""


class SubscriptionTerms(TypedDict):
    """One period's price, in minor units; contacts is None where none are counted."""

    sku: str
    contacts: int | None
    currency: str
    net_minor: int
    tax_category: str
    tax_rate_basis_points: int
    tax_minor: int


def terms_of(offer: Tier | SmtpYear, rule: TaxRule) -> SubscriptionTerms:
    """What an offer of today's catalogue costs a buyer under a tax rule."""
    return {
        "sku": offer.sku,
        "contacts": offer.contacts if isinstance(offer, Tier) else None,
        "currency": offer.currency,
        "net_minor": offer.net_minor,
        "tax_category": rule.category,
        "tax_rate_basis_points": rule.basis_points,
        "tax_minor": offer.tax(rule).minor,
    }


def total_of(terms: SubscriptionTerms) -> Money:
    """What one period costs, tax included."""
    return Money(terms["net_minor"] + terms["tax_minor"], terms["currency"])


def subscription_item(
    product: Product,
    terms: SubscriptionTerms,
    total: Money,
    description: str,
    service: tuple[datetime, datetime] | None = None,
) -> Item:
    """What was charged under the terms, as an item of a purchase.

    A charge that is not one period's price, as for a bigger tier in mid-period, is
    split into net and tax at the rate of the terms.
    """
    tax = terms["tax_minor"]
    if total != total_of(terms):
        tax = tax_within(total.minor, terms["tax_rate_basis_points"])
    return {
        "kind": product,
        "sku": terms["sku"],
        "description": description,
        "quantity": 1,
        "net_minor": total.minor - tax,
        "tax_category": terms["tax_category"],
        "tax_rate_basis_points": terms["tax_rate_basis_points"],
        "tax_minor": tax,
        "service_from": service and service[0],
        "service_until": service and service[1],
        "credits": None,
    }
