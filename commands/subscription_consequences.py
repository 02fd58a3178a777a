"""What follows from a subscription's facts, and for subscriptions from an account's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from commands.gateways.processor import Payments
from commands.period_refunds import is_subscription
from commands.plan_changes import end_every_subscription, end_now
from commands.plans import subscription_of
from commands.purchases import purchase_of
from commands.reaction_mails import tell_holder
from commands.reactions import Reaction
from commands.top_up_notes import top_up_of
from ledger.accounts import Account
from ledger.journal import Fact, Journal
from ledger.purchases import Purchase
from ledger.subscription_terms import Product, total_of
from ledger.subscriptions import Subscription

Now = Callable[[], datetime]


class SubscriptionConsequences:
    """The deeds, each repeated safely."""

    def __init__(self, journal: Journal, clock: Now, payments: Payments) -> None:
        self._journal = journal
        self._clock = clock
        self._payments = payments

    def when_payment_failed_tell_holder(self, fact: Fact) -> None:
        assert isinstance(fact.event, Subscription.PaymentFailed)
        found = self._journal.fresh(Subscription, fact.stream_id)
        self._tell(
            fact,
            "subscription_unpaid",
            found,
            next_attempt_at=fact.event.next_attempt_at,
            grace_until=found.grace_until,
        )

    def when_blocked_tell_holder(self, fact: Fact) -> None:
        assert isinstance(fact.event, Subscription.Blocked)
        found = self._journal.fresh(Subscription, fact.stream_id)
        self._tell(fact, "subscription_blocked", found)

    def when_ended_tell_holder(self, fact: Fact) -> None:
        assert isinstance(fact.event, Subscription.Ended)
        found = self._journal.fresh(Subscription, fact.stream_id)
        ended_at = fact.event.ended_at
        self._tell(fact, "subscription_ended", found, ended_at=ended_at)

    def when_renewal_is_near_tell_holder(self, fact: Fact) -> None:
        assert isinstance(fact.event, Subscription.RenewalNear)
        found = self._journal.fresh(Subscription, fact.stream_id)
        terms = found.scheduled or found.terms
        if terms is None:
            return
        self._tell(
            fact,
            "renewal_near",
            found,
            renews_at=fact.event.renews_at,
            amount_minor=total_of(terms).minor,
            currency=terms["currency"],
        )

    def when_period_refunded_end_it(self, fact: Fact) -> None:
        assert isinstance(fact.event, Purchase.Refunded)
        purchase = purchase_of(self._journal, fact.account_id, fact.stream_id)
        if is_subscription(purchase) and not purchase.kept_minor:
            self._end_what_it_paid(purchase)

    def when_period_lost_end_it(self, fact: Fact) -> None:
        assert isinstance(fact.event, Purchase.DisputeLost)
        purchase = purchase_of(self._journal, fact.account_id, fact.stream_id)
        if not is_subscription(purchase) or purchase.kept_minor:
            return
        until = purchase.items[0].get("service_until")
        if until is not None and self._clock() < until:
            self._end_what_it_paid(purchase)

    def _end_what_it_paid(self, purchase: Purchase) -> None:
        """End a subscription at once, if it is still the one that was paid for."""
        product: Product = "smtp" if purchase.items[0]["kind"] == "smtp" else "plan"
        found = subscription_of(self._journal, purchase.account_id, product, fresh=True)
        if found.processor_id is None or purchase.id not in found.purchases:
            return
        if not any(self._extends(purchase, one) for one in found.purchases):
            asked = (self._journal, self._payments, purchase.account_id)
            end_now(*asked, found.processor_id, self._clock())

    def _extends(self, purchase: Purchase, other_id: UUID) -> bool:
        """Whether it paid only the difference for a bigger tier in another's period."""
        other = purchase_of(self._journal, purchase.account_id, other_id)
        own, period = purchase.items[0], other.items[0]
        since, begun = own.get("service_from"), period.get("service_from")
        within = own.get("service_until") == period.get("service_until")
        return within and since is not None and begun is not None and begun < since

    def when_account_closed_end_subscriptions(self, fact: Fact) -> None:
        assert isinstance(fact.event, Account.Closed)
        asked = (self._journal, self._payments, fact.account_id)
        end_every_subscription(*asked, self._clock())

    def when_person_erased_delete_customers(self, fact: Fact) -> None:
        assert isinstance(fact.event, Account.Erased)
        if "profile" in fact.event.purposes:
            for customer in customers_of(self._journal, fact.account_id):
                self._payments.delete_customer(customer)

    def _tell(
        self, fact: Fact, template: str, found: Subscription, **values: object
    ) -> None:
        named = {"product": found.product, **values}
        tell_holder(self._journal, fact, template, self._clock(), **named)


def customers_of(journal: Journal, account_id: UUID) -> list[str]:
    """Return every name that the processor has for who paid from an account."""
    with journal.connections.for_account(account_id) as connection:
        rows = connection.execute(
            "SELECT DISTINCT stream_id FROM directory"
            " WHERE account_id = %s AND kind = 'stripe_charge'",
            (account_id,),
        ).fetchall()
    paid = [purchase_of(journal, account_id, row[0]).payment for row in rows]
    names = {one.customer_id for one in paid if one is not None}
    for product in ("plan", "smtp"):
        found = subscription_of(journal, account_id, product)
        names.add(found.customer_id or "")
    names.add(top_up_of(journal, account_id).customer_id or "")
    return sorted(names - {""})


def subscription_reactions(
    journal: Journal, clock: Now, payments: Payments
) -> list[Reaction]:
    """Return the reactions of this module."""
    do = SubscriptionConsequences(journal, clock, payments)
    failed, blocked = "subscriptions.PaymentFailed", "subscriptions.Blocked"
    ended, near = "subscriptions.Ended", "subscriptions.RenewalNear"
    refunded, lost = do.when_period_refunded_end_it, do.when_period_lost_end_it
    closed = do.when_account_closed_end_subscriptions
    erased = do.when_person_erased_delete_customers
    return [
        Reaction("tell_unpaid", failed, do.when_payment_failed_tell_holder),
        Reaction("tell_blocked", blocked, do.when_blocked_tell_holder),
        Reaction("tell_ended", ended, do.when_ended_tell_holder),
        Reaction("tell_renewal", near, do.when_renewal_is_near_tell_holder),
        Reaction("end_refunded", "purchases.Refunded", refunded),
        Reaction("end_lost", "purchases.DisputeLost", lost),
        Reaction("end_subscriptions", "accounts.Closed", closed),
        Reaction("delete_customers", "accounts.Erased", erased),
    ]
