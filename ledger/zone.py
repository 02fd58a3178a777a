"""What our own DNS zone holds for customers: names below it, and how they are written.

Names are relative to the zone. Text is ASCII; a label is base32, a key is base64.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

STRING_BYTES_MAX = 255
"""Of one string in a TXT record (RFC 1035 §3.3.14); readers join the strings."""
KEY_TTL_SECONDS = 600
HOST_TTL_SECONDS = 3_600

RecordType = Literal["TXT", "CNAME"]


@dataclass(frozen=True, kw_only=True)
class ZoneRecord:
    """One name with its only record; None where the name has none any more."""

    name: str
    type: RecordType
    ttl_seconds: int
    value: str | None

    @property
    def line(self) -> str:
        """The record as a line of a zone file."""
        assert self.value is not None
        value = self.value
        if self.type == "TXT":
            value = " ".join(f'"{part}"' for part in strings_of(value))
        return f"{self.name} {self.ttl_seconds} IN {self.type} {value}"


def key_name(selector: str, label: str) -> str:
    """Return where a domain's key stands: what the customer's own record points to."""
    return f"{selector}.{label}.dkim"


def key_value(public_key: str) -> str:
    """Return a key as verifiers read it (RFC 6376 §3.6.1); an empty one is revoked."""
    return f"v=DKIM1; k=rsa; p={public_key}"


def key_record(
    selector: str, label: str, state: str, public_key: str | None
) -> ZoneRecord:
    """Return the record of a selector; a revoked key is published as an empty one."""
    told = public_key if state in ("staged", "active", "retiring") else ""
    value = None if state == "removed" else key_value(told or "")
    return ZoneRecord(
        name=key_name(selector, label),
        type="TXT",
        ttl_seconds=KEY_TTL_SECONDS,
        value=value,
    )


def bounce_record(label: str, host: str | None) -> ZoneRecord:
    """Return where a domain's return path leads: the host that takes bounces."""
    return _alias(f"{label}.bounce", host)


def tracking_name(target: str) -> str:
    """Return where a target stands: what a tracking domain's own record points to."""
    return f"{target}.trk"


def tracking_record(target: str, host: str | None) -> ZoneRecord:
    """Return where a tracking domain's target leads: the redirect service."""
    return _alias(tracking_name(target), host)


def strings_of(text: str) -> list[str]:
    """Return a text as the strings of one TXT record."""
    assert text.isascii()
    assert not set('"\\').intersection(text)
    cuts = range(0, max(len(text), 1), STRING_BYTES_MAX)
    return [text[start : start + STRING_BYTES_MAX] for start in cuts]


def head_lines(
    zone: str, nameservers: Iterable[str], hostmaster: str, serial: int
) -> list[str]:
    """Return what a zone file begins with: its origin, its authority, its servers."""
    servers = [_absolute(server) for server in nameservers]
    mailbox, _, host = hostmaster.rpartition("@")
    contact = _absolute(mailbox.replace(".", "\\.") + f".{host}")
    times = "3600 900 1209600 60"
    return [
        f"$ORIGIN {_absolute(zone)}",
        f"$TTL {HOST_TTL_SECONDS}",
        f"@ IN SOA {servers[0]} {contact} {serial} {times}",
        *(f"@ IN NS {server}" for server in servers),
    ]


def _alias(name: str, host: str | None) -> ZoneRecord:
    return ZoneRecord(
        name=name,
        type="CNAME",
        ttl_seconds=HOST_TTL_SECONDS,
        value=None if host is None else _absolute(host),
    )


def _absolute(name: str) -> str:
    return name if name.endswith(".") else f"{name}."
