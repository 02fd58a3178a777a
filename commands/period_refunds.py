"""The refund promise for a subscription: its first period, while it was hardly used."""

from __future__ import annotations

from commands.plans import subscription_of
from ledger.journal import Journal
from ledger.purchases import Purchase
from ledger.reversals import RefundPart
from ledger.subscription_terms import Product

EMAILS_MAX = 1_000
"""How many e-mails may have gone out in a first period that is given back."""


def is_subscription(purchase: Purchase) -> bool:
    """Whether a period was bought, and no credits."""
    return purchase.items[0]["kind"] in ("plan", "smtp")


def why_not_period(
    journal: Journal, purchase: Purchase, emails_sent: int | None
) -> str | None:
    """Return why the promise does not cover a period, if it does not."""
    product: Product = "smtp" if purchase.items[0]["kind"] == "smtp" else "plan"
    subscription = subscription_of(journal, purchase.account_id, product)
    if subscription.first_purchase_id != purchase.id:
        return "not_first"
    if emails_sent is None:
        return "emails_unknown"
    return "too_many_emails" if emails_sent > EMAILS_MAX else None


def whole_period(purchase: Purchase) -> list[RefundPart]:
    """Return a period's whole price, unless some of it went back already."""
    if purchase.refundable_minor < purchase.total.minor:
        return []
    return [
        {
            "item": index,
            "credits": 0,
            "net_minor": item["net_minor"],
            "tax_minor": item["tax_minor"],
        }
        for index, item in enumerate(purchase.items)
    ]
