"""Every way the ledger says no.

Refusal
├── Invalid       the request could never be right
│   ├── CountryUnknown
│   ├── ScopeUnknown
│   ├── TextRefused
│   ├── UndeliverableAddress
│   ├── VatNumberMalformed
│   └── WeakPassword
├── Conflict      it contradicts what is recorded
│   ├── AlreadyAnswered
│   ├── AlreadyPaid
│   ├── AmountDiffers
│   ├── CaptureExceedsHold
│   ├── CommandReused
│   ├── CurrencyIsFixed
│   ├── EmailTaken
│   ├── HoldExists
│   ├── HoldExpired
│   ├── InsufficientCredits
│   ├── LotExists
│   ├── PurchaseClosed
│   └── TokenGone
├── NotFound      it names what never existed
│   ├── NoSuchAccount
│   ├── NoSuchHold
│   ├── NoSuchKey
│   ├── NoSuchPack
│   ├── NoSuchPurchase
│   ├── NoSuchReceipt
│   └── NoSuchSession
└── Forbidden     it is not this person's to ask
    ├── PersonErased
    └── WrongCredentials
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


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
class AlreadyAnswered(Conflict):
    """The secret was shown in the answer to this command, and is shown once."""

    operation: str


@dataclass(eq=False)
class AlreadyPaid(Conflict):
    """The purchase was paid, and has its order number."""

    order_number: int
    charge_id: str


@dataclass(eq=False)
class AmountDiffers(Conflict):
    """What was paid is not what the purchase costs."""

    asked_minor: int
    asked_currency: str
    paid_minor: int
    paid_currency: str


@dataclass(eq=False)
class CaptureExceedsHold(Conflict):
    """More credits were sent than the hold still has."""

    hold_id: UUID
    asked: int
    held: int


@dataclass(eq=False)
class CommandReused(Conflict):
    """The same command id came with another body."""

    operation: str


@dataclass(eq=False)
class CountryUnknown(Invalid):
    """The country has no code in ISO 3166-1."""

    code: str


@dataclass(eq=False)
class CurrencyIsFixed(Conflict):
    """The account buys in the currency of its first purchase."""

    asked: str
    currency: str


@dataclass(eq=False)
class EmailTaken(Conflict):
    """The address belongs to another account."""


@dataclass(eq=False)
class HoldExists(Conflict):
    """The hold was made before and is still open."""

    hold_id: UUID


@dataclass(eq=False)
class HoldExpired(Conflict):
    """The hold has ended, and too few credits are available to stand in for it."""

    hold_id: UUID
    ended_at: datetime
    asked: int
    available: int

    @property
    def short(self) -> int:
        """How many credits lack."""
        return max(0, self.asked - self.available)


@dataclass(eq=False)
class InsufficientCredits(Conflict):
    """The account has fewer credits available than were asked for."""

    asked: int
    available: int

    @property
    def short(self) -> int:
        """How many credits lack."""
        return self.asked - self.available


@dataclass(eq=False)
class LotExists(Conflict):
    """The lot was granted before."""

    lot_id: UUID


@dataclass(eq=False)
class NoSuchAccount(NotFound):
    """There is no such account, or it was never verified."""

    account_id: UUID


@dataclass(eq=False)
class NoSuchHold(NotFound):
    """No hold of that id is open: it was never made, or it is closed."""

    hold_id: UUID


@dataclass(eq=False)
class NoSuchKey(NotFound):
    """There is no such API key."""

    key_id: UUID


@dataclass(eq=False)
class NoSuchPack(NotFound):
    """The catalogue has no such pack in that currency."""

    sku: str
    currency: str


@dataclass(eq=False)
class NoSuchPurchase(NotFound):
    """The account has no purchase of that name."""

    purchase_id: UUID | str


@dataclass(eq=False)
class NoSuchReceipt(NotFound):
    """The account has no such receipt."""

    receipt_id: UUID


@dataclass(eq=False)
class NoSuchSession(NotFound):
    """The account has no such session."""

    session_id: UUID


@dataclass(eq=False)
class PersonErased(Forbidden):
    """The account's data were erased; nothing more is recorded about the person."""

    purpose: str


@dataclass(eq=False)
class PurchaseClosed(Conflict):
    """The purchase was cancelled or has expired; a new one can be started."""

    status: str


@dataclass(eq=False)
class ScopeUnknown(Invalid):
    """There is no such scope for a key of this kind."""

    scope: str


@dataclass(eq=False)
class TextRefused(Invalid):
    """The text is missing, too long, or holds what no line of text has."""

    field: str


@dataclass(eq=False)
class TokenGone(Conflict):
    """The mailed link was used, has expired, or never was."""


@dataclass(eq=False)
class UndeliverableAddress(Invalid):
    """No mail could be sent to this address."""


@dataclass(eq=False)
class VatNumberMalformed(Invalid):
    """The VAT number has not the form of its country's."""


@dataclass(eq=False)
class WeakPassword(Invalid):
    """The password would be guessed: `short`, `long`, `common` or `context`."""

    reason: str


@dataclass(eq=False)
class WrongCredentials(Forbidden):
    """Address and password do not belong together."""
