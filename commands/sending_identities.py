"""How a mail from an address is sent: signed with its domain, or from our own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from commands.domain_checks import checks_of
from commands.domain_names import known_domain, nearest_holder
from commands.owners import owner
from commands.signing_keys import keys_of_domain
from ledger.dns_records import FOUND, RETURN_PATH
from ledger.domain_names import RECORD_LABELS, sending_domain_name
from ledger.from_addresses import rewritten
from ledger.journal import Journal
from ledger.refusals import (
    DomainIsFreeMail,
    DomainIsOurs,
    DomainIsPublicSuffix,
    DomainIsReserved,
    NoSigningKey,
)

TAGS = "from-tags"
"""What the key is for that makes rewritten addresses nobody else's."""
UNVERIFIABLE = (
    DomainIsFreeMail,
    DomainIsOurs,
    DomainIsPublicSuffix,
    DomainIsReserved,
)
"""Names under which people do send, although nobody can authenticate them."""
Why = Literal["unverifiable", "unknown", "unverified", "without_key"]


@dataclass(frozen=True, kw_only=True)
class SigningDomain:
    """The domain to sign with, the selector, and where bounces may go, aligned."""

    domain_id: UUID
    name: str
    selector: str
    return_path: str | None


@dataclass(frozen=True, kw_only=True)
class SendingIdentity:
    """What applies to a From address: either it is signed for, or it is replaced.

    `why` tells what stands in the way; unverified is not blocked.
    """

    domain: str
    signing: SigningDomain | None
    from_address: str | None
    why: Why | None


@dataclass(frozen=True, kw_only=True)
class Own:
    """The service's names: the one it sends from, and those no customer can have."""

    domain: str
    names: frozenset[str]


def sending_identity(
    journal: Journal, account_id: UUID, domain: str, local: str, own: Own
) -> SendingIdentity:
    """Return what applies to the address of this local part and domain.

    A name below a verified one is signed for with it, unless another account holds a
    name that is nearer. Raises NoSuchAccount, AccountClosed, and the refusals of
    `ledger.domain_refusals` for what is no domain at all.
    """
    owner(journal, account_id)
    try:
        name = sending_domain_name(domain, own.names)
    except UNVERIFIABLE as refusal:
        asked = (refusal.domain, local, own)
        return _replaced(journal, account_id, *asked, "unverifiable")
    signing = _signing(journal, account_id, name)
    if isinstance(signing, str):
        return _replaced(journal, account_id, name, local, own, signing)
    return SendingIdentity(domain=name, signing=signing, from_address=None, why=None)


def _signing(journal: Journal, account_id: UUID, name: str) -> SigningDomain | Why:
    """Return what signs for a name, or why nothing does."""
    holder = nearest_holder(journal, name)
    if holder is None or holder.account_id != account_id:
        known = known_domain(journal, account_id, name)
        return "unknown" if known is None else "unverified"
    selector = active_selector(journal, account_id, holder.domain_id)
    if selector is None:
        return "without_key"
    return SigningDomain(
        domain_id=holder.domain_id,
        name=holder.name,
        selector=selector,
        return_path=_return_path(journal, account_id, holder.domain_id, holder.name),
    )


def active_selector(journal: Journal, account_id: UUID, domain_id: UUID) -> str | None:
    """Return the selector whose key signs for a domain now, or None."""
    try:
        active = keys_of_domain(journal, account_id, domain_id).active
    except NoSigningKey:
        return None
    return None if active is None else active[0]


def _replaced(
    journal: Journal, account_id: UUID, name: str, local: str, own: Own, why: Why
) -> SendingIdentity:
    told = f"{account_id}\0{local}@{name}"
    tag = journal.vault.digest(TAGS, told.encode("utf-8", "surrogatepass")).data
    address = rewritten(local, tag, own.domain)
    return SendingIdentity(domain=name, signing=None, from_address=address, why=why)


def _return_path(
    journal: Journal, account_id: UUID, domain_id: UUID, name: str
) -> str | None:
    """Return the host that its owner has pointed at ours, as it was seen last."""
    for check in checks_of(journal, account_id, domain_id):
        for finding in check.seen.findings:
            if finding.kind == RETURN_PATH and not finding.is_temporary:
                is_set = finding.state == FOUND
                return f"{RECORD_LABELS[0]}.{name}" if is_set else None
    return None
