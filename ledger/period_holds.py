"""Permission for campaigns under the plan Unlimited, kept as holds are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict
from uuid import UUID, uuid5

from ledger import period_hold_facts as facts
from ledger.aggregate import Aggregate, event
from ledger.holds import HOLD_TERM, is_term
from ledger.refusals import HoldExists, HoldExpired, NoSuchHold


@dataclass(frozen=True, kw_only=True)
class PeriodHold:
    """A campaign that was allowed; it takes nothing from anybody else's."""

    campaign_id: str
    recipients: int
    expires_at: datetime

    def has_ended(self, now: datetime) -> bool:
        return self.expires_at <= now


class PeriodHoldsState(TypedDict):
    """What a snapshot keeps."""

    account_id: UUID
    holds: dict[UUID, PeriodHold]


class PeriodHolds(Aggregate, created_event_name="Opened"):
    """The campaigns of one account that may be sent under the plan.

    Contacts are counted once they were sent to, so that a hold here reserves none: it
    says that the campaign was allowed, and may be finished whatever is counted since.
    """

    TOPIC = "period_holds"
    SNAPSHOT_EVERY = 100
    STATE = PeriodHoldsState

    Event = facts.Event
    Opened = facts.Opened
    Held = facts.Held
    Extended = facts.Extended
    Released = facts.Released
    Lapsed = facts.Lapsed

    @staticmethod
    def create_id(account_id: UUID) -> UUID:
        return uuid5(account_id, "period holds")

    def __init__(self, account_id: UUID) -> None:
        self.account_id = account_id
        self.holds: dict[UUID, PeriodHold] = {}

    def hold(
        self,
        hold_id: UUID,
        recipients: int,
        campaign_id: str,
        now: datetime,
        term: timedelta = HOLD_TERM,
    ) -> None:
        """Allow a campaign. Raises HoldExists."""
        assert recipients > 0
        assert is_term(term)
        if hold_id in self.holds:
            raise HoldExists(hold_id=hold_id)
        self._settle(now)
        self._held(
            hold_id=hold_id,
            campaign_id=campaign_id,
            recipients=recipients,
            expires_at=now + term,
        )

    def extend(self, hold_id: UUID, now: datetime, term: timedelta = HOLD_TERM) -> None:
        """Let a campaign last until now + term, unless it lasts longer anyway.

        Raises NoSuchHold, HoldExpired, in this order.
        """
        assert is_term(term)
        hold = self.known(hold_id)
        if hold.has_ended(now):
            raise HoldExpired(
                hold_id, hold.expires_at, asked=hold.recipients, available=0
            )
        if now + term > hold.expires_at:
            self._extended(hold_id=hold_id, expires_at=now + term)

    def release(self, hold_id: UUID, now: datetime) -> None:
        """Note that a campaign is over. Raises NoSuchHold."""
        self.known(hold_id)
        self._released(hold_id=hold_id)
        self._settle(now)

    def known(self, hold_id: UUID) -> PeriodHold:
        """The hold, over or not. Raises NoSuchHold once that was noted."""
        if hold_id not in self.holds:
            raise NoSuchHold(hold_id=hold_id)
        return self.holds[hold_id]

    def _settle(self, now: datetime) -> None:
        ended = [one for one, hold in self.holds.items() if hold.has_ended(now)]
        for hold_id in ended:
            self._lapsed(hold_id=hold_id)

    @event(Held)
    def _held(
        self, hold_id: UUID, campaign_id: str, recipients: int, expires_at: datetime
    ) -> None:
        self.holds[hold_id] = PeriodHold(
            campaign_id=campaign_id, recipients=recipients, expires_at=expires_at
        )

    @event(Extended)
    def _extended(self, hold_id: UUID, expires_at: datetime) -> None:
        hold = self.holds[hold_id]
        self.holds[hold_id] = PeriodHold(
            campaign_id=hold.campaign_id,
            recipients=hold.recipients,
            expires_at=expires_at,
        )

    @event(Released)
    def _released(self, hold_id: UUID) -> None:
        del self.holds[hold_id]

    @event(Lapsed)
    def _lapsed(self, hold_id: UUID) -> None:
        del self.holds[hold_id]
