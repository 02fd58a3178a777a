"""A domain looked up: all its records, by all resolvers, within its bounds."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from threading import BoundedSemaphore

import pytest

from commands import limits
from commands.domain_lookups import advise, look_for_key, look_up, turn
from commands.gateways.dns import Conversation, Resolvers
from ledger.dns_records import Answer, Question, wanted_records, wanted_tracking
from ledger.refusals import TooManyAttempts
from tests.dns_server import NameServer
from tests.fakes import Names

NAME = "example.com"
LABEL = "abcdefghijklmnopqrstuvwxyz"
ZONE = "mail.daybook.net"
WANTED = wanted_records(NAME, LABEL, ZONE)


def published(names: Names | None = None) -> Names:
    names = names or Names()
    for one in WANTED:
        names.publish(one.host, one.type, one.value)
    names.publish(NAME, "NS", "ada.ns.cloudflare.com", "bob.ns.cloudflare.com")
    return names


def states(names: Names) -> dict[str, str]:
    return {one.kind: one.state for one in look_up(names, WANTED).findings}


def test_what_is_published_is_found_and_the_provider_named() -> None:
    names = published()
    looked = look_up(names, WANTED)
    assert {one.state for one in looked.findings} == {"found"}
    assert [one.kind for one in looked.findings] == [one.kind for one in WANTED]
    assert looked.provider == "Cloudflare"
    assert Counter(names.asked) == dict.fromkeys(names.asked, 2)
    assert len(set(names.asked)) == 5


def test_each_record_has_a_state_of_its_own() -> None:
    names = published()
    dkim1, dkim2, back, dmarc = WANTED
    names.publish(dkim1.host, "CNAME", "elsewhere.net")
    names.remove(dkim2.host, "CNAME")
    names.trouble[back.host] = "server_failure"
    names.publish(dmarc.host, "TXT", dmarc.value, "v=DMARC1; p=reject")
    assert states(names) == {
        "dkim1": "different",
        "dkim2": "waiting",
        "return_path": "dns_error",
        "dmarc": "several",
    }


def test_what_only_one_resolver_sees_is_neither_found_nor_missing() -> None:
    names = published()
    names.seen_by_one.add(WANTED[0].host)
    assert states(names)["dkim1"] == "dns_error"


def test_a_mistake_is_looked_for_and_named() -> None:
    names = published()
    for one in WANTED[:2]:
        names.remove(one.host, "CNAME")
        names.publish(f"{one.host}.{NAME}", "CNAME", one.value)
    names.remove("bounce.example.com", "CNAME")
    names.publish("bounce.example.com", "A", "104.16.0.1")
    found = [one.mistake for one in look_up(names, WANTED).findings]
    assert found == ["zone_twice", "zone_twice", "proxied", None]


def test_where_nothing_is_published_a_look_up_stays_within_its_questions() -> None:
    deep = wanted_records("a.b.c.d.e.f.example.co.uk", LABEL, ZONE)
    names = Names()
    looked = look_up(names, deep)
    assert {one.state for one in looked.findings} == {"waiting"}
    assert len(names.asked) <= 2 * limits.DNS_QUESTIONS_MAX


def test_the_zone_is_told_by_who_says_no() -> None:
    wanted = wanted_records(f"news.{NAME}", LABEL, ZONE)
    with NameServer(zones=[f"news.{NAME}", NAME, "com"]) as server:
        lookups = Resolvers([server.resolver, server.resolver])
        assert look_up(lookups, wanted).zone == f"news.{NAME}"
        server.zones[:] = ["com"]
        assert look_up(lookups, wanted).zone is None


def test_a_tracking_host_is_looked_up_alike() -> None:
    wanted = wanted_tracking(f"track.{NAME}", f"xyz.trk.{ZONE}")
    names = published()
    names.publish(wanted.host, "CNAME", wanted.value)
    (finding,) = look_up(names, [wanted]).findings
    assert (finding.kind, finding.state) == ("tracking", "found")


def test_a_key_is_looked_for_at_its_host() -> None:
    names = Names()
    names.publish("dm1.x.dkim.daybook.net", "TXT", "v=DKIM1; p=AAAA")
    assert look_for_key(names, "dm1.x.dkim.daybook.net", "AAAA").state == "found"
    assert look_for_key(names, "dm1.x.dkim.daybook.net", "BBBB").state == "different"
    assert look_for_key(names, "dm2.x.dkim.daybook.net", "AAAA").state == "waiting"


def test_advice_is_given_by_one_resolver() -> None:
    names = Names()
    names.publish(NAME, "TXT", "v=spf1 include:a.net +all")
    names.publish("a.net", "TXT", "v=spf1 a -all", "v=spf1 mx -all")
    assert [one.code for one in advise(names, NAME)] == ["spf_anybody", "spf_missing"]
    assert len(names.asked) == len(set(names.asked))


class Nobody:
    """Settings without resolvers."""

    def begin(self) -> Sequence[Conversation]:
        return []


def test_without_resolvers_nothing_is_known_of_any_record() -> None:
    looked = look_up(Nobody(), WANTED)
    assert all(one.is_temporary for one in looked.findings)
    assert (looked.provider, looked.zone) == (None, None)
    assert advise(Nobody(), NAME) == []


class Meeting:
    """Two resolvers that each answer only once the other was asked too."""

    def __init__(self) -> None:
        self.barrier = threading.Barrier(2, timeout=5)

    def begin(self) -> Sequence[Conversation]:
        return [self, self]

    def ask(self, question: Question) -> Answer:
        self.barrier.wait()
        return Answer(status="no_name")


def test_resolvers_are_asked_at_the_same_time() -> None:
    wanted = wanted_tracking(f"track.{NAME}", f"xyz.trk.{ZONE}")
    assert look_up(Meeting(), [wanted]).findings[0].state == "waiting"


def test_a_resolver_that_drips_costs_a_look_up_its_time_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "DNS_LOOKUP_SECONDS_MAX", 0.5)
    with NameServer() as server:
        server.manners = {one.host: "drip" for one in WANTED}
        began = time.monotonic()
        lookups = Resolvers([server.resolver, server.resolver])
        looked = look_up(lookups, WANTED)
    assert time.monotonic() - began < 1.5
    assert {one.state for one in looked.findings} == {"timed_out"}


def test_few_people_wait_for_a_look_up_at_once_and_the_others_are_told_to_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "DNS_CHECK_WAIT_SECONDS_MAX", 0.01)
    turns = BoundedSemaphore(2)
    with turn(turns), turn(turns):
        with pytest.raises(TooManyAttempts) as refused, turn(turns):
            pytest.fail("a third is under way")
        assert refused.value.retry_seconds == 8
    with turn(turns), turn(turns):
        pass
