"""Refusals about accounts, credentials, sessions and keys."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ledger.refusal import Conflict, Forbidden, Invalid, NotFound, Throttled


@dataclass(eq=False)
class AccountClosed(Forbidden):
    """The account was closed by its owner; nothing is recorded in it any more."""


@dataclass(eq=False)
class AccountDisabled(Forbidden):
    """The account was disabled by staff."""


@dataclass(eq=False)
class AddressUnchanged(Conflict):
    """The account has this address already."""


@dataclass(eq=False)
class AlreadyAnswered(Conflict):
    """The secret was shown in the answer to this command, and is shown once."""

    operation: str


@dataclass(eq=False)
class EmailTaken(Conflict):
    """The address belongs to another account."""


@dataclass(eq=False)
class LetterUnwanted(Conflict):
    """Whoever has this address wants no mails with DNS records."""


@dataclass(eq=False)
class NoSuchAccount(NotFound):
    """There is no such account, or it was never verified."""

    account_id: UUID


@dataclass(eq=False)
class NoSuchFactor(NotFound):
    """The account has no such second factor."""

    factor_id: UUID


@dataclass(eq=False)
class NoSuchKey(NotFound):
    """There is no such API key."""

    key_id: UUID


@dataclass(eq=False)
class NoSuchSession(NotFound):
    """The account has no such session."""

    session_id: UUID


@dataclass(eq=False)
class NoSuchStaff(NotFound):
    """There is no such member of staff, or he left."""

    staff_id: UUID


@dataclass(eq=False)
class PersonErased(Forbidden):
    """The account's data were erased; nothing more is recorded about the person."""

    purpose: str


@dataclass(eq=False)
class PictureRefused(Invalid):
    """The picture cannot be taken: `large`, `kind`, `size` or `broken`."""

    reason: str


@dataclass(eq=False)
class RoleLacking(Forbidden):
    """The member of staff has another role than this needs."""

    role: str


@dataclass(eq=False)
class ScopeUnknown(Invalid):
    """There is no such scope for a key of this kind."""

    scope: str


@dataclass(eq=False)
class ScopesOnlyNarrow(Conflict):
    """A key's scopes can be taken away, and never added."""

    scope: str


@dataclass(eq=False)
class TokenGone(Conflict):
    """The mailed link was used, has expired, or never was."""


@dataclass(eq=False)
class TooManyAttempts(Throttled):
    """This was tried too often; after so many seconds it may be tried again."""

    retry_seconds: int


@dataclass(eq=False)
class TooManyKeys(Conflict):
    """The account has as many API keys as it may."""

    keys_max: int


@dataclass(eq=False)
class TwoFactorIsOff(Conflict):
    """The account has no second factor."""


@dataclass(eq=False)
class UndeliverableAddress(Invalid):
    """No mail could be sent to this address."""


@dataclass(eq=False)
class WeakPassword(Invalid):
    """The password would be guessed: `short`, `long`, `common` or `context`."""

    reason: str


@dataclass(eq=False)
class WrongCode(Forbidden):
    """The code is wrong, was used before, or its time is over.

    `clock_off` says that it would be right on a clock some minutes away.
    """

    clock_off: bool = False


@dataclass(eq=False)
class WrongCredentials(Forbidden):
    """Address and password do not belong together."""
