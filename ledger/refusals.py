"""Every way the ledger says no.

Refusal
├── Invalid       the request could never be right
├── Conflict      it contradicts what is recorded
│   ├── CommandReused
│   └── InsufficientCredits
├── NotFound      it names what never existed
└── Forbidden     it is not this person's to ask
"""

from __future__ import annotations

from dataclasses import dataclass


class Refusal(Exception):  # noqa: N818 - a refusal states a fact, it is no error
    """The ledger says no, and why."""


class Invalid(Refusal):
    """The request could never be right."""


class Conflict(Refusal):
    """The request contradicts what is recorded."""


class NotFound(Refusal):
    """The request names what never existed."""


class Forbidden(Refusal):
    """It is not this person's to ask."""


@dataclass(eq=False)
class CommandReused(Conflict):
    """The same command id came with another body."""

    operation: str


@dataclass(eq=False)
class InsufficientCredits(Conflict):
    """The account has fewer credits available than were asked for."""

    asked: int
    available: int
