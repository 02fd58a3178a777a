"""What Daybook asks of a payment processor, and what it is answered.

Amounts are whole minor units, moments are aware.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from commands.gateways.billing import Billing
from commands.gateways.processor_failures import PaymentRefused, PaymentsUnreachable
from commands.gateways.saved_cards import SavedCards
from ledger.reversals import DisputeNews, RefundNews

__all__ = [
    "BadWebhook",
    "ChargeState",
    "Checkout",
    "CheckoutItem",
    "CheckoutState",
    "Movement",
    "PaymentRefused",
    "Payments",
    "PaymentsUnreachable",
    "WebhookEvent",
]


class BadWebhook(Exception):  # noqa: N818 - a fact, as a refusal is
    """These bytes are not an event that the processor signed for us just now."""


@dataclass(frozen=True, kw_only=True)
class CheckoutItem:
    """A line of a checkout; `amount_minor` is the price of one, tax included."""

    name: str
    quantity: int
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """A page to pay on, open until `expires_at`."""

    id: str
    url: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class CheckoutState:
    """How a checkout stands: `status` is open, complete or expired.

    `paid_at` is when the charge was made. `declined_attempt` is unlike for any two
    attempts that failed; it and `declined_code` are None unless the last one did.
    `subscription` is what a paid checkout has begun, the payment being its first.
    """

    id: str
    status: str
    paid: bool
    customer: str | None
    payment_intent: str | None
    charge: str | None
    amount_minor: int
    currency: str
    card_label: str | None
    declined_attempt: str | None
    declined_code: str | None
    purchase_id: UUID | None
    account_id: UUID | None
    paid_at: datetime | None
    subscription: str | None


@dataclass(frozen=True, kw_only=True)
class ChargeState:
    """What became of a payment's money: its refunds and its disputes."""

    id: str
    refunds: Sequence[RefundNews]
    disputes: Sequence[DisputeNews]


@dataclass(frozen=True, kw_only=True)
class Movement:
    """Money that moved on our balance at the processor, and what moved it.

    Kind is charge, refund, refund_failure, dispute, dispute_won or other; `name` is
    the processor's id of what moved it, `charge` that of the payment it is about.
    The amount is positive where it came, in minor units, before fees.
    """

    kind: str
    name: str
    charge: str | None
    account_id: UUID | None
    purchase_id: UUID | None
    amount_minor: int
    currency: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class WebhookEvent:
    """A verified event; the ids of ours are None where the object carries none."""

    id: str
    type: str
    object_id: str | None
    purchase_id: UUID | None
    account_id: UUID | None
    created_at: datetime


class Payments(Billing, SavedCards, Protocol):
    """What Daybook asks of a payment processor."""

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
        """Open a page to pay on.

        `customer` is the processor's, `currency` an ISO 4217 code; `expires_at` is half
        an hour to a day ahead. Raises PaymentsUnreachable and PaymentRefused.
        """

    def checkout(self, id: str) -> CheckoutState:
        """How the checkout stands. Raises PaymentsUnreachable and PaymentRefused."""

    def expire_checkout(self, id: str) -> CheckoutState:
        """Close an open checkout, and tell how it stands: it may have been paid.

        Raises PaymentsUnreachable and PaymentRefused.
        """

    def refund(
        self, *, charge: str, amount_minor: int, refund_id: UUID, account_id: UUID
    ) -> None:
        """Give back a part of a charge; asked again with the id it stays one refund.

        Raises PaymentsUnreachable and PaymentRefused.
        """

    def charge(self, id: str) -> ChargeState:
        """What became of a charge. Raises PaymentsUnreachable and PaymentRefused."""

    def movements(self, since: datetime, until: datetime) -> Iterator[Movement]:
        """Yield what moved on our balance from `since` until before `until`.

        Raises PaymentsUnreachable and PaymentRefused.
        """

    def verify_webhook(self, payload: bytes, signature: str) -> WebhookEvent:
        """The event in these bytes. Raises BadWebhook for whatever is none."""
