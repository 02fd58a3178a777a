"""Bad resolvers take no domain its state, and hold up nobody's look for long."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest

from commands import limits
from commands.domain_checks import checks_of
from commands.domain_looks import Eyes, check_now, look_at_due
from commands.gateways.dns import Conversation, Resolvers
from ledger.domains import SendingDomain
from ledger.journal import Journal
from ledger.refusals import TooManyAttempts
from tests.commands.sending import Sender, new_name
from tests.commands.test_domain_looks import ZONE, wanted_of
from tests.dns_server import NameServer
from tests.fakes import Names

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
SECONDS = 0.4
"""A look-up that nobody answers."""
PATIENT = 5 * SECONDS
"""A look-up that is answered, on a busy machine."""
BOUND = 10 * SECONDS
"""A look at a domain's records, and the advice on others."""


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DNS_LOOKUP_SECONDS_MAX", SECONDS)


@pytest.fixture
def patient(hasty: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DNS_LOOKUP_SECONDS_MAX", PATIENT)


@pytest.fixture
def good() -> Iterator[NameServer]:
    with NameServer(zones=["com"]) as server:
        yield server


@pytest.fixture
def bad() -> Iterator[NameServer]:
    with NameServer(zones=["com"]) as server:
        yield server


@pytest.fixture
def ann(empty_journal: Journal) -> Sender:
    return Sender(empty_journal)


def publish(domain: SendingDomain, *servers: NameServer) -> list[str]:
    """Put the wanted records on the servers; return their hosts."""
    wanted = wanted_of(domain)
    for server in servers:
        for one in wanted:
            value = f"{one.value}." if one.type == "CNAME" else f'"{one.value}"'
            server.records[one.host, one.type] = [value]
    return [one.host for one in wanted]


def eyes(*servers: NameServer) -> Eyes:
    lookups = Resolvers([server.resolver for server in servers])
    return Eyes(lookups=lookups, zone=ZONE)


def outcome_of_latest(ann: Sender, domain_id: UUID) -> str:
    newest, *_ = checks_of(ann.journal, ann.account_id, domain_id)
    return newest.outcome


@pytest.mark.parametrize(
    "manner",
    ["silent", "drip", "mute", "flood", "garbage", "another", "servfail", "refused",
     "hang_up", "referral"],
)  # fmt: skip
def test_one_resolver_that_misbehaves_takes_nothing_back(
    ann: Sender, good: NameServer, bad: NameServer, manner: str
) -> None:
    it = ann.verified(new_name())
    bad.manners = dict.fromkeys(publish(ann.domain(it), good, bad), manner)
    began = time.monotonic()
    assert look_at_due(ann.journal, eyes(good, bad), ann.now + DAY) == 1
    assert time.monotonic() - began < BOUND
    assert ann.domain(it).state == "verified"
    assert outcome_of_latest(ann, it) == "unclear"


@pytest.mark.parametrize("lie", ["nothing there", "another target"])
def test_one_resolver_that_lies_neither_verifies_nor_takes_back(
    patient: None, ann: Sender, good: NameServer, bad: NameServer, lie: str
) -> None:
    verified, pending = ann.verified(new_name()), ann.add(new_name())
    hosts = publish(ann.domain(verified), good)
    publish(ann.domain(pending), bad)
    if lie == "another target":
        bad.records |= {(host, "CNAME"): ["attacker.net."] for host in hosts[:2]}
    assert look_at_due(ann.journal, eyes(good, bad), ann.now + DAY) == 2
    assert ann.domain(verified).state == "verified"
    assert ann.domain(pending).state == "pending"
    assert outcome_of_latest(ann, verified) == "unclear"


@pytest.mark.parametrize("manner", ["silent", "drip"])
def test_a_domain_whose_servers_hang_holds_up_no_other(
    patient: None, ann: Sender, good: NameServer, bad: NameServer, manner: str
) -> None:
    bob = Sender(ann.journal)
    slow, quick = ann.add(new_name()), bob.add(new_name())
    hosts = publish(ann.domain(slow), good, bad)
    publish(bob.domain(quick), good, bad)
    good.manners = bad.manners = dict.fromkeys(hosts, manner)
    began = time.monotonic()
    assert look_at_due(ann.journal, eyes(good, bad), ann.now + MINUTE) == 2
    assert time.monotonic() - began < 3 * PATIENT
    assert bob.domain(quick).state == "verified"
    assert ann.domain(slow).state == "pending"


def test_who_asks_at_a_page_is_answered_in_time(
    ann: Sender, good: NameServer, bad: NameServer
) -> None:
    it = ann.add(new_name())
    hosts = publish(ann.domain(it), good, bad)
    good.manners = bad.manners = dict.fromkeys(hosts, "drip")
    began = time.monotonic()
    check_now(ann.journal, eyes(good, bad), ann.account_id, it, ann.now)
    assert time.monotonic() - began < BOUND
    assert outcome_of_latest(ann, it) == "unclear"


class Stuck(Names):
    """Names of which nobody hears before the end."""

    def __init__(self) -> None:
        super().__init__()
        self.ended, self.under_way = threading.Event(), threading.Semaphore(0)

    def begin(self) -> Sequence[Conversation]:
        self.under_way.release()
        assert self.ended.wait(30)
        return super().begin()


def test_hanging_checks_leave_threads_for_pages_and_cost_the_others_no_try(
    ann: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "DNS_CHECK_WAIT_SECONDS_MAX", 0.05)
    names = Stuck()
    at = Eyes(lookups=names, zone=ZONE)

    def check(one: Sender, domain_id: UUID) -> str:
        return check_now(one.journal, at, one.account_id, domain_id, one.now).state

    people = [Sender(ann.journal) for _ in range(limits.DNS_CHECKS_AT_ONCE)]
    with ThreadPoolExecutor(len(people)) as pool:
        checks = [pool.submit(check, one, one.add(new_name())) for one in people]
        for _ in people:
            assert names.under_way.acquire(timeout=30)
        it = ann.add(new_name())
        with pytest.raises(TooManyAttempts):
            check(ann, it)
        names.ended.set()
        assert [one.result() for one in checks] == ["pending"] * len(people)
    assert check(ann, it) == "pending"
