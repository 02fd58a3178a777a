"""Signing mail: a hash comes in, a signature goes out, the key stays where it is.

A signature is no fact: millions a day say nothing about an account.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from commands.credentials import kept
from commands.domain_names import holder_of
from commands.gateways import signing
from commands.plans import require_account
from commands.signing_keys import SIGNING_KEY, keys_of_domain
from ledger.journal import Journal
from ledger.refusals import (
    DomainNotVerified,
    NoActiveKey,
    NoSigningKey,
    SelectorNotActive,
)
from ledger.signing_keys import SigningKeys


@dataclass(frozen=True, kw_only=True)
class Signature:
    """What goes into the header field of a mail: who signed, and how."""

    selector: str
    algorithm: str
    data: bytes = field(repr=False)


def active_key_of(journal: Journal, account_id: UUID, domain: str) -> SigningKeys:
    """Return the keys of a domain that the account holds, one of which signs.

    Raises NoSuchAccount, AccountClosed, DomainNotVerified for any other name, and
    NoActiveKey, in this order.
    """
    require_account(journal, account_id)
    name = domain.lower().removesuffix(".")
    holder = holder_of(journal, name)
    if holder is None or holder.account_id != account_id:
        raise DomainNotVerified(domain=name)
    try:
        keys = keys_of_domain(journal, account_id, holder.domain_id)
    except NoSigningKey:
        raise NoActiveKey from None
    keys.require_active()
    return keys


def sign_header(
    journal: Journal,
    account_id: UUID,
    domain: str,
    header_hash: bytes,
    selector: str | None,
) -> Signature:
    """Sign the SHA-256 of a mail's header with the active key of its domain.

    The header names the selector, so that whoever sends it says which one it was.
    Raises as active_key_of does, then SelectorNotActive.
    """
    keys = active_key_of(journal, account_id, domain)
    active, key = keys.require_active()
    if selector not in (None, active):
        raise SelectorNotActive(active=active)
    secret = kept(journal, account_id, SIGNING_KEY, key.binding)
    if secret is None:  # revoked since it was read
        raise NoActiveKey
    return Signature(
        selector=active,
        algorithm=signing.ALGORITHM,
        data=signing.signature(secret.constant, header_hash),
    )
