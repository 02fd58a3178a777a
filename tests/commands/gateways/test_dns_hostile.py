"""Resolvers that fail, wait, drip, flood and lie: none of them harms anybody."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands import limits
from commands.gateways.dns import Resolver
from ledger.dns_records import (
    ANSWERED,
    NO_DATA,
    NO_NAME,
    SERVER_FAILURE,
    TIMEOUT,
    Question,
)
from tests.commands.gateways.resolving import (
    RECORDS,
    ask,
    asking,
    behaving,
    server,
    ways,
)
from tests.dns_server import NameServer

__all__ = ["server"]

STATUSES = {ANSWERED, NO_NAME, NO_DATA, SERVER_FAILURE, TIMEOUT}
SHORT = 0.4
"""Seconds of a look-up that is meant to end without an answer."""
BOUND = 5 * SHORT
"""Seconds in which it does, also on a busy machine."""


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


@pytest.mark.parametrize("manner", ["hang_up", "another_tcp"])
def test_a_line_that_breaks_off_or_says_something_else_is_a_failure(
    server: NameServer, manner: str
) -> None:
    answer = ask(server, behaving(server, manner), "CNAME")
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
