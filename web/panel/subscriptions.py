"""The billing plan and SMTP access: begin, change, end, and pay."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, cast
from uuid import UUID

from flask import Blueprint, Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from commands import plan_changes as change
from commands.checkouts import leave_open
from commands.gateways.processor import PaymentRefused
from commands.subscriptions import StartSubscription, start_subscription
from ledger.refusals import (
    AlreadySubscribed,
    Conflict,
    NotSold,
    PreviewOutdated,
)
from ledger.subscription_terms import Product
from web import access, pages
from web.panel.checkout_pages import lead_to_checkout
from web.panel.subscription_figures import preview_page, subscription_page
from web.policies import CUSTOMER, allow
from web.words import current_language, gettext

blueprint = Blueprint("subscriptions", __name__)

EITHER = "/<any(plan, smtp):product>"


@blueprint.get("/plan")
@allow(CUSTOMER)
def plan() -> Response:
    """Show the billing plan, its period, and the tiers on offer."""
    return _page("plan")


@blueprint.get("/smtp")
@allow(CUSTOMER)
def smtp() -> Response:
    """Show whether SMTP access may be used, until when, and what it costs."""
    return _page("smtp")


@blueprint.post(f"{EITHER}/subscribe")
@allow(CUSTOMER)
def subscribe(product: Product) -> AnyResponse:
    """Start a subscription and lead to the processor's page."""
    service, account_id = access.service(), access.account_id()
    command = StartSubscription(
        account_id=account_id,
        product=product,
        sku=request.form.get("sku") or None,
        language=cast("Literal['en', 'fr']", current_language()),
    )
    leave_open(service.journal, service.payments, account_id, g.now, product)
    try:
        started = start_subscription(
            service.journal, command, access.form_context(), service.catalogue
        )
    except AlreadySubscribed:
        return _back(product)
    return lead_to_checkout(UUID(started.ids["purchase"]))


@blueprint.get("/plan/change")
@allow(CUSTOMER)
def preview() -> AnyResponse:
    """Show what another tier costs, today and from the next period on."""
    service, sku = access.service(), request.args.get("sku", "")
    offer = (service.journal, service.payments, service.catalogue)
    try:
        shown = change.preview_tier(*offer, access.account_id(), sku, g.now)
    except (Conflict, NotSold):
        return _back("plan")
    return pages.page("subscriptions/change.html", **preview_page(shown))


@blueprint.post("/plan/change", endpoint="change")
@allow(CUSTOMER)
def change_tier() -> AnyResponse:
    """Have another tier, as it was shown."""
    service = access.service()
    try:
        at = datetime.fromisoformat(request.form.get("at", ""))
        command = change.ChangeTier(
            account_id=access.account_id(),
            sku=request.form.get("sku", ""),
            at=at,
            today_minor=int(request.form.get("today_minor", "")),
        )
        offer = (service.journal, service.payments, service.catalogue)
        change.change_tier(*offer, command, access.form_context())
    except (PreviewOutdated, ValueError, TypeError):
        sku = request.form.get("sku", "")
        return redirect(url_for("subscriptions.preview", sku=sku), 303)
    except PaymentRefused:
        declined = gettext("The card was declined; nothing was charged.")
        return _page("plan", {"": declined})
    except Conflict:
        return _back("plan")
    return _back("plan")


@blueprint.post("/plan/keep")
@allow(CUSTOMER)
def keep() -> AnyResponse:
    """Undo the change to a smaller tier."""
    service = access.service()
    offer = (service.journal, service.payments, service.catalogue)
    change.keep_tier(*offer, access.account_id(), g.now)
    return _back("plan")


@blueprint.post(f"{EITHER}/end")
@allow(CUSTOMER)
def end(product: Product) -> AnyResponse:
    """Let it end with what is paid for."""
    return _ending(product, True)


@blueprint.post(f"{EITHER}/undo")
@allow(CUSTOMER)
def undo(product: Product) -> AnyResponse:
    """Let it be renewed after all."""
    return _ending(product, False)


@blueprint.post(f"{EITHER}/card")
@allow(CUSTOMER)
def card(product: Product) -> AnyResponse:
    """Lead to the processor's page where another card is entered."""
    service = access.service()
    base = service.settings.daybook_base_url.rstrip("/")
    where = change.card_page(
        service.journal,
        service.payments,
        access.account_id(),
        product,
        base + url_for(f"subscriptions.{product}"),
    )
    return redirect(where, 303)


@blueprint.post(f"{EITHER}/pay")
@allow(CUSTOMER)
def pay(product: Product) -> AnyResponse:
    """Lead to the processor's page where an overdue renewal is paid."""
    service = access.service()
    asked = (service.journal, service.payments, access.account_id(), product)
    where = change.payment_page(*asked)
    return _back(product) if where is None else redirect(where, 303)


def _ending(product: Product, ending: bool) -> AnyResponse:
    service = access.service()
    change.end_subscription(
        service.journal,
        service.payments,
        access.account_id(),
        product,
        g.now,
        ending=ending,
    )
    return _back(product)


def _back(product: Product) -> AnyResponse:
    return redirect(url_for(f"subscriptions.{product}"), 303)


def _page(product: Product, errors: dict[str, str] | None = None) -> Response:
    values = subscription_page(product) | {"errors": errors or {}}
    template = f"subscriptions/{product}.html"
    return pages.page(template, 422 if errors else 200, **values)
