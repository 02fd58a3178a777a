"""Looks at a domain's records: on demand within limits, and in turn when it is time."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from commands.domain_checks import checks_of
from commands.domain_looks import (
    AGAIN,
    AT_ONCE,
    TURN,
    Eyes,
    check_now,
    look_at_due,
    outcome_of,
)
from commands.gateways.dns import Conversation, Resolvers
from ledger.dns_records import (
    DIFFERENT,
    DNS_ERROR,
    FOUND,
    TIMED_OUT,
    WAITING,
    Finding,
    Wanted,
    wanted_records,
)
from ledger.domains import TERM, SendingDomain
from ledger.journal import Journal
from ledger.refusals import NoSuchAccount, NoSuchDomain, TooManyAttempts
from tests.commands.people import rows_of
from tests.commands.sending import Sender, new_name
from tests.commands.signed import topics
from tests.dns_server import NameServer
from tests.fakes import Names

ZONE = "daybook.net"
SECONDS, MINUTE, DAY = timedelta(seconds=30), timedelta(minutes=1), timedelta(days=1)


class Watcher(Sender):
    """Somebody whose domains are looked up in names that the test keeps."""

    def __init__(self, journal: Journal, names: Names | None = None) -> None:
        super().__init__(journal)
        self.names = names or Names()

    @property
    def eyes(self) -> Eyes:
        return Eyes(lookups=self.names, zone=ZONE)

    def publish(self, domain_id: UUID, *kinds: str) -> None:
        for one in wanted_of(self.domain(domain_id)):
            if one.kind in (kinds or ("dkim1", "dkim2")):
                self.names.publish(one.host, one.type, one.value)

    def check(self, domain_id: UUID, after: timedelta = SECONDS) -> SendingDomain:
        self.now += after
        who = self.account_id
        return check_now(self.journal, self.eyes, who, domain_id, self.now)

    def due(self, after: timedelta) -> int:
        self.now += after
        return look_at_due(self.journal, self.eyes, self.now)


def wanted_of(domain: SendingDomain) -> list[Wanted]:
    assert domain.name is not None
    return wanted_records(domain.name, domain.label, ZONE)


@pytest.fixture
def ann(empty_journal: Journal) -> Watcher:
    return Watcher(empty_journal)


def test_the_two_required_records_verify_a_domain(ann: Watcher) -> None:
    it = ann.add(new_name())
    assert ann.check(it).state == "pending"
    ann.publish(it, "dkim1")
    assert ann.check(it).state == "pending"
    ann.publish(it)
    assert ann.check(it).state == "verified"
    newest, *_ = checks_of(ann.journal, ann.account_id, it)
    states = {one.kind: one.state for one in newest.seen.findings}
    assert (states["dkim1"], states["dkim2"]) == (FOUND, FOUND)
    assert states["dmarc"] == WAITING


def test_one_resolver_alone_verifies_nothing(ann: Watcher) -> None:
    it = ann.add(new_name())
    ann.publish(it)
    ann.names.seen_by_one = {one.host for one in wanted_of(ann.domain(it))}
    assert ann.check(it).state == "pending"
    ann.names.seen_by_one.clear()
    assert ann.check(it).state == "verified"


def test_the_records_of_another_account_prove_nothing(ann: Watcher) -> None:
    bob, name = Watcher(ann.journal, ann.names), new_name()
    hers, his = ann.add(name), bob.add(name)
    ann.publish(hers)
    assert bob.check(his).state == "pending"
    assert ann.check(hers).state == "verified"
    newest, *_ = checks_of(ann.journal, bob.account_id, his)
    assert {one.state for one in newest.seen.findings[:2]} == {DIFFERENT}


def test_a_domain_is_looked_at_once_in_half_a_minute(ann: Watcher) -> None:
    it, other = ann.add(new_name()), ann.add(new_name())
    ann.check(it)
    with pytest.raises(TooManyAttempts) as refused:
        ann.check(it, timedelta(seconds=29))
    assert refused.value.retry_seconds == 1
    ann.check(other, timedelta())
    ann.check(it, timedelta(seconds=1))


def test_an_account_asks_ten_times_an_hour_and_none_is_lost_to_haste(
    ann: Watcher,
) -> None:
    it = ann.add(new_name())
    for _ in range(10):
        ann.check(it)
        with pytest.raises(TooManyAttempts):
            ann.check(it, timedelta())
    with pytest.raises(TooManyAttempts) as refused:
        ann.check(it)
    assert refused.value.retry_seconds == 3600 - 10 * 30
    assert Watcher(ann.journal).due(TERM) >= 1


def test_only_the_accounts_own_domain_is_looked_at(ann: Watcher) -> None:
    bob = Watcher(ann.journal)
    with pytest.raises(NoSuchDomain):
        bob.check(ann.add(new_name()))
    with pytest.raises(NoSuchAccount):
        check_now(ann.journal, ann.eyes, uuid4(), uuid4(), ann.now)
    assert ann.names.asked == bob.names.asked == []


def test_what_is_due_is_looked_at_and_nothing_else(ann: Watcher) -> None:
    it, later = ann.add(new_name()), ann.verified(new_name())
    assert ann.due(timedelta(seconds=59)) == 0
    ann.publish(it)
    assert ann.due(timedelta(seconds=1)) == 1
    assert ann.domain(it).state == "verified"
    assert ann.due(DAY) == 2
    assert ann.domain(later).state == "verified"


def test_a_domain_lives_by_its_schedule_alone(ann: Watcher) -> None:
    it = ann.add(new_name())
    ann.publish(it)
    ann.due(MINUTE)
    ann.names.records.clear()
    while ann.domain(it).state != "failed":
        (row,) = rows_of(ann.journal, "watched_domains", ann.account_id)
        assert ann.due(row["due_at"] - ann.now) == 1
    assert ann.now - ann.domain(it).since == timedelta()
    expected = ["Added", "Verified", "Degraded", "Failed"]
    found = topics(ann.journal, ann.account_id)
    assert [one[8:] for one in found if one.startswith("domains.")] == expected


def test_each_account_has_two_turns_before_any_has_a_third(ann: Watcher) -> None:
    for _ in range(18):
        ann.add(new_name())
    ann.now += SECONDS
    bob = Watcher(ann.journal, ann.names)
    bob.now = ann.now
    his = bob.add(new_name())
    assert ann.due(2 * MINUTE) == TURN + 1
    (row,) = rows_of(ann.journal, "watched_domains", bob.account_id)
    assert row["due_at"] > ann.now
    assert bob.domain(his).state == "pending"


class Slow(Names):
    """Names of which each question takes a while, and how many looks there are."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.most = 0, 0
        self._lock = threading.Lock()

    def begin(self) -> Sequence[Conversation]:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.1)
        with self._lock:
            self.now -= 1
        return super().begin()


class Cut(Names):
    """Names that nobody can be asked for."""

    def begin(self) -> Sequence[Conversation]:
        raise OSError("the line is cut")


def test_so_many_looks_and_no_more_are_under_way(ann: Watcher) -> None:
    ann.names = slow = Slow()
    for _ in range(AT_ONCE):
        other = Watcher(ann.journal, ann.names)
        for _ in range(TURN):
            other.add(new_name())
    assert ann.due(MINUTE) == AT_ONCE * TURN
    assert 1 < slow.most <= AT_ONCE


def test_a_look_that_dies_is_taken_over_later(ann: Watcher) -> None:
    it = ann.add(new_name())
    ann.names = Cut()
    with pytest.raises(OSError, match="cut"):
        ann.due(MINUTE)
    ann.names = Names()
    assert ann.due(AGAIN - MINUTE) == 0
    ann.publish(it)
    assert ann.due(MINUTE) == 1
    assert ann.domain(it).state == "verified"


def test_real_packets_verify_a_domain(ann: Watcher) -> None:
    it = ann.add(new_name())
    with ExitStack() as stack:
        servers = [stack.enter_context(NameServer()) for _ in range(2)]
        for server in servers:
            for one in wanted_of(ann.domain(it)):
                server.records[one.host, one.type] = [f"{one.value}."]
        lookups = Resolvers([server.resolver for server in servers])
        eyes = Eyes(lookups=lookups, zone=ZONE)
        domain = check_now(ann.journal, eyes, ann.account_id, it, ann.now)
    assert domain.state == "verified"


@pytest.mark.parametrize(
    ("states", "outcome", "missing"),
    [
        ((FOUND, FOUND), "found", []),
        ((FOUND, TIMED_OUT), "unclear", []),
        ((DNS_ERROR, TIMED_OUT), "unclear", []),
        ((TIMED_OUT, WAITING), "missing", ["dkim2"]),
        ((DIFFERENT, WAITING), "missing", ["dkim1", "dkim2"]),
    ],
)
def test_what_a_look_comes_to(
    states: tuple[str, str], outcome: str, missing: list[str]
) -> None:
    wanted = wanted_records("example.com", "x", ZONE)
    kinds = ("dkim1", "dkim2", "return_path", "dmarc")
    each = zip(kinds, (*states, WAITING, WAITING), strict=True)
    findings = [Finding(kind=kind, state=state, found=[]) for kind, state in each]
    assert outcome_of(wanted, findings) == (outcome, missing)
