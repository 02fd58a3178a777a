"""Stripe Billing: subscriptions through hosted pages, and how they stand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from commands.gateways.billing import (
    ChangePreview,
    InvoicePaid,
    PaymentRefused,
    Price,
    SubscriptionState,
)
from commands.gateways.stripe_client import StripeConnection, failures
from commands.gateways.stripe_objects import instant
from commands.gateways.stripe_subscriptions import invoice_paid, subscription_state

INVOICES_MAX = 100
GONE = "resource_missing"


class StripeBilling(StripeConnection):
    """What Stripe does about subscriptions; the refusals are Billing's."""

    def create_subscription_checkout(
        self,
        *,
        purchase_id: UUID,
        account_id: UUID,
        customer: str | None,
        customer_email: str,
        price: Price,
        metadata: Mapping[str, str],
        success_url: str,
        cancel_url: str,
        locale: str,
        expires_at: datetime,
        idempotency_key: str,
    ) -> tuple[str, str, datetime]:
        params = _page(success_url, cancel_url, locale, expires_at)
        payer = {"customer": customer} if customer else None
        params |= payer or {"customer_email": customer_email}
        params |= _whose(purchase_id, account_id, metadata)
        params["line_items"] = [_line(price)]
        with failures():
            session = self._client().v1.checkout.sessions.create(
                params, {"idempotency_key": idempotency_key}
            )
        if session.url is None:  # an answer repeated for a key, long since closed
            raise PaymentRefused("This checkout is closed", "checkout_closed")
        return session.id, session.url, instant(session.expires_at)

    def subscription(self, id: str) -> SubscriptionState:
        asked: Any = {"subscription": id, "limit": INVOICES_MAX}
        with failures():
            v1 = self._client().v1
            found = v1.subscriptions.retrieve(
                id, {"expand": ["default_payment_method"]}
            )
            invoices = v1.invoices.list(asked).data
        newest_first = [one.to_dict() for one in invoices]
        return subscription_state(found.to_dict(), newest_first[::-1])

    def invoice_paid(self, invoice_id: str) -> InvoicePaid:
        asked: Any = {
            "invoice": invoice_id,
            "expand": ["data.payment.payment_intent.latest_charge"],
        }
        with failures():
            found = self._client().v1.invoice_payments.list(asked).data
        return invoice_paid([one.to_dict() for one in found])

    def preview_change(self, id: str, price: Price, at: datetime) -> ChangePreview:
        details = {
            "items": [self._item(id, price)],
            "proration_behavior": "always_invoice",
            "proration_date": int(at.timestamp()),
        }
        asked: Any = {"subscription": id, "subscription_details": details}
        with failures():
            found = self._client().v1.invoices.create_preview(asked)
        return ChangePreview(total_minor=found.total, currency=found.currency.upper())

    def change_now(
        self,
        id: str,
        price: Price,
        metadata: Mapping[str, str],
        at: datetime,
        idempotency_key: str,
    ) -> None:
        params: Any = {
            "items": [self._item(id, price)],
            "metadata": dict(metadata),
            "proration_behavior": "always_invoice",
            "proration_date": int(at.timestamp()),
            "payment_behavior": "error_if_incomplete",
        }
        with failures():
            self._client().v1.subscriptions.update(
                id, params, {"idempotency_key": idempotency_key}
            )

    def change_later(self, id: str, price: Price, metadata: Mapping[str, str]) -> None:
        params: Any = {
            "items": [self._item(id, price)],
            "metadata": dict(metadata),
            "proration_behavior": "none",
        }
        with failures():
            self._client().v1.subscriptions.update(id, params)

    def end_later(self, id: str, ending: bool) -> None:
        with failures():
            self._client().v1.subscriptions.update(id, {"cancel_at_period_end": ending})

    def end_now(self, id: str) -> None:
        try:
            with failures():
                self._client().v1.subscriptions.cancel(id)
        except PaymentRefused as refused:
            if refused.code != GONE:
                raise

    def card_page(self, customer: str, return_url: str, locale: str) -> str:
        params: Any = {
            "customer": customer,
            "return_url": return_url,
            "locale": "fr" if locale == "fr" else "en",
            "flow_data": {"type": "payment_method_update"},
        }
        with failures():
            return self._client().v1.billing_portal.sessions.create(params).url

    def delete_customer(self, customer: str) -> None:
        try:
            with failures():
                self._client().v1.customers.delete(customer)
        except PaymentRefused as refused:
            if refused.code != GONE:
                raise

    def _item(self, id: str, price: Price) -> dict[str, Any]:
        """The subscription's one item at another price of the same product."""
        with failures():
            found = self._client().v1.subscriptions.retrieve(id).to_dict()
        [item] = found["items"]["data"]
        product = {"product": item["price"]["product"]}
        return {"id": item["id"], "price_data": _price(price, product)}


def _page(success_url: str, cancel_url: str, locale: str, expires_at: datetime) -> Any:
    return {
        "mode": "subscription",
        "success_url": success_url,
        "cancel_url": cancel_url,
        "locale": "fr" if locale == "fr" else "en",
        "expires_at": int(expires_at.timestamp()),
    }


def _whose(purchase_id: UUID, account_id: UUID, metadata: Mapping[str, str]) -> Any:
    """What ties a page, and the subscription that it begins, to who pays."""
    ours = {"purchase_id": str(purchase_id), "account_id": str(account_id)}
    return {
        "client_reference_id": str(purchase_id),
        "metadata": ours,
        "subscription_data": {"metadata": {**metadata, **ours}},
    }


def _line(price: Price) -> Any:
    product = {"product_data": {"name": price.name}}
    return {"quantity": 1, "price_data": _price(price, product)}


def _price(price: Price, product: dict[str, Any]) -> dict[str, Any]:
    return {
        **product,
        "currency": price.currency.lower(),
        "unit_amount": price.amount_minor,
        "recurring": {"interval": price.unit},
    }
