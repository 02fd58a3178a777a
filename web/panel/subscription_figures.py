"""What the pages about the billing plan and SMTP access show, from their streams."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import g

from commands.accounts import account_of
from commands.plan_changes import ChangePreview
from commands.plans import subscription_of
from commands.purchases import purchase_of
from ledger.catalogue import SmtpYear, Tier
from ledger.periods import Period
from ledger.subscription_terms import Product, SubscriptionTerms, total_of
from ledger.subscriptions import Subscription
from web import access


def subscription_page(product: Product) -> dict[str, Any]:
    """Return what the page of a subscription shows."""
    service, account_id = access.service(), access.account_id()
    found = subscription_of(service.journal, account_id, product, fresh=True)
    status = found.status(g.now)
    runs = status != "none" and found.terms is not None and found.period is not None
    return {
        "status": status,
        "current": _current(found) if runs else None,
        "offers": _offers(product, found if runs else None),
        "errors": {},
        "command_id": access.new_command_id(),
    }


def preview_page(preview: ChangePreview) -> dict[str, Any]:
    """Return what is shown before a change of tier is confirmed."""
    return {
        "terms": _terms(preview.terms),
        "sku": preview.terms["sku"],
        "at_once": preview.at_once,
        "at": preview.at.isoformat(),
        "today_minor": preview.today_minor,
        "next_minor": preview.next_minor,
        "next_at": preview.next_at,
        "currency": preview.currency,
        "command_id": access.new_command_id(),
    }


def _current(found: Subscription) -> dict[str, Any]:
    assert found.terms is not None
    assert found.period is not None
    purchase = purchase_of(
        access.service().journal, found.account_id, found.purchases[-1]
    )
    return {
        "terms": _terms(found.terms),
        "scheduled": _terms(found.scheduled) if found.scheduled else None,
        "period": _days(found.period),
        "next_at": found.period[1],
        "next_minor": total_of(found.scheduled or found.terms).minor,
        "grace_until": found.grace_until,
        "next_attempt_at": found.next_attempt_at,
        "failed": bool(found.failures),
        "payment_label": purchase.payment_label,
    }


def _terms(terms: SubscriptionTerms) -> dict[str, Any]:
    return {**terms, "total_minor": total_of(terms).minor}


def _days(period: Period) -> dict[str, datetime]:
    """The first and the last day of a period, as a receipt names them."""
    return {"first": period[0], "last": period[1] - timedelta(days=1)}


def _offers(product: Product, found: Subscription | None) -> list[dict[str, Any]]:
    service = access.service()
    account = account_of(service.journal, access.account_id())
    catalogue = service.catalogue
    currency = account.currency or catalogue.currencies[0]
    rule = catalogue.tax_for(account.country)
    tiers: tuple[Tier | SmtpYear, ...] = catalogue.tiers_in(currency)
    if product == "smtp":
        tiers = tuple(one for one in catalogue.smtp if one.currency == currency)
    has = found.terms["sku"] if found and found.terms else None
    return [
        {
            "sku": offer.sku,
            "contacts": offer.contacts if isinstance(offer, Tier) else None,
            "net_minor": offer.net_minor,
            "total_minor": offer.total(rule).minor,
            "currency": currency,
            "current": offer.sku == has,
            "command_id": access.new_command_id(),
        }
        for offer in tiers
    ]
