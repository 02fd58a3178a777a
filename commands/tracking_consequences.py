"""What follows from a tracking domain's facts, and for it from other facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from commands.reaction_mails import tell_holder
from commands.reactions import Reaction, reaction_context
from commands.tracking_domains import (
    ReleaseTrackingHosts,
    release_tracking_hosts,
    tracking_of,
)
from ledger.accounts import Account
from ledger.journal import Fact, Journal
from ledger.tracking_domains import TrackingDomain

Now = Callable[[], datetime]
WAKE_SQL = (
    "UPDATE watched_tracking SET due_at = %s"
    " WHERE account_id = %s AND host_id = ANY(%s)"
)
DOMAIN_FACTS = ("Verified", "Failed", "Transferred", "Removed")
"""After each of these a host below the domain may be used, or may not any more."""


@dataclass(frozen=True)
class TrackingConsequences:
    """The deeds, each repeated safely. Nobody is told of a name that was erased."""

    journal: Journal
    clock: Now

    def when_verified_tell_holder(self, fact: Fact) -> None:
        assert isinstance(fact.event, TrackingDomain.Verified)
        self._tell(fact, fact.event.host_id, "tracking_verified")

    def when_lost_tell_holder(self, fact: Fact) -> None:
        assert isinstance(fact.event, TrackingDomain.Lost)
        self._tell(fact, fact.event.host_id, "tracking_lost", why=fact.event.why)

    def when_domain_changed_look_at_hosts(self, fact: Fact) -> None:
        tracking = tracking_of(self.journal, fact.account_id)
        waiting = [
            host.host_id
            for host in tracking.hosts.values()
            if host.state == "verified" or host.host_id == tracking.current_id
        ]
        with self.journal.connections.for_account(fact.account_id) as connection:
            connection.execute(WAKE_SQL, (self.clock(), fact.account_id, waiting))

    def when_person_erased_release_hosts(self, fact: Fact) -> None:
        assert isinstance(fact.event, Account.Erased)
        if "profile" in fact.event.purposes:
            context = reaction_context(fact, "release_hosts", self.clock())
            command = ReleaseTrackingHosts(account_id=fact.account_id)
            release_tracking_hosts(self.journal, command, context)

    def _tell(self, fact: Fact, host_id: UUID, template: str, **values: object) -> None:
        """Write a mail about the host that links are to carry."""
        tracking = self.journal.fresh(TrackingDomain, fact.stream_id, fact.version)
        host = tracking.hosts[host_id]
        if host.host is None or host_id != tracking.current_id:
            return
        if self.journal.fresh(Account, fact.account_id).closed:
            return
        named = {"host": host.host, "target": host.target, **values}
        tell_holder(self.journal, fact, template, self.clock(), **named)


def tracking_reactions(journal: Journal, clock: Now) -> list[Reaction]:
    """Return the reactions of this module."""
    do = TrackingConsequences(journal, clock)
    verified, lost = "tracking_domains.Verified", "tracking_domains.Lost"
    erased = do.when_person_erased_release_hosts
    return [
        Reaction("tracking_verified", verified, do.when_verified_tell_holder),
        Reaction("tracking_lost", lost, do.when_lost_tell_holder),
        Reaction("release_hosts", "accounts.Erased", erased),
        *(
            Reaction(
                f"hosts_{name.lower()}",
                f"domains.{name}",
                do.when_domain_changed_look_at_hosts,
            )
            for name in DOMAIN_FACTS
        ),
    ]
