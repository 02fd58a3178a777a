"""What every refusal is: one of the branches of the tree in `ledger.refusals`."""

from __future__ import annotations


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


class Throttled(Refusal):
    """It was asked too often; later it may be right."""
