"""Any order of news about a purchase, against what one would note on paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ledger.money import Money
from ledger.purchases import Purchase
from tests.specification import refusal_of, replayed, state, told
from tests.strategies import DAY, NOON, item, payment, purchase

charges = st.sampled_from(["ch_1", "ch_2"])
checkouts = st.sampled_from(["cs_1", "cs_2"])


class PurchaseMachine(RuleBasedStateMachine):
    """The paper has one line: the state, the page, the attempts and the payment."""

    def __init__(self) -> None:
        super().__init__()
        self.purchase = purchase(item(net_minor=2, tax_minor=1))
        self.status = "open"
        self.checkout: str | None = None
        self.attempts: set[str] = set()
        self.charge: str | None = None
        self.facts = ["purchases.Started"]

    def ask(self, request: Callable[[], Any], refusal: str | None, note: str) -> bool:
        """Make the request; True where it is to be noted, and was recorded."""
        before = state(self.purchase)
        refused = refusal_of(request)
        assert (type(refused).__name__ if refused else None) == refusal
        assert refused is None or state(self.purchase) == before
        self.facts += [f"purchases.{note}"] if note and not refused else []
        return bool(note) and not refused

    def closed(self) -> str | None:
        if self.charge:
            return "AlreadyPaid"
        return None if self.status == "open" else "PurchaseClosed"

    @rule(checkout_id=checkouts)
    def open_checkout(self, checkout_id: str) -> None:
        note = "CheckoutOpened" if checkout_id != self.checkout else ""
        expires_at = NOON + DAY
        if self.ask(
            lambda: self.purchase.open_checkout(checkout_id, expires_at),
            self.closed(),
            note,
        ):
            self.checkout = checkout_id

    @rule(attempt_id=st.sampled_from(["pi_1", "pi_2"]))
    def decline(self, attempt_id: str) -> None:
        is_news = self.status == "open" and attempt_id not in self.attempts
        note = "Declined" if is_news else ""
        if self.ask(lambda: self.purchase.decline(attempt_id, "no"), None, note):
            self.attempts.add(attempt_id)

    @rule(
        charge_id=charges,
        minor=st.sampled_from([3, 3, 3, 2, 4]),
        currency=st.sampled_from(["EUR", "EUR", "USD"]),
        order=st.integers(1, 3),
    )
    def pay(self, charge_id: str, minor: int, currency: str, order: int) -> None:
        amount, told_again = Money(minor, currency), charge_id == self.charge
        refusal = "AmountDiffers" if amount != Money(3, "EUR") else None
        refusal = "AlreadyPaid" if self.charge else refusal
        if self.ask(
            lambda: self.purchase.pay(
                order,
                payment(charge_id),
                amount=amount,
                payment_label=None,
                paid_at=NOON,
            ),
            None if told_again else refusal,
            "" if told_again else "Paid",
        ):
            self.status, self.charge = "paid", charge_id

    @rule(checkout_id=checkouts | st.none())
    def expire(self, checkout_id: str | None) -> None:
        is_news = self.status == "open" and checkout_id == self.checkout
        note = "Expired" if is_news else ""
        if self.ask(lambda: self.purchase.expire(checkout_id), None, note):
            self.status = "expired"

    @rule()
    def cancel(self) -> None:
        if self.ask(self.purchase.cancel, self.closed(), "Cancelled"):
            self.status = "cancelled"

    @invariant()
    def exactly_the_news_was_recorded(self) -> None:
        events = self.purchase.pending_events
        assert [told(event)[0] for event in events] == self.facts

    @invariant()
    def the_purchase_is_paid_once_or_not_at_all(self) -> None:
        assert self.facts.count("purchases.Paid") == (self.charge is not None)
        assert self.purchase.status == self.status
        recorded = self.purchase.payment
        assert (recorded.charge_id if recorded else None) == self.charge
        assert (self.purchase.order_number is None) == (self.charge is None)

    @invariant()
    def replay_gives_the_same_purchase(self) -> None:
        again: Purchase = replayed(self.purchase.pending_events)
        assert state(again) == state(self.purchase)


TestPurchaseMachine = PurchaseMachine.TestCase
TestPurchaseMachine.settings = settings(
    max_examples=max(100, settings().max_examples),
    stateful_step_count=15,
    deadline=None,
)
