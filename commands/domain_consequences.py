"""What follows from the facts of sending domains: mails, and contests that end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from commands.domain_contests import EndContest, end_contest, wake
from commands.domain_names import holders_above
from commands.reaction_mails import tell_account, tell_holder
from commands.reactions import Reaction, reaction_context
from ledger.domains import TERM, SendingDomain
from ledger.journal import Fact, Journal

Now = Callable[[], datetime]


@dataclass(frozen=True)
class DomainConsequences:
    """The deeds, each repeated safely. Nobody is told of a name that was erased."""

    journal: Journal
    clock: Now

    def when_verified_tell_holder(self, fact: Fact) -> None:
        assert isinstance(fact.event, SendingDomain.Verified)
        self._tell(fact, "domain_verified", again=False)

    def when_verified_tell_whoever_holds_a_name_above(self, fact: Fact) -> None:
        assert isinstance(fact.event, SendingDomain.Verified)
        domain = self._domain(fact)
        if domain.name is None:
            return
        others = [
            holder
            for holder in holders_above(self.journal, domain.name)
            if holder.account_id != domain.account_id
        ]
        for above in others[:1]:
            tell_account(
                self.journal,
                above.account_id,
                uuid5(fact.event_id, f"mail {above.account_id}"),
                "domain_below",
                self.clock(),
                domain=above.name,
                below=domain.name,
                domain_id=str(above.domain_id),
            )

    def when_recovered_tell_holder(self, fact: Fact) -> None:
        assert isinstance(fact.event, SendingDomain.Recovered)
        self._tell(fact, "domain_verified", again=True)

    def when_degraded_tell_holder(self, fact: Fact) -> None:
        assert isinstance(fact.event, SendingDomain.Degraded)
        self._tell(
            fact,
            "domain_degraded",
            missing=fact.event.missing,
            label=self._domain(fact).label,
            fails_at=fact.event.at + TERM,
        )

    def when_failed_tell_holder(self, fact: Fact) -> None:
        assert isinstance(fact.event, SendingDomain.Failed)
        self._tell(fact, "domain_failed", why=fact.event.why)

    def when_contested_tell_holder(self, fact: Fact) -> None:
        assert isinstance(fact.event, SendingDomain.Contested)
        self._tell(fact, "domain_contested", until=fact.event.until)

    def when_contest_opened_tell_contender(self, fact: Fact) -> None:
        assert isinstance(fact.event, SendingDomain.ContestOpened)
        self._tell(fact, "domain_contest_opened", until=fact.event.until)

    def when_transferred_tell_former_holder(self, fact: Fact) -> None:
        assert isinstance(fact.event, SendingDomain.Transferred)
        self._tell(fact, "domain_transferred", how=fact.event.how)

    def when_it_is_over_end_its_contest(self, fact: Fact) -> None:
        """Tell the other side of a contest that this one is removed or has failed."""
        before = self._domain(fact, fact.version - 1)
        if before.contest is None:
            return
        other = self._domain_of(before.contest["other_id"])
        if before.holds:
            wake(self.journal, other, self.clock())
            return
        command = EndContest(
            account_id=other.account_id,
            domain_id=other.id,
            contender_id=before.id,
        )
        context = reaction_context(fact, "end_contest", self.clock())
        end_contest(self.journal, command, context)

    def _tell(self, fact: Fact, template: str, **values: object) -> None:
        name = self._domain(fact).name
        if name is not None:
            named = {"domain": name, "domain_id": str(fact.stream_id), **values}
            tell_holder(self.journal, fact, template, self.clock(), **named)

    def _domain(self, fact: Fact, version: int | None = None) -> SendingDomain:
        return self.journal.fresh(SendingDomain, fact.stream_id, version)

    def _domain_of(self, domain_id: UUID) -> SendingDomain:
        return self.journal.fresh(SendingDomain, domain_id)


def domain_reactions(journal: Journal, clock: Now) -> list[Reaction]:
    """Return the reactions of this module."""
    do = DomainConsequences(journal, clock)
    over = do.when_it_is_over_end_its_contest
    deeds = {
        "domain_verified": ("Verified", do.when_verified_tell_holder),
        "domain_below": ("Verified", do.when_verified_tell_whoever_holds_a_name_above),
        "domain_recovered": ("Recovered", do.when_recovered_tell_holder),
        "domain_degraded": ("Degraded", do.when_degraded_tell_holder),
        "domain_failed": ("Failed", do.when_failed_tell_holder),
        "domain_contested": ("Contested", do.when_contested_tell_holder),
        "domain_claim": ("ContestOpened", do.when_contest_opened_tell_contender),
        "domain_transferred": ("Transferred", do.when_transferred_tell_former_holder),
        "contest_failed": ("Failed", over),
        "contest_removed": ("Removed", over),
    }
    return [
        Reaction(name, f"domains.{what}", deed) for name, (what, deed) in deeds.items()
    ]
