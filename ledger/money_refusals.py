"""Why money does not move."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ledger.refusal import Conflict, Forbidden, Invalid, NotFound


@dataclass(eq=False)
class AlreadyPaid(Conflict):
    """The purchase was paid, and has its order number."""

    order_number: int
    charge_id: str


@dataclass(eq=False)
class AlreadySubscribed(Conflict):
    """A subscription to the plan or to SMTP access runs already."""

    product: str


@dataclass(eq=False)
class AmountDiffers(Conflict):
    """What was paid is not what the purchase costs."""

    asked_minor: int
    asked_currency: str
    paid_minor: int
    paid_currency: str


@dataclass(eq=False)
class CapBelowPack(Invalid):
    """The most that may be charged in a month does not pay for one pack."""

    cap_minor: int
    total_minor: int


@dataclass(eq=False)
class ChangeWaits(Conflict):
    """Another tier begins with the next period; first that is to be undone."""

    sku: str
    at: datetime


@dataclass(eq=False)
class CurrencyIsFixed(Conflict):
    """The account buys in the currency of its first purchase."""

    asked: str
    currency: str


@dataclass(eq=False)
class ExpiryPassed(Invalid):
    """What is to expire would have expired already."""

    expires_at: datetime


@dataclass(eq=False)
class MoneyUnderWay(Conflict):
    """It has to wait until a payment, a refund or a dispute is decided."""

    why: str


@dataclass(eq=False)
class NoSuchPack(NotFound):
    """The catalogue has no such pack in that currency."""

    sku: str
    currency: str


@dataclass(eq=False)
class NoSuchPurchase(NotFound):
    """The account has no purchase of that name."""

    purchase_id: UUID | str


@dataclass(eq=False)
class NoSuchRefund(NotFound):
    """The purchase has no such refund."""

    refund_id: UUID


@dataclass(eq=False)
class NoSuchPeriod(NotFound):
    """The account has no such period of the plan Unlimited, or none now."""

    period_id: UUID | None


@dataclass(eq=False)
class NotSold(NotFound):
    """The catalogue has no such thing in this currency."""

    sku: str
    currency: str


@dataclass(eq=False)
class NotSubscribed(Conflict):
    """There is no subscription to the plan or to SMTP access."""

    product: str


@dataclass(eq=False)
class OutsidePeriod(Invalid):
    """The moment of sending does not lie in the period, or is still to come."""

    sent_at: datetime
    period_from: datetime
    period_until: datetime


@dataclass(eq=False)
class PackBelowThreshold(Invalid):
    """One pack has fewer credits than the threshold: it would not be enough."""

    credits: int
    threshold: int


@dataclass(eq=False)
class PaymentOverdue(Conflict):
    """A renewal is not paid; that comes first."""

    product: str


@dataclass(eq=False)
class PeriodSettled(Conflict):
    """The period's count is final: its correction window is over."""

    settled_at: datetime


@dataclass(eq=False)
class PlanDiffers(Conflict):
    """The account's plan asks for holds of the other kind: credits or period."""

    holds: str


@dataclass(eq=False)
class PreviewOutdated(Conflict):
    """What was shown before the change no longer holds; it is to be shown again."""

    shown_minor: int


@dataclass(eq=False)
class PurchaseClosed(Conflict):
    """The purchase was cancelled or has expired; a new one can be started."""

    status: str


@dataclass(eq=False)
class PurchaseUnpaid(Conflict):
    """The purchase was not paid: there is nothing to give back."""

    purchase_id: UUID


@dataclass(eq=False)
class RecipientsExceedTier(Conflict):
    """The campaign has more recipients than the plan's tier has contacts."""

    recipients: int
    tier_contacts: int


@dataclass(eq=False)
class RefundDecided(Conflict):
    """Somebody has agreed to the refund, or disagreed, already."""

    refund_id: UUID
    status: str


@dataclass(eq=False)
class RefundExceeds(Conflict):
    """More would be given back than is left of what was paid."""

    asked_minor: int
    left_minor: int


@dataclass(eq=False)
class RefundNotPromised(Conflict):
    """The refund promise does not cover it.

    `why` is unpaid, violation, too_late, disputed or nothing_unused.
    """

    why: str


@dataclass(eq=False)
class SameTier(Conflict):
    """The plan has this tier already."""

    sku: str


@dataclass(eq=False)
class SecondPersonNeeded(Forbidden):
    """A refund of this size must be agreed to by somebody who did not propose it."""

    refund_id: UUID


@dataclass(eq=False)
class SubscriptionEnding(Conflict):
    """It ends with its period; first that is to be undone."""

    ends_at: datetime


@dataclass(eq=False)
class TierUsedUp(Conflict):
    """All contacts of the plan's tier are used in this period."""

    tier_contacts: int
    counted: int
    period_until: datetime
