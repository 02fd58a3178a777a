"""A subscription to the plan Unlimited or to SMTP access, as the processor bills it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import cast
from uuid import UUID, uuid5

from ledger import subscription_facts as facts
from ledger.aggregate import Aggregate, event
from ledger.periods import Period
from ledger.subscription_questions import SubscriptionQuestions
from ledger.subscription_terms import (
    GRACE,
    REMIND_BEFORE,
    Product,
    SubscriptionTerms,
)


class Subscription(SubscriptionQuestions, Aggregate, created_event_name="Opened"):
    """The subscriptions of one account to one product, at most one at a time.

    The processor charges; what it tells comes late, twice and in any order, and what
    is no news changes nothing. Whether it serves is answered for a given `now`: no
    period needs anybody's help to end.
    """

    TOPIC = "subscriptions"

    Event = facts.Event
    Opened = facts.Opened
    Begun = facts.Begun
    Renewed = facts.Renewed
    PaymentFailed = facts.PaymentFailed
    Blocked = facts.Blocked
    Changed = facts.Changed
    ChangeScheduled = facts.ChangeScheduled
    ChangeDropped = facts.ChangeDropped
    EndRequested = facts.EndRequested
    EndUndone = facts.EndUndone
    Ended = facts.Ended
    RenewalNear = facts.RenewalNear

    @staticmethod
    def create_id(account_id: UUID, product: str) -> UUID:
        return uuid5(account_id, f"subscription {product}")

    def __init__(self, account_id: UUID, product: str) -> None:
        self.account_id = account_id
        self.product = cast("Product", product)
        self.processor_id: str | None = None
        self.customer_id: str | None = None
        self.terms: SubscriptionTerms | None = None
        self.scheduled: SubscriptionTerms | None = None
        self.anchor: datetime | None = None
        self.period: Period | None = None
        self.grace_until: datetime | None = None
        self.ending = False
        self.ended_at: datetime | None = None
        self.past: list[str] = []
        self.first_purchase_id: UUID | None = None
        self.purchases: list[UUID] = []
        self.failures: list[tuple[str, int]] = []
        self.next_attempt_at: datetime | None = None
        self.blocked_at: datetime | None = None
        self.reminded_of: datetime | None = None

    def pay(
        self,
        processor_id: str,
        customer_id: str,
        terms: SubscriptionTerms,
        purchase_id: UUID,
        period: Period,
    ) -> None:
        """Note that a period is paid, the first of a subscription or a later one.

        One before a period that is paid is no news.
        Raises AlreadySubscribed while another subscription of the processor runs.
        """
        if processor_id in self.past or purchase_id in self.purchases:
            return
        if self.processor_id not in (None, processor_id):
            self.check_none(period[0])
            assert self.period is not None
            self.end(self.period[1])
        if self.period is None:
            self._record_paid(
                partial(
                    self._begun, processor_id=processor_id, customer_id=customer_id
                ),
                terms,
                purchase_id,
                period,
            )
        elif period[0] >= self.period[1]:
            self._record_paid(self._renewed, terms, purchase_id, period)

    @staticmethod
    def _record_paid(
        record: Callable[..., None],
        terms: SubscriptionTerms,
        purchase_id: UUID,
        period: Period,
    ) -> None:
        record(
            terms=terms,
            purchase_id=purchase_id,
            period_from=period[0],
            period_until=period[1],
            grace_until=period[1] + GRACE,
        )

    def change(
        self,
        terms: SubscriptionTerms,
        purchase_id: UUID | None,
        changed_at: datetime,
    ) -> None:
        """Note that other terms hold for the rest of the period."""
        if purchase_id not in self.purchases and terms != self.terms:
            self._changed(terms=terms, purchase_id=purchase_id, changed_at=changed_at)

    def schedule(self, terms: SubscriptionTerms) -> None:
        """Note the terms that the processor will charge from the next period on."""
        if self.terms is None or self.period is None:
            return
        if terms == self.terms:
            if self.scheduled is not None:
                self._change_dropped()
        elif terms != self.scheduled:
            self._change_scheduled(terms=terms, begins_at=self.period[1])

    def fail(
        self,
        invoice_id: str,
        attempt: int,
        *,
        code: str | None,
        next_attempt_at: datetime | None,
        failed_at: datetime,
    ) -> None:
        """Note that a renewal could not be charged; told again it is no news."""
        known = [at for invoice, at in self.failures if invoice == invoice_id]
        if self.terms is not None and attempt > max(known, default=0):
            self._payment_failed(
                invoice_id=invoice_id,
                attempt=attempt,
                code=code,
                next_attempt_at=next_attempt_at,
                failed_at=failed_at,
            )

    def end_later(self, ending: bool) -> None:
        """Note whether it is to end with its period."""
        if self.period is None or ending == self.ending:
            return
        if ending:
            self._end_requested(ends_at=self.period[1])
        else:
            self._end_undone()

    def end(self, ended_at: datetime) -> None:
        """Note that the processor charges nothing any more."""
        if self.terms is not None:
            self._ended(ended_at=ended_at)

    def watch(self, now: datetime) -> None:
        """Note what time alone has brought: a renewal is near, or grace is over."""
        if self.period is None:
            return
        before = REMIND_BEFORE[self.product]
        renews_at = self.period[1]
        near = before is not None and renews_at - before <= now < renews_at
        if near and not self.ending and self.reminded_of != renews_at:
            self._renewal_near(renews_at=renews_at)
        if self.blocked_at is None and self.status(now) == "blocked":
            assert self.grace_until is not None
            self._blocked(blocked_at=self.grace_until)

    @event(Begun)
    def _begun(
        self,
        processor_id: str,
        customer_id: str,
        terms: SubscriptionTerms,
        purchase_id: UUID,
        period_from: datetime,
        period_until: datetime,
        grace_until: datetime,
    ) -> None:
        self.processor_id = processor_id
        self.customer_id = customer_id
        self.anchor = period_from
        self.first_purchase_id = self.first_purchase_id or purchase_id
        self._paid(terms, purchase_id, (period_from, period_until), grace_until)

    @event(Renewed)
    def _renewed(
        self,
        terms: SubscriptionTerms,
        purchase_id: UUID,
        period_from: datetime,
        period_until: datetime,
        grace_until: datetime,
    ) -> None:
        self._paid(terms, purchase_id, (period_from, period_until), grace_until)

    def _paid(
        self,
        terms: SubscriptionTerms,
        purchase_id: UUID,
        period: Period,
        grace_until: datetime,
    ) -> None:
        self.terms, self.scheduled = terms, None
        self.period, self.grace_until = period, grace_until
        self.purchases = [purchase_id]
        self.failures, self.next_attempt_at, self.blocked_at = [], None, None

    @event(PaymentFailed)
    def _payment_failed(
        self,
        invoice_id: str,
        attempt: int,
        code: str | None,
        next_attempt_at: datetime | None,
        failed_at: datetime,
    ) -> None:
        self.failures = [*self.failures, (invoice_id, attempt)]
        self.next_attempt_at = next_attempt_at

    @event(Blocked)
    def _blocked(self, blocked_at: datetime) -> None:
        self.blocked_at = blocked_at

    @event(Changed)
    def _changed(
        self,
        terms: SubscriptionTerms,
        purchase_id: UUID | None,
        changed_at: datetime,
    ) -> None:
        self.terms, self.scheduled = terms, None
        if purchase_id is not None:
            self.purchases = [*self.purchases, purchase_id]

    @event(ChangeScheduled)
    def _change_scheduled(self, terms: SubscriptionTerms, begins_at: datetime) -> None:
        self.scheduled = terms

    @event(ChangeDropped)
    def _change_dropped(self) -> None:
        self.scheduled = None

    @event(EndRequested)
    def _end_requested(self, ends_at: datetime) -> None:
        self.ending = True

    @event(EndUndone)
    def _end_undone(self) -> None:
        self.ending = False

    @event(Ended)
    def _ended(self, ended_at: datetime) -> None:
        self.past = [*self.past, self.processor_id or ""]
        self.processor_id = self.terms = self.scheduled = self.period = None
        self.anchor = None
        self.grace_until = self.next_attempt_at = self.blocked_at = None
        self.ending, self.failures, self.purchases = False, [], []
        self.ended_at = ended_at

    @event(RenewalNear)
    def _renewal_near(self, renews_at: datetime) -> None:
        self.reminded_of = renews_at
