"""Refunds and disputes, ours and the bank's, foretold by the oracle."""

from __future__ import annotations

from typing import Any, Literal, cast
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import (
    precondition,
    rule,
)

from commands.gateways.processor import Payments
from commands.refunds import (
    ApproveRefund,
    ProposeRefund,
    RejectRefund,
    approve_refund,
    propose_refund,
    reject_refund,
    send_refund,
)
from commands.reversals import RecordReversals, lot_id, record_reversals
from tests.properties.money_bank import Charge
from tests.properties.money_spending import Basics, few, picks
from tests.properties.oracle import Lot, Reversal

NAMES = ("account_id", "purchase_id", "refund_id")
who = st.sampled_from(["bo", "cy"])
at_once = st.sampled_from([True, True, False])
asked = precondition(lambda world: world.any_of_ours())
under_way = precondition(lambda world: world.any_under_way())


class GivingBack(Basics):
    """And what gives money back."""

    def sale(self, pick: int) -> tuple[UUID, Lot, str]:
        purchase_id, lot = self.sales[-1 - pick % len(self.sales)]
        return purchase_id, lot, f"ch_{purchase_id}"

    def any_of_ours(self) -> bool:
        return any(one.named is not None for one in self.oracle.back.values())

    def charge(self, purchase_id: UUID) -> Charge:
        return self.bank.charges[f"ch_{purchase_id}"]

    def any_under_way(self) -> bool:
        return any(charge.live() for charge in self.bank.charges.values())

    def ours(self, pick: int) -> tuple[UUID, UUID, Reversal]:
        """One of our refunds: its purchase, its id, how it stands."""
        lots = {id(lot): purchase_id for purchase_id, lot in self.sales}
        found = [o for o in self.oracle.back.items() if o[1].named is not None]
        name, refund = found[-1 - pick % len(found)]
        return lots[id(refund.lot)], UUID(name), refund

    @rule(pick=picks, credits=st.none() | few, alone=st.sampled_from([0, 99, 99]))
    def propose(self, pick: int, credits: int | None, alone: int) -> None:
        purchase_id, lot, _ = self.sale(pick)
        free = sorted(self.unused().get(str(lot_id(purchase_id, 0)), []))
        count = len(free) if credits is None else credits
        lines = free[len(free) - count :] if count <= len(free) else []
        why, amount = self.oracle.promised(lot, lines), lot.worth(lines)
        command = ProposeRefund(
            account_id=self.account_id,
            purchase_id=purchase_id,
            reason="he asked",
            credits=credits,
            alone_minor=alone,
        )
        refusal = "RefundNotPromised" if why else None
        if not why and amount > self.oracle.left(lot):
            refusal = "RefundExceeds"
        recorded, _ = self.ask(
            lambda c: propose_refund(self.journal, command, c), refusal, "bo"
        )
        if recorded:
            status = "approved" if amount <= alone else "proposed"
            news = Reversal("refunded", lot, amount, status, self.now, len(lines))
            self.oracle.tell(recorded.ids["refund"], news)
            self.oracle.demand(lot)

    @asked
    @rule(pick=picks, who=who, agree=st.sampled_from([True, True, False]))
    def decide(self, pick: int, who: str, *, agree: bool) -> None:
        purchase_id, refund_id, refund = self.ours(pick)
        ids = (self.account_id, purchase_id, refund_id)
        keys: Any = dict(zip(NAMES, ids, strict=True))
        refusal = None if refund.status == "proposed" else "RefundDecided"
        if agree and refusal is None and who == "bo":
            refusal = "SecondPersonNeeded"
        self.ask(
            lambda c: (
                approve_refund(self.journal, ApproveRefund(**keys), c)
                if agree
                else reject_refund(self.journal, RejectRefund(**keys, reason="no"), c)
            ),
            refusal,
            who,
        )
        if refusal is None:
            refund.status = "approved" if agree else "rejected"
            self.oracle.demand(refund.lot)

    @asked
    @rule(pick=picks, begins=st.sampled_from(["succeeded", "pending"]))
    def send(self, pick: int, begins: Literal["succeeded", "pending"]) -> None:
        """Have the bank make one of our refunds, which it may refuse."""
        purchase_id, refund_id, refund = self.ours(pick)
        charge = self.bank.charges[f"ch_{purchase_id}"]
        self.bank.begins = begins
        payments, context = cast(Payments, self.bank), self.by("worker")
        ids = (self.account_id, purchase_id, refund_id)
        refusing = refund.status == "approved" and not charge.gives(
            refund_id, refund.amount
        )
        send_refund(self.journal, payments, *ids, context)
        if refusing:
            refund.status = "rejected"
        self.hear(self.sales.index((purchase_id, refund.lot)))

    @rule(pick=picks, amount=st.integers(1, 6), heard=at_once)
    def refund_at_desk(self, pick: int, amount: int, *, heard: bool) -> None:
        _, _, name = self.sale(pick)
        charge = self.bank.charges[name]
        if charge.gives(None, amount):
            self.bank.begins = "pending" if amount % 2 else "succeeded"
            given: Any = {"refund_id": None, "account_id": self.account_id}
            self.bank.refund(charge=name, amount_minor=amount, **given)
        self.hear_if(pick, heard=heard)

    @rule(pick=picks, whole=st.booleans(), heard=at_once)
    def dispute(self, pick: int, *, whole: bool, heard: bool) -> None:
        _, _, name = self.sale(pick)
        charge = self.bank.charges[name]
        amount = charge.left if whole else charge.left // 2
        if amount and all(o.status == "won" for o in charge.disputes.values()):
            self.bank.dispute(name, amount)
        self.hear_if(pick, heard=heard)

    @under_way
    @rule(pick=picks, which=picks, good=st.booleans(), heard=at_once)
    def go_further(self, pick: int, which: int, *, good: bool, heard: bool) -> None:
        """Let a refund succeed or fail, or a dispute be lost, won or reinstated."""
        known = [n for n, it in enumerate(self.sales) if self.charge(it[0]).live()]
        index = known[-1 - pick % len(known)]
        name = f"ch_{self.sales[index][0]}"
        charge = self.bank.charges[name]
        found = charge.live()
        key = found[-1 - which % len(found)]
        if key in charge.disputes:
            lost = charge.disputes[key].status == "lost"
            self.bank.decide(name, key, "won" if good or lost else "lost")
        else:
            pending = charge.refunds[key].status == "pending"
            self.bank.decide(name, key, "succeeded" if good and pending else "failed")
        if heard:
            self.hear(index)

    def hear_if(self, pick: int, *, heard: bool) -> None:
        if heard:
            self.hear(-1 - pick % len(self.sales))

    @rule(pick=picks)
    def hear_of(self, pick: int) -> None:
        self.hear(-1 - pick % len(self.sales))

    @precondition(lambda world: world.old)
    @rule(pick=st.integers(0, 9))
    def hear_old_news(self, pick: int) -> None:
        purchase_id, refunds, disputes = self.old[pick % len(self.old)]
        command = RecordReversals(
            account_id=self.account_id,
            purchase_id=purchase_id,
            refunds=refunds,
            disputes=disputes,
        )
        self.ask(lambda c: record_reversals(self.journal, command, c))
