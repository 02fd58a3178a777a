"""A bank that keeps cards, and may charge one and never tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID, uuid4

from commands.gateways.processor import (
    Checkout,
    CheckoutState,
    PaymentRefused,
    PaymentsUnreachable,
)
from commands.gateways.saved_cards import CardPage, SavedCharge
from ledger.top_up_terms import SavedCard
from tests.properties.money_bank import Bank, Charge

Mood = Literal["pays", "fails", "asks"]


@dataclass
class Intent:
    """One payment, by a saved card or on a page of its own."""

    id: str
    purchase_id: UUID
    amount: int
    status: Any = "ready"
    attempts: list[str] = field(default_factory=list)
    asks: bool = False


@dataclass
class CardBank(Bank):
    """Charges cards as it is in the mood; with `lost` its next answer is lost.

    `paid` is told of each payment at the moment it is made.
    """

    mood: Mood = "pays"
    lost: bool = False
    intents: dict[str, Intent] = field(default_factory=dict)
    pages: dict[str, Intent] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    cards: dict[str, str] = field(default_factory=dict)
    paid: Callable[[Intent, bool], None] = lambda _intent, _by_holder: None

    def answer(self, id: str) -> SavedCharge:
        """How a payment stands, unless the answer is lost."""
        if self.lost:
            self.lost = False
            raise PaymentsUnreachable
        it = self.intents[id]
        failed, done = it.status == "failed", it.status == "paid"
        return SavedCharge(
            id=id,
            status=it.status,
            customer="cus_1",
            charge=f"ch_{it.purchase_id}" if done else None,
            amount_minor=it.amount,
            currency="EUR",
            card_label=None,
            paid_at=self.now if done else None,
            attempt=it.attempts[-1] if failed else None,
            code="generic_decline" if failed else None,
            asks_holder=it.asks and failed,
        )

    def pay(self, it: Intent, *, by_holder: bool) -> None:
        it.status = "paid"
        self.charges[f"ch_{it.purchase_id}"] = Charge(it.amount)
        self.paid(it, by_holder)

    def create_charge(self, **asked: Any) -> str:
        key = asked["idempotency_key"]
        id = self.keys.setdefault(key, f"pi_{uuid4().hex}")
        made = Intent(id, asked["purchase_id"], asked["amount_minor"])
        self.intents.setdefault(id, made)
        self.answer(id)
        return id

    def try_charge(self, id: str, card: SavedCard, idempotency_key: str) -> SavedCharge:
        it = self.intents[id]
        fresh = self.keys.setdefault(idempotency_key, "") == ""
        self.keys[idempotency_key] = id
        if fresh and it.status in ("ready", "failed"):
            it.asks = self.mood == "asks"
            if self.mood == "pays":
                self.pay(it, by_holder=False)
            else:
                it.status = "failed"
                it.attempts.append(f"try_{id}_{len(it.attempts)}")
        return self.answer(id)

    def saved_charge(self, id: str) -> SavedCharge:
        return self.answer(id)

    def close_charge(self, id: str) -> SavedCharge:
        if self.intents[id].status != "paid":
            self.intents[id].status = "closed"
        return self.answer(id)

    def forget_card(self, payment_method_id: str) -> None:
        self.cards = {
            page: card for page, card in self.cards.items() if card != payment_method_id
        }

    def open_card_page(self, **_: Any) -> tuple[str, str, datetime]:
        id = f"cs_card_{uuid4().hex}"
        self.cards[id] = f"pm_{id}"
        return id, "http://bank.example", self.now

    def saved_on(self, checkout_id: str) -> CardPage:
        """Every page that is opened is filled."""
        named = {"customer_id": "cus_1", "label": None}
        card = SavedCard(payment_method_id=self.cards[checkout_id], **named)  # type: ignore[arg-type]
        return CardPage(id=checkout_id, status="complete", card=card)

    def create_checkout(self, **asked: Any) -> Checkout:
        id = f"cs_{uuid4().hex}"
        amount = sum(item.amount_minor for item in asked["items"])
        self.pages[id] = Intent(id, asked["purchase_id"], amount)
        return Checkout(id=id, url=f"http://bank.example/{id}", expires_at=self.now)

    def checkout(self, id: str) -> CheckoutState:
        it = self.pages[id]
        done = it.status == "paid"
        status = {"ready": "open", "paid": "complete", "closed": "expired"}[it.status]
        return CheckoutState(
            id=id,
            status=status,
            paid=done,
            customer="cus_1",
            payment_intent=f"pi_{id}" if done else None,
            charge=f"ch_{it.purchase_id}" if done else None,
            amount_minor=it.amount,
            currency="EUR",
            card_label=None,
            declined_attempt=None,
            declined_code=None,
            purchase_id=it.purchase_id,
            account_id=None,
            paid_at=self.now if done else None,
            subscription=None,
        )

    def expire_checkout(self, id: str) -> CheckoutState:
        if self.pages[id].status != "paid":
            self.pages[id].status = "closed"
        return self.checkout(id)

    def confirm(self, id: str) -> None:
        """The holder pays on a page, once; raises PaymentRefused where he cannot."""
        if self.pages[id].status != "ready":
            raise PaymentRefused("closed")
        self.pay(self.pages[id], by_holder=True)
