"""Subscribing to the plan Unlimited or to SMTP access, at today's price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from commands.gateways.billing import Price
from commands.plans import require_account, subscription_of
from commands.purchases import GROUPS
from ledger.catalogue import Catalogue, SmtpYear, Tier
from ledger.items import Item
from ledger.journal import Context, Journal, Recorded, handler
from ledger.purchases import Purchase
from ledger.subscription_terms import (
    UNITS,
    Product,
    SubscriptionTerms,
    subscription_item,
    terms_of,
    total_of,
)

Language = Literal["en", "fr"]

NAMES: dict[Product, dict[str, str]] = {
    "plan": {"en": "Unlimited plan", "fr": "Forfait Illimité"},
    "smtp": {"en": "SMTP access", "fr": "Accès SMTP"},
}
UP_TO = {"en": ", up to {contacts} contacts", "fr": ", jusqu’à {contacts} contacts"}
REST = {"en": ", rest of the period", "fr": ", reste de la période"}


@dataclass(frozen=True, kw_only=True)
class StartSubscription:
    """Ask for a tier of the plan, or for SMTP access, which has no `sku` to choose."""

    account_id: UUID
    product: Product
    sku: str | None
    language: Language
    currency: str | None = None


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the processor keeps for us with a subscription and gives back."""

    product: Product
    terms: SubscriptionTerms
    catalogue_version: str
    language: Language
    purchase_id: UUID | None


@handler
def start_subscription(
    journal: Journal, command: StartSubscription, context: Context, catalogue: Catalogue
) -> Recorded:
    """Record what is wanted and its price; its id stands in `ids["purchase"]`.

    Raises NoSuchAccount, AlreadySubscribed, CurrencyIsFixed, NotSold, in this order.
    """
    account = require_account(journal, command.account_id)
    subscription = subscription_of(journal, account.id, command.product)
    subscription.check_none(context.now)
    currency = command.currency or account.currency or catalogue.currencies[0]
    account.fix_currency(currency)
    offer = offer_of(catalogue, command.product, command.sku, currency)
    terms = terms_of(offer, catalogue.tax_for(account.country))
    description = described(command.product, terms, command.language)
    purchase_id = context.new_id("purchase")
    purchase = Purchase.start(
        purchase_id,
        account.id,
        [subscription_item(command.product, terms, total_of(terms), description)],
        currency=currency,
        catalogue_version=catalogue.version,
        language=command.language,
    )
    return journal.record(
        purchase, account, context=context, ids={"purchase": purchase_id}
    )


def offer_of(
    catalogue: Catalogue, product: Product, sku: str | None, currency: str
) -> Tier | SmtpYear:
    """Return what the catalogue sells under that name. Raises NotSold."""
    if product == "smtp":
        return catalogue.smtp_year(currency)
    return catalogue.tier(sku or "", currency)


def described(
    product: Product, terms: SubscriptionTerms, language: str, *, rest: bool = False
) -> str:
    """Return what was subscribed to as a document's line names it."""
    words = NAMES[product][language]
    if terms["contacts"] is not None:
        contacts = f"{terms['contacts']:,}".replace(",", GROUPS[language])
        words += UP_TO[language].format(contacts=contacts)
    return words + (REST[language] if rest else "")


def price_of(product: Product, terms: SubscriptionTerms, language: str) -> Price:
    """Return what the processor is to charge for each period."""
    return Price(
        name=NAMES[product][language],
        amount_minor=total_of(terms).minor,
        currency=terms["currency"],
        unit=UNITS[product],
    )


def terms_in(item: Item, currency: str, contacts: int | None) -> SubscriptionTerms:
    """Return the terms that a started purchase froze in its item."""
    return {
        "sku": item["sku"],
        "contacts": contacts,
        "currency": currency,
        "net_minor": item["net_minor"],
        "tax_category": item["tax_category"],
        "tax_rate_basis_points": item["tax_rate_basis_points"],
        "tax_minor": item["tax_minor"],
    }


def metadata_of(
    product: Product,
    terms: SubscriptionTerms,
    catalogue_version: str,
    language: str,
) -> dict[str, str]:
    """Return what the processor is to keep with a subscription: all of its terms."""
    return {
        "product": product,
        "catalogue_version": catalogue_version,
        "language": language,
        **{name: str(value) for name, value in terms.items() if value is not None},
    }


def told_in(metadata: Mapping[str, str]) -> Told | None:
    """Return what we had the processor keep; None where it is not ours to read."""
    try:
        contacts = metadata.get("contacts")
        first = metadata.get("purchase_id")
        return Told(
            product="plan" if metadata["product"] == "plan" else "smtp",
            terms={
                "sku": metadata["sku"],
                "contacts": int(contacts) if contacts else None,
                "currency": metadata["currency"],
                "net_minor": int(metadata["net_minor"]),
                "tax_category": metadata["tax_category"],
                "tax_rate_basis_points": int(metadata["tax_rate_basis_points"]),
                "tax_minor": int(metadata["tax_minor"]),
            },
            catalogue_version=metadata["catalogue_version"],
            language="fr" if metadata["language"] == "fr" else "en",
            purchase_id=UUID(first) if first else None,
        )
    except (KeyError, ValueError):
        return None


def contacts_of(catalogue: Catalogue, item: Item, currency: str) -> int | None:
    """Return how many contacts a started purchase is for. Raises NotSold."""
    if item["kind"] == "smtp":
        return None
    return catalogue.tier(item["sku"], currency).contacts


def customer_of(journal: Journal, account_id: UUID) -> str | None:
    """Return who subscribes already, as the processor knows him."""
    products: tuple[Product, ...] = ("plan", "smtp")
    for product in products:
        found = subscription_of(journal, account_id, product)
        if found.processor_id is not None:
            return found.customer_id
    return None
