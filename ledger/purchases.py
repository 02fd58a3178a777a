"""A purchase: items, a price, and at most one payment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypedDict
from uuid import UUID

from ledger.aggregate import Aggregate, Personal, event
from ledger.catalogue import Pack, TaxRule
from ledger.money import Money
from ledger.refusals import AlreadyPaid, AmountDiffers, PurchaseClosed


class Item(TypedDict):
    """One thing bought; the amounts are those of the whole line.

    A service period is half-open; credits are what the item grants when it is paid.
    """

    kind: str
    sku: str
    description: str
    quantity: int
    net_minor: int
    tax_category: str
    tax_rate_basis_points: int
    tax_minor: int
    service_from: datetime | None
    service_until: datetime | None
    credits: int | None


@dataclass(frozen=True, kw_only=True)
class Payment:
    """What the processor calls a payment."""

    customer_id: str
    checkout_id: str
    payment_intent_id: str
    charge_id: str


def pack_item(pack: Pack, rule: TaxRule, description: str) -> Item:
    """One pack of e-mail credits as an item, taxed by a rule."""
    return {
        "kind": "credits",
        "sku": pack.sku,
        "description": description,
        "quantity": 1,
        "net_minor": pack.net_minor,
        "tax_category": rule.category,
        "tax_rate_basis_points": rule.basis_points,
        "tax_minor": pack.tax(rule).minor,
        "service_from": None,
        "service_until": None,
        "credits": pack.credits,
    }


class Purchase(Aggregate, created_event_name="Started"):
    """Items somebody wants to buy, and whether he paid.

    News from the processor comes late, twice and in any order: what no longer matters
    changes nothing, and money that has come is recorded whatever came before.
    """

    TOPIC = "purchases"

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

    class Expired(Event):
        TOPIC = "purchases.Expired"
        checkout_id: str | None

    class Cancelled(Event):
        TOPIC = "purchases.Cancelled"

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
    ) -> None:
        """Note that it is paid, whatever came before; a charge told again is no news.

        Raises AlreadyPaid for another charge, AmountDiffers, in this order.
        """
        if self.payment and self.payment.charge_id == payment.charge_id:
            return
        self._check_unpaid()
        if amount != self.total:
            asked, told = self.total, amount
            raise AmountDiffers(asked.minor, asked.currency, told.minor, told.currency)
        self._paid(
            order_number=order_number,
            amount_minor=amount.minor,
            currency=amount.currency,
            payment_label=payment_label,
            paid_at=paid_at,
            **vars(payment),
        )

    def expire(self, checkout_id: str | None) -> None:
        """Note that the checkout has run out; None for a purchase that had none.

        News of a checkout that was replaced, or of a purchase that is over, is ignored.
        """
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
        )

    @event(Expired)
    def _expired(self, checkout_id: str | None) -> None:
        self.status = "expired"

    @event(Cancelled)
    def _cancelled(self) -> None:
        self.status = "cancelled"
