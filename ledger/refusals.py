"""Every way the ledger says no.

Refusal
├── Invalid       the request could never be right
│   ├── CountryUnknown
│   ├── ExpiryPassed
│   ├── PictureRefused
│   ├── ScopeUnknown
│   ├── TextRefused
│   ├── UndeliverableAddress
│   ├── VatNumberMalformed
│   └── WeakPassword
├── Conflict      it contradicts what is recorded
│   ├── AddressUnchanged
│   ├── AlreadyAnswered
│   ├── AlreadyPaid
│   ├── AlreadySubscribed
│   ├── AmountDiffers
│   ├── CaptureExceedsHold
│   ├── ChangeWaits
│   ├── CommandReused
│   ├── CurrencyIsFixed
│   ├── EmailTaken
│   ├── HoldExists
│   ├── HoldExpired
│   ├── InsufficientCredits
│   ├── LotExists
│   ├── MoneyUnderWay
│   ├── NotSubscribed
│   ├── PaymentOverdue
│   ├── PreviewOutdated
│   ├── PurchaseClosed
│   ├── PurchaseUnpaid
│   ├── RefundDecided
│   ├── RefundExceeds
│   ├── RefundNotPromised
│   ├── SameTier
│   ├── ScopesOnlyNarrow
│   ├── SubscriptionEnding
│   ├── TokenGone
│   ├── TooManyKeys
│   └── TwoFactorIsOff
├── NotFound      it names what never existed
│   ├── NoSuchAccount
│   ├── NoSuchFactor
│   ├── NoSuchHold
│   ├── NoSuchKey
│   ├── NoSuchPack
│   ├── NoSuchPurchase
│   ├── NoSuchReceipt
│   ├── NoSuchRefund
│   ├── NoSuchSession
│   ├── NoSuchStaff
│   └── NotSold
├── Forbidden     it is not this person's to ask
│   ├── AccountClosed
│   ├── AccountDisabled
│   ├── PersonErased
│   ├── RoleLacking
│   ├── SecondPersonNeeded
│   ├── WrongCode
│   └── WrongCredentials
└── Throttled     it was asked too often; later it may be right
    └── TooManyAttempts
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ledger.identity_refusals import (
    AccountClosed,
    AccountDisabled,
    AddressUnchanged,
    AlreadyAnswered,
    EmailTaken,
    NoSuchAccount,
    NoSuchFactor,
    NoSuchKey,
    NoSuchSession,
    NoSuchStaff,
    PersonErased,
    PictureRefused,
    RoleLacking,
    ScopesOnlyNarrow,
    ScopeUnknown,
    TokenGone,
    TooManyAttempts,
    TooManyKeys,
    TwoFactorIsOff,
    UndeliverableAddress,
    WeakPassword,
    WrongCode,
    WrongCredentials,
)
from ledger.money_refusals import (
    AlreadyPaid,
    AlreadySubscribed,
    AmountDiffers,
    ChangeWaits,
    CurrencyIsFixed,
    ExpiryPassed,
    MoneyUnderWay,
    NoSuchPack,
    NoSuchPurchase,
    NoSuchRefund,
    NotSold,
    NotSubscribed,
    PaymentOverdue,
    PreviewOutdated,
    PurchaseClosed,
    PurchaseUnpaid,
    RefundDecided,
    RefundExceeds,
    RefundNotPromised,
    SameTier,
    SecondPersonNeeded,
    SubscriptionEnding,
)
from ledger.refusal import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    Throttled,
)

__all__ = [
    "AccountClosed",
    "AccountDisabled",
    "AddressUnchanged",
    "AlreadyAnswered",
    "AlreadyPaid",
    "AlreadySubscribed",
    "AmountDiffers",
    "CaptureExceedsHold",
    "ChangeWaits",
    "CommandReused",
    "Conflict",
    "CountryUnknown",
    "CurrencyIsFixed",
    "EmailTaken",
    "ExpiryPassed",
    "Forbidden",
    "HoldExists",
    "HoldExpired",
    "InsufficientCredits",
    "Invalid",
    "LotExists",
    "MoneyUnderWay",
    "NoSuchAccount",
    "NoSuchFactor",
    "NoSuchHold",
    "NoSuchKey",
    "NoSuchPack",
    "NoSuchPurchase",
    "NoSuchReceipt",
    "NoSuchRefund",
    "NoSuchSession",
    "NoSuchStaff",
    "NotFound",
    "NotSold",
    "NotSubscribed",
    "PaymentOverdue",
    "PersonErased",
    "PictureRefused",
    "PreviewOutdated",
    "PurchaseClosed",
    "PurchaseUnpaid",
    "RefundDecided",
    "RefundExceeds",
    "RefundNotPromised",
    "Refusal",
    "RoleLacking",
    "SameTier",
    "ScopeUnknown",
    "ScopesOnlyNarrow",
    "SecondPersonNeeded",
    "SubscriptionEnding",
    "TextRefused",
    "Throttled",
    "TokenGone",
    "TooManyAttempts",
    "TooManyKeys",
    "TwoFactorIsOff",
    "UndeliverableAddress",
    "VatNumberMalformed",
    "WeakPassword",
    "WrongCode",
    "WrongCredentials",
]


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
class NoSuchHold(NotFound):
    """No hold of that id is open: it was never made, or it is closed."""

    hold_id: UUID


@dataclass(eq=False)
class NoSuchReceipt(NotFound):
    """The account has no such receipt."""

    receipt_id: UUID


@dataclass(eq=False)
class TextRefused(Invalid):
    """The text is missing, too long, or holds what no line of text has."""

    field: str


@dataclass(eq=False)
class VatNumberMalformed(Invalid):
    """The VAT number has not the form of its country's."""
