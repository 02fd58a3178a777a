"""What a sending domain records."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ledger.aggregate import Aggregate, Personal


class Event(Aggregate.Event):
    TOPIC = "domains.Event"


class Added(Event, Aggregate.Created):
    """An account wants to send with this name; `label` is in its records' targets."""

    TOPIC = "domains.Added"
    account_id: UUID
    name: Personal
    label: str
    at: datetime


class Verified(Event):
    """The records were found: the account holds the name, nobody else does."""

    TOPIC = "domains.Verified"
    at: datetime


class Degraded(Event):
    """These records were missing twice; the domain is still used for a while."""

    TOPIC = "domains.Degraded"
    missing: list[str]
    at: datetime


class Recovered(Event):
    """The records are there again."""

    TOPIC = "domains.Recovered"
    at: datetime


class Failed(Event):
    """The records are looked for no more, and the name is free again.

    `why` is never_found, unanswered or lost.
    """

    TOPIC = "domains.Failed"
    why: str
    at: datetime


class Resumed(Event):
    """The records are looked for once more, because somebody asked."""

    TOPIC = "domains.Resumed"
    at: datetime


class Removed(Event):
    """The account uses the domain no more; `why` is withdrawn or closed."""

    TOPIC = "domains.Removed"
    why: str
    at: datetime


class ContestOpened(Event):
    """The records were found, but another account's domain holds the name."""

    TOPIC = "domains.ContestOpened"
    holder_id: UUID
    until: datetime
    at: datetime


class Contested(Event):
    """Another account's domain of this name has its records published."""

    TOPIC = "domains.Contested"
    contender_id: UUID
    until: datetime
    at: datetime


class ContestEnded(Event):
    """The contest is over; `outcome` is withdrawn, released or transferred."""

    TOPIC = "domains.ContestEnded"
    outcome: str
    at: datetime


class Transferred(Event):
    """The name went to the account that contested it; `how` is records or staff.

    `reason` is what staff gave for it.
    """

    TOPIC = "domains.Transferred"
    contender_id: UUID
    how: str
    at: datetime
    reason: str | None

    class_version = 2

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Give no reason where the records alone decided."""
        state.update(reason=None)
