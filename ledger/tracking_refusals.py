"""Refusals about tracking hosts that go beyond the name itself."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ledger.refusal import Conflict, NotFound


@dataclass(eq=False)
class NoSuchTrackingHost(NotFound):
    """No link is answered under this host."""


@dataclass(eq=False)
class NoTrackingDomain(NotFound):
    """The account has no tracking domain."""

    account_id: UUID


@dataclass(eq=False)
class TooManyTrackingHosts(Conflict):
    """The account has used as many tracking hosts as it may; each stays its own."""

    hosts_max: int


@dataclass(eq=False)
class TrackingHostHeld(Conflict):
    """The host belongs to another account, which has used it before."""

    host: str
