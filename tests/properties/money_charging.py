"""What may be charged by itself, foretold at the moment it is."""

from __future__ import annotations

from datetime import UTC
from typing import cast
from uuid import UUID

from hypothesis.stateful import invariant

from commands.gateways.processor import Payments
from commands.purchases import purchase_of
from commands.reversals import lot_id
from commands.top_up_notes import top_up_of
from commands.top_up_purchases import Shop
from ledger.top_ups import TopUp
from tests.properties.money_cards import CardBank, Intent
from tests.properties.money_spending import Basics
from tests.properties.money_world import CATALOGUE
from tests.properties.oracle import FREE, Lot


class Charging(Basics):
    """And what was agreed to, with all that was begun and paid."""

    bank: CardBank

    def __init__(self) -> None:
        super().__init__()
        self.bank = CardBank(self.now, paid=self.charged)
        self.shop = Shop(
            catalogue=CATALOGUE, zone=UTC, success_url="http://a", cancel_url="http://b"
        )
        self.agreed: tuple[int, str, int, int] | None = None
        self.reversals = 0
        self.begun: dict[UUID, tuple[str, int]] = {}
        self.paid_for: set[UUID] = set()
        self.seen = {"credits": 0, "top_ups": 0}

    @property
    def payments(self) -> Payments:
        return cast(Payments, self.bank)

    @property
    def top_up(self) -> TopUp:
        return top_up_of(self.journal, self.account_id)

    def price(self, sku: str) -> int:
        pack = self.shop.catalogue.pack(sku, "EUR")
        return pack.total(self.shop.catalogue.tax_for(None)).minor

    def charged(self, intent: Intent, by_holder: bool) -> None:
        """The bank has taken money: was it agreed to, called for, and only once?"""
        assert intent.purchase_id not in self.paid_for, "charged twice"
        self.paid_for.add(intent.purchase_id)
        if by_holder:
            return
        assert self.agreed is not None, "nobody agreed"
        threshold, _, total, _ = self.agreed
        assert intent.amount <= total, "dearer than agreed"
        assert len(self.oracle.lines()) < threshold, "credits were not low"
        assert len(self.oracle.back) == self.reversals, "money was asked back"

    def learn(self) -> None:
        """See what has begun, and tell the oracle what was granted."""
        for purchase_id, amount in self.top_up.spent.items():
            if purchase_id not in self.begun:
                self.begin(purchase_id, amount)
        for purchase_id, (_, amount) in self.begun.items():
            known = [sale for sale, _ in self.sales]
            found = purchase_of(self.journal, self.account_id, purchase_id)
            if found.status == "paid" and purchase_id not in known:
                assert purchase_id in self.paid_for, "granted for nothing"
                [item] = found.items
                assert item["net_minor"] + item["tax_minor"] == amount
                net, tax = item["net_minor"], item["tax_minor"]
                credits = [FREE] * (item["credits"] or 0)
                lot = Lot(1, None, net, tax, credits, self.now)
                self.sales.append((purchase_id, lot))
                self.oracle.grant(str(lot_id(purchase_id, 0)), lot)

    def begin(self, purchase_id: UUID, amount: int) -> None:
        """A purchase has begun: all of the month's are below the cap."""
        assert self.agreed is not None
        month = f"{self.now:%Y-%m}"
        spent = [
            minor
            for id, (when, minor) in self.begun.items()
            if when == month and id in self.paid_for - {purchase_id}
        ]
        assert sum(spent) + amount <= self.agreed[3], "above the cap"
        self.begun[purchase_id] = (month, amount)

    @invariant()
    def one_is_open_at_most(self) -> None:
        unpaid = [
            id
            for id in self.begun
            if purchase_of(self.journal, self.account_id, id).status == "open"
        ]
        assert len(unpaid) <= 1
