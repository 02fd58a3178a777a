"""The name that an account's links carry, and those that they carried before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid5

from ledger import tracking_facts as facts
from ledger.aggregate import Aggregate, event
from ledger.tracking_refusals import NoTrackingDomain, TooManyTrackingHosts

HOSTS_MAX = 20
"""Of one account for ever: each stays its own, and is a name that nobody else has."""
TARGET_CHARACTERS = 26
"""Of base32: 128 random bits, so that nobody points at another account's target."""
SECOND_LOOK = timedelta(minutes=5)
"""A record is missing once two looks so far apart agree: one bad answer is none, and
five minutes of links that lead nowhere are too many already."""

HostState = Literal["pending", "verified", "lost", "released"]
Outcome = Literal["found", "missing", "unclear"]
"""Of a look at a host's record: it is there, it surely is not, or nobody knows."""


@dataclass(frozen=True, kw_only=True)
class TrackingHost:
    """A host with its target; the name is unknown once the person is erased."""

    host_id: UUID
    host: str | None
    target: str
    state: HostState
    since: datetime


class TrackingDomain(Aggregate, created_event_name="Opened"):
    """One for an account: at most one host is current, and used while verified.

    Of a host that is cleared the links in old mails are answered on, while its record
    is there. Of all accounts one has a host, which a claim beside the journal decides.
    """

    TOPIC = "tracking_domains"

    Event = facts.Event
    Opened = facts.Opened
    TargetIssued = facts.TargetIssued
    Chosen = facts.Chosen
    Verified = facts.Verified
    Lost = facts.Lost
    Cleared = facts.Cleared
    Released = facts.Released

    @staticmethod
    def create_id(account_id: UUID) -> UUID:
        return uuid5(account_id, "tracking domain")

    def __init__(self, account_id: UUID) -> None:
        self.account_id = account_id
        self.hosts: dict[UUID, TrackingHost] = {}
        self.current_id: UUID | None = None
        self.chosen_at: datetime | None = None

    @property
    def current(self) -> TrackingHost | None:
        """The host that new links are to carry."""
        return None if self.current_id is None else self.hosts[self.current_id]

    @property
    def used(self) -> TrackingHost | None:
        """The host that new links carry now; None for the service's own name."""
        host = self.current
        return host if host is not None and host.state == "verified" else None

    def require_current(self) -> TrackingHost:
        """Return the host that was chosen. Raises NoTrackingDomain."""
        host = self.current
        if host is None:
            raise NoTrackingDomain(account_id=self.account_id)
        return host

    def named(self, host: str) -> TrackingHost | None:
        """Return the host of this name, which the account has used at some time."""
        for known in self.hosts.values():
            if known.host == host and known.state != "released":
                return known
        return None

    def choose(self, host_id: UUID, host: str, target: str, now: datetime) -> UUID:
        """Have links carry this host; return its id. One of before is taken up again.

        `host_id` and `target` are for one that is new. Raises TooManyTrackingHosts.
        """
        known = self.named(host)
        if known is not None and known.host_id == self.current_id:
            return known.host_id
        if known is None and len(self.hosts) >= HOSTS_MAX:
            raise TooManyTrackingHosts(hosts_max=HOSTS_MAX)
        self.clear(now)
        if known is None:
            assert len(target) == TARGET_CHARACTERS
            self._target_issued(host_id=host_id, host=host, target=target, at=now)
        chosen = host_id if known is None else known.host_id
        self._chosen(host_id=chosen, at=now)
        return chosen

    def clear(self, now: datetime) -> None:
        """Have links carry the service's name."""
        if self.current_id is not None:
            self._cleared(host_id=self.current_id, at=now)

    def look(
        self,
        host_id: UUID,
        outcome: Outcome,
        now: datetime,
        *,
        allowed: bool,
        missed_since: datetime | None,
    ) -> None:
        """Note what a look at a host's record came to.

        `allowed` says whether a verified domain of the account is above the host;
        `missed_since` since when nobody saw the record, None where the look before
        found it.
        """
        state = self.hosts[host_id].state
        if state == "released":
            return
        is_used = state == "verified"
        again = missed_since is not None and now - missed_since >= SECOND_LOOK
        if is_used and not allowed:
            self._lost(host_id=host_id, why="domain", at=now)
        elif is_used and outcome == "missing" and again:
            self._lost(host_id=host_id, why="missing", at=now)
        elif not is_used and allowed and outcome == "found":
            self._verified(host_id=host_id, at=now)

    def release(self, now: datetime) -> None:
        """Give every host up: the person behind the account is erased."""
        self.clear(now)
        for host in self.hosts.values():
            if host.state != "released":
                self._released(host_id=host.host_id, at=now)

    @event(TargetIssued)
    def _target_issued(
        self, host_id: UUID, host: str | None, target: str, at: datetime
    ) -> None:
        new = TrackingHost(
            host_id=host_id, host=host, target=target, state="pending", since=at
        )
        self.hosts = {**self.hosts, host_id: new}

    @event(Chosen)
    def _chosen(self, host_id: UUID, at: datetime) -> None:
        self.current_id = host_id
        self.chosen_at = at

    @event(Verified)
    def _verified(self, host_id: UUID, at: datetime) -> None:
        self._become(host_id, "verified", at)

    @event(Lost)
    def _lost(self, host_id: UUID, why: str, at: datetime) -> None:
        self._become(host_id, "lost", at)

    @event(Cleared)
    def _cleared(self, host_id: UUID, at: datetime) -> None:
        self.current_id = None

    @event(Released)
    def _released(self, host_id: UUID, at: datetime) -> None:
        self._become(host_id, "released", at)

    def _become(self, host_id: UUID, state: HostState, at: datetime) -> None:
        host = replace(self.hosts[host_id], state=state, since=at)
        self.hosts = {**self.hosts, host_id: host}
