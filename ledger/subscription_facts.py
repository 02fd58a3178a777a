"""What a subscription records."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ledger.aggregate import Aggregate
from ledger.subscription_terms import SubscriptionTerms


class Event(Aggregate.Event):
    TOPIC = "subscriptions.Event"


class Opened(Event, Aggregate.Created):
    """`product` is plan or smtp."""

    TOPIC = "subscriptions.Opened"
    account_id: UUID
    product: str


class Begun(Event):
    """The first period is paid; an unpaid next one would serve until `grace_until`."""

    TOPIC = "subscriptions.Begun"
    processor_id: str
    customer_id: str
    terms: SubscriptionTerms
    purchase_id: UUID
    period_from: datetime
    period_until: datetime
    grace_until: datetime


class Renewed(Event):
    """Another period is paid."""

    TOPIC = "subscriptions.Renewed"
    terms: SubscriptionTerms
    purchase_id: UUID
    period_from: datetime
    period_until: datetime
    grace_until: datetime


class PaymentFailed(Event):
    """A renewal could not be charged; no `next_attempt_at` where none is to come."""

    TOPIC = "subscriptions.PaymentFailed"
    invoice_id: str
    attempt: int
    code: str | None
    next_attempt_at: datetime | None
    failed_at: datetime


class Blocked(Event):
    """The grace for an unpaid renewal is over."""

    TOPIC = "subscriptions.Blocked"
    blocked_at: datetime


class Changed(Event):
    """Other terms for the rest of the period; no purchase where nothing was due."""

    TOPIC = "subscriptions.Changed"
    terms: SubscriptionTerms
    purchase_id: UUID | None
    changed_at: datetime


class ChangeScheduled(Event):
    """The next period is to have other terms."""

    TOPIC = "subscriptions.ChangeScheduled"
    terms: SubscriptionTerms
    begins_at: datetime


class ChangeDropped(Event):
    """The next period is to have the same terms after all."""

    TOPIC = "subscriptions.ChangeDropped"


class EndRequested(Event):
    """It is not to be renewed."""

    TOPIC = "subscriptions.EndRequested"
    ends_at: datetime


class EndUndone(Event):
    """It is to be renewed after all."""

    TOPIC = "subscriptions.EndUndone"


class Ended(Event):
    """It is over; nothing is charged any more."""

    TOPIC = "subscriptions.Ended"
    ended_at: datetime


class RenewalNear(Event):
    """A renewal is near enough that its holder is reminded of it."""

    TOPIC = "subscriptions.RenewalNear"
    renews_at: datetime
