"""Names that customers type: sending domains and tracking hosts, in A-labels.

The form is forgiven (an address, a URL, blanks, capitals, a final dot, any script);
the name is not: every kind that could never be verified has a refusal of its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from ipaddress import ip_address

from ledger.free_mail import is_free_mail
from ledger.host_names import NotAHost, host_from
from ledger.public_suffixes import registrable
from ledger.refusals import (
    DomainIsFreeMail,
    DomainIsNumeric,
    DomainIsOurs,
    DomainIsPublicSuffix,
    DomainIsReserved,
    DomainMalformed,
    DomainMissing,
    DomainTooLong,
    DomainWithoutDot,
    TrackingHostElsewhere,
    TrackingHostIsDomain,
    TrackingHostIsTaken,
)

TYPED_MAX = 2_000
"""Characters that are looked at; a pasted URL may be long, a name is not."""
NAME_OCTETS_MAX = 253
RECORD_OCTETS = len("dm1._domainkey.")
"""What our longest record puts in front of a sending domain."""
RECORD_LABELS = ("bounce",)
"""First labels that we ask the owner of a sending domain to set himself."""
ENDINGS = "alt arpa example internal invalid local localhost onion test"
RESERVED = frozenset(ENDINGS.split())
"""Endings that the internet's root never delegates (RFC 6761 and its register)."""
SCHEME = re.compile(r"^([a-z][a-z0-9+.-]*:)?[/\\]{2}|^mailto:", re.IGNORECASE)
NUMERIC = re.compile(r"\d+|0x[0-9a-f]*")


def sending_domain_name(text: str, ours: Collection[str]) -> str:
    """Return the domain in what was typed; `ours` are names that the service uses.

    Raises one of the refusals of `ledger.domain_refusals`.
    """
    name = _public_name(text, ours, NAME_OCTETS_MAX - RECORD_OCTETS)
    if is_free_mail(name):
        raise DomainIsFreeMail(name)
    if registrable(name) is None:
        raise DomainIsPublicSuffix(name)
    return name


def tracking_host(text: str, verified: Collection[str], ours: Collection[str]) -> str:
    """Return the host in what was typed; `verified` are the account's domains.

    Raises one of the refusals of `ledger.domain_refusals`.
    """
    host = _public_name(text, ours, NAME_OCTETS_MAX)
    if host in verified or registrable(host) in (None, host):
        raise TrackingHostIsDomain(host)
    domain = domain_above(host, verified)
    if domain is None:
        raise TrackingHostElsewhere(host)
    if host in {f"{label}.{domain}" for label in RECORD_LABELS}:
        raise TrackingHostIsTaken(host)
    return host


def domain_above(host: str, domains: Collection[str]) -> str | None:
    """Return the nearest of the domains that the host is under, not the host itself."""
    above = [domain for domain in domains if host.endswith(f".{domain}")]
    return max(above, key=len, default=None)


def is_at_or_under(name: str, domain: str) -> bool:
    """Tell whether the name is the domain or lies under it."""
    return name == domain or name.endswith(f".{domain}")


def _public_name(text: str, ours: Collection[str], octets_max: int) -> str:
    name = _named(text, octets_max)
    ending = name.rpartition(".")[2]
    if ending in RESERVED:
        raise DomainIsReserved(name, ending)
    if "." not in name:
        raise DomainWithoutDot(name)
    if any(is_at_or_under(name, own) for own in ours):
        raise DomainIsOurs(name)
    return name


def _named(text: str, octets_max: int) -> str:
    typed = _bare(text)
    if not typed:
        raise DomainMissing
    _check_numeric(typed.strip("[]"))
    if len(typed) > octets_max:
        raise DomainTooLong(octets_max)
    try:
        name = host_from(typed).removesuffix(".")
    except NotAHost:
        raise DomainMalformed from None
    _check_numeric(name)
    if len(name) > octets_max:
        raise DomainTooLong(octets_max)
    return name


def _check_numeric(name: str) -> None:
    """Refuse every way of writing an IP address that programs take for one."""
    try:
        ip_address(name)
    except ValueError:
        if not NUMERIC.fullmatch(name.rstrip(".").rpartition(".")[2].lower()):
            return
    raise DomainIsNumeric(name)


def _bare(text: str) -> str:
    """Return the name without what is typed or pasted around it."""
    bare = unicodedata.normalize("NFC", text[:TYPED_MAX]).strip().strip("<>\"'“”«»")
    bare = SCHEME.sub("", bare.strip())
    bare = re.split(r"[/?#\\]", bare, maxsplit=1)[0]
    bare = bare.rpartition("@")[2]
    bare = re.sub(r"(?<!:)(\]?):\d*$", r"\1", bare)
    return bare.strip().rstrip(">").removesuffix(".")
