"""Credits that are topped up by themselves, whoever tells what, how late, how often."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast
from uuid import uuid4

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from commands.checkouts import settle_checkout
from commands.gateways.processor import PaymentRefused, PaymentsUnreachable
from commands.top_up_cards import lead_to_card_page, settle_card
from commands.top_up_charges import look, settle_charge
from commands.top_up_consequences import TopUpConsequences
from commands.top_ups import TurnOffTopUp, TurnOnTopUp, change_top_up, end_top_up
from ledger.credits import CreditBalance
from ledger.journal import Fact
from ledger.refusals import CapBelowPack, PackBelowThreshold
from ledger.top_ups import TopUp
from tests.conftest import context_at
from tests.properties.money_cards import Mood
from tests.properties.money_charging import Charging
from tests.properties.money_world import PACKS

DEEDS = {
    "credits.ThresholdCrossed": "when_threshold_crossed_buy",
    "top_ups.TurnedOn": "look",
    "top_ups.CardSaved": "when_card_saved",
    "top_ups.CardRemoved": "when_card_removed_forget_it",
    "top_ups.GivenUp": "when_given_up_close_charge",
    "top_ups.HandedOver": "when_handed_over_lead_to_page",
}
DAY = timedelta(days=1)
skus = st.sampled_from([*PACKS])
prices = st.sampled_from([-1, 0, 0, 1])
Campaign = tuple[int, Mood, bool, int, bool]
campaigns: st.SearchStrategy[Campaign] = st.tuples(
    st.integers(0, 3),
    st.sampled_from(["pays", "pays", "pays", "fails", "asks"]),
    st.sampled_from([False, False, True]),
    st.sampled_from([0, 1, 1, 2]),
    st.booleans(),
)
"""What is left, how the bank answers, whether its answer is lost, and who tells."""
SALES_MAX = 16


class ToppingUp(Charging):
    """And what buys by itself; what may be charged is foretold at each charge."""

    @initialize(sku=skus, packs=st.sampled_from([2, 9]))
    def set_up(self, sku: str, packs: int) -> None:
        self.agree(PACKS[sku][0], sku, packs)
        self.enter_card(twice=False)
        self.react(1)

    @precondition(lambda world: len(world.sales) < SALES_MAX)
    @rule(rounds=st.lists(campaigns, min_size=1, max_size=4), dearer=prices)
    def run_low(self, rounds: list[Campaign], dearer: int) -> None:
        """Send until so few are left, several times; the facts are taken in so often.

        Then somebody asks, or nobody does; in the end the price is another.
        """
        self.resume()
        for left, mood, lost, times, asks in rounds:
            self.bank.mood, self.bank.lost = mood, lost
            available = len(self.oracle.lines())
            if available > left:
                self.spend(available - left)
            self.react(times)
            if asks:
                self.catch_up(times)
        self.change_price(dearer)

    def catch_up(self, times: int) -> None:
        """The holder answers what is open, and the next day somebody asks."""
        for id, page in [*self.bank.pages.items()]:
            if page.status == "ready":
                self.bank.confirm(id)
                self.tell_of_page(id, times)
        self.go_on(self.now + DAY)
        self.janitor()

    def resume(self) -> None:
        """Have it on, however it was left."""
        status = self.top_up.status
        threshold, sku, _, _ = self.agreed or (3, "three", 0, 0)
        if status in ("off", "paused"):
            self.agree(threshold, sku, 9)
        if self.top_up.card is None:
            self.enter_card(twice=False)

    @rule(threshold=st.integers(1, 6), sku=skus, packs=st.sampled_from([0, 1, 2, 9]))
    def agree(self, threshold: int, sku: str, packs: int) -> None:
        total, cap = self.price(sku), packs * self.price(sku)
        command = TurnOnTopUp(
            account_id=self.account_id, threshold=threshold, sku=sku, cap_minor=cap
        )
        parts = (self.journal, self.payments, self.shop.catalogue)
        refusals: tuple[type[Exception], ...] = () if packs else (CapBelowPack,)
        if PACKS[sku][0] < threshold:
            refusals = (PackBelowThreshold,)
        try:
            change_top_up(*parts, command, context_at(self.now))
        except refusals:
            return
        except PaymentsUnreachable:
            return
        else:
            assert not refusals
            self.agreed = (threshold, sku, total, cap)
            self.reversals = len(self.oracle.back)
        self.learn()

    @rule(twice=st.booleans())
    def enter_card(self, *, twice: bool) -> None:
        parts = (self.journal, self.payments, self.account_id)
        lead_to_card_page(*parts, "http://a", context_at(self.now))
        page = self.top_up.page
        assert page is not None
        for _ in range(1 + twice):
            settle_card(*parts, page[0], self.now)

    @rule(forget=st.booleans())
    def turn_off(self, *, forget: bool) -> None:
        command = TurnOffTopUp(account_id=self.account_id, forget=forget)
        try:
            end_top_up(self.journal, self.payments, command, context_at(self.now))
        except PaymentsUnreachable:
            return
        self.agreed = None
        self.learn()

    @rule(mood=st.sampled_from(["pays", "pays", "fails", "asks"]), lost=st.booleans())
    def change_mood(self, mood: Mood, *, lost: bool) -> None:
        self.bank.mood, self.bank.lost = mood, lost

    @rule(dearer=prices)
    def change_price(self, dearer: int) -> None:
        """Sell the pack at another price than at first."""
        sku = self.agreed[1] if self.agreed else "three"
        packs = tuple(
            replace(one, net_minor=max(1, PACKS[sku][1] + dearer))
            if one.sku == sku
            else one
            for one in self.shop.catalogue.packs
        )
        catalogue = replace(self.shop.catalogue, packs=packs)
        self.shop = replace(self.shop, catalogue=catalogue)

    @precondition(lambda world: len(world.sales) < SALES_MAX)
    @rule(times=st.sampled_from([0, 1, 1, 2]))
    def react(self, times: int) -> None:
        """Take in what was recorded so often; what is dropped is the janitor's."""
        do = TopUpConsequences(self.journal, lambda: self.now, self.payments, self.shop)
        for fact in self.news():
            for _ in range(times):
                try:
                    getattr(do, DEEDS.get(fact.topic, ""), _ignore)(fact)
                except PaymentsUnreachable:
                    continue
                finally:
                    self.learn()

    def news(self) -> list[Fact]:
        found = []
        streams = {"credits": CreditBalance, "top_ups": TopUp}
        with self.journal.connections.for_account(self.account_id) as connection:
            for noun, kind in streams.items():
                id = cast(Any, kind).create_id(self.account_id)
                facts = self.desk.reader.of_stream(connection, id)
                found += facts[self.seen[noun] :]
                self.seen[noun] = len(facts)
        return sorted(found, key=lambda fact: fact.position)

    @precondition(lambda world: len(world.sales) < SALES_MAX)
    @rule()
    def janitor(self) -> None:
        """Nobody tells; we ask."""
        context = context_at(self.now, key=uuid4().hex)
        parts = (self.journal, self.payments, self.shop, self.account_id)
        try:
            look(*parts, context)
        except PaymentsUnreachable:
            return
        finally:
            self.learn()

    @precondition(lambda world: world.bank.intents)
    @rule(pick=st.integers(0, 9))
    def hear_of_a_payment(self, pick: int) -> None:
        """An event comes, of any payment, as late and as often as it may."""
        ids = [*self.bank.intents]
        id = ids[pick % len(ids)]
        try:
            settle_charge(self.journal, self.payments, self.account_id, id, self.now)
        except PaymentsUnreachable:
            return
        finally:
            self.learn()

    @precondition(lambda world: world.bank.pages)
    @rule(pick=st.integers(0, 9), pays=st.booleans(), told=st.integers(0, 2))
    def answer_a_page(self, pick: int, told: int, *, pays: bool) -> None:
        """The holder pays on a page or leaves it; the event may be lost or repeated."""
        ids = [*self.bank.pages]
        id = ids[pick % len(ids)]
        try:
            if pays:
                self.bank.confirm(id)
            else:
                self.bank.expire_checkout(id)
        except PaymentRefused:
            pass
        self.tell_of_page(id, told)

    def tell_of_page(self, id: str, times: int) -> None:
        whose = (self.account_id, self.bank.pages[id].purchase_id, id)
        for _ in range(times):
            settle_checkout(self.journal, self.payments, *whose, self.now)
        self.learn()

    def teardown(self) -> None:
        """In the end somebody has asked: all that was paid is there."""
        self.bank.mood, self.bank.lost = "fails", False
        for id in [*self.bank.pages]:
            self.tell_of_page(id, 1)
        for id in [*self.bank.intents]:
            settle_charge(self.journal, self.payments, self.account_id, id, self.now)
        self.janitor()
        granted = {id for id in self.begun if id in dict(self.sales)}
        assert granted == self.paid_for
        assert self.oracle.figures()["debt"] >= 0
        super().teardown()


def _ignore(_: Fact) -> None:
    """Facts that nobody reacts to here."""
