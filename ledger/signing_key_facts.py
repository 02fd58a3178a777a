"""What the keys that sign a domain's mail record."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ledger.aggregate import Aggregate


class Event(Aggregate.Event):
    TOPIC = "signing_keys.Event"


class Begun(Event, Aggregate.Created):
    """A domain gets keys; the label stands for it in the names of our zone."""

    TOPIC = "signing_keys.Begun"
    account_id: UUID
    domain_id: UUID
    label: str


class Staged(Event):
    """A key is published and signs nothing yet.

    `public_key` is its SubjectPublicKeyInfo (RFC 5280), base64; `secret_*` name the
    row that keeps the private part, and bind it.
    """

    TOPIC = "signing_keys.Staged"
    selector: str
    key_id: UUID
    public_key: str
    secret_id: UUID
    secret_mac: str
    secret_mac_key_id: UUID
    staged_at: datetime


class Seen(Event):
    """Every resolver that was asked has the staged key."""

    TOPIC = "signing_keys.Seen"
    selector: str
    key_id: UUID
    seen_at: datetime


class Missed(Event):
    """A resolver that was asked has not, or no longer, the staged key."""

    TOPIC = "signing_keys.Missed"
    selector: str
    key_id: UUID


class Activated(Event):
    """From now on the domain's mail is signed with this key."""

    TOPIC = "signing_keys.Activated"
    selector: str
    key_id: UUID
    activated_at: datetime


class Retired(Event):
    """The key signs no more, and stays published for mail that is on its way."""

    TOPIC = "signing_keys.Retired"
    selector: str
    key_id: UUID
    retired_at: datetime


class Revoked(Event):
    """The key is published as revoked, and its private part is deleted.

    `why` is retired, compromised or stopped.
    """

    TOPIC = "signing_keys.Revoked"
    selector: str
    key_id: UUID
    why: str
    revoked_at: datetime


class Removed(Event):
    """Nothing is published for the key any more."""

    TOPIC = "signing_keys.Removed"
    selector: str
    key_id: UUID


class Stopped(Event):
    """The domain may not sign any more: it failed, was removed, or its owner left."""

    TOPIC = "signing_keys.Stopped"
    why: str


class Resumed(Event):
    """The domain may sign again, once a new key is seen."""

    TOPIC = "signing_keys.Resumed"
