"""Refusals about the keys that sign mail, and about signing with them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ledger.refusal import Conflict, NotFound


@dataclass(eq=False)
class DomainNotVerified(Conflict):
    """The account has no verified domain of that name."""

    domain: str


@dataclass(eq=False)
class KeyNotSeen(Conflict):
    """The domain's other key was not seen in our zone for long enough to sign."""


@dataclass(eq=False)
class NoActiveKey(Conflict):
    """The domain has no key that may sign now."""


@dataclass(eq=False)
class NoSigningKey(NotFound):
    """The domain has no such signing key."""

    domain_id: UUID


@dataclass(eq=False)
class SelectorNotActive(Conflict):
    """The domain's mail is signed under another selector now."""

    active: str
