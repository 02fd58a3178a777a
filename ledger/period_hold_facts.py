"""What is recorded about campaigns under the plan Unlimited."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ledger.aggregate import Aggregate


class Event(Aggregate.Event):
    TOPIC = "period_holds.Event"


class Opened(Event, Aggregate.Created):
    TOPIC = "period_holds.Opened"
    account_id: UUID


class Held(Event):
    """A campaign to so many recipients was allowed."""

    TOPIC = "period_holds.Held"
    hold_id: UUID
    campaign_id: str
    recipients: int
    expires_at: datetime


class Extended(Event):
    TOPIC = "period_holds.Extended"
    hold_id: UUID
    expires_at: datetime


class Released(Event):
    """The campaign is over, as its sender says."""

    TOPIC = "period_holds.Released"
    hold_id: UUID


class Lapsed(Event):
    """The time it was allowed for is over."""

    TOPIC = "period_holds.Lapsed"
    hold_id: UUID
