"""What the page of plan usage shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import g

from commands.plans import subscription_of
from commands.usage import usage_of
from ledger.subscriptions import Subscription
from ledger.usage import PeriodUsage
from projections.usage import DayRow, PeriodRow
from web import access
from web.panel import figures
from web.panel.lists import before, paging, recorded_soon
from web.panel.usage_chart import chart

EARLIER_ROWS = 12
WARN_PERCENT = 80
DAY = timedelta(days=1)
"""Taken from a period's end it gives the last day, as receipts name it."""


def usage_page() -> dict[str, Any] | None:
    """Return what the page shows; None where there is no plan."""
    service, account_id = access.service(), access.account_id()
    plan = subscription_of(service.journal, account_id, "plan", fresh=True)
    status = plan.status(g.now)
    if status == "none" or plan.terms is None:
        return None
    soon = recorded_soon("usage")
    usage = usage_of(service.journal, account_id, g.now)
    credits = figures.balance_now()["total"]
    return {
        "status": status,
        "tier_contacts": plan.terms["contacts"],
        "current": usage and _current(usage, plan, renews=status != "ending"),
        "earlier": _earlier(usage.id if usage else None),
        "credits": credits,
        "recorded_soon": soon,
    }


def _current(usage: PeriodUsage, plan: Subscription, *, renews: bool) -> dict[str, Any]:
    shown = access.service().views.usage.usage(usage.account_id, usage.id)
    tier, counted = usage.tier_contacts, usage.distinct
    share = min(100.0, 100 * counted / tier)
    days = _days(usage.period_from, usage.period_until, shown.days)
    return {
        "tier_contacts": tier,
        "contacts": counted,
        "left": max(0, tier - counted),
        "percent": min(100, counted * 100 // tier),
        "warn_at": tier * WARN_PERCENT // 100,
        "level": "bad" if counted >= tier else "warn" if share >= WARN_PERCENT else "",
        "filled": f"{min(share, WARN_PERCENT):.2f}",
        "over": f"{max(0.0, share - WARN_PERCENT):.2f}",
        "first": usage.period_from,
        "last": usage.period_until - DAY,
        "next_at": usage.period_until,
        "renews": renews,
        "unpaid": bool(plan.failures),
        "bigger": _bigger(plan, counted),
        "chart": chart(days),
        "days": _running([day for day in days if day[1] is not None]),
        "behind": shown.period is not None and shown.period.contacts != counted,
    }


def _days(
    start: datetime, until: datetime, known: Sequence[DayRow]
) -> list[tuple[date, int | None]]:
    """Return every day of a period in UTC with its new contacts; None: to come."""
    counts = {row.day: row.added for row in known}
    first, last = start.astimezone(UTC).date(), _last_day(until).date()
    today = g.now.astimezone(UTC).date()
    days = [first + timedelta(days=k) for k in range((last - first).days + 1)]
    return [(day, counts.get(day, 0) if day <= today else None) for day in days]


def _running(days: Sequence[tuple[date, int | None]]) -> list[dict[str, Any]]:
    total, rows = 0, []
    for day, added in days:
        total += added or 0
        rows.append({"day": day, "added": added or 0, "total": total})
    return rows


def _last_day(until: datetime) -> datetime:
    """Return a moment of the last day that belongs to a half-open period."""
    return until.astimezone(UTC) - timedelta(microseconds=1)


def _bigger(plan: Subscription, counted: int) -> dict[str, Any] | None:
    """Return the next tier that holds more than this one, and what is counted."""
    assert plan.terms is not None
    least = max(plan.terms["contacts"] or 0, counted)
    catalogue = access.service().catalogue
    tiers = catalogue.tiers_in(plan.terms["currency"])
    more = sorted(tier.contacts for tier in tiers if tier.contacts > least)
    skus = {tier.contacts: tier.sku for tier in tiers}
    return {"contacts": more[0], "sku": skus[more[0]]} if more else None


def _earlier(besides: UUID | None) -> dict[str, Any]:
    named = {} if besides is None else {"besides": besides}
    found = access.service().views.usage.periods(
        access.account_id(), before=before(), size=EARLIER_ROWS, **named
    )
    return {
        "rows": [_row(row) for row in found.rows],
        **paging(found, "usage.show"),
    }


def _row(row: PeriodRow) -> dict[str, Any]:
    corrected = row.closed_with is not None and row.closed_with != row.contacts
    return {
        "first": row.period_from,
        "last": row.period_until - DAY,
        "tier_contacts": row.tier_contacts,
        "contacts": row.contacts,
        "closed_with": row.closed_with if corrected else None,
        "corrected_at": row.corrected_at if corrected else None,
        "settled": row.settled_at is not None,
    }
