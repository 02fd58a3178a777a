"""Stripe: hosted checkouts, how they stand, and what its webhooks say.

Amounts are whole minor units. The SDK takes most of a second to import and so is
imported when it is first used.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from commands.gateways.processor import (
    BadWebhook,
    Checkout,
    CheckoutItem,
    CheckoutState,
    PaymentRefused,
    Payments,
    PaymentsUnreachable,
    WebhookEvent,
)

if TYPE_CHECKING:
    import stripe
    from stripe.checkout import Session
    from stripe.params.checkout import SessionCreateParams

__all__ = [
    "BadWebhook",
    "Checkout",
    "CheckoutItem",
    "CheckoutState",
    "PaymentRefused",
    "Payments",
    "PaymentsUnreachable",
    "StripePayments",
    "WebhookEvent",
]

TIMEOUT_SECONDS = 10.0
RETRIES = 1
CLOCKS_DIFFER_SECONDS_MAX = 300
WEBHOOK_BYTES_MAX = 1_000_000
BRANDS = {
    "amex": "American Express",
    "cartes_bancaires": "Cartes Bancaires",
    "diners": "Diners Club",
    "discover": "Discover",
    "eftpos_au": "eftpos",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "unionpay": "UnionPay",
    "visa": "Visa",
}
CARD_EXPANDED = ["payment_intent.latest_charge"]


class StripePayments:
    """Payments by Stripe, or at `base_address` by what speaks as it does."""

    def __init__(
        self,
        secret_key: str,
        webhook_secret: str,
        base_address: str | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._secret_key = secret_key
        self._webhook_secret = webhook_secret
        self._base_address = base_address
        self._timeout_seconds = timeout_seconds
        self._made: stripe.StripeClient | None = None
        self._making = threading.Lock()

    def create_checkout(
        self,
        *,
        purchase_id: UUID,
        account_id: UUID,
        customer: str | None,
        customer_email: str,
        items: Sequence[CheckoutItem],
        currency: str,
        success_url: str,
        cancel_url: str,
        locale: str,
        expires_at: datetime,
        idempotency_key: str,
    ) -> Checkout:
        params = _whose(purchase_id, account_id, customer, customer_email)
        params["mode"] = "payment"
        params["line_items"] = [_line(item, currency) for item in items]
        params["success_url"] = success_url
        params["cancel_url"] = cancel_url
        params["locale"] = "fr" if locale == "fr" else "en"
        params["expires_at"] = int(expires_at.timestamp())
        with _failures():
            session = self._client().v1.checkout.sessions.create(
                params, {"idempotency_key": idempotency_key}
            )
        return _opened(session)

    def checkout(self, id: str) -> CheckoutState:
        with _failures():
            session = self._client().v1.checkout.sessions.retrieve(
                id, {"expand": CARD_EXPANDED}
            )
        return _state(session.to_dict())

    def expire_checkout(self, id: str) -> CheckoutState:
        try:
            with _failures():
                session = self._client().v1.checkout.sessions.expire(
                    id, {"expand": CARD_EXPANDED}
                )
        except PaymentRefused:
            state = self.checkout(id)
            if state.status == "open":
                raise
            return state
        return _state(session.to_dict())

    def verify_webhook(self, payload: bytes, signature: str) -> WebhookEvent:
        import stripe

        if len(payload) > WEBHOOK_BYTES_MAX:
            raise BadWebhook("too long")
        try:
            stripe.WebhookSignature.verify_header(
                payload, signature, self._webhook_secret, CLOCKS_DIFFER_SECONDS_MAX
            )
            _check_not_ahead(signature)
            return _event(json.loads(payload))
        except (
            stripe.SignatureVerificationError,
            ArithmeticError,
            AttributeError,
            LookupError,
            RecursionError,
            TypeError,
            ValueError,
        ) as fault:
            raise BadWebhook(type(fault).__name__) from None

    def _client(self) -> stripe.StripeClient:
        import stripe

        with self._making:
            if self._made is None:
                stripe.enable_telemetry = False
                here = self._base_address
                self._made = stripe.StripeClient(
                    self._secret_key,
                    base_addresses={"api": here} if here else None,
                    http_client=stripe.RequestsClient(timeout=self._timeout_seconds),
                    max_network_retries=RETRIES,
                )
            return self._made


@contextmanager
def _failures() -> Iterator[None]:
    """Stripe's errors as ours: worth another try, or not."""
    import stripe

    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError) as fault:
        raise PaymentsUnreachable(type(fault).__name__) from fault
    except stripe.StripeError as fault:
        if fault.http_status is None or fault.http_status in (409, 429):
            raise PaymentsUnreachable(type(fault).__name__) from fault
        if fault.http_status >= 500:
            raise PaymentsUnreachable(f"status {fault.http_status}") from fault
        raise PaymentRefused(
            fault.user_message or type(fault).__name__,
            fault.code,
            getattr(fault, "param", None),
        ) from fault


def _whose(
    purchase_id: UUID, account_id: UUID, customer: str | None, customer_email: str
) -> SessionCreateParams:
    """What ties a checkout and its payment to a purchase and to who pays."""
    ours = {"purchase_id": str(purchase_id), "account_id": str(account_id)}
    params: SessionCreateParams = {
        "client_reference_id": str(purchase_id),
        "metadata": ours,
        "payment_intent_data": {"metadata": ours},
    }
    if customer is None:
        params["customer_email"] = customer_email
        params["customer_creation"] = "always"
    else:
        params["customer"] = customer
    return params


def _opened(session: Session) -> Checkout:
    if session.url is None:  # an answer repeated for a key, long since closed
        raise PaymentRefused("This checkout is closed", "checkout_closed")
    return Checkout(
        id=session.id, url=session.url, expires_at=_instant(session.expires_at)
    )


def _line(item: CheckoutItem, currency: str) -> Any:
    return {
        "quantity": item.quantity,
        "price_data": {
            "currency": currency.lower(),
            "unit_amount": item.amount_minor,
            "product_data": {"name": item.name},
        },
    }


def _state(session: dict[str, Any]) -> CheckoutState:
    intent: dict[str, Any] = session["payment_intent"] or {}
    charge: dict[str, Any] = intent.get("latest_charge") or {}
    paid = session["payment_status"] == "paid"
    error = {} if paid else intent.get("last_payment_error") or {}
    metadata = session.get("metadata") or {}
    return CheckoutState(
        id=session["id"],
        status=session["status"],
        paid=paid,
        customer=session["customer"],
        payment_intent=intent.get("id"),
        charge=charge.get("id") if paid else None,
        amount_minor=session["amount_total"],
        currency=session["currency"].upper(),
        card_label=_card_label(charge) if paid else None,
        declined_attempt=_attempt(error, intent) if error else None,
        declined_code=error.get("decline_code") or error.get("code"),
        purchase_id=_uuid(metadata, "purchase_id"),
        account_id=_uuid(metadata, "account_id"),
        paid_at=_instant(charge["created"]) if paid and charge else None,
    )


def _attempt(error: dict[str, Any], intent: dict[str, Any]) -> str:
    """What tells one failed attempt from the next: its charge, or else its card."""
    method = (error.get("payment_method") or {}).get("id")
    return str(error.get("charge") or method or intent["id"])


def _card_label(charge: dict[str, Any]) -> str | None:
    details = charge.get("payment_method_details") or {}
    card = details.get("card") or {}
    if not card.get("last4"):
        kind = details.get("type")
        return str(kind).replace("_", " ").capitalize() if kind else None
    brand = card.get("brand") or "card"
    return f"{BRANDS.get(brand, brand.capitalize())} •••• {card['last4']}"


def _event(event: dict[str, Any]) -> WebhookEvent:
    about = event["data"]["object"]
    if event["object"] != "event" or not isinstance(about, dict):
        raise ValueError("no event")
    for text in (event["id"], event["type"], about.get("id", "")):
        if not isinstance(text, str) or len(text) > 255 or "\0" in text:
            raise ValueError("no text")
    if not event["id"] or not event["type"] or type(event["created"]) is not int:
        raise ValueError("not complete")
    metadata = about.get("metadata") or {}
    return WebhookEvent(
        id=event["id"],
        type=event["type"],
        object_id=about.get("id"),
        purchase_id=_uuid(metadata, "purchase_id"),
        account_id=_uuid(metadata, "account_id"),
        created_at=_instant(event["created"]),
    )


def _check_not_ahead(signature: str) -> None:
    """Raises ValueError for a signature from the future, which the SDK lets pass."""
    parts = dict(part.split("=", 1) for part in signature.split(","))
    if int(parts["t"]) > time.time() + CLOCKS_DIFFER_SECONDS_MAX:
        raise ValueError("from the future")


def _uuid(metadata: dict[str, Any], key: str) -> UUID | None:
    try:
        return UUID(metadata[key])
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
