"""Stripe: hosted checkouts, how they stand, and what its webhooks say.

Amounts are whole minor units. The SDK takes most of a second to import and so is
imported when it is first used.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from commands.gateways.processor import (
    BadWebhook,
    ChargeState,
    Checkout,
    CheckoutItem,
    CheckoutState,
    Movement,
    PaymentRefused,
    Payments,
    PaymentsUnreachable,
    WebhookEvent,
)
from commands.gateways.stripe_billing import StripeBilling
from commands.gateways.stripe_client import TIMEOUT_SECONDS, check_signature, failures
from commands.gateways.stripe_objects import (
    charge_state,
    checkout_state,
    event_of,
    instant,
    movement_of,
)
from commands.gateways.stripe_saved_cards import StripeSavedCards

if TYPE_CHECKING:
    from stripe.checkout import Session
    from stripe.params.checkout import SessionCreateParams

__all__ = [
    "BadWebhook",
    "ChargeState",
    "Checkout",
    "CheckoutItem",
    "CheckoutState",
    "PaymentRefused",
    "Payments",
    "PaymentsUnreachable",
    "StripePayments",
    "WebhookEvent",
]

CLOCKS_DIFFER_SECONDS_MAX = 300
WEBHOOK_BYTES_MAX = 1_000_000
CARD_EXPANDED = ["payment_intent.latest_charge"]


class StripePayments(StripeBilling, StripeSavedCards):
    """Payments by Stripe, or at `base_address` by what speaks as it does."""

    def __init__(
        self,
        secret_key: str,
        webhook_secret: str,
        base_address: str | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        super().__init__(secret_key, base_address, timeout_seconds)
        self._webhook_secret = webhook_secret

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
        with failures():
            session = self._client().v1.checkout.sessions.create(
                params, {"idempotency_key": idempotency_key}
            )
        return _opened(session)

    def checkout(self, id: str) -> CheckoutState:
        with failures():
            session = self._client().v1.checkout.sessions.retrieve(
                id, {"expand": CARD_EXPANDED}
            )
        return checkout_state(session.to_dict())

    def expire_checkout(self, id: str) -> CheckoutState:
        try:
            with failures():
                session = self._client().v1.checkout.sessions.expire(
                    id, {"expand": CARD_EXPANDED}
                )
        except PaymentRefused:
            state = self.checkout(id)
            if state.status == "open":
                raise
            return state
        return checkout_state(session.to_dict())

    def refund(
        self, *, charge: str, amount_minor: int, refund_id: UUID, account_id: UUID
    ) -> None:
        ours = {"refund_id": str(refund_id), "account_id": str(account_id)}
        params: Any = {"charge": charge, "amount": amount_minor, "metadata": ours}
        with failures():
            key = {"idempotency_key": f"refund:{refund_id}"}
            self._client().v1.refunds.create(params, key)  # type: ignore[arg-type]

    def charge(self, id: str) -> ChargeState:
        client, asked = self._client().v1, {"charge": id, "limit": 100}
        with failures():
            refunds = client.refunds.list(asked)  # type: ignore[arg-type]
            disputes = client.disputes.list(asked)  # type: ignore[arg-type]
            return charge_state(
                id,
                [one.to_dict() for one in refunds.auto_paging_iter()],
                [one.to_dict() for one in disputes.auto_paging_iter()],
            )

    def movements(self, since: datetime, until: datetime) -> Iterator[Movement]:
        asked: Any = {
            "created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())},
            "limit": 100,
            "expand": ["data.source"],
        }
        with failures():
            found = self._client().v1.balance_transactions.list(asked)
            for one in found.auto_paging_iter():
                yield movement_of(one.to_dict())

    def verify_webhook(self, payload: bytes, signature: str) -> WebhookEvent:
        if len(payload) > WEBHOOK_BYTES_MAX:
            raise BadWebhook("too long")
        try:
            check_signature(
                payload, signature, self._webhook_secret, CLOCKS_DIFFER_SECONDS_MAX
            )
            _check_not_ahead(signature)
            return event_of(json.loads(payload))
        except (
            ArithmeticError,
            AttributeError,
            LookupError,
            RecursionError,
            TypeError,
            ValueError,
        ) as fault:
            raise BadWebhook(type(fault).__name__) from None


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
        id=session.id, url=session.url, expires_at=instant(session.expires_at)
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


def _check_not_ahead(signature: str) -> None:
    """Raises ValueError for a signature from the future, which the SDK lets pass."""
    parts = dict(part.split("=", 1) for part in signature.split(","))
    if int(parts["t"]) > time.time() + CLOCKS_DIFFER_SECONDS_MAX:
        raise ValueError("from the future")
