"""The append-only log: the only place that knows the event store."""

from __future__ import annotations

from ledger.journal.append import Change
from ledger.journal.connections import Connections, Unreachable
from ledger.journal.context import OUTSIDE_BODY, Actor, Context
from ledger.journal.handling import handler
from ledger.journal.outcomes import (
    CommandRepeated,
    Contended,
    Recorded,
    VersionConflict,
)
from ledger.journal.positions import NotAdopted, Place
from ledger.journal.reader import Fact, Reader
from ledger.journal.store import Journal
from ledger.journal.vault import BlindVault, Vault
from ledger.journal.writer import OutcomeUnknown

__all__ = [
    "OUTSIDE_BODY",
    "Actor",
    "BlindVault",
    "Change",
    "CommandRepeated",
    "Connections",
    "Contended",
    "Context",
    "Fact",
    "Journal",
    "NotAdopted",
    "OutcomeUnknown",
    "Place",
    "Reader",
    "Recorded",
    "Unreachable",
    "Vault",
    "VersionConflict",
    "handler",
]
