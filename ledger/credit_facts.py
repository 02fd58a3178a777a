"""What a credit balance records."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ledger.aggregate import Aggregate
from ledger.claims import ClaimTerms
from ledger.lots import LotTerms, Part


class Event(Aggregate.Event):
    TOPIC = "credits.Event"


class Opened(Event, Aggregate.Created):
    TOPIC = "credits.Opened"
    account_id: UUID


class Granted(Event):
    TOPIC = "credits.Granted"
    lot_id: UUID
    lot: LotTerms
    note: str | None


class Held(Event):
    TOPIC = "credits.Held"
    hold_id: UUID
    campaign_id: str
    credits: int
    parts: list[Part]
    expires_at: datetime


class HoldExtended(Event):
    TOPIC = "credits.HoldExtended"
    hold_id: UUID
    expires_at: datetime


class Captured(Event):
    TOPIC = "credits.Captured"
    hold_id: UUID
    credits: int
    parts: list[Part]
    late: bool


class Released(Event):
    TOPIC = "credits.Released"
    hold_id: UUID
    credits: int
    parts: list[Part]


class HoldLapsed(Event):
    TOPIC = "credits.HoldLapsed"
    hold_id: UUID
    credits: int
    parts: list[Part]


class Expired(Event):
    TOPIC = "credits.Expired"
    credits: int
    parts: list[Part]


class ThresholdSet(Event):
    TOPIC = "credits.ThresholdSet"
    credits: int | None


class ThresholdCrossed(Event):
    """Fewer credits became available than a threshold says.

    The watcher is "notice", which asks for a mail, or "top_up", which buys more.
    """

    TOPIC = "credits.ThresholdCrossed"
    watcher: str
    threshold: int
    available: int


class TopUpThresholdSet(Event):
    """Below so many available credits more are bought; None: no longer."""

    TOPIC = "credits.TopUpThresholdSet"
    credits: int | None


class Removed(Event):
    """Staff took credits away; the reason is theirs."""

    TOPIC = "credits.Removed"
    credits: int
    parts: list[Part]
    reason: str


class Frozen(Event):
    """A refund or a dispute is under way; the parts cannot be spent meanwhile."""

    TOPIC = "credits.Frozen"
    claim_id: UUID
    claim: ClaimTerms
    parts: list[Part]


class Thawed(Event):
    """The parts were frozen and can be spent again."""

    TOPIC = "credits.Thawed"
    claim_id: UUID
    claim: ClaimTerms
    parts: list[Part]


class Withdrawn(Event):
    """Money went back: the parts are gone, and `debt` credits were spent before.

    `from_frozen` of them were frozen until now.
    """

    TOPIC = "credits.Withdrawn"
    claim_id: UUID
    claim: ClaimTerms
    parts: list[Part]
    from_frozen: int
    debt: int


class Restored(Event):
    """The money stayed or came again: the parts are back, `debt` credits are owed."""

    TOPIC = "credits.Restored"
    claim_id: UUID
    claim: ClaimTerms
    parts: list[Part]
    debt: int


class DebtFilled(Event):
    """Parts that became free later went to a claim whose own credits were spent."""

    TOPIC = "credits.DebtFilled"
    claim_id: UUID
    claim: ClaimTerms
    parts: list[Part]
    debt: int
