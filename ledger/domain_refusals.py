"""Why a name is not taken as a sending domain or a tracking host, or not found."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ledger.refusal import Conflict, Invalid, NotFound


@dataclass(eq=False)
class DomainExists(Conflict):
    """The account has that domain already."""

    domain_id: UUID


@dataclass(eq=False)
class DomainIsFreeMail(Invalid):
    """Mailboxes are given away under this name; only its owner can set records."""

    domain: str


@dataclass(eq=False)
class DomainIsNumeric(Invalid):
    """An IP address is no name, and has no records of its own."""

    domain: str


@dataclass(eq=False)
class DomainIsOurs(Invalid):
    """The name belongs to the service itself."""

    domain: str


@dataclass(eq=False)
class DomainIsPublicSuffix(Invalid):
    """Anybody may register a name under this one; it is nobody's own."""

    domain: str


@dataclass(eq=False)
class DomainIsReserved(Invalid):
    """Names with this ending are never found on the internet."""

    domain: str
    ending: str


@dataclass(eq=False)
class DomainMalformed(Invalid):
    """A part of the name is empty, too long, or not of letters, digits and hyphens."""


@dataclass(eq=False)
class DomainMissing(Invalid):
    """There is no name in what was typed."""


@dataclass(eq=False)
class DomainTooLong(Invalid):
    """The name leaves no room for the records in front of it."""

    octets_max: int


@dataclass(eq=False)
class DomainWithoutDot(Invalid):
    """A name without a dot is known in some network only, not on the internet."""

    domain: str


@dataclass(eq=False)
class NoSuchDomain(NotFound):
    """The account has no such domain, or has removed it."""

    domain_id: UUID


@dataclass(eq=False)
class NotContested(Conflict):
    """No other account shows records for the name, or none holds it any more."""

    domain_id: UUID


@dataclass(eq=False)
class TooManyDomains(Conflict):
    """The account has as many domains as it may; one is to be removed first."""

    domains_max: int


@dataclass(eq=False)
class TrackingHostElsewhere(Invalid):
    """The host is not under a verified sending domain of this account."""

    host: str


@dataclass(eq=False)
class TrackingHostIsDomain(Invalid):
    """A sending domain cannot be a tracking host itself; a name under it can."""

    host: str


@dataclass(eq=False)
class TrackingHostIsTaken(Invalid):
    """A record of a sending domain stands at this name already."""

    host: str
