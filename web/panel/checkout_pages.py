"""Leading to the processor's page where a purchase is paid."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import g, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from commands import purchases as use
from commands.gateways.processor import CheckoutItem
from commands.subscriptions import (
    contacts_of,
    customer_of,
    metadata_of,
    price_of,
    terms_in,
)
from commands.top_up_charges import take_over
from web import access

if TYPE_CHECKING:
    from datetime import datetime

    from ledger.purchases import Purchase
    from ledger.subscription_terms import Product

CHECKOUT_LASTS = timedelta(hours=1)
"""From the minute of the click, so that a second click asks for the same page."""


def lead_to_checkout(purchase_id: UUID) -> AnyResponse:
    """Open a page of the processor and go there; to the purchase if it is decided.

    Raises NoSuchPurchase, NotSold; PaymentsUnreachable, PaymentRefused.
    """
    service, account_id = access.service(), access.account_id()
    purchase = use.purchase_of(service.journal, account_id, purchase_id)
    mine = (service.journal, service.payments, account_id, purchase)
    if purchase.status != "open" or not take_over(*mine, g.now):
        return redirect(url_for("purchases.show", purchase_id=purchase_id), 303)
    opened = _once if purchase.items[0]["kind"] == "credits" else _recurring
    checkout_id, url, expires_at = opened(purchase, _page(purchase))
    command = use.OpenCheckout(
        account_id=account_id,
        purchase_id=purchase_id,
        checkout_id=checkout_id,
        expires_at=expires_at,
        ask_after=timedelta(seconds=service.settings.daybook_ask_after_seconds),
    )
    use.open_checkout(
        service.journal, command, access.context(f"checkout:{checkout_id}")
    )
    return redirect(url, 303)


def _page(purchase: Purchase) -> dict[str, Any]:
    base = access.service().settings.daybook_base_url.rstrip("/")
    minute = g.now.replace(second=0, microsecond=0)
    attempt = f"{purchase.id}:{purchase.checkout_id or ''}:{minute.isoformat()}"
    return {
        "purchase_id": purchase.id,
        "account_id": purchase.account_id,
        "customer_email": access.account()["email"],
        "success_url": base + url_for("purchases.returned", purchase_id=purchase.id),
        "cancel_url": base + url_for("purchases.show", purchase_id=purchase.id),
        "locale": purchase.language,
        "expires_at": minute + CHECKOUT_LASTS,
        "idempotency_key": attempt,
    }


def _once(purchase: Purchase, page: dict[str, Any]) -> tuple[str, str, datetime]:
    lines = [
        CheckoutItem(
            name=item["description"],
            quantity=1,
            amount_minor=item["net_minor"] + item["tax_minor"],
        )
        for item in purchase.items
    ]
    checkout = access.service().payments.create_checkout(
        customer=None, items=lines, currency=purchase.currency, **page
    )
    return checkout.id, checkout.url, checkout.expires_at


def _recurring(purchase: Purchase, page: dict[str, Any]) -> tuple[str, str, datetime]:
    service, [item] = access.service(), purchase.items
    contacts = contacts_of(service.catalogue, item, purchase.currency)
    terms = terms_in(item, purchase.currency, contacts)
    product: Product = "smtp" if item["kind"] == "smtp" else "plan"
    version, language = purchase.catalogue_version, purchase.language
    return service.payments.create_subscription_checkout(
        customer=customer_of(service.journal, purchase.account_id),
        price=price_of(product, terms, language),
        metadata=metadata_of(product, terms, version, language),
        **page,
    )
