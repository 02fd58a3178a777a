"""What an account records."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ledger.aggregate import Aggregate, Personal, PersonalMap


class Event(Aggregate.Event):
    TOPIC = "accounts.Event"


class SignedUp(Event, Aggregate.Created):
    """`secret_*` name the row that keeps the password's hash, and bind it."""

    TOPIC = "accounts.SignedUp"
    account_id: UUID
    email: Personal
    name: Personal
    company: Personal
    website: Personal
    language: str
    plan: str
    secret_id: UUID
    secret_mac: str
    secret_mac_key_id: UUID
    expires_at: datetime


class Verified(Event):
    TOPIC = "accounts.Verified"


class BillingDetailsChanged(Event):
    TOPIC = "accounts.BillingDetailsChanged"
    details: PersonalMap


class LanguageChanged(Event):
    TOPIC = "accounts.LanguageChanged"
    language: str


class CurrencyFixed(Event):
    TOPIC = "accounts.CurrencyFixed"
    currency: str


class EmailChanged(Event):
    """The address's own stream tells how it came about."""

    TOPIC = "accounts.EmailChanged"
    email: Personal


class WebsiteChanged(Event):
    TOPIC = "accounts.WebsiteChanged"
    website: Personal


class Disabled(Event):
    TOPIC = "accounts.Disabled"
    reason: Personal


class Enabled(Event):
    TOPIC = "accounts.Enabled"
    reason: Personal


class Closed(Event):
    """`by` is customer or staff; the person is erased at `erase_at`."""

    TOPIC = "accounts.Closed"
    by: str
    erase_at: datetime


class Erased(Event):
    """The person's keys of these purposes are destroyed now, others later."""

    TOPIC = "accounts.Erased"
    purposes: list[str]


class PlanChanged(Event):
    """`plan` is pay_per_email or unlimited."""

    TOPIC = "accounts.PlanChanged"
    plan: str
