"""A name server on loopback, UDP and TCP, that answers as it is told, also badly."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from commands.gateways.dns import Resolver

TTL = 300
RCODES = {
    "servfail": dns.rcode.SERVFAIL,
    "refused": dns.rcode.REFUSED,
    "formerr": dns.rcode.FORMERR,
    "notimp": dns.rcode.NOTIMP,
}
CUT = ("truncated", "drip", "hang_up", "mute", "another_tcp")
"""Manners that a datagram only announces."""
DRIP_SECONDS = 0.05


@dataclass
class NameServer:
    """Records by (host, type) in the words of a zone file, and manners by host.

    A manner is an rcode of `RCODES`, or: silent, truncated, drip, hang_up, mute (over
    TCP), flood, garbage, another, another_tcp (question), poison (records of other
    names), mixed (case), referral. A flood lasts until the server ends. `zones` say no
    for the names under them; `spoil` is done to each datagram that is sent.
    """

    records: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    manners: dict[str, str] = field(default_factory=dict)
    zones: list[str] = field(default_factory=lambda: ["example.com"])
    asked: list[tuple[str, str, str]] = field(default_factory=list, repr=False)
    spoil: Callable[[bytes], bytes] = bytes
    port: int = 0

    def __enter__(self) -> Self:
        self._ended = threading.Event()
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._bind()
        self._tcp.listen(16)
        self._threads = [
            threading.Thread(target=work, daemon=True)
            for work in (self._datagrams, self._streams)
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(5)
        self._udp.close()
        self._tcp.close()

    @property
    def resolver(self) -> Resolver:
        """Where it is asked."""
        return Resolver("127.0.0.1", self.port)

    def _bind(self) -> None:
        """Take one port for both kinds, the one it had before if it had one."""
        for _ in range(50):
            self._udp.bind(("127.0.0.1", self.port))
            self.port = self._udp.getsockname()[1]
            with suppress(OSError):
                self._tcp.bind(("127.0.0.1", self.port))
                break
            self._udp.close()
            self._udp, self.port = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 0
        for line in (self._udp, self._tcp):
            line.settimeout(0.05)

    def _datagrams(self) -> None:
        while not self._ended.is_set():
            with suppress(TimeoutError):
                wire, sender = self._udp.recvfrom(4096)
                query = dns.message.from_wire(wire)
                for datagram in self._said_by_datagram(query):
                    self._udp.sendto(self.spoil(datagram), sender)

    def _said_by_datagram(self, query: dns.message.Message) -> Iterable[bytes]:
        manner = self._manner(query, "udp")
        reply = self.reply(query, manner)
        if manner == "silent":
            return
        if manner == "garbage":
            yield from (b"", b"\x00", b"\xff" * 700, query.to_wire())
            return
        if manner == "flood":
            yield from self._strays(query)
        if manner == "another":
            yield _another(query)
            return
        wire = reply.to_wire(max_size=65_535)
        if manner in CUT or len(wire) > max(512, query.payload):
            short = dns.message.make_response(query)
            short.flags |= dns.flags.TC | dns.flags.RA
            wire = short.to_wire()
        yield wire

    def _strays(self, query: dns.message.Message) -> Iterable[bytes]:
        wire = bytearray(dns.message.make_response(query).to_wire())
        wrong = 0
        while not self._ended.is_set():
            wrong = wrong % 65_535 + 1
            wire[:2] = ((query.id + wrong) % 65_536).to_bytes(2)
            yield bytes(wire)

    def _streams(self) -> None:
        while not self._ended.is_set():
            with suppress(TimeoutError):
                line, _ = self._tcp.accept()
                work = threading.Thread(target=self._stream, args=(line,), daemon=True)
                self._threads.append(work)
                work.start()

    def _stream(self, line: socket.socket) -> None:
        with line, suppress(OSError):
            line.settimeout(5)
            length = int.from_bytes(line.recv(2, socket.MSG_WAITALL))
            query = dns.message.from_wire(line.recv(length, socket.MSG_WAITALL))
            manner = self._manner(query, "tcp")
            wire = self.reply(query, manner).to_wire(max_size=65_535)
            if manner == "another_tcp":
                wire = _another(query)
            whole = len(wire).to_bytes(2) + wire
            if manner == "mute":
                self._ended.wait(10)
            elif manner == "hang_up":
                line.sendall(whole[:-1])
            elif manner == "drip":
                for octet in whole:
                    line.sendall(bytes([octet]))
                    if self._ended.wait(DRIP_SECONDS):
                        return
            else:
                line.sendall(whole)

    def _manner(self, query: dns.message.Message, how: str) -> str:
        host, kind = _asked(query)
        self.asked.append((host, kind, how))
        return self.manners.get(host, "")

    def reply(
        self, query: dns.message.Message, manner: str = ""
    ) -> dns.message.Message:
        """What a resolver that knows these records would say."""
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        if manner in RCODES:
            reply.set_rcode(RCODES[manner])
            return reply
        host, kind = _asked(query)
        if manner == "referral":
            reply.authority.append(_rrset("com", "NS", ["ns.example.net."]))
            return reply
        if manner == "poison":
            reply.answer.append(_rrset("other.example.com", kind, self._any(kind)))
        self._answer(reply, host, kind)
        if manner == "mixed":
            for rrset in reply.answer:
                rrset.name = dns.name.from_text(_swapped(rrset.name.to_text()))
        return reply

    def _answer(self, reply: dns.message.Message, host: str, kind: str) -> None:
        seen: list[str] = []
        while host not in seen:
            seen.append(host)
            if values := self.records.get((host, kind)):
                reply.answer.append(_rrset(host, kind, values))
                return
            if not (alias := self.records.get((host, "CNAME"))):
                break
            reply.answer.append(_rrset(host, "CNAME", alias))
            host = alias[0].removesuffix(".").lower()
        self._say_no(reply, host)

    def _say_no(self, reply: dns.message.Message, host: str) -> None:
        if not any(
            name == host or name.endswith(f".{host}") for name, _ in self.records
        ):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        for zone in self.zones:
            if host == zone or host.endswith(f".{zone}"):
                soa = "ns.example.net. host.example.net. 1 3600 600 86400 60"
                reply.authority.append(_rrset(zone, "SOA", [soa]))
                return

    def _any(self, kind: str) -> list[str]:
        return next(
            values for (_, type_), values in self.records.items() if type_ == kind
        )


def _another(query: dns.message.Message) -> bytes:
    """An answer to a question that was not asked."""
    other = dns.message.make_query("other.example.net", "TXT", id=query.id)
    return dns.message.make_response(other).to_wire()


def _asked(query: dns.message.Message) -> tuple[str, str]:
    (question,) = query.question
    host = question.name.to_text(omit_final_dot=True).lower()
    return host, dns.rdatatype.to_text(question.rdtype)


def _rrset(host: str, kind: str, values: list[str]) -> dns.rrset.RRset:
    """One RRset with all values, also of a kind that may have only one."""
    type_ = dns.rdatatype.from_text(kind)
    rrset = dns.rrset.RRset(dns.name.from_text(host), dns.rdataclass.IN, type_)
    rrset.ttl = TTL
    for value in values:
        rdata = dns.rdata.from_text(dns.rdataclass.IN, type_, value)
        rrset.items[rdata] = None
    return rrset


def _swapped(name: str) -> str:
    return "".join(
        letter.upper() if at % 2 else letter.lower() for at, letter in enumerate(name)
    )
