"""Domains get keys, lose them and get new ones, whatever the order of the news."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from commands.domains import AddDomain, RemoveDomain, add_domain, remove_domain
from commands.erasure import Erasures, erase_account, system_context
from commands.signing_consequences import TOPICS, signing_reactions
from commands.signing_keys import keys_of_domain
from commands.signing_rounds import tend_keys
from ledger.domains import TERM, SendingDomain
from ledger.journal import Fact
from ledger.signing_refusals import NoSigningKey
from tests.commands.keyholders import DAY
from tests.conftest import NOON, context_at
from tests.desk import Desk
from tests.web.service import Clock, an_account
from web.wiring import Service


class Owner:
    """An account that has added a domain, and what follows from it."""

    def __init__(self, service: Service, clock: Clock) -> None:
        self.service, self.clock = service, clock
        self.account_id = an_account(service)
        command = AddDomain(account_id=self.account_id, name="hollis.com")
        added = add_domain(service.journal, command, context_at(NOON), ())
        self.domain_id = UUID(added.ids["domain"])

    def react(self) -> int:
        """Let every fact of the domain have its consequences, the newest first."""
        found = signing_reactions(self.service.journal, self.clock)
        deeds = {one.topic: one.react for one in found}
        with self.service.connections.for_account(self.account_id) as connection:
            facts = self.service.reader.of_stream(connection, self.domain_id)
        for fact in reversed(facts):
            self._react(deeds, fact)
        tend_keys(self.service.journal, lambda name, key: None, self.clock())
        return len(facts)

    def become(self, decide: Callable[[SendingDomain], None]) -> None:
        domain = self.service.journal.fresh(SendingDomain, self.domain_id)
        decide(domain)
        Desk(self.service.journal).record(self.account_id, lambda: domain)
        self.react()

    @property
    def states(self) -> list[str]:
        keys = keys_of_domain(self.service.journal, self.account_id, self.domain_id)
        return [key.state for _, key in sorted(keys.keys.items())]

    def _react(self, deeds: dict[str, Callable[[Fact], None]], fact: Fact) -> None:
        if fact.topic in deeds:
            deeds[fact.topic](fact)


@pytest.fixture
def owner(service: Service, clock: Clock) -> Owner:
    return Owner(service, clock)


def test_a_new_domain_gets_two_keys_under_its_label(owner: Owner) -> None:
    owner.react()
    owner.react()
    domain = owner.service.journal.fresh(SendingDomain, owner.domain_id)
    keys = keys_of_domain(owner.service.journal, owner.account_id, owner.domain_id)
    assert keys.label == domain.label
    assert owner.states == ["staged", "staged"]


def test_a_failed_domain_loses_its_keys_and_gets_new_ones_once_resumed(
    owner: Owner,
) -> None:
    owner.react()
    owner.become(lambda domain: domain.miss(["dkim1"], NOON + TERM, NOON))
    assert owner.states == ["revoked", "revoked"]
    owner.become(lambda domain: domain.resume(NOON + TERM + DAY))
    assert owner.states == ["staged", "revoked"]


def test_a_domain_that_gave_way_signs_no_more(owner: Owner) -> None:
    owner.become(lambda domain: domain.find(NOON))
    assert owner.states == ["staged", "staged"]
    owner.become(lambda domain: domain.give_way(UUID(int=7), NOON + DAY))
    assert owner.states == ["revoked", "revoked"]


def test_a_domain_that_was_removed_at_once_never_gets_keys(owner: Owner) -> None:
    command = RemoveDomain(account_id=owner.account_id, domain_id=owner.domain_id)
    remove_domain(owner.service.journal, command, context_at(NOON))
    owner.react()
    with pytest.raises(NoSigningKey):
        _ = owner.states


def test_the_keys_of_a_person_who_was_erased_are_revoked_all_the_same(
    owner: Owner, tmp_path: Path
) -> None:
    owner.react()
    erasures = Erasures.of(tmp_path / "erased", owner.service.seller)
    context = system_context(owner.account_id, NOON)
    erase_account(owner.service.journal, erasures, owner.account_id, context)
    owner.react()
    assert owner.states == ["revoked", "revoked"]


def test_it_is_told_of_every_fact_after_which_a_domain_may_sign_or_not() -> None:
    silent = {"Degraded", "Recovered", "Contested", "ContestOpened", "ContestEnded"}
    facts = {
        name
        for name, kind in vars(SendingDomain).items()
        if isinstance(kind, type) and name not in ("Created", "Event", "STATE")
    }
    assert facts - silent == set(TOPICS)
