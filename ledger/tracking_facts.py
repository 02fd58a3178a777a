"""What an account's tracking domain records."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ledger.aggregate import Aggregate, Personal


class Event(Aggregate.Event):
    TOPIC = "tracking_domains.Event"


class Opened(Event, Aggregate.Created):
    """An account wants links under a name of its own."""

    TOPIC = "tracking_domains.Opened"
    account_id: UUID


class TargetIssued(Event):
    """A host gets a target of its own in our zone, for ever."""

    TOPIC = "tracking_domains.TargetIssued"
    host_id: UUID
    host: Personal
    target: str
    at: datetime


class Chosen(Event):
    """New links are to carry this host, once its record is found."""

    TOPIC = "tracking_domains.Chosen"
    host_id: UUID
    at: datetime


class Verified(Event):
    """The host's record leads to its target."""

    TOPIC = "tracking_domains.Verified"
    host_id: UUID
    at: datetime


class Lost(Event):
    """The host is answered for no more; new links carry the service's name.

    `why` is missing: its record is; or domain: the sending domain above it is not
    verified any more.
    """

    TOPIC = "tracking_domains.Lost"
    host_id: UUID
    why: str
    at: datetime


class Cleared(Event):
    """New links carry the service's name; the host stays the account's."""

    TOPIC = "tracking_domains.Cleared"
    host_id: UUID
    at: datetime


class Released(Event):
    """The host is nobody's any more, and its target leads nowhere."""

    TOPIC = "tracking_domains.Released"
    host_id: UUID
    at: datetime
