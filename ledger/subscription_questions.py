"""How a subscription stands, and what can be done with it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ledger.periods import Period, period_at
from ledger.refusals import (
    AlreadySubscribed,
    ChangeWaits,
    NotSubscribed,
    PaymentOverdue,
    SameTier,
    SubscriptionEnding,
)
from ledger.subscription_terms import UNITS, Product, SubscriptionTerms

Status = Literal["none", "active", "overdue", "blocked", "ending"]


class SubscriptionQuestions:
    """What is asked of a subscription; it records nothing."""

    product: Product
    terms: SubscriptionTerms | None
    scheduled: SubscriptionTerms | None
    anchor: datetime | None
    period: Period | None
    grace_until: datetime | None
    ending: bool
    failures: list[tuple[str, int]]

    def status(self, now: datetime) -> Status:
        """How it stands; none where there never was one, or where it is over."""
        if self.terms is None or self.period is None or self.grace_until is None:
            return "none"
        if self.ending:
            return "ending" if now < self.period[1] else "none"
        if now < self.period[1]:
            return "active"
        return "overdue" if now < self.grace_until else "blocked"

    def serves(self, now: datetime) -> bool:
        """Whether what was subscribed to may be used."""
        return self.status(now) in ("active", "overdue", "ending")

    def period_at(self, now: datetime) -> Period | None:
        """The period that is used now: after a renewal is due, the one to be paid."""
        if self.period is None or self.anchor is None or not self.serves(now):
            return None
        end = self.period[1]
        if now < end:
            return self.period
        return end, period_at(self.anchor, UNITS[self.product], end)[1]

    def check_none(self, now: datetime) -> None:
        """Raises AlreadySubscribed while one runs, also unpaid or about to end."""
        if self.status(now) != "none":
            raise AlreadySubscribed(product=self.product)

    def check_running(self, now: datetime) -> None:
        """Raises NotSubscribed."""
        if self.status(now) == "none":
            raise NotSubscribed(product=self.product)

    def check_change(self, sku: str, now: datetime) -> None:
        """Whether another tier can be chosen.

        Raises NotSubscribed, SubscriptionEnding, PaymentOverdue, ChangeWaits, SameTier,
        in this order.
        """
        self.check_running(now)
        assert self.period is not None
        assert self.terms is not None
        if self.ending:
            raise SubscriptionEnding(ends_at=self.period[1])
        if self.failures or self.status(now) != "active":
            raise PaymentOverdue(product=self.product)
        if self.scheduled is not None:
            raise ChangeWaits(sku=self.scheduled["sku"], at=self.period[1])
        if sku == self.terms["sku"]:
            raise SameTier(sku=sku)
