"""SPF and DMARC as checkdmarc reads them, and as we do: the same, on real packets."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import dns.nameserver
import dns.resolver
import pytest
from checkdmarc import dmarc, spf  # type: ignore[import-untyped]
from checkdmarc.utils import DNS_CACHE  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from commands.domain_lookups import look_up
from commands.gateways.dns import Asking, Resolvers
from ledger.dns_dmarc import Policy, policy_from
from ledger.dns_records import Question, wanted_records
from ledger.dns_spf import LOOKUPS_MAX, Reading, spf_questions
from tests.dns_server import NameServer

NEWS = "news.example.com"
DMARC = wanted_records(NEWS, "abc", "mail.daybook.net")[-1]
HOSTS = {(name, "A"): ["192.0.2.1"] for name in (NEWS, "example.com", "a.net", "b.net")}
MAIL = {(name, "MX"): [f"10 {name}."] for name, _ in HOSTS}

blanks = st.sampled_from(["", " ", "  "])
VALUES = {
    "p": ["none", "quarantine", "reject", "Reject"],
    "sp": ["none", "quarantine", "reject"],
    "np": ["none", "quarantine", "reject"],
    "adkim": ["r", "s", "S"],
    "aspf": ["r", "s"],
    "psd": ["y", "n", "u"],
    "t": ["y", "n"],
    "pct": ["50"],
    "unknown": ["x"],
}
tags = st.lists(
    st.sampled_from([*VALUES]).flatmap(
        lambda tag: st.tuples(st.just(tag), st.sampled_from(VALUES[tag]))
    ),
    unique_by=lambda pair: pair[0],
)
words = st.lists(
    st.sampled_from(
        ["a", "mx", "ptr", "exists:a.net", "include:a.net", "include:b.net", "~all",
         "-all", "ip4:192.0.2.0/24", "redirect=b.net", "a:b.net", "+mx:a.net"]
    ),
    max_size=7,
)  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[NameServer]:
    with NameServer(zones=["com", "net"]) as running:
        yield running


def theirs(server: NameServer) -> dns.resolver.Resolver:
    """Their resolver, which has forgotten everything."""
    DNS_CACHE.clear()
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [dns.nameserver.Do53Nameserver("127.0.0.1", server.port)]
    return resolver


def in_their_words(policy: Policy) -> dict[str, str | None]:
    return {
        "p": policy.p,
        "sp": policy.sp,
        "np": policy.np,
        "psd": policy.psd,
        "adkim": "s" if policy.is_dkim_strict else "r",
        "aspf": "s" if policy.is_spf_strict else "r",
        "t": "y" if policy.is_testing else "n",
    }


@given(tags, blanks)
def test_a_dmarc_record_says_the_same_to_both(
    told: list[tuple[str, str]], blank: str
) -> None:
    parts = [f"{tag}{blank}={blank}{value}" for tag, value in told]
    text = f"{blank};{blank}".join(["v=DMARC1", *parts])
    read = dmarc.parse_dmarc_record(text, "example.com")["tags"]
    ours = in_their_words(policy_from(text))
    assert ours == {tag: read[tag]["value"] for tag in ours}


@pytest.mark.parametrize("text", ["v=DMARC1; p=x", "v=DMARC1; p=none; sp="])
def test_what_counts_for_nothing_is_an_error_to_them(text: str) -> None:
    assert not policy_from(text).counts
    with pytest.raises(dmarc.DMARCError):
        dmarc.parse_dmarc_record(text, "example.com")


@pytest.mark.parametrize(
    "psds", [*product(["none", "", "psd=y", "psd=n"], repeat=3)], ids="/".join
)
def test_both_walk_to_the_same_dmarc_record(
    server: NameServer, psds: tuple[str, str, str]
) -> None:
    places = zip((NEWS, "example.com", "com"), psds, strict=True)
    server.records = HOSTS | {
        (f"_dmarc.{name}", "TXT"): [f'"v=DMARC1; p=none; {psd}"']
        for name, psd in places
        if psd != "none"
    }
    lookups = Resolvers([server.resolver, server.resolver])
    (finding,) = look_up(lookups, [DMARC]).findings
    ours = finding.where or DMARC.host if finding.state == "found" else None
    try:
        there = dmarc.query_dmarc_record(NEWS, resolver=theirs(server))["location"]
    except dmarc.DMARCRecordNotFound:
        assert ours is None
    else:
        assert ours == f"_dmarc.{there}"


def reading(server: NameServer) -> Reading:
    """Our reading of the record of example.com, over the wire."""
    line = Asking(server.resolver, questions_max=50, seconds_max=5)
    answers = {Question("example.com", "TXT"): line.ask(Question("example.com", "TXT"))}
    while todo := [*spf_questions("example.com", answers)]:
        answers |= {question: line.ask(question) for question in todo}
    return Reading("example.com", answers)


@given(words, words, st.lists(st.sampled_from(["a", "mx", "-all"]), max_size=4))
def test_an_spf_record_costs_both_the_same_number_of_questions(
    server: NameServer, own: list[str], first: list[str], second: list[str]
) -> None:
    records = {"example.com": own, "a.net": first, "b.net": second}
    server.records = HOSTS | MAIL | {
        (name, "TXT"): [f'"v=spf1 {" ".join(said)}"'] for name, said in records.items()
    }  # fmt: skip
    ours = reading(server)
    try:
        counted = spf.get_spf_record("example.com", resolver=theirs(server))
    except spf.SPFTooManyDNSLookups:
        assert ours.lookups > LOOKUPS_MAX
    except (spf.SPFIncludeLoop, spf.SPFRedirectLoop):
        assert ours.loops
    except spf.SPFSyntaxError:
        assert ours.malformed  # a second redirect
    else:
        assert ours.lookups == counted["dns_lookups"]


@pytest.mark.parametrize(
    "record", ["v=spf1 ipv4:192.0.2.1 -all", "v=spf1 include: -all", "v=spf1 allx"]
)
def test_words_that_do_not_exist_are_an_error_to_both(
    server: NameServer, record: str
) -> None:
    server.records = HOSTS | {("example.com", "TXT"): [f'"{record}"']}
    assert reading(server).malformed
    with pytest.raises(spf.SPFSyntaxError):
        spf.parse_spf_record(record, "example.com", resolver=theirs(server))


def test_two_spf_records_are_an_error_to_both(server: NameServer) -> None:
    texts = ['"v=spf1 a -all"', '"v=spf1 mx -all"']
    server.records = HOSTS | {("example.com", "TXT"): texts}
    assert len(reading(server).records) == 2
    with pytest.raises(spf.MultipleSPFRTXTRecords):
        spf.query_spf_record("example.com", resolver=theirs(server))
