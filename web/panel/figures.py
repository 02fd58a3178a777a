"""What the pages show, read from the views; a page shows its own command's effect."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import g

from commands.plans import subscription_of
from commands.usage import usage_of
from projections.accounts import Profile
from projections.credit_figures import Credits, Line, LotLeft
from web import access
from web.panel import purchase_figures
from web.panel.lists import PAGE_ROWS, before, number_of, paging, recorded_soon
from web.panel.top_up_figures import top_up_values
from web.words import current_zone

LATEST_ROWS = 3
REFUND_DAYS = 30
PAY_PER_EMAIL = "pay_per_email"


def credits_page() -> dict[str, Any]:
    """Return what the page of e-mail credits shows."""
    soon = recorded_soon("credits")
    found = _credits(before())
    return {
        "balance": _balance(found)
        | {"holds": len(found.holds), "frozen": found.frozen, "debt": found.debt},
        "packs": _packs(),
        "lots": [_lot(lot) for lot in found.lots],
        "holds": [
            {
                "campaign": hold.campaign,
                "since": hold.since,
                "ends_at": hold.ends_at,
                "credits": hold.uncaptured,
            }
            for hold in found.holds
        ],
        "low_balance": found.low_balance,
        "form": {"threshold": "" if found.threshold is None else found.threshold},
        "statement": {
            "entries": [_entry(line) for line in found.statement.rows],
            **paging(found.statement, "credits.show"),
        },
        "top_up": top_up_values(),
        "recorded_soon": soon,
        "command_id": access.new_command_id(),
    }


def overview() -> dict[str, Any]:
    """Return what the overview shows."""
    views, account_id = access.service().views, access.account_id()
    soon = recorded_soon("credits", "accounts", "purchases")
    found = _credits(None, LATEST_ROWS)
    profile = views.accounts.profile(account_id)
    purchases = views.purchases.page(account_id, size=LATEST_ROWS)
    plan = profile.plan if profile else PAY_PER_EMAIL
    return {
        "company": profile.company if profile else None,
        "now": g.now,
        "balance": _balance(found),
        "plan": plan,
        "unpaid": _unpaid(),
        "used": counted_now(),
        "sent": _sent_this_month(),
        "low_balance": found.low_balance if plan == PAY_PER_EMAIL else None,
        "entries": [_entry(line) for line in found.statement.rows],
        "purchases": [purchase_figures.purchase_row(row) for row in purchases.rows],
        "steps": _steps(
            profile,
            bought=any(row.paid_at is not None for row in purchases.rows),
            notice=found.threshold is not None or plan != PAY_PER_EMAIL,
        ),
        "recorded_soon": soon,
    }


def _sent_this_month() -> dict[str, int]:
    """Return what was sent since the month began, where the reader is."""
    month = g.now.astimezone(current_zone()).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )
    sent = access.service().views.credits.sent(access.account_id(), month)
    return {"credits": sent.credits, "campaigns": sent.campaigns}


def _unpaid() -> str | None:
    """Return how far a renewal of the plan is unpaid: overdue or blocked, or None."""
    journal, account_id = access.service().journal, access.account_id()
    status = subscription_of(journal, account_id, "plan", fresh=True).status(g.now)
    return status if status in ("overdue", "blocked") else None


def _steps(
    profile: Profile | None, *, bought: bool, notice: bool
) -> dict[str, Any] | None:
    """Return the first steps of a new account, None once all are taken."""
    details = profile is not None and profile.billing_details_at is not None
    if details and bought and notice:
        return None
    return {
        "verified_at": (profile and profile.verified_at) or g.now,
        "billing_details": details,
        "bought": bought,
        "notice": notice,
    }


def _credits(before: int | None, size: int = PAGE_ROWS) -> Credits:
    views = access.service().views
    return views.credits.credits(access.account_id(), g.now, before=before, size=size)


def balance_now() -> dict[str, int]:
    """Return the account's balance of this moment."""
    return _balance(_credits(None, 1))


def _balance(found: Credits) -> dict[str, int]:
    return {"total": found.total, "held": found.held, "available": found.available}


def _packs() -> list[dict[str, Any]]:
    service = access.service()
    profile = service.views.accounts.profile(access.account_id())
    catalogue = service.catalogue
    currency = (profile and profile.currency) or catalogue.currencies[0]
    rule = catalogue.tax_for(profile.country if profile else None)
    return [
        {
            "sku": pack.sku,
            "quantity": pack.credits,
            "net_minor": pack.net_minor,
            "total_minor": pack.total(rule).minor,
            "currency": pack.currency,
            "primary": pack.featured,
            "command_id": access.new_command_id(),
        }
        for pack in sorted(catalogue.packs_in(currency), key=lambda p: p.credits)
    ]


def _lot(left: LotLeft) -> dict[str, Any]:
    lot = left.lot
    until = lot.granted_at + timedelta(days=REFUND_DAYS)
    refundable = lot.source == "purchase" and until > g.now
    return {
        "source": lot.source,
        "label": lot.label,
        "order_number": number_of(lot.order_number),
        "refundable_until": until if refundable else None,
        "effective_at": lot.effective_at,
        "expires_at": lot.expires_at,
        "net_minor": lot.net_minor,
        "quantity": lot.quantity,
        "currency": lot.currency,
        "held": left.held,
        "left": left.left,
    }


def _entry(line: Line) -> dict[str, Any]:
    return {**vars(line), "order_number": number_of(line.order_number)}


def returned_page(purchase_id: UUID) -> dict[str, Any]:
    """Return what the page after the processor's shows. Raises NoSuchPurchase."""
    values = purchase_figures.purchase_page(purchase_id)
    bought = values["purchase"]
    credits = any(line["kind"] == "credits" for line in bought["lines"])
    paid = bought["paid_at"] is not None
    values["balance"] = balance_now() if paid and credits else None
    values["kind"] = bought["lines"][0]["kind"]
    return values


def counted_now() -> dict[str, Any] | None:
    """Return the count of the period that is used now, its tier's, and its days."""
    journal, account_id = access.service().journal, access.account_id()
    usage = usage_of(journal, account_id, g.now)
    if usage is None:
        return None
    return {
        "contacts": usage.distinct,
        "tier_contacts": usage.tier_contacts,
        "left": max(0, usage.tier_contacts - usage.distinct),
        "first": usage.period_from,
        "last": usage.period_until - timedelta(days=1),
    }
