"""Names looked up: configured recursive resolvers are asked, and nobody else.

What a resolver says is somebody's text; it is read, escaped and never connected to.
Whatever it does, a question ends in time: it may be silent, drip, lie or flood.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import ip_address
from time import monotonic
from typing import NamedTuple, Protocol

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.rrset
from dns.rdtypes.nsbase import NSBase
from dns.rdtypes.txtbase import TXTBase

from commands import limits
from ledger.dns_records import (
    ANSWERED,
    NO_DATA,
    NO_NAME,
    SERVER_FAILURE,
    TIMEOUT,
    Answer,
    Question,
)

PORT = 53
TYPES = frozenset({"A", "CNAME", "NS", "TXT"})
"""What is asked for; addresses are shown to people and never connected to."""
DATAGRAM_OCTETS = 1232
"""What we announce to take (DNS flag day 2020): it passes every network whole."""
RECEIVE_OCTETS = 4096
"""A longer datagram is cut by the kernel, and so is no message any more."""
TRIES = 2
BACKSLASH = ord("\\")


class Unreadable(Exception):  # noqa: N818 - said of the answer
    """An answer over TCP broke off, is too long, or is none."""


class Conversation(Protocol):
    """One resolver, for the time of one look-up."""

    def ask(self, question: Question) -> Answer:
        """Return what it says: `timeout` once its time or its questions are over."""


class Lookups(Protocol):
    """What Daybook asks of the Domain Name System."""

    def begin(self) -> Sequence[Conversation]:
        """Return a conversation with each resolver, which may run side by side."""


class Resolver(NamedTuple):
    """Where a recursive resolver listens."""

    address: str
    port: int = PORT


class Resolvers:
    """Recursive resolvers, each asked with bounds of its own."""

    def __init__(self, resolvers: Sequence[Resolver]) -> None:
        self._resolvers = tuple(resolvers)

    def begin(self) -> Sequence[Conversation]:
        return [
            Asking(
                resolver,
                questions_max=limits.DNS_QUESTIONS_MAX,
                seconds_max=limits.DNS_LOOKUP_SECONDS_MAX,
            )
            for resolver in self._resolvers
        ]


class Asking:
    """A conversation over UDP, and over TCP where an answer is too long for it."""

    def __init__(
        self, resolver: Resolver, *, questions_max: int, seconds_max: float
    ) -> None:
        self._resolver = resolver
        self._questions_left = questions_max
        self._ends_at = monotonic() + seconds_max

    def ask(self, question: Question) -> Answer:
        assert question.type in TYPES
        if not self._questions_left:
            return Answer(status=TIMEOUT)
        self._questions_left -= 1
        try:
            name = dns.name.from_text(question.host)
        except dns.exception.DNSException:
            return Answer(status=NO_NAME)  # nothing can stand at it
        query = dns.message.make_query(
            name, question.type, use_edns=0, payload=DATAGRAM_OCTETS
        )
        until = min(self._ends_at, monotonic() + limits.DNS_QUESTION_SECONDS_MAX)
        try:
            reply = self._reply(query, until)
        except Unreadable:
            return Answer(status=SERVER_FAILURE)
        return Answer(status=TIMEOUT) if reply is None else answer_from(query, reply)

    def _reply(
        self, query: dns.message.Message, until: float
    ) -> dns.message.Message | None:
        """Return the reply, or None when none came in time."""
        for _ in range(TRIES):
            if (now := monotonic()) >= until:
                break
            soon = min(until, now + limits.DNS_TRY_SECONDS_MAX)
            with suppress(OSError):
                reply = self._by_datagram(query, soon)
                if reply is None or not _is_cut(reply):
                    return reply
                return self._by_stream(query, until)
        return None

    def _by_datagram(
        self, query: dns.message.Message, until: float
    ) -> dns.message.Message | None:
        """Return the first datagram that answers; the kernel drops other senders'."""
        with socket.socket(self._family, socket.SOCK_DGRAM) as line:
            line.connect(self._resolver)
            line.send(query.to_wire())
            for _ in range(limits.DNS_STRAYS_MAX):
                line.settimeout(max(until - monotonic(), 0.001))
                reply = _parsed(line.recv(RECEIVE_OCTETS))
                if reply is not None and query.is_response(reply):
                    return reply
        return None

    def _by_stream(
        self, query: dns.message.Message, until: float
    ) -> dns.message.Message:
        wire = query.to_wire()
        with socket.socket(self._family, socket.SOCK_STREAM) as line:
            line.settimeout(max(until - monotonic(), 0.001))
            line.connect(self._resolver)
            line.sendall(len(wire).to_bytes(2) + wire)
            length = int.from_bytes(_read(line, 2, until))
            if length > limits.DNS_ANSWER_OCTETS_MAX:
                raise Unreadable
            reply = _parsed(_read(line, length, until))
        if reply is None or not query.is_response(reply) or _is_cut(reply):
            raise Unreadable
        return reply

    @property
    def _family(self) -> socket.AddressFamily:
        is_six = ip_address(self._resolver.address).version == 6
        return socket.AF_INET6 if is_six else socket.AF_INET


def answer_from(query: dns.message.Message, reply: dns.message.Message) -> Answer:
    """Return what a reply says to the query, along a chain of aliases.

    Records of other names, which a liar may add, are not looked at.
    """
    if reply.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return Answer(status=SERVER_FAILURE)
    (asked,) = query.question
    names, ttls = [asked.name], []
    while not (found := _records(reply.answer, names[-1], asked.rdtype)):
        aliases = _records(reply.answer, names[-1], dns.rdatatype.CNAME)
        if not aliases:
            return _nothing(reply, names)
        target = _target(aliases[0][0])
        if target in names or len(names) > limits.DNS_CHAIN_MAX:
            return Answer(status=SERVER_FAILURE)
        names.append(target)
        ttls.append(aliases[0].ttl)
    return Answer(
        status=ANSWERED,
        values=tuple(sorted(_value(record[0]) for record in found)),
        chain=tuple(name_text(name) for name in names[1:]),
        ttl_seconds=min([*ttls, *(record.ttl for record in found)]),
    )


def name_text(name: dns.name.Name) -> str:
    """Return the name in lower case without the final dot, odd octets escaped."""
    return name.to_text(omit_final_dot=True).lower()


def text_of(octets: bytes) -> str:
    """Return printable ASCII as it is, and the rest as `\\ddd`."""
    return "".join(
        chr(octet) if 32 <= octet < 127 and octet != BACKSLASH else f"\\{octet:03d}"
        for octet in octets
    )


def _nothing(reply: dns.message.Message, names: list[dns.name.Name]) -> Answer:
    kinds = {record.rdtype for record in reply.authority}
    if dns.rdatatype.NS in kinds and dns.rdatatype.SOA not in kinds:
        return Answer(status=SERVER_FAILURE)  # a referral: it does not ask for us
    zones = [record for record in reply.authority if record.rdtype == dns.rdatatype.SOA]
    return Answer(
        status=NO_NAME if reply.rcode() == dns.rcode.NXDOMAIN else NO_DATA,
        chain=tuple(name_text(name) for name in names[1:]),
        ttl_seconds=zones[0].ttl if zones else None,
        zone=name_text(zones[0].name) if zones else None,
    )


def _records(
    section: list[dns.rrset.RRset], name: dns.name.Name, kind: dns.rdatatype.RdataType
) -> list[dns.rrset.RRset]:
    return [one for one in section if one.name == name and one.rdtype == kind]


def _target(record: dns.rdata.Rdata) -> dns.name.Name:
    assert isinstance(record, NSBase)
    return record.target


def _value(record: dns.rdata.Rdata) -> str:
    if isinstance(record, TXTBase):
        return text_of(b"".join(record.strings))
    if isinstance(record, NSBase):
        return name_text(record.target)
    return record.to_text()


def _read(line: socket.socket, octets: int, until: float) -> bytes:
    """Return so many octets. Raises TimeoutError, and Unreadable where they end."""
    found = bytearray()
    while len(found) < octets:
        if (left := until - monotonic()) <= 0:
            raise TimeoutError
        line.settimeout(left)
        part = line.recv(octets - len(found))
        if not part:
            raise Unreadable
        found += part
    return bytes(found)


def _is_cut(message: dns.message.Message) -> bool:
    return bool(message.flags & dns.flags.TC)


def _parsed(wire: bytes) -> dns.message.Message | None:
    """Return the message; None for what is none."""
    with suppress(dns.exception.DNSException):
        return dns.message.from_wire(wire, one_rr_per_rrset=True)
    return None
