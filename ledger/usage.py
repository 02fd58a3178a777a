"""How many different contacts were sent to in one period of the plan Unlimited."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypedDict
from uuid import UUID, uuid5

from ledger import usage_facts as facts
from ledger.aggregate import Aggregate, event
from ledger.contacts import CONTACT_BYTES
from ledger.refusals import (
    OutsidePeriod,
    PeriodSettled,
    RecipientsExceedTier,
    TierUsedUp,
)

BATCH_CONTACTS_MAX = 50_000
CORRECTION = timedelta(days=14)
"""How long after its end a period is corrected by what is told late: a campaign may be
sent for seven days, and a sender may be down for another week."""
WARN_PERCENTS = (100, 80)
"""Of a tier's contacts, the most urgent first."""


class UsageState(TypedDict):
    """What a snapshot of a period's usage keeps."""

    account_id: UUID
    period_from: datetime
    period_until: datetime
    tier_contacts: int
    distinct: int
    warned: list[tuple[int, int]]
    closed: bool
    settled: bool


class Batch(TypedDict):
    """What is told with the contacts of a batch."""

    campaign_id: str
    batch_id: str
    sent_at: datetime


class PeriodUsage(Aggregate, created_event_name="Opened"):
    """The count of one period; which contacts are new in it is asked of the journal.

    Its contacts are not part of the state: a report is decided against the set that
    the reports before it give, and counts only if no other came between.
    """

    TOPIC = "usage"
    SNAPSHOT_EVERY = 100
    STATE = UsageState

    Event = facts.Event
    Opened = facts.Opened
    Reported = facts.Reported
    LimitNear = facts.LimitNear
    TierChanged = facts.TierChanged
    EndMoved = facts.EndMoved
    Closed = facts.Closed
    Reopened = facts.Reopened
    Settled = facts.Settled

    @staticmethod
    def create_id(
        account_id: UUID,
        period_from: datetime,
        period_until: datetime | None = None,
        tier_contacts: int = 0,
    ) -> UUID:
        del period_until, tier_contacts
        return uuid5(account_id, f"usage {period_from.isoformat()}")

    def __init__(
        self,
        account_id: UUID,
        period_from: datetime,
        period_until: datetime,
        tier_contacts: int,
    ) -> None:
        self.account_id = account_id
        self.period_from = period_from
        self.period_until = period_until
        self.tier_contacts = tier_contacts
        self.distinct = 0
        self.warned: list[tuple[int, int]] = []
        self.closed = False
        self.settled = False

    @property
    def settles_at(self) -> datetime:
        """When the correction window is over."""
        return self.period_until + CORRECTION

    def check_report(self, sent_at: datetime, now: datetime) -> None:
        """Whether a report is taken. Raises PeriodSettled, OutsidePeriod."""
        if self.settled or now >= self.settles_at:
            raise PeriodSettled(settled_at=self.settles_at)
        if not self.period_from <= sent_at < self.period_until or sent_at > now:
            raise OutsidePeriod(
                sent_at=sent_at,
                period_from=self.period_from,
                period_until=self.period_until,
            )

    def check_campaign(self, recipients: int) -> None:
        """Whether a new campaign may go to so many.

        How many of them are new in the period nobody knows before they are sent to.
        Raises TierUsedUp, RecipientsExceedTier, in this order.
        """
        if self.distinct >= self.tier_contacts:
            raise TierUsedUp(
                tier_contacts=self.tier_contacts,
                counted=self.distinct,
                period_until=self.period_until,
            )
        if recipients > self.tier_contacts:
            raise RecipientsExceedTier(
                recipients=recipients, tier_contacts=self.tier_contacts
            )

    def plan_is(self, period_until: datetime, tier_contacts: int) -> None:
        """Note what the subscription says of the period now."""
        if period_until != self.period_until:
            self._end_moved(period_until=period_until)
        if tier_contacts != self.tier_contacts:
            self._tier_changed(tier_contacts=tier_contacts)

    def report(self, batch: Batch, contacts: bytes, added: int, now: datetime) -> None:
        """Count a batch's contacts, `added` of which were not sent to before.

        `contacts` are sorted, each once. After the period's end it is reopened.
        Raises as check_report does.
        """
        self.check_report(batch["sent_at"], now)
        count = len(contacts) // CONTACT_BYTES
        assert 0 < count <= BATCH_CONTACTS_MAX
        assert 0 <= added <= count
        self.close(now)
        late = self.closed and added > 0
        if late:
            self._reopened(distinct=self.distinct)
        self._reported(
            period_from=self.period_from,
            **batch,
            count=count,
            added=added,
            distinct=self.distinct + added,
            contacts=contacts,
        )
        if late:
            self._closed(distinct=self.distinct)
        elif not self.closed:
            self._warn()

    def close(self, now: datetime) -> None:
        """Note that the period is over."""
        if now >= self.period_until and not self.closed:
            self._closed(distinct=self.distinct)

    def settle(self, now: datetime) -> None:
        """Note that nothing corrects the count any more."""
        if now >= self.settles_at and not self.settled:
            self.close(now)
            self._settled(distinct=self.distinct)

    def _warn(self) -> None:
        for percent in WARN_PERCENTS:
            if self.distinct * 100 < self.tier_contacts * percent:
                continue
            if not any(
                known >= percent and tier == self.tier_contacts
                for known, tier in self.warned
            ):
                self._limit_near(
                    percent=percent,
                    tier_contacts=self.tier_contacts,
                    distinct=self.distinct,
                )
            return

    @event(Reported)
    def _reported(
        self,
        period_from: datetime,
        campaign_id: str,
        batch_id: str,
        sent_at: datetime,
        count: int,
        added: int,
        distinct: int,
        contacts: bytes | None,
    ) -> None:
        self.distinct = distinct

    @event(LimitNear)
    def _limit_near(self, percent: int, tier_contacts: int, distinct: int) -> None:
        self.warned = [*self.warned, (percent, tier_contacts)]

    @event(TierChanged)
    def _tier_changed(self, tier_contacts: int) -> None:
        self.tier_contacts = tier_contacts

    @event(EndMoved)
    def _end_moved(self, period_until: datetime) -> None:
        self.period_until = period_until

    @event(Closed)
    def _closed(self, distinct: int) -> None:
        self.closed = True

    @event(Reopened)
    def _reopened(self, distinct: int) -> None:
        self.closed = False

    @event(Settled)
    def _settled(self, distinct: int) -> None:
        self.settled = True
