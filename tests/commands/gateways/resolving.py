"""A name server on loopback with records of every kind, and how it is asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from commands.gateways.dns import Asking, Resolver
from ledger.dns_records import Answer, Question
from tests.dns_server import NameServer

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
