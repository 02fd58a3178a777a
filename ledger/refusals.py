"""Every way the ledger says no.

Refusal
├── Invalid       the request could never be right
│   ├── CapBelowPack
│   ├── CountryUnknown
│   ├── DomainIsFreeMail
│   ├── DomainIsNumeric
│   ├── DomainIsOurs
│   ├── DomainIsPublicSuffix
│   ├── DomainIsReserved
│   ├── DomainMalformed
│   ├── DomainMissing
│   ├── DomainTooLong
│   ├── DomainWithoutDot
│   ├── ExpiryPassed
│   ├── OutsidePeriod
│   ├── PackBelowThreshold
│   ├── PictureRefused
│   ├── ScopeUnknown
│   ├── TextRefused
│   ├── TrackingHostElsewhere
│   ├── TrackingHostIsDomain
│   ├── TrackingHostIsTaken
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
│   ├── DomainExists
│   ├── DomainNotVerified
│   ├── EmailTaken
│   ├── HoldExists
│   ├── HoldExpired
│   ├── HoldNotCaptured
│   ├── InsufficientCredits
│   ├── KeyNotSeen
│   ├── LetterUnwanted
│   ├── LotExists
│   ├── MoneyUnderWay
│   ├── NoActiveKey
│   ├── NotContested
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
│   ├── SelectorNotActive
│   ├── SubscriptionEnding
│   ├── TierUsedUp
│   ├── TokenGone
│   ├── TooManyDomains
│   ├── TooManyKeys
│   ├── TooManyTrackingHosts
│   ├── TrackingHostHeld
│   └── TwoFactorIsOff
├── NotFound      it names what never existed
│   ├── NoSigningKey
│   ├── NoSuchAccount
│   ├── NoSuchDomain
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
│   ├── NoSuchTrackingHost
│   ├── NoTrackingDomain
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

# The modules hold nothing but leaves: whoever adds one writes it in the tree above,
# and a test compares the two.
from ledger.credit_refusals import *  # noqa: F403
from ledger.domain_refusals import *  # noqa: F403
from ledger.identity_refusals import *  # noqa: F403
from ledger.money_refusals import *  # noqa: F403
from ledger.refusal import *  # noqa: F403
from ledger.refusal import Conflict, Invalid, NotFound
from ledger.signing_refusals import *  # noqa: F403
from ledger.tracking_refusals import *  # noqa: F403


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
