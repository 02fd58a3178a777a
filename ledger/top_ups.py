"""Automatic top-up: a pack is bought with a saved card when credits run low."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid5

from ledger import top_up_facts as facts
from ledger.aggregate import Aggregate, Personal, event
from ledger.top_up_terms import OpenTopUp, SavedCard, TopUpTerms, Why, next_try


class TopUp(Aggregate, created_event_name="Opened"):
    """What one account agreed to, its card, and at most one purchase under way.

    A purchase counts in its month from the moment it begins, so that the cap is held
    by whoever records first. What comes late, twice or out of turn changes nothing.
    """

    TOPIC = "top_ups"

    Event = facts.Event
    Opened = facts.Opened
    CardPageOpened = facts.CardPageOpened
    CardSaved = facts.CardSaved
    CardRemoved = facts.CardRemoved
    TurnedOn = facts.TurnedOn
    TurnedOff = facts.TurnedOff
    Paused = facts.Paused
    Begun = facts.Begun
    ChargeOpened = facts.ChargeOpened
    ChargeFailed = facts.ChargeFailed
    HandedOver = facts.HandedOver
    GivenUp = facts.GivenUp
    Bought = facts.Bought
    CapReached = facts.CapReached

    @staticmethod
    def create_id(account_id: UUID) -> UUID:
        return uuid5(account_id, "top-up")

    def __init__(self, account_id: UUID) -> None:
        self.account_id = account_id
        self.terms: TopUpTerms | None = None
        self.on = False
        self.paused: str | None = None
        self.customer_id: str | None = None
        self.card: SavedCard | None = None
        self.page: tuple[str, datetime] | None = None
        self.open: OpenTopUp | None = None
        self.given_up: OpenTopUp | None = None
        self.month = ""
        self.spent: dict[UUID, int] = {}
        self.capped = ""

    @property
    def status(self) -> Literal["off", "no_card", "paused", "on"]:
        if not self.on:
            return "off"
        if self.paused is not None:
            return "paused"
        return "no_card" if self.card is None else "on"

    @property
    def watching(self) -> int | None:
        """Below so many available credits it buys; None while it does not."""
        return self.terms["threshold"] if self.terms and self.status == "on" else None

    def spent_in(self, month: str) -> int:
        """What was charged in a calendar month, or is about to be, in minor units."""
        return sum(self.spent.values()) if month == self.month else 0

    def turn_on(self, terms: TopUpTerms) -> None:
        """Agree to terms, or to the same again after a pause."""
        if not self.on or self.paused or terms != self.terms:
            self._turned_on(terms=terms)

    def turn_off(self, by: Literal["customer", "closed"]) -> None:
        """Buy nothing more."""
        if self.on:
            self._turned_off(by=by)

    def pause(self, why: Why, total_minor: int | None = None) -> None:
        """Buy nothing until its holder says so."""
        if self.on and self.paused is None:
            self._paused(why=why, total_minor=total_minor)

    def open_page(self, checkout_id: str, expires_at: datetime) -> None:
        """Lead to a page where a card is saved."""
        if self.page is None or self.page[0] != checkout_id:
            self._card_page_opened(checkout_id=checkout_id, expires_at=expires_at)

    def save_card(self, checkout_id: str, card: SavedCard) -> None:
        """Note the card that was saved on the page; news of an older one is none."""
        if self.page is None or self.page[0] != checkout_id:
            return
        self._card_saved(
            customer_id=card.customer_id,
            payment_method_id=card.payment_method_id,
            card_label=card.label,
            replaced=self.card.payment_method_id if self.card else None,
        )

    def remove_card(self) -> None:
        """Let the card not be charged any more."""
        if self.card is not None:
            self._card_removed(payment_method_id=self.card.payment_method_id)

    def begin(self, purchase_id: UUID, total_minor: int, month: str) -> bool:
        """Begin a purchase, unless one is open; what stands in its way is noted.

        A pack that is dearer than agreed is not charged, nor one above the cap.
        """
        if self.watching is None or self.terms is None or self.open is not None:
            return False
        if total_minor > self.terms["total_minor"]:
            self.pause("dearer", total_minor)
            return False
        cap_minor, spent_minor = self.terms["cap_minor"], self.spent_in(month)
        if spent_minor + total_minor > cap_minor:
            if self.capped != month:
                self._cap_reached(
                    month=month,
                    cap_minor=cap_minor,
                    spent_minor=spent_minor,
                    total_minor=total_minor,
                )
            return False
        self._begun(purchase_id=purchase_id, amount_minor=total_minor, month=month)
        return True

    def open_charge(self, purchase_id: UUID, payment_intent_id: str) -> None:
        """Note the payment at the processor; a purchase has one at most."""
        it = self._its(purchase_id)
        if it and it.payment_intent_id is None and not it.by_holder:
            self._charge_opened(
                purchase_id=purchase_id, payment_intent_id=payment_intent_id
            )

    def fail(self, purchase_id: UUID, attempt_id: str, code: str, at: datetime) -> None:
        """Note that the card did not pay; after the last attempt it is given up."""
        it = self._its(purchase_id)
        if it is None or it.by_holder or attempt_id in it.attempts:
            return
        again = next_try(code, it.failures + 1, at)
        self._charge_failed(
            purchase_id=purchase_id,
            attempt_id=attempt_id,
            code=code,
            next_attempt_at=again,
        )
        if again is None:
            self.give_up(purchase_id, "declined")

    def hand_over(
        self, purchase_id: UUID, why: Literal["authentication", "by_hand"]
    ) -> None:
        """Let it be paid on the processor's page alone."""
        it = self._its(purchase_id)
        if it and not it.by_holder:
            self._handed_over(purchase_id=purchase_id, why=why)

    def give_up(self, purchase_id: UUID, why: Why | Literal["not_needed"]) -> None:
        """Note that a purchase will not be paid, and pause unless it is not needed."""
        if self._its(purchase_id) is None:
            return
        self._given_up(purchase_id=purchase_id, why=why)
        if why != "not_needed":
            self.pause(why)

    def buy(self, purchase_id: UUID) -> None:
        """Note that a purchase is paid, the last one given up as well."""
        if self.knows(purchase_id):
            self._bought(purchase_id=purchase_id)

    def is_open(self, purchase_id: UUID) -> bool:
        """Whether a purchase is the one that is under way."""
        return self._its(purchase_id) is not None

    def knows(self, purchase_id: UUID) -> bool:
        """Whether a purchase is one of these, and may still be paid."""
        known = [one.purchase_id for one in (self.open, self.given_up) if one]
        return purchase_id in known

    def is_last(self, code: str, now: datetime) -> bool:
        """Whether one more such failure would be the last."""
        return self.open is None or next_try(code, self.open.failures + 1, now) is None

    def _its(self, purchase_id: UUID) -> OpenTopUp | None:
        return self.open if self.open and self.open.purchase_id == purchase_id else None

    @event(CardPageOpened)
    def _card_page_opened(self, checkout_id: str, expires_at: datetime) -> None:
        self.page = (checkout_id, expires_at)

    @event(CardSaved)
    def _card_saved(
        self,
        customer_id: str,
        payment_method_id: str,
        card_label: Personal,
        replaced: str | None,
    ) -> None:
        self.customer_id, self.page = customer_id, None
        self.card = SavedCard(
            customer_id=customer_id,
            payment_method_id=payment_method_id,
            label=card_label,
        )
        if self.open is not None:
            self.open = replace(self.open, failures=0, next_attempt_at=None)

    @event(CardRemoved)
    def _card_removed(self, payment_method_id: str) -> None:
        self.card = None

    @event(TurnedOn)
    def _turned_on(self, terms: TopUpTerms) -> None:
        self.terms, self.on, self.paused = terms, True, None

    @event(TurnedOff)
    def _turned_off(self, by: str) -> None:
        self.on, self.paused, self.page = False, None, None

    @event(Paused)
    def _paused(self, why: str, total_minor: int | None) -> None:
        self.paused = why

    @event(Begun)
    def _begun(self, purchase_id: UUID, amount_minor: int, month: str) -> None:
        self.open = OpenTopUp(purchase_id=purchase_id, amount_minor=amount_minor)
        earlier = self.spent if month == self.month else {}
        self.month, self.spent = month, {**earlier, purchase_id: amount_minor}

    @event(ChargeOpened)
    def _charge_opened(self, purchase_id: UUID, payment_intent_id: str) -> None:
        if self.open is not None:
            self.open = replace(self.open, payment_intent_id=payment_intent_id)

    @event(ChargeFailed)
    def _charge_failed(
        self,
        purchase_id: UUID,
        attempt_id: str,
        code: str,
        next_attempt_at: datetime | None,
    ) -> None:
        if self.open is not None:
            self.open = replace(
                self.open,
                attempts=(*self.open.attempts, attempt_id),
                failures=self.open.failures + 1,
                next_attempt_at=next_attempt_at,
            )

    @event(HandedOver)
    def _handed_over(self, purchase_id: UUID, why: str) -> None:
        if self.open is not None:
            self.open = replace(self.open, by_holder=True)

    @event(GivenUp)
    def _given_up(self, purchase_id: UUID, why: str) -> None:
        self.open, self.given_up = None, self.open
        self.spent = {id: it for id, it in self.spent.items() if id != purchase_id}

    @event(Bought)
    def _bought(self, purchase_id: UUID) -> None:
        late = self.given_up
        if late is not None and late.purchase_id == purchase_id:
            self.spent = {**self.spent, purchase_id: late.amount_minor}
            self.given_up = None
        else:
            self.open = None

    @event(CapReached)
    def _cap_reached(
        self, month: str, cap_minor: int, spent_minor: int, total_minor: int
    ) -> None:
        self.capped = month
