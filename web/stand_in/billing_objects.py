"""Stripe Billing's objects as the stand-in makes them, and when periods begin."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime
from typing import Any

from web.stand_in.books import Object, new_id
from web.stand_in.cards import Card

SUBSCRIPTION_NOTHINGS = (
    "application application_fee_percent billing_cycle_anchor_config "
    "billing_thresholds cancel_at canceled_at customer_account days_until_due "
    "default_source description ended_at latest_invoice "
    "next_pending_invoice_item_invoice on_behalf_of pause_collection "
    "pending_invoice_item_interval pending_setup_intent pending_update schedule "
    "test_clock transfer_data trial_end trial_settings trial_start"
)
INVOICE_NOTHINGS = (
    "account_country account_name account_tax_ids application "
    "automatically_finalizes_at custom_fields customer_account customer_address "
    "customer_email customer_name customer_phone customer_shipping "
    "default_payment_method default_source description due_date effective_at "
    "ending_balance footer from_invoice invoice_pdf last_finalization_error "
    "latest_revision next_payment_attempt number on_behalf_of receipt_number "
    "rendering shipping_cost shipping_details statement_descriptor test_clock "
    "threshold_reason total_excluding_tax"
)
NO_TAX = {"disabled_reason": None, "enabled": False, "liability": None}
MONTHS = {"month": 1, "year": 12}
RECURRING: Object = {
    "interval_count": 1,
    "meter": None,
    "trial_period_days": None,
    "usage_type": "licensed",
}
SUBSCRIPTION_FIXED: Object = {
    "automatic_tax": NO_TAX,
    "billing_mode": {"type": "classic", "flexible": None, "updated_at": None},
    "billing_schedules": [],
    "cancel_at_period_end": False,
    "cancellation_details": {"comment": None, "feedback": None, "reason": None},
    "collection_method": "charge_automatically",
    "default_tax_rates": [],
    "discounts": [],
    "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
    "livemode": False,
    "payment_settings": {
        "payment_method_options": None,
        "payment_method_types": ["card"],
        "save_default_payment_method": "off",
    },
}
INVOICE_FIXED: Object = {
    "amount_overpaid": 0,
    "amount_paid": 0,
    "amount_shipping": 0,
    "attempt_count": 0,
    "attempted": False,
    "auto_advance": True,
    "automatic_tax": {**NO_TAX, "provider": None, "status": None},
    "collection_method": "charge_automatically",
    "customer_tax_exempt": "none",
    "customer_tax_ids": [],
    "default_tax_rates": [],
    "discounts": [],
    "hosted_invoice_url": None,
    "issuer": {"type": "self"},
    "livemode": False,
    "metadata": {},
    "payment_settings": {
        "default_mandate": None,
        "payment_method_options": None,
        "payment_method_types": None,
    },
    "post_payment_credit_notes_amount": 0,
    "pre_payment_credit_notes_amount": 0,
    "starting_balance": 0,
    "status": "open",
    "total_discount_amounts": [],
    "total_pretax_credit_amounts": [],
    "total_taxes": [],
    "webhooks_delivered_at": None,
}
MOMENTS = "finalized_at marked_uncollectible_at paid_at voided_at"


def later(anchor: int, interval: str, number: int) -> int:
    """The start of a period, in seconds since 1970: so many after the anchor's own.

    A month that lacks the anchor's day begins its period on its last one.
    """
    first = datetime.fromtimestamp(anchor, UTC)
    months = first.month - 1 + MONTHS[interval] * number
    year, month = first.year + months // 12, months % 12 + 1
    day = min(first.day, calendar.monthrange(year, month)[1])
    return int(first.replace(year=year, month=month, day=day).timestamp())


def price(
    now: int, unit_amount: int, currency: str, interval: str, product: str
) -> Any:
    """What one period costs, in minor units."""
    return {
        "id": new_id("price"),
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": now,
        "currency": currency,
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": product,
        "recurring": {**RECURRING, "interval": interval},
        "tax_behavior": "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring",
        "unit_amount": unit_amount,
        "unit_amount_decimal": str(unit_amount),
    }


def subscription(now: int, sold: Object, until: int, **fields: Any) -> Object:
    """A subscription to one price from now on, paid."""
    id = new_id("sub")
    item = _item(now, id, sold, until)
    return {
        **dict.fromkeys(SUBSCRIPTION_NOTHINGS.split()),
        "id": id,
        "object": "subscription",
        **SUBSCRIPTION_FIXED,
        "billing_cycle_anchor": now,
        "created": now,
        "currency": sold["currency"],
        "items": _list([item], f"/v1/subscription_items?subscription={id}"),
        "metadata": {},
        "start_date": now,
        "status": "active",
        **fields,
    }


def _list(data: list[Object], url: str) -> Object:
    return {"object": "list", "data": data, "has_more": False, "url": url}


def _item(now: int, subscription_id: str, sold: Object, until: int) -> Object:
    return {
        "id": new_id("si", 14),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": now,
        "current_period_end": until,
        "current_period_start": now,
        "discounts": [],
        "metadata": {},
        "price": sold,
        "quantity": 1,
        "subscription": subscription_id,
        "tax_rates": [],
    }


def line(
    amount: int,
    description: str,
    period: tuple[int, int],
    subscription: Object,
    *,
    proration: bool = False,
) -> Object:
    """One line of an invoice; negative where something is given back."""
    return {
        "id": new_id("il"),
        "object": "line_item",
        "amount": amount,
        "currency": subscription["currency"],
        "description": description,
        "discount_amounts": [],
        "discountable": not proration,
        "discounts": [],
        "livemode": False,
        "metadata": subscription["metadata"],
        "parent": _line_parent(subscription, proration),
        "period": {"start": period[0], "end": period[1]},
        "pretax_credit_amounts": [],
        "quantity": 1,
        "subscription": subscription["id"],
        "subtotal": amount,
        "taxes": [],
    }


def _line_parent(subscription: Object, proration: bool) -> Object:
    return {
        "invoice_item_details": None,
        "subscription_item_details": {
            "invoice_item": None,
            "proration": proration,
            "proration_details": {"credited_items": None},
            "subscription": subscription["id"],
            "subscription_item": subscription["items"]["data"][0]["id"],
        },
        "type": "subscription_item_details",
    }


def invoice(
    now: int, subscription: Object, lines: list[Object], reason: str, **fields: Any
) -> Object:
    """An open invoice; its copy of the subscription's metadata stays as it is now."""
    total = sum(one["amount"] for one in lines)
    id = fields.pop("id", None) or new_id("in")
    return {
        **dict.fromkeys(INVOICE_NOTHINGS.split()),
        **INVOICE_FIXED,
        "id": id,
        "object": "invoice",
        "amount_due": total,
        "amount_remaining": total,
        "billing_reason": reason,
        "created": now,
        "currency": subscription["currency"],
        "customer": subscription["customer"],
        "lines": _list(
            [{**one, "invoice": id} for one in lines], f"/v1/invoices/{id}/lines"
        ),
        "parent": _invoice_parent(subscription),
        "period_end": now,
        "period_start": now,
        "status_transitions": {**dict.fromkeys(MOMENTS.split()), "finalized_at": now},
        "subtotal": total,
        "subtotal_excluding_tax": total,
        "total": total,
        **fields,
    }


def _invoice_parent(subscription: Object) -> Object:
    return {
        "quote_details": None,
        "subscription_details": {
            "metadata": subscription["metadata"],
            "subscription": subscription["id"],
            "subscription_proration_date": None,
        },
        "type": "subscription_details",
    }


def invoice_payment(now: int, invoice: Object, intent: str) -> Object:
    """The payment that an invoice waits for."""
    return {
        "id": new_id("inpay"),
        "object": "invoice_payment",
        "amount_paid": None,
        "amount_requested": invoice["amount_due"],
        "created": now,
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": True,
        "livemode": False,
        "payment": {"type": "payment_intent", "payment_intent": intent},
        "status": "open",
        "status_transitions": {"canceled_at": None, "paid_at": None},
    }


def saved_card(
    now: int, id: str, customer: str, card: Card, expiry: tuple[int, int]
) -> Object:
    """A card that may be charged again without its holder."""
    return {
        "id": id,
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": {},
        "card": {
            "brand": card.brand,
            "exp_month": expiry[0],
            "exp_year": expiry[1],
            "funding": "credit",
            "last4": card.last4,
        },
        "created": now,
        "customer": customer,
        "livemode": False,
        "metadata": {},
        "type": "card",
    }
