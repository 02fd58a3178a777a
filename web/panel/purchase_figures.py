"""What the pages about purchases show, read from the view."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import url_for

from ledger.refusals import NoSuchPurchase
from projections.purchases import PurchaseRow
from projections.reversals import ReversalRow, is_told
from web import access
from web.panel.lists import PAGE_ROWS, before, number_of, paging, recorded_soon
from web.words import gettext

REVERSE_CHARGE = "AE"


def purchases_page() -> dict[str, Any]:
    """Return what the purchase history shows."""
    soon = recorded_soon("purchases")
    views = access.service().views
    found = views.purchases.page(access.account_id(), before=before(), size=PAGE_ROWS)
    return {
        "rows": [purchase_row(row) for row in found.rows],
        "page": paging(found, "purchases.index"),
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


def purchase_row(row: PurchaseRow) -> dict[str, Any]:
    """Return a purchase as a line of a list."""
    return {
        "href": url_for("purchases.show", purchase_id=row.purchase_id),
        "order_number": number_of(row.order_number),
        "at": row.paid_at or row.started_at,
        "lines": _lines(row),
        "status": _status(row),
        "total_minor": row.total_minor,
        "currency": row.currency,
        "receipt": _receipt(row),
        "reversals": [_reversal(one) for one in row.reversals if is_told(one)],
    }


def _purchase(row: PurchaseRow) -> dict[str, Any]:
    return {
        "id": row.purchase_id,
        "order_number": number_of(row.order_number),
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
        "reversals": [_reversal(one) for one in row.reversals if is_told(one)],
    }


def _reversal(one: ReversalRow) -> dict[str, Any]:
    note = None
    if one.receipt_number and one.receipt_id:
        href = url_for("purchases.receipt", receipt_id=one.receipt_id)
        note = {"number": one.receipt_number, "href": href}
    return {
        "kind": one.kind,
        "status": one.status,
        "amount_minor": one.amount_minor,
        "currency": one.currency,
        "at": one.changed_at,
        "note": note,
    }


def _reason(code: str | None) -> str | None:
    if code is None:
        return None
    return {
        "insufficient_funds": gettext("The bank says that the card has too few funds."),
        "expired_card": gettext("The card has expired."),
        "authentication_failed": gettext("The bank could not confirm that it was you."),
    }.get(code, gettext("The bank gave no reason; another card may do."))
