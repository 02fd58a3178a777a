"""Stripe's objects as the stand-in makes them: the keys its SDK knows, no others."""

from __future__ import annotations

from typing import Any

from web.stand_in.books import Object, new_id
from web.stand_in.cards import Card

API_VERSION = "2026-10-28.endive"

FEE_BASIS_POINTS = 150
FEE_FIXED_MINOR = 25

SESSION_NOTHINGS = (
    "adaptive_pricing after_expiration allow_promotion_codes "
    "billing_address_collection branding_settings client_secret collected_information "
    "consent consent_collection currency_conversion customer_account customer_details "
    "integration_identifier invoice origin_context payment_intent payment_link "
    "permissions payment_method_configuration_details presentment_details "
    "recovered_from redirect_on_completion return_url saved_payment_method_options "
    "setup_intent shipping_address_collection shipping_cost submit_type subscription "
    "wallet_options"
)
CUSTOM_TEXTS = "after_submit shipping_address submit terms_of_service_acceptance"
NO_TAX = {"enabled": False, "liability": None, "provider": None, "status": None}
INTENT_NOTHINGS = (
    "amount_details application application_fee_amount automatic_payment_methods "
    "canceled_at cancellation_reason customer customer_account description "
    "last_payment_error latest_charge next_action on_behalf_of payment_method "
    "payment_record presentment_details processing receipt_email review "
    "setup_future_usage shipping source statement_descriptor "
    "statement_descriptor_suffix transfer_data transfer_group"
)
CHARGE_NOTHINGS = (
    "application application_fee application_fee_amount authorization_code "
    "balance_transaction description failure_balance_transaction failure_code "
    "failure_message on_behalf_of presentment_details receipt_email receipt_number "
    "receipt_url review shipping source source_transfer statement_descriptor "
    "statement_descriptor_suffix transfer_data transfer_group"
)
CUSTOMER_NOTHINGS = (
    "address business_name currency default_source description discount email "
    "individual_name name phone shipping test_clock"
)
REFUND_NOTHINGS = (
    "balance_transaction customer customer_account description destination_details "
    "failure_balance_transaction payment_method pending_reason reason receipt_number "
    "source_transfer_reversal transfer_reversal"
)


def session(now: int, **fields: Any) -> Object:
    """An open hosted checkout that takes one payment."""
    return {
        **_nothing(SESSION_NOTHINGS),
        "id": new_id("cs_test", 58),
        "object": "checkout.session",
        "automatic_tax": NO_TAX,
        "created": now,
        "custom_fields": [],
        "custom_text": dict.fromkeys(CUSTOM_TEXTS.split()),
        "discounts": [],
        "invoice_creation": None,
        "livemode": False,
        "metadata": {},
        "mode": "payment",
        "payment_method_collection": "if_required",
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        **fields,
    }


def line_item(name: str, quantity: int, unit_amount: int, currency: str) -> Object:
    """One line of a checkout: quantity times unit amount, in minor units."""
    total = quantity * unit_amount
    return {
        "id": new_id("li"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": total,
        "amount_tax": 0,
        "amount_total": total,
        "currency": currency,
        "description": name,
        "price": None,
        "quantity": quantity,
    }


def payment_intent(now: int, **fields: Any) -> Object:
    """A payment that waits for a card."""
    made = new_id("pi")
    return {
        **_nothing(INTENT_NOTHINGS),
        "id": made,
        "object": "payment_intent",
        "amount_capturable": 0,
        "amount_received": 0,
        "capture_method": "automatic_async",
        "client_secret": new_id(f"{made}_secret"),
        "confirmation_method": "automatic",
        "created": now,
        "livemode": False,
        "metadata": {},
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
        **fields,
    }


def charge(now: int, intent: Object, **fields: Any) -> Object:
    """One attempt to take a payment's amount from a card."""
    return {
        **_nothing(CHARGE_NOTHINGS),
        "id": new_id("ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "calculated_statement_descriptor": "STAND-IN",
        "captured": False,
        "created": now,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        "metadata": intent["metadata"],
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": new_id("pm"),
        "radar_options": {},
        "refunded": False,
        "status": "failed",
        **fields,
    }


def card_details(card: Card, expiry: tuple[int, int], secured: bool) -> Object:
    """What a charge says about the card it was tried on."""
    proof = {"authentication_flow": "challenge", "result": "authenticated"}
    return {
        "type": "card",
        "card": {
            "brand": card.brand,
            "checks": {
                "address_line1_check": None,
                "address_postal_code_check": None,
                "cvc_check": "fail" if card.code == "incorrect_cvc" else "pass",
            },
            "country": "US",
            "exp_month": expiry[0],
            "exp_year": expiry[1],
            "funding": "credit",
            "installments": None,
            "last4": card.last4,
            "mandate": None,
            "network": card.brand,
            "regulated_status": "unregulated",
            "three_d_secure": proof if secured else None,
            "wallet": None,
        },
    }


def customer(now: int, **fields: Any) -> Object:
    """Someone who pays."""
    return {
        **_nothing(CUSTOMER_NOTHINGS),
        "id": new_id("cus", 14),
        "object": "customer",
        "balance": 0,
        "created": now,
        "delinquent": False,
        "invoice_prefix": new_id("x", 8)[2:].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "preferred_locales": [],
        "tax_exempt": "none",
        **fields,
    }


def refund(now: int, charged: Object, **fields: Any) -> Object:
    """Money of a charge that went back."""
    return {
        **_nothing(REFUND_NOTHINGS),
        "id": new_id("re"),
        "object": "refund",
        "charge": charged["id"],
        "created": now,
        "currency": charged["currency"],
        "metadata": {},
        "payment_intent": charged["payment_intent"],
        "status": "succeeded",
        **fields,
    }


def balance_transaction(
    now: int, source: Object, kind: str, amount: int, fee: int
) -> Object:
    """What a charge (positive) or refund (negative) did to our balance at Stripe."""
    details = {
        "amount": fee,
        "application": None,
        "currency": source["currency"],
        "description": "Stripe processing fees",
        "type": "stripe_fee",
    }
    return {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": now + 7 * 86_400,
        "balance_type": "payments",
        "created": now,
        "currency": source["currency"],
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [details] if fee else [],
        "net": amount - fee,
        "reporting_category": kind,
        "source": source["id"],
        "status": "pending",
        "type": kind,
    }


def event(now: int, kind: str, about: Object, request: Object) -> Object:
    """Something happened to `about`, as it was at that moment."""
    return {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": now,
        "data": {"object": about},
        "livemode": False,
        "pending_webhooks": 1,
        "request": request,
        "type": kind,
    }


def fee_of(amount: int) -> int:
    """What Stripe keeps of a charge, in minor units, rounded half up."""
    return (amount * FEE_BASIS_POINTS + 5_000) // 10_000 + FEE_FIXED_MINOR


def _nothing(names: str) -> Object:
    return dict.fromkeys(names.split())
