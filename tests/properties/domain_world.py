"""Two accounts, two names, and a DNS that shows any of them, flickers or is away."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from commands import limits
from commands.domain_checks import checks_of
from commands.domain_consequences import domain_reactions
from commands.domain_looks import Eyes, check_now, look_at_due
from commands.domains import AddDomain, RemoveDomain, add_domain, remove_domain
from commands.reactions import Reactions
from ledger.dns_records import SERVER_FAILURE, wanted_records
from ledger.domains import SECOND_LOOK, TERM, SendingDomain
from ledger.journal import Journal, Reader
from ledger.refusals import DomainExists, TooManyAttempts
from tests.commands.people import member, rows_of
from tests.conftest import NOON, context_at
from tests.fakes import Names

ZONE = "daybook.net"
TYPED = ("hollis.com", "news.hollis.com")
people = st.sampled_from([0, 0, 0, 1])
typed = st.sampled_from([0, 0, 0, 0, 1])
scenes = st.sampled_from(["own", "own", "own", "none", "silence"])
WORKER_STEPS = 4
STEPS = [timedelta(minutes=1), SECOND_LOOK, timedelta(hours=1)]
steps = st.sampled_from([*STEPS, *STEPS, timedelta(hours=25), timedelta(hours=72)])


class DomainWorld(RuleBasedStateMachine):
    """What the paper keeps: whose records stand at a name, and who answers at all.

    So nobody is verified without his own records, nobody is demoted by one look or by
    silence, and a name goes over only from one whose records are gone.
    """

    journal: Journal

    @initialize()
    def begin(self) -> None:
        self.now = NOON
        self.names = Names()
        self.accounts = [member(self.journal).account_id for _ in range(2)]
        self.domains: dict[tuple[int, int], UUID] = {}
        self.shown: dict[int, UUID] = {}
        self.away: set[int] = set()
        self.missed: dict[UUID, datetime] = {}

    @rule(who=people, which=typed, scene=scenes)
    def show(self, who: int, which: int, scene: str) -> None:
        """Have the DNS show this account's records, none, or nothing at all."""
        domain_id = self._added(who, which)
        self.shown.pop(which, None)
        self.away.discard(which)
        for one in wanted_records(TYPED[which], self._label(domain_id), ZONE)[:2]:
            self.names.remove(one.host, one.type)
            self.names.trouble.pop(one.host, None)
            if scene == "own":
                self.shown[which] = domain_id
                self.names.publish(one.host, one.type, one.value)
            if scene == "silence":
                self.away.add(which)
                self.names.trouble[one.host] = SERVER_FAILURE

    @rule(who=people, which=typed, sure=st.sampled_from([False, False, False, True]))
    def remove(self, who: int, which: int, sure: bool) -> None:
        domain_id = self.domains.pop((who, which), None) if sure else None
        if domain_id is not None:
            command = RemoveDomain(account_id=self.accounts[who], domain_id=domain_id)
            remove_domain(self.journal, command, context_at(self.now))

    @rule(step=steps)
    def wait(self, step: timedelta) -> None:
        """Time goes on, and the worker with it."""
        for _ in range(WORKER_STEPS):
            self.now += step / WORKER_STEPS
            before = self._seen()
            look_at_due(self.journal, self._eyes, self.now)
            self._compare(before)

    @rule(who=people, which=typed)
    def check(self, who: int, which: int) -> None:
        """Its holder asks, half a minute later, if he may ask that often."""
        domain_id = self._added(who, which)
        self.now += timedelta(seconds=30)
        before, account = self._seen(), self.accounts[who]
        with suppress(TooManyAttempts):
            check_now(self.journal, self._eyes, account, domain_id, self.now)
            self._compare(before)

    @rule()
    def react(self) -> None:
        reader = Reader(self.journal.connections, self.journal.facts)
        deeds = domain_reactions(self.journal, lambda: self.now)
        worker = Reactions(self.journal, reader, lambda: self.now, deeds)
        while worker.step():
            pass

    @invariant()
    def each_name_has_one_holder_and_rows_say_what_streams_say(self) -> None:
        rows = [r for a in self.accounts for r in self._rows("watched_domains", a)]
        held = [bytes(row["digest"]) for row in rows if row["holds"]]
        assert len(held) == len(set(held))
        assert {row["domain_id"] for row in rows} == set(self.domains.values())
        for row in rows:
            domain = self._domain(row["domain_id"])
            assert domain.holds == row["holds"]
            assert (row["due_at"] is None) == (domain.state == "failed")

    @invariant()
    def the_guards_count_what_there_is(self) -> None:
        for who, account in enumerate(self.accounts):
            (guard,) = self._rows("account_guards", account)
            count = sum(person == who for person, _ in self.domains)
            assert guard["sending_domains"] == count <= limits.DOMAINS_MAX

    def teardown(self) -> None:
        for account in getattr(self, "accounts", []):
            with self.journal.connections.for_account(account) as connection:
                connection.execute(
                    "DELETE FROM watched_domains WHERE account_id = %s", (account,)
                )

    def _added(self, who: int, which: int) -> UUID:
        """Return the account's domain of that name, added if it was not."""
        command = AddDomain(account_id=self.accounts[who], name=TYPED[which])
        asked = (self.journal, command, context_at(self.now), ())
        if (who, which) in self.domains:
            with pytest.raises(DomainExists):
                add_domain(*asked)
        else:
            self.domains[who, which] = UUID(add_domain(*asked).ids["domain"])
        return self.domains[who, which]

    def _label(self, domain_id: UUID) -> str:
        return self._domain(domain_id).label

    def _seen(self) -> dict[UUID, SendingDomain]:
        return {one: self._domain(one) for one in self.domains.values()}

    def _compare(self, before: dict[UUID, SendingDomain]) -> None:
        """Hold what a look changed against what stands in the DNS."""
        for (_, which), domain_id in self.domains.items():
            was, is_ = before[domain_id], self._domain(domain_id)
            shown = self.shown.get(which) == domain_id and which not in self.away
            silent = which in self.away
            if is_.state == "verified" != was.state:
                assert shown
            if was.holds and is_.state != was.state and not shown:
                assert not silent
            if is_.state == "degraded" != was.state:
                assert not shown
                assert self.now - self.missed[domain_id] >= SECOND_LOOK
            if self._looked_at(domain_id):
                self._note(domain_id, shown=shown, silent=silent)
            if is_.state == "failed" != was.state:
                assert not shown
                over = was.contest is not None and self.now >= was.contest["until"]
                assert over or self.now - was.since >= TERM

    def _looked_at(self, domain_id: UUID) -> bool:
        account = self._domain(domain_id).account_id
        latest = checks_of(self.journal, account, domain_id)[:1]
        return any(check.last_at == self.now for check in latest)

    def _note(self, domain_id: UUID, *, shown: bool, silent: bool) -> None:
        """Keep since when a domain was not seen, on paper."""
        if shown:
            self.missed.pop(domain_id, None)
        elif not silent:
            self.missed.setdefault(domain_id, self.now)

    @property
    def _eyes(self) -> Eyes:
        return Eyes(lookups=self.names, zone=ZONE)

    def _rows(self, table: str, account: UUID) -> list[dict[str, Any]]:
        return rows_of(self.journal, table, account)

    def _domain(self, domain_id: UUID) -> SendingDomain:
        return self.journal.fresh(SendingDomain, domain_id)
