"""Every way the ledger says no.

Refusal
├── Invalid       the request could never be right
│   ├── CountryUnknown
│   ├── ExpiryPassed
│   ├── OutsidePeriod
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
│   ├── HoldNotCaptured
│   ├── InsufficientCredits
│   ├── LotExists
│   ├── MoneyUnderWay
│   ├── NotSubscribed
│   ├── PaymentOverdue
│   ├── PeriodSettled
│   ├── PlanDiffers
│   ├── PreviewOutdated
│   ├── PurchaseClosed
│   ├── PurchaseUnpaid
│   ├── RecipientsExceedTier
│   ├── RefundDecided
│   ├── RefundExceeds
│   ├── RefundNotPromised
│   ├── SameTier
│   ├── ScopesOnlyNarrow
│   ├── SubscriptionEnding
│   ├── TierUsedUp
│   ├── TokenGone
│   ├── TooManyKeys
│   └── TwoFactorIsOff
├── NotFound      it names what never existed
│   ├── NoSuchAccount
│   ├── NoSuchFactor
│   ├── NoSuchHold
│   ├── NoSuchKey
│   ├── NoSuchPack
│   ├── NoSuchPeriod
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
from uuid import UUID

from ledger.credit_refusals import (
    CaptureExceedsHold,
    HoldExists,
    HoldExpired,
    HoldNotCaptured,
    InsufficientCredits,
    LotExists,
    NoSuchHold,
)
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
    NoSuchPeriod,
    NoSuchPurchase,
    NoSuchRefund,
    NotSold,
    NotSubscribed,
    OutsidePeriod,
    PaymentOverdue,
    PeriodSettled,
    PlanDiffers,
    PreviewOutdated,
    PurchaseClosed,
    PurchaseUnpaid,
    RecipientsExceedTier,
    RefundDecided,
    RefundExceeds,
    RefundNotPromised,
    SameTier,
    SecondPersonNeeded,
    SubscriptionEnding,
    TierUsedUp,
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
    "HoldNotCaptured",
    "InsufficientCredits",
    "Invalid",
    "LotExists",
    "MoneyUnderWay",
    "NoSuchAccount",
    "NoSuchFactor",
    "NoSuchHold",
    "NoSuchKey",
    "NoSuchPack",
    "NoSuchPeriod",
    "NoSuchPurchase",
    "NoSuchReceipt",
    "NoSuchRefund",
    "NoSuchSession",
    "NoSuchStaff",
    "NotFound",
    "NotSold",
    "NotSubscribed",
    "OutsidePeriod",
    "PaymentOverdue",
    "PeriodSettled",
    "PersonErased",
    "PictureRefused",
    "PlanDiffers",
    "PreviewOutdated",
    "PurchaseClosed",
    "PurchaseUnpaid",
    "RecipientsExceedTier",
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
    "TierUsedUp",
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
class CommandReused(Conflict):
    """The same command id came with another body."""

    operation: str


@dataclass(eq=False)
class CountryUnknown(Invalid):
    """The country has no code in ISO 3166-1."""

    code: str


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
