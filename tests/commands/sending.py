"""An account's domains, looked at past any DNS, by a clock that is moved by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from commands.domain_checks import (
    RecordCheck,
    Seen,
    look_context,
    note_look,
    record_check,
)
from commands.domains import AddDomain, RemoveDomain, add_domain, remove_domain
from ledger.aggregate import SYSTEM
from ledger.dns_records import DKIM1, DKIM2, FOUND, TIMED_OUT, WAITING, Finding
from ledger.domains import Outcome, SendingDomain
from ledger.journal import Journal, Recorded
from tests.commands.people import member
from tests.conftest import NOON, context_at

OURS = ("daybook.net",)


def new_name() -> str:
    """A name that no other test has."""
    return f"{uuid4().hex}.com"


def seen(outcome: Outcome) -> Seen:
    """What a look with this outcome sees of the required records."""
    state = {"found": FOUND, "missing": WAITING, "unclear": TIMED_OUT}[outcome]
    kinds = (DKIM1, DKIM2)
    return Seen(findings=[Finding(kind=k, state=state, found=[]) for k in kinds])


@dataclass
class Sender:
    """Somebody with domains, and what everybody's DNS says at his moment."""

    journal: Journal
    now: datetime = NOON
    account_id: UUID = SYSTEM

    def __post_init__(self) -> None:
        if self.account_id == SYSTEM:
            self.account_id = member(self.journal).account_id

    def add(self, name: str) -> UUID:
        command = AddDomain(account_id=self.account_id, name=name)
        recorded = add_domain(self.journal, command, context_at(self.now), OURS)
        return UUID(recorded.ids["domain"])

    def remove(self, domain_id: UUID) -> Recorded:
        command = RemoveDomain(account_id=self.account_id, domain_id=domain_id)
        return remove_domain(self.journal, command, context_at(self.now))

    def look(
        self, domain_id: UUID, outcome: Outcome = "found", *, asked: bool = False
    ) -> SendingDomain:
        """Look at a domain as the worker does, with this outcome."""
        missing = ("dkim1", "dkim2") if outcome == "missing" else ()
        command = RecordCheck(
            account_id=self.account_id,
            domain_id=domain_id,
            outcome=outcome,
            missing=missing,
            asked=asked,
        )
        context = look_context(self.domain(domain_id), self.now)
        record_check(self.journal, command, context)
        domain = self.domain(domain_id)
        note_look(self.journal, domain, outcome, seen(outcome), self.now)
        return domain

    def looks(self, domain_id: UUID, outcome: Outcome, *after: timedelta) -> str:
        """Look again after each of these times; return the state at the end."""
        for step in after:
            self.now += step
            self.look(domain_id, outcome)
        return self.domain(domain_id).state

    def domain(self, domain_id: UUID) -> SendingDomain:
        return self.journal.fresh(SendingDomain, domain_id)

    def verified(self, name: str) -> UUID:
        domain_id = self.add(name)
        assert self.look(domain_id).state == "verified"
        return domain_id
