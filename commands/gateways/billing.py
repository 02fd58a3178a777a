"""What Daybook asks of a processor that bills subscriptions, and what it is answered.

Amounts are whole minor units with tax, moments are aware.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from commands.gateways.processor_failures import PaymentRefused, PaymentsUnreachable
from ledger.periods import Period, Unit

__all__ = [
    "Billing",
    "ChangePreview",
    "InvoicePaid",
    "InvoiceState",
    "PaymentRefused",
    "PaymentsUnreachable",
    "Price",
    "SubscriptionState",
]


@dataclass(frozen=True, kw_only=True)
class Price:
    """What one period costs; `name` is what the processor's page calls it."""

    name: str
    amount_minor: int
    currency: str
    unit: Unit


@dataclass(frozen=True, kw_only=True)
class InvoiceState:
    """What was charged, or is to be, for a subscription.

    `metadata` is a copy of the subscription's, as it was when the invoice was made;
    `period` is what the charge is for. `attempts` counts charges that were tried.
    """

    id: str
    status: Literal["open", "paid", "other"]
    reason: Literal["create", "cycle", "update", "other"]
    total_minor: int
    currency: str
    metadata: Mapping[str, str]
    period: Period
    created_at: datetime
    attempts: int
    next_attempt_at: datetime | None
    page_url: str | None


@dataclass(frozen=True, kw_only=True)
class InvoicePaid:
    """What an invoice was paid with; the last refusal where it is not paid."""

    payment_intent: str | None
    charge: str | None
    card_label: str | None
    paid_at: datetime | None
    declined_code: str | None


@dataclass(frozen=True, kw_only=True)
class SubscriptionState:
    """How a subscription stands; its invoices oldest first.

    `ending` says that it is not to be renewed, `ended_at` when it was over.
    """

    id: str
    customer: str
    account_id: UUID | None
    metadata: Mapping[str, str]
    ending: bool
    ended_at: datetime | None
    card_label: str | None
    invoices: Sequence[InvoiceState]


@dataclass(frozen=True, kw_only=True)
class ChangePreview:
    """What a change would charge at once."""

    total_minor: int
    currency: str


class Billing(Protocol):
    """What Daybook asks of a processor that bills subscriptions.

    Every method raises PaymentsUnreachable and PaymentRefused.
    """

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
        """Open a page to subscribe on: its id, address, and when it closes."""

    def subscription(self, id: str) -> SubscriptionState:
        """How a subscription stands, with its newest hundred invoices."""

    def invoice_paid(self, invoice_id: str) -> InvoicePaid:
        """What an invoice was paid with, or why it was not."""

    def preview_change(self, id: str, price: Price, at: datetime) -> ChangePreview:
        """What another price from that moment on would charge."""

    def change_now(
        self,
        id: str,
        price: Price,
        metadata: Mapping[str, str],
        at: datetime,
        idempotency_key: str,
    ) -> None:
        """Charge another price from that moment on, all or nothing."""

    def change_later(self, id: str, price: Price, metadata: Mapping[str, str]) -> None:
        """Charge another price from the next period on."""

    def end_later(self, id: str, ending: bool) -> None:
        """Let a subscription end with its period, or go on after all."""

    def end_now(self, id: str) -> None:
        """End a subscription; one that has ended already stays so."""

    def card_page(self, customer: str, return_url: str, locale: str) -> str:
        """The address of a page where another card is entered."""

    def delete_customer(self, customer: str) -> None:
        """Forget a customer and end what he subscribes to; again changes nothing."""
