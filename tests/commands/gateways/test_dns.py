"""What resolvers say, and that a bad one harms nobody: real packets on loopback."""

from __future__ import annotations

import time
from collections.abc import Iterator

import dns.message
import dns.name
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands import limits
from commands.gateways.dns import (
    Asking,
    Lookups,
    Resolver,
    Resolvers,
    name_text,
    text_of,
)
from ledger.dns_records import (
    ANSWERED,
    NO_DATA,
    NO_NAME,
    SERVER_FAILURE,
    TIMEOUT,
    Answer,
    Question,
)
from tests.dns_server import NameServer
from tests.fakes import Names

LONG = [f'"{"a" * 255}"' for _ in range(250)]
RECORDS = {
    ("dm1.example.com", "CNAME"): ["dm1.abc.dkim.daybook.net."],
    ("upper.example.com", "CNAME"): ["DM1.Abc.DKIM.Daybook.NET."],
    ("twice.example.com", "CNAME"): ["a.daybook.net.", "b.daybook.net."],
    ("apart.example.com", "TXT"): ['"v=DMARC1; " "p=none" ";"'],
    ("two.example.com", "TXT"): ['"v=spf1 -all"', '"v=spf1 ~all"'],
    ("odd.example.com", "TXT"): ['"\\"v=DMARC1\\" \\226\\128\\156<b>\\092\\000"'],
    ("huge.example.com", "TXT"): [" ".join(LONG)],
    ("long.example.com", "TXT"): [" ".join(LONG[:60])],
    ("many.example.com", "TXT"): [f'"text {number}"' for number in range(400)],
    ("private.example.com", "A"): ["10.0.0.1", "169.254.169.254"],
    ("example.com", "NS"): ["NS2.example.net.", "ns1.example.net."],
    ("alias.example.com", "CNAME"): ["target.example.com."],
    ("target.example.com", "TXT"): ['"here"'],
    ("nowhere.example.com", "CNAME"): ["gone.example.com."],
    ("loop.example.com", "CNAME"): ["pool.example.com."],
    ("pool.example.com", "CNAME"): ["loop.example.com."],
    ("self.example.com", "CNAME"): ["self.example.com."],
} | {
    (f"c{number}.example.com", "CNAME"): [f"c{number + 1}.example.com."]
    for number in range(20)
} | {("c20.example.com", "TXT"): ['"end"']}  # fmt: skip
STATUSES = {ANSWERED, NO_NAME, NO_DATA, SERVER_FAILURE, TIMEOUT}
SHORT = 0.4
"""Seconds of a look-up that is meant to end without an answer."""
BOUND = 5 * SHORT
"""Seconds in which it does, also on a busy machine."""


@pytest.fixture(scope="module")
def server() -> Iterator[NameServer]:
    with NameServer(RECORDS) as running:
        yield running


def asking(
    resolver: Resolver, *, questions_max: int = 12, seconds_max: float = 5
) -> Asking:
    return Asking(resolver, questions_max=questions_max, seconds_max=seconds_max)


def ask(server: NameServer, host: str, type_: str, seconds: float = 5) -> Answer:
    line = asking(server.resolver, seconds_max=seconds)
    return line.ask(Question(f"{host}.example.com".removeprefix("@."), type_))


def behaving(server: NameServer, manner: str) -> str:
    server.manners["dm1.example.com"] = manner
    server.asked.clear()
    return "dm1"


def ways(server: NameServer) -> list[str]:
    return [how for _, _, how in server.asked]


def fake() -> Names:
    names = Names()
    for (host, type_), values in RECORDS.items():
        plain = [value.removesuffix(".").lower().strip('"') for value in values]
        names.publish(host, type_, *plain)
    return names


@pytest.fixture(params=["fake", "real"])
def lookups(request: pytest.FixtureRequest, server: NameServer) -> Lookups:
    if request.param == "fake":
        return fake()
    return Resolvers([server.resolver, server.resolver])


@pytest.mark.parametrize(
    ("host", "type_", "status", "values", "chain"),
    [
        ("dm1", "CNAME", "answered", ["dm1.abc.dkim.daybook.net"], []),
        ("upper", "CNAME", "answered", ["dm1.abc.dkim.daybook.net"], []),
        ("DM1", "CNAME", "answered", ["dm1.abc.dkim.daybook.net"], []),
        ("twice", "CNAME", "answered", ["a.daybook.net", "b.daybook.net"], []),
        ("two", "TXT", "answered", ["v=spf1 -all", "v=spf1 ~all"], []),
        ("private", "A", "answered", ["10.0.0.1", "169.254.169.254"], []),
        ("@", "NS", "answered", ["ns1.example.net", "ns2.example.net"], []),
        ("alias", "TXT", "answered", ["here"], ["target.example.com"]),
        ("nowhere", "TXT", "no_name", [], ["gone.example.com"]),
        ("dm1", "TXT", "no_name", [], ["dm1.abc.dkim.daybook.net"]),
        ("nobody", "CNAME", "no_name", [], []),
        ("two", "CNAME", "no_data", [], []),
        ("@", "TXT", "no_data", [], []),
        ("loop", "TXT", "server_failure", [], []),
        ("self", "TXT", "server_failure", [], []),
    ],
)
def test_a_resolver_and_its_fake_say_the_same(
    lookups: Lookups,
    host: str,
    type_: str,
    status: str,
    values: list[str],
    chain: list[str],
) -> None:
    question = Question(f"{host}.example.com".removeprefix("@."), type_)
    said = [talk.ask(question) for talk in lookups.begin()]
    assert len(said) == 2
    for answer in said:
        found = (answer.status, [*answer.values], [*answer.chain])
        assert found == (status, values, chain)


def test_what_is_not_printable_ascii_is_escaped(server: NameServer) -> None:
    (text,) = ask(server, "odd", "TXT").values
    assert text == '"v=DMARC1" \\226\\128\\156<b>\\092\\000'
    assert text_of(b"a\r\n\x1b[31m\xff") == "a\\013\\010\\027[31m\\255"
    assert name_text(dns.name.from_text("A\\.b\\000.com.")) == "a\\.b\\000.com"


def test_the_strings_of_one_text_are_joined(server: NameServer) -> None:
    assert ask(server, "apart", "TXT").values == ("v=DMARC1; p=none;",)


def test_an_answer_tells_how_long_it_holds_and_whose_no_it_is(
    server: NameServer,
) -> None:
    assert ask(server, "alias", "TXT").ttl_seconds == 300
    nothing = ask(server, "nobody", "TXT")
    assert (nothing.zone, nothing.ttl_seconds) == ("example.com", 300)


@pytest.mark.parametrize(
    ("host", "characters", "values"), [("long", 60 * 255, 1), ("many", 3_090, 400)]
)
def test_an_answer_that_is_too_long_for_a_datagram_comes_over_tcp(
    server: NameServer, host: str, characters: int, values: int
) -> None:
    server.asked.clear()
    answer = ask(server, host, "TXT")
    assert ways(server) == ["udp", "tcp"]
    assert (answer.status, len(answer.values)) == ("answered", values)
    assert len("".join(answer.values)) == characters


def test_sixty_four_kibibytes_are_not_even_read(server: NameServer) -> None:
    assert ask(server, "huge", "TXT").status == "server_failure"


def test_a_chain_of_eight_aliases_is_followed_and_a_longer_one_is_not(
    server: NameServer,
) -> None:
    longest = 20 - limits.DNS_CHAIN_MAX
    answer = ask(server, f"c{longest}", "TXT")
    assert (answer.values, len(answer.chain)) == (("end",), limits.DNS_CHAIN_MAX)
    assert ask(server, f"c{longest - 1}", "TXT").status == "server_failure"


@pytest.mark.parametrize("manner", ["servfail", "refused", "formerr", "notimp"])
def test_a_resolver_that_fails_says_nothing_of_the_record(
    server: NameServer, manner: str
) -> None:
    answer = ask(server, behaving(server, manner), "CNAME")
    assert (answer.status, answer.values) == ("server_failure", ())


@pytest.mark.parametrize("manner", ["silent", "drip", "mute", "garbage", "another"])
def test_a_resolver_that_does_not_come_to_the_point_costs_its_time_and_no_more(
    server: NameServer, manner: str
) -> None:
    began = time.monotonic()
    answer = ask(server, behaving(server, manner), "CNAME", seconds=SHORT)
    assert answer.status == "timeout"
    assert time.monotonic() - began < BOUND


def test_a_flood_that_never_ends_ends_the_question_in_its_time() -> None:
    with NameServer(RECORDS) as flooding:
        began = time.monotonic()
        answer = ask(flooding, behaving(flooding, "flood"), "CNAME", seconds=SHORT)
        assert time.monotonic() - began < BOUND
    assert answer.status == "timeout"


@given(st.lists(st.tuples(st.integers(2, 80), st.binary(max_size=3)), min_size=1))
def test_whatever_octets_arrive_are_an_answer_or_none(
    server: NameServer, edits: list[tuple[int, bytes]]
) -> None:
    def spoilt(wire: bytes) -> bytes:
        for at, octets in edits:
            wire = wire[:at] + octets + wire[at + 1 :]
        return wire

    server.manners.clear()
    server.spoil = spoilt
    try:
        answer = ask(server, "alias", "TXT", seconds=0.05)
    finally:
        server.spoil = bytes
    assert answer.status in STATUSES


def test_a_line_that_breaks_off_is_a_failure(server: NameServer) -> None:
    answer = ask(server, behaving(server, "hang_up"), "CNAME")
    assert answer.status == "server_failure"


def test_a_server_that_sends_us_elsewhere_is_not_followed(server: NameServer) -> None:
    host = "elsewhere"
    server.manners[f"{host}.example.com"] = "referral"
    assert ask(server, host, "CNAME").status == "server_failure"


def test_records_of_other_names_are_not_taken_for_the_answer(
    server: NameServer,
) -> None:
    server.manners["nobody.example.com"] = "poison"
    assert ask(server, "nobody", "CNAME").status == "no_name"
    assert ask(server, behaving(server, "poison"), "CNAME").values == (
        "dm1.abc.dkim.daybook.net",
    )


@pytest.mark.parametrize("manner", ["truncated", "mixed"])
def test_a_short_or_oddly_written_answer_is_read(
    server: NameServer, manner: str
) -> None:
    answer = ask(server, behaving(server, manner), "CNAME")
    assert answer.values == ("dm1.abc.dkim.daybook.net",)


def test_a_datagram_that_is_lost_is_sent_once_more(
    server: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "DNS_TRY_SECONDS_MAX", 0.1)
    monkeypatch.setattr(limits, "DNS_QUESTION_SECONDS_MAX", 0.2)
    assert ask(server, behaving(server, "silent"), "CNAME").status == "timeout"
    assert ways(server) == ["udp", "udp"]


def test_nobody_listens_at_all() -> None:
    with NameServer() as closed:
        resolver = closed.resolver
    began = time.monotonic()
    answer = asking(resolver).ask(Question("example.com", "TXT"))
    assert answer.status == "timeout"
    assert time.monotonic() - began < BOUND
    six = asking(Resolver("::1", resolver.port), seconds_max=SHORT)
    assert six.ask(Question("example.com", "TXT")).status == "timeout"


def test_a_conversation_ends_after_its_questions_and_its_time(
    server: NameServer,
) -> None:
    question = Question("two.example.com", "TXT")
    few = asking(server.resolver, questions_max=1)
    assert few.ask(question).status == "answered"
    server.asked.clear()
    assert few.ask(question).status == "timeout"
    assert asking(server.resolver, seconds_max=0).ask(question).status == "timeout"
    assert server.asked == []


@pytest.mark.parametrize(
    "host", ["a" * 64 + ".com", "a..b", "\\999.com", "a." * 200 + "com"]
)
def test_what_can_be_no_name_is_not_asked_for(server: NameServer, host: str) -> None:
    server.asked.clear()
    answer = asking(server.resolver).ask(Question(host, "TXT"))
    assert answer.status == "no_name"
    assert server.asked == []


def test_only_what_is_needed_can_be_asked_for(server: NameServer) -> None:
    with pytest.raises(AssertionError):
        asking(server.resolver).ask(Question("example.com", "ANY"))
