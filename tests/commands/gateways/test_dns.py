"""What resolvers say: real packets on loopback, and the fake that stands for them."""

from __future__ import annotations

import dns.message
import dns.name
import pytest

from commands import limits
from commands.gateways.dns import Lookups, Resolvers, name_text, text_of
from ledger.dns_records import Question
from tests.commands.gateways.resolving import (
    RECORDS,
    ask,
    asking,
    behaving,
    server,
    ways,
)
from tests.dns_server import NameServer
from tests.fakes import Names

__all__ = ["server"]


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


@pytest.mark.parametrize("manner", ["truncated", "mixed"])
def test_a_short_or_oddly_written_answer_is_read(
    server: NameServer, manner: str
) -> None:
    answer = ask(server, behaving(server, manner), "CNAME")
    assert answer.values == ("dm1.abc.dkim.daybook.net",)


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
