"""What a purchase records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ledger.aggregate import Aggregate, Personal
from ledger.items import Item
from ledger.reversals import RefundPart


@dataclass(frozen=True, kw_only=True)
class Payment:
    """What the processor calls a payment.

    One on its page has a checkout, one of a subscription's later periods an invoice.
    """

    customer_id: str
    checkout_id: str
    payment_intent_id: str
    charge_id: str
    invoice_id: str | None = None


class Event(Aggregate.Event):
    TOPIC = "purchases.Event"


class Started(Event, Aggregate.Created):
    TOPIC = "purchases.Started"
    account_id: UUID
    items: list[Item]
    currency: str
    catalogue_version: str
    language: str


class CheckoutOpened(Event):
    TOPIC = "purchases.CheckoutOpened"
    checkout_id: str
    expires_at: datetime


class Declined(Event):
    TOPIC = "purchases.Declined"
    attempt_id: str
    code: str


class Paid(Event):
    TOPIC = "purchases.Paid"
    order_number: int
    amount_minor: int
    currency: str
    customer_id: str
    checkout_id: str
    payment_intent_id: str
    charge_id: str
    payment_label: Personal
    paid_at: datetime
    invoice_id: str | None
    service_from: datetime | None
    service_until: datetime | None

    class_version = 2

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Give what was paid before there were subscriptions nothing of theirs."""
        state.update(invoice_id=None, service_from=None, service_until=None)


class Expired(Event):
    TOPIC = "purchases.Expired"
    checkout_id: str | None


class Cancelled(Event):
    TOPIC = "purchases.Cancelled"


class RefundProposed(Event):
    """Staff want to give money back; the amounts are those of each part whole.

    `approvals` is how many other people must agree before it is sent; `emails_sent`
    what was said about the use of a subscription's first period.
    """

    TOPIC = "purchases.RefundProposed"
    refund_id: UUID
    parts: list[RefundPart]
    amount_minor: int
    currency: str
    reason: str
    approvals: int
    proposed_by: str
    proposed_at: datetime
    emails_sent: int | None

    class_version = 2

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Say nothing about e-mails where credits alone were given back."""
        state.update(emails_sent=None)


class RefundApproved(Event):
    """Nothing more stands in the way of the refund: the processor may be told."""

    TOPIC = "purchases.RefundApproved"
    refund_id: UUID
    approved_by: str


class RefundRejected(Event):
    """The refund was not agreed to, or the processor will not make it."""

    TOPIC = "purchases.RefundRejected"
    refund_id: UUID
    rejected_by: str
    reason: str


class RefundSent(Event):
    """The processor has taken a refund on, and has not paid it out yet.

    The key is ours where we asked for it, else the processor's id.
    """

    TOPIC = "purchases.RefundSent"
    key: str
    processor_refund_id: str
    amount_minor: int
    currency: str
    sent_at: datetime


class Refunded(Event):
    """The money went back; net and tax are what the credit note says."""

    TOPIC = "purchases.Refunded"
    key: str
    processor_refund_id: str
    parts: list[RefundPart]
    amount_minor: int
    currency: str
    refunded_at: datetime


class RefundFailed(Event):
    """The money did not go back, or came again after it had gone."""

    TOPIC = "purchases.RefundFailed"
    key: str
    processor_refund_id: str
    code: str
    after_success: bool


class DisputeOpened(Event):
    """The buyer's bank took the payment into question, and the money with it."""

    TOPIC = "purchases.DisputeOpened"
    dispute_id: str
    amount_minor: int
    currency: str
    reason: str
    opened_at: datetime


class DisputeWon(Event):
    """The money is ours after all; `reinstated` when it had been lost before."""

    TOPIC = "purchases.DisputeWon"
    dispute_id: str
    reinstated: bool


class DisputeLost(Event):
    """The bank kept the money."""

    TOPIC = "purchases.DisputeLost"
    dispute_id: str
