"""A domain that an account sends with, from its first day to its last."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, TypedDict
from uuid import UUID

from ledger import domain_facts as facts
from ledger.aggregate import Aggregate, event

State = Literal["pending", "verified", "degraded", "failed", "removed"]
Outcome = Literal["found", "missing", "unclear"]
"""Of a look at the required records: all there, some surely not, or nobody knows."""

LABEL_CHARACTERS = 26
"""Of base32: 128 random bits, so that nobody names another account's records."""
TERM = timedelta(hours=72)
"""So long records are looked for at first, missing ones are waited for, and a holder
may answer a contest: three days, as others in the trade have it."""
UNANSWERED_TERM = timedelta(days=7)
"""A new domain whose name servers never answer is given up after a week."""
SECOND_LOOK = timedelta(minutes=10)
"""Records are missing once two looks so far apart agree: one bad answer is none."""


def is_second_look(now: datetime, missed_since: datetime | None) -> bool:
    """Whether records that are missing now were missing long enough before."""
    return missed_since is not None and now - missed_since >= SECOND_LOOK


class Contest(TypedDict):
    """The other account's domain of the same name, and how long the holder has."""

    other_id: UUID
    until: datetime


class DomainState(TypedDict):
    """What a snapshot of a domain keeps."""

    account_id: UUID
    name: str | None
    label: str
    state: State
    since: datetime
    missing: list[str]
    contest: Contest | None


class SendingDomain(Aggregate, created_event_name="Added"):
    """One entry of one account: a name that is added again is another domain.

    Its records' targets carry the label, so that they prove who published them. Of all
    accounts one holds a name, which rows beside the journal decide.
    """

    TOPIC = "domains"
    SNAPSHOT_EVERY = 100
    STATE = DomainState

    Event = facts.Event
    Added = facts.Added
    Verified = facts.Verified
    Degraded = facts.Degraded
    Recovered = facts.Recovered
    Failed = facts.Failed
    Resumed = facts.Resumed
    Removed = facts.Removed
    ContestOpened = facts.ContestOpened
    Contested = facts.Contested
    ContestEnded = facts.ContestEnded
    Transferred = facts.Transferred

    def __init__(
        self, account_id: UUID, name: str | None, label: str, at: datetime
    ) -> None:
        self.account_id = account_id
        self.name = name
        self.label = label
        self.state: State = "pending"
        self.since = at
        self.missing: list[str] = []
        self.contest: Contest | None = None

    @classmethod
    def add(
        cls, domain_id: UUID, account_id: UUID, name: str, label: str, now: datetime
    ) -> SendingDomain:
        """Add a name in its canonical form, with a label that was never used."""
        assert len(label) == LABEL_CHARACTERS
        return cls._create(
            event_class=cls.Added,
            id=domain_id,
            account_id=account_id,
            name=name,
            label=label,
            at=now,
        )

    @property
    def holds(self) -> bool:
        """Whether the account holds the name: its mails are signed with it."""
        return self.state in ("verified", "degraded")

    @property
    def fails_at(self) -> datetime | None:
        """When the account loses the name, unless missing records come back."""
        return self.since + TERM if self.state == "degraded" else None

    @property
    def removed(self) -> bool:
        """Whether the account uses it no more."""
        return self.state == "removed"

    def find(self, now: datetime) -> None:
        """Note that the required records were found, while nobody else holds the name.

        A contest is over by that.
        """
        assert not self.removed
        if not self.holds and self.contest is not None:
            self._contest_ended(outcome="released", at=now)
        if self.state == "degraded":
            self._recovered(at=now)
        elif self.state != "verified":
            self._verified(at=now)

    def miss(
        self, missing: list[str], now: datetime, missed_since: datetime | None
    ) -> None:
        """Note that these records are missing, and since when nobody saw them.

        `missed_since` is None where the look before found them.
        """
        assert missing
        if self.state == "verified" and is_second_look(now, missed_since):
            self._degraded(missing=missing, at=now)
        elif self.state in ("pending", "degraded") and now >= self.since + TERM:
            why = "never_found" if self.state == "pending" else "lost"
            self._failed(why=why, at=now)

    def await_answer(self, now: datetime) -> None:
        """Note that nobody knows whether the records are there: it demotes nothing."""
        if self.state == "pending" and now >= self.since + UNANSWERED_TERM:
            self._failed(why="unanswered", at=now)

    def resume(self, now: datetime) -> None:
        """Look for the records of a failed domain again; any other stays as it is."""
        if self.state == "failed":
            self._resumed(at=now)

    def remove(self, why: str, now: datetime) -> None:
        """Use the domain no more; a removed one stays as it is."""
        if not self.removed:
            self._removed(why=why, at=now)

    def open_contest(self, holder_id: UUID, now: datetime) -> None:
        """Note that the records were found, but another domain holds the name."""
        assert not self.holds
        self._contest_opened(holder_id=holder_id, until=now + TERM, at=now)

    def meet_contest(self, contender_id: UUID, now: datetime) -> None:
        """Note that another account published its records for the name held here."""
        assert self.holds
        self._contested(contender_id=contender_id, until=now + TERM, at=now)

    def end_contest(self, outcome: str, now: datetime) -> None:
        """Note that the contest is over; where there is none it is no news."""
        if self.contest is not None:
            self._contest_ended(outcome=outcome, at=now)

    def give_way(
        self, contender_id: UUID, now: datetime, reason: str | None = None
    ) -> None:
        """Let the name go to the domain that contested it; staff give a reason."""
        assert self.holds
        how = "records" if reason is None else "staff"
        self._transferred(contender_id=contender_id, how=how, at=now, reason=reason)

    @event(Verified)
    def _verified(self, at: datetime) -> None:
        self._become("verified", at)

    @event(Degraded)
    def _degraded(self, missing: list[str], at: datetime) -> None:
        self._become("degraded", at)
        self.missing = missing

    @event(Recovered)
    def _recovered(self, at: datetime) -> None:
        self._become("verified", at)

    @event(Failed)
    def _failed(self, why: str, at: datetime) -> None:
        self._become("failed", at)
        self.contest = None

    @event(Resumed)
    def _resumed(self, at: datetime) -> None:
        self._become("pending", at)

    @event(Removed)
    def _removed(self, why: str, at: datetime) -> None:
        self._become("removed", at)
        self.contest = None

    @event(ContestOpened)
    def _contest_opened(self, holder_id: UUID, until: datetime, at: datetime) -> None:
        self.contest = {"other_id": holder_id, "until": until}

    @event(Contested)
    def _contested(self, contender_id: UUID, until: datetime, at: datetime) -> None:
        self.contest = {"other_id": contender_id, "until": until}

    @event(ContestEnded)
    def _contest_ended(self, outcome: str, at: datetime) -> None:
        self.contest = None

    @event(Transferred)
    def _transferred(
        self, contender_id: UUID, how: str, at: datetime, reason: str | None
    ) -> None:
        self._become("failed", at)
        self.contest = None

    def _become(self, state: State, at: datetime) -> None:
        self.state = state
        self.since = at
        self.missing = []
