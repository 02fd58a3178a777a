"""What the use of one period of the plan records."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ledger.aggregate import Aggregate, Bulk


def sealed_for(period_from: datetime) -> str:
    """The purpose of the key that a period's contacts are sealed with."""
    return f"usage-{period_from.isoformat()}"


class Event(Aggregate.Event):
    TOPIC = "usage.Event"


class Opened(Event, Aggregate.Created):
    """A period of the plan has its first report; half-open, in UTC."""

    TOPIC = "usage.Opened"
    account_id: UUID
    period_from: datetime
    period_until: datetime
    tier_contacts: int


class Reported(Event):
    """A batch was sent to `count` contacts, of which `added` were new in the period.

    `distinct` is the period's count with them. `contacts` are all of the batch,
    sixteen bytes each, sorted.
    """

    TOPIC = "usage.Reported"
    period_from: datetime
    campaign_id: str
    batch_id: str
    sent_at: datetime
    count: int
    added: int
    distinct: int
    contacts: Bulk

    def purpose(self) -> str:
        return sealed_for(self.period_from)


class LimitNear(Event):
    """So many per cent of the tier's contacts are used: 80, or 100 and more."""

    TOPIC = "usage.LimitNear"
    percent: int
    tier_contacts: int
    distinct: int


class TierChanged(Event):
    """Another tier holds for the period."""

    TOPIC = "usage.TierChanged"
    tier_contacts: int


class EndMoved(Event):
    """The period ends at another time than was expected."""

    TOPIC = "usage.EndMoved"
    period_until: datetime


class Closed(Event):
    """The period is over; this is its count unless a late report corrects it."""

    TOPIC = "usage.Closed"
    distinct: int


class Reopened(Event):
    """A late report corrects the count that the period was closed with."""

    TOPIC = "usage.Reopened"
    distinct: int


class Settled(Event):
    """The correction window is over: the count is final and its keys are destroyed."""

    TOPIC = "usage.Settled"
    distinct: int
