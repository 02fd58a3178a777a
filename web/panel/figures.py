"""What the pages show, read from the views; a page shows its own command's effect."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import g, redirect, request, url_for
from werkzeug.wrappers import Response

from ledger.journal import Recorded
from ledger.refusals import NoSuchPurchase
from projections.credit_figures import Credits, Line, LotLeft
from projections.purchases import PurchaseRow
from projections.view import Listed
from web import access
from web.words import current_zone, gettext

PAGE_ROWS = 25
LATEST_ROWS = 3
REFUND_DAYS = 30
WAIT_SECONDS_MAX = 2.0
REVERSE_CHARGE = "AE"


def back_to(endpoint: str, recorded: Recorded, **values: Any) -> Response:
    """Go to a page that will show what was just recorded."""
    after = recorded.position or None
    return redirect(url_for(endpoint, after=after, **values), 303)


def recorded_soon(*views: str) -> bool:
    """Wait for this customer's own command; tell whether the page is behind it.

    The position stands in the address, so that a reload waits for nothing new.
    """
    text = request.args.get("after", "")
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        return False
    return not access.service().views.wait_until(
        views, access.account_id(), int(text), WAIT_SECONDS_MAX
    )


def before() -> int | None:
    """Return the number below which a list begins, from the page's address."""
    text = request.args.get("before", "")
    fine = text.isascii() and text.isdigit() and 0 < len(text) < 10
    return int(text) if fine else None


def credits_page() -> dict[str, Any]:
    """Return what the page of e-mail credits shows."""
    soon = recorded_soon("credits")
    found = _credits(before())
    return {
        "balance": {**_balance(found), "holds": len(found.holds)},
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
            **_paging(found.statement, "credits.show"),
        },
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
    bought = any(row.paid_at is not None for row in purchases.rows)
    details = profile is not None and profile.billing_details_at is not None
    done = details and bought and found.threshold is not None
    month = g.now.astimezone(current_zone()).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )
    sent = views.credits.sent(account_id, month)
    return {
        "company": profile.company if profile else None,
        "now": g.now,
        "balance": _balance(found),
        "plan": profile.plan if profile else "pay_per_email",
        "sent": {"credits": sent.credits, "campaigns": sent.campaigns},
        "low_balance": found.low_balance,
        "entries": [_entry(line) for line in found.statement.rows],
        "purchases": [_row(row) for row in purchases.rows],
        "steps": None
        if done
        else {
            "verified_at": (profile and profile.verified_at) or g.now,
            "billing_details": details,
            "bought": bought,
            "notice": found.threshold is not None,
        },
        "recorded_soon": soon,
    }


def purchases_page() -> dict[str, Any]:
    """Return what the purchase history shows."""
    soon = recorded_soon("purchases")
    views = access.service().views
    found = views.purchases.page(access.account_id(), before=before(), size=PAGE_ROWS)
    return {
        "rows": [_row(row) for row in found.rows],
        "page": _paging(found, "purchases.index"),
        "recorded_soon": soon,
    }


def purchase_page(purchase_id: UUID) -> dict[str, Any]:
    """Return what the page of one purchase shows. Raises NoSuchPurchase."""
    row = access.service().views.purchases.purchase(access.account_id(), purchase_id)
    if row is None:
        raise NoSuchPurchase(purchase_id=purchase_id)
    return {
        "purchase": _purchase(row),
        "reverse_charge": any(i["tax_category"] == REVERSE_CHARGE for i in row.items),
        "can_pay_again": row.status in ("processing", "declined"),
        "command_id": access.new_command_id(),
    }


def returned_page(purchase_id: UUID) -> dict[str, Any]:
    """Return what the page after the processor's shows. Raises NoSuchPurchase."""
    values = purchase_page(purchase_id)
    paid = values["purchase"]["paid_at"] is not None
    values["balance"] = _balance(_credits(None, 1)) if paid else None
    return values


def _credits(before: int | None, size: int = PAGE_ROWS) -> Credits:
    views = access.service().views
    return views.credits.credits(access.account_id(), g.now, before=before, size=size)


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
        "order_number": _number(lot.order_number),
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
    return {**vars(line), "order_number": _number(line.order_number)}


def _number(order_number: int | None) -> str | None:
    return None if order_number is None else str(order_number)


def _paging(found: Listed[Any], endpoint: str) -> dict[str, Any]:
    def address(before: int | None) -> str | None:
        return None if before is None else url_for(endpoint, before=before)

    return {
        "first": found.first,
        "last": found.last,
        "total": found.total,
        "newer": address(found.newer),
        "older": address(found.older),
    }


def _lines(row: PurchaseRow) -> list[dict[str, Any]]:
    return [
        {
            "kind": item["kind"],
            "quantity": item["credits"] or item["quantity"],
            "description": item["description"],
            "net_minor": item["net_minor"],
            "period": _period(item),
        }
        for item in row.items
    ]


def _period(item: Any) -> dict[str, datetime] | None:
    if not item["service_from"]:
        return None
    end = datetime.fromisoformat(item["service_until"])
    return {
        "first": datetime.fromisoformat(item["service_from"]),
        "last": end - timedelta(days=1),
    }


def _receipt(row: PurchaseRow) -> dict[str, str] | None:
    if row.receipt is None:
        return None
    href = url_for("purchases.receipt", receipt_id=row.receipt.receipt_id)
    return {"number": row.receipt.number, "href": href}


def _status(row: PurchaseRow) -> str:
    return "expired" if row.status == "cancelled" else row.status


def _row(row: PurchaseRow) -> dict[str, Any]:
    return {
        "href": url_for("purchases.show", purchase_id=row.purchase_id),
        "order_number": _number(row.order_number),
        "at": row.paid_at or row.started_at,
        "lines": _lines(row),
        "status": _status(row),
        "total_minor": row.total_minor,
        "currency": row.currency,
        "receipt": _receipt(row),
    }


def _purchase(row: PurchaseRow) -> dict[str, Any]:
    return {
        "id": row.purchase_id,
        "order_number": _number(row.order_number),
        "started_at": row.started_at,
        "paid_at": row.paid_at,
        "status": _status(row),
        "lines": _lines(row),
        "net_minor": row.net_minor,
        "tax_minor": row.tax_minor,
        "total_minor": row.total_minor,
        "currency": row.currency,
        "payment_label": row.payment_label,
        "receipt": _receipt(row),
        "declined_reason": _reason(row.decline_code),
    }


def _reason(code: str | None) -> str | None:
    if code is None:
        return None
    return {
        "insufficient_funds": gettext("The bank says that the card has too few funds."),
        "expired_card": gettext("The card has expired."),
        "authentication_failed": gettext("The bank could not confirm that it was you."),
    }.get(code, gettext("The bank gave no reason; another card may do."))
