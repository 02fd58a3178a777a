"""A purchase: items, a price, and at most one payment."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from ledger import purchase_facts as facts
from ledger.aggregate import Aggregate, Personal, event
from ledger.items import Item, in_service
from ledger.money import Money
from ledger.purchase_facts import Payment
from ledger.purchase_reversals import PurchaseReversals
from ledger.refusals import AlreadyPaid, AmountDiffers, PurchaseClosed
from ledger.reversals import Dispute, Refund, RefundPart


class Purchase(PurchaseReversals, Aggregate, created_event_name="Started"):
    """Items somebody wants to buy, and whether he paid.

    News from the processor comes late, twice and in any order: what no longer matters
    changes nothing, and money that has come is recorded whatever came before.
    """

    TOPIC = "purchases"

    Event = facts.Event
    Started = facts.Started
    CheckoutOpened = facts.CheckoutOpened
    Declined = facts.Declined
    Paid = facts.Paid
    Expired = facts.Expired
    Cancelled = facts.Cancelled
    RefundProposed = facts.RefundProposed
    RefundApproved = facts.RefundApproved
    RefundRejected = facts.RefundRejected
    RefundSent = facts.RefundSent
    Refunded = facts.Refunded
    RefundFailed = facts.RefundFailed
    DisputeOpened = facts.DisputeOpened
    DisputeWon = facts.DisputeWon
    DisputeLost = facts.DisputeLost

    def __init__(
        self,
        id: UUID,
        account_id: UUID,
        items: list[Item],
        currency: str,
        catalogue_version: str,
        language: str,
    ) -> None:
        self.account_id = account_id
        self.items = items
        self.currency = currency
        self.catalogue_version = catalogue_version
        self.language = language
        self.status = "open"
        self.checkout_id: str | None = None
        self.attempts: list[str] = []
        self.order_number: int | None = None
        self.payment: Payment | None = None
        self.payment_label: str | None = None
        self.paid_at: datetime | None = None
        self.refunds: dict[str, Refund] = {}
        self.disputes: dict[str, Dispute] = {}

    @classmethod
    def start(
        cls,
        purchase_id: UUID,
        account_id: UUID,
        items: list[Item],
        *,
        currency: str,
        catalogue_version: str,
        language: Literal["en", "fr"],
    ) -> Purchase:
        """Write down what is wanted, at what price, before anything is paid."""
        assert items
        assert all(item["quantity"] > 0 for item in items)
        assert all(item["net_minor"] >= 0 <= item["tax_minor"] for item in items)
        assert all(item["credits"] is None or item["credits"] > 0 for item in items)
        return cls(
            id=purchase_id,
            account_id=account_id,
            items=items,
            currency=currency,
            catalogue_version=catalogue_version,
            language=language,
        )

    @property
    def total(self) -> Money:
        """What is to be paid, tax included."""
        minor = sum(item["net_minor"] + item["tax_minor"] for item in self.items)
        return Money(minor, self.currency)

    def open_checkout(self, checkout_id: str, expires_at: datetime) -> None:
        """Lead to a page where it can be paid; an earlier page no longer counts.

        Raises AlreadyPaid, PurchaseClosed, in this order.
        """
        self._check_open()
        if checkout_id != self.checkout_id:
            self._checkout_opened(checkout_id=checkout_id, expires_at=expires_at)

    def decline(self, attempt_id: str, code: str) -> None:
        """Note a payment that was refused; told again or too late, it is no news."""
        if self.status == "open" and attempt_id not in self.attempts:
            self._declined(attempt_id=attempt_id, code=code)

    def pay(
        self,
        order_number: int,
        payment: Payment,
        *,
        amount: Money,
        payment_label: str | None,
        paid_at: datetime,
        service: tuple[datetime, datetime] | None = None,
    ) -> None:
        """Note that it is paid, whatever came before; a charge told again is no news.

        `service` is the half-open period that is paid for.
        Raises AlreadyPaid for another charge, AmountDiffers, in this order.
        """
        if self.payment and self.payment.charge_id == payment.charge_id:
            return
        self._check_unpaid()
        self._check_amount(amount)
        self._paid(
            order_number=order_number,
            amount_minor=amount.minor,
            currency=amount.currency,
            payment_label=payment_label,
            paid_at=paid_at,
            service_from=service and service[0],
            service_until=service and service[1],
            **vars(payment),
        )

    def expire(self, checkout_id: str | None) -> None:
        """Note that the checkout, None for none, ran out; older news is ignored."""
        if self.status == "open" and checkout_id == self.checkout_id:
            self._expired(checkout_id=checkout_id)

    def cancel(self) -> None:
        """Give it up, as the customer wishes.

        Raises AlreadyPaid, PurchaseClosed, in this order.
        """
        self._check_open()
        self._cancelled()

    def _check_unpaid(self) -> None:
        if self.payment and self.order_number is not None:
            raise AlreadyPaid(
                order_number=self.order_number, charge_id=self.payment.charge_id
            )

    def _check_amount(self, told: Money) -> None:
        if told != self.total:
            asked = self.total
            raise AmountDiffers(asked.minor, asked.currency, told.minor, told.currency)

    def _check_open(self) -> None:
        self._check_unpaid()
        if self.status != "open":
            raise PurchaseClosed(status=self.status)

    @event(CheckoutOpened)
    def _checkout_opened(self, checkout_id: str, expires_at: datetime) -> None:
        self.checkout_id = checkout_id

    @event(Declined)
    def _declined(self, attempt_id: str, code: str) -> None:
        self.attempts.append(attempt_id)

    @event(Paid)
    def _paid(
        self,
        order_number: int,
        amount_minor: int,
        currency: str,
        customer_id: str,
        checkout_id: str,
        payment_intent_id: str,
        charge_id: str,
        payment_label: Personal,
        paid_at: datetime,
        invoice_id: str | None,
        service_from: datetime | None,
        service_until: datetime | None,
    ) -> None:
        self.status = "paid"
        self.payment_label = payment_label
        self.order_number = order_number
        self.paid_at = paid_at
        self.payment = Payment(
            customer_id=customer_id,
            checkout_id=checkout_id,
            payment_intent_id=payment_intent_id,
            charge_id=charge_id,
            invoice_id=invoice_id,
        )
        self.items = in_service(self.items, service_from, service_until)

    @event(Expired)
    def _expired(self, checkout_id: str | None) -> None:
        self.status = "expired"

    @event(Cancelled)
    def _cancelled(self) -> None:
        self.status = "cancelled"

    @event(RefundProposed)
    def _refund_proposed(
        self,
        refund_id: UUID,
        parts: list[RefundPart],
        amount_minor: int,
        currency: str,
        reason: str,
        approvals: int,
        proposed_by: str,
        proposed_at: datetime,
        emails_sent: int | None,
    ) -> None:
        self.refunds[str(refund_id)] = Refund(
            status="proposed",
            ours=True,
            parts=parts,
            amount_minor=amount_minor,
            approvals=approvals,
            proposed_by=proposed_by,
            at=proposed_at,
        )

    @event(RefundApproved)
    def _refund_approved(self, refund_id: UUID, approved_by: str) -> None:
        self._refund_is(str(refund_id), "approved")

    @event(RefundRejected)
    def _refund_rejected(self, refund_id: UUID, rejected_by: str, reason: str) -> None:
        self._refund_is(str(refund_id), "rejected")

    @event(RefundSent)
    def _refund_sent(
        self,
        key: str,
        processor_refund_id: str,
        amount_minor: int,
        currency: str,
        sent_at: datetime,
    ) -> None:
        self._refund_came(key, "sent", processor_refund_id, amount_minor, sent_at)

    @event(Refunded)
    def _refunded(
        self,
        key: str,
        processor_refund_id: str,
        parts: list[RefundPart],
        amount_minor: int,
        currency: str,
        refunded_at: datetime,
    ) -> None:
        told = (processor_refund_id, amount_minor, refunded_at, parts)
        self._refund_came(key, "succeeded", *told)

    @event(RefundFailed)
    def _refund_failed(
        self, key: str, processor_refund_id: str, code: str, after_success: bool
    ) -> None:
        self._refund_is(key, "failed", came_back=after_success)

    @event(DisputeOpened)
    def _dispute_opened(
        self,
        dispute_id: str,
        amount_minor: int,
        currency: str,
        reason: str,
        opened_at: datetime,
    ) -> None:
        self.disputes[dispute_id] = Dispute(
            status="open", amount_minor=amount_minor, at=opened_at
        )

    @event(DisputeWon)
    def _dispute_won(self, dispute_id: str, reinstated: bool) -> None:
        self._dispute_is(dispute_id, "won")

    @event(DisputeLost)
    def _dispute_lost(self, dispute_id: str) -> None:
        self._dispute_is(dispute_id, "lost")
