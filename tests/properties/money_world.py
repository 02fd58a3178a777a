"""Where the oracle meets the real commands: one account, its till and its bank."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import cast
from uuid import UUID

from hypothesis.stateful import RuleBasedStateMachine, invariant

from commands.credits import balance_of, credits_of
from commands.gateways.processor import Payments
from commands.purchases import (
    SettlePurchase,
    StartPurchase,
    purchase_of,
    settle_purchase,
    start_purchase,
)
from commands.refunds import refund_offer
from commands.reversals import lot_id, settle_reversals
from ledger.catalogue import Catalogue, Pack, TaxRule
from ledger.holds import LATE_TERM
from ledger.journal import Actor, Context, Recorded
from ledger.refusals import Refusal
from ledger.reversals import DisputeNews, RefundNews
from projections.audit import compare, replay
from tests.commands.people import member, rows_of
from tests.conftest import NOON, context_at
from tests.desk import Desk
from tests.properties.money_bank import Bank, Charge
from tests.properties.oracle import FREE, Lot, Oracle, Reversal

PACKS = {"three": (3, 10), "five": (5, 7), "four": (4, 11), "six": (6, 1)}
"""Credits and net price in cents; none has a price that is exact for one credit."""
CATALOGUE = Catalogue(
    version="small",
    currencies=("EUR",),
    packs=tuple(
        Pack(sku=sku, credits=credits, currency="EUR", net_minor=net)
        for sku, (credits, net) in PACKS.items()
    ),
    taxes=(TaxRule(category="S", basis_points=2000),),
)
Request = Callable[[Context], Recorded]


class MoneyWorld(RuleBasedStateMachine):
    """Every request goes to the commands and to the oracle, which foretells it."""

    desk: Desk

    def __init__(self) -> None:
        super().__init__()
        self.journal = self.desk.journal
        self.account_id = member(self.journal).account_id
        self.oracle, self.bank = Oracle(NOON, LATE_TERM), Bank(NOON)
        self.sales: list[tuple[UUID, Lot]] = []
        self.holds: list[UUID] = []
        self.old: list[tuple[UUID, list[RefundNews], list[DisputeNews]]] = []
        self.last: tuple[Request, Context, Recorded] | None = None

    @property
    def now(self) -> datetime:
        return self.oracle.now

    def by(self, who: str) -> Context:
        """The envelope of a command of a member of staff."""
        context = context_at(self.now)
        return replace(context, principal=f"staff:{who}", actor=Actor("staff", who))

    def ask(
        self, request: Request, refusal: str | None = None, who: str = "ann"
    ) -> tuple[Recorded | None, Refusal | None]:
        """Make a request; it is refused as foretold and leaves nothing, or is taken."""
        before = len(rows_of(self.journal, "journal", self.account_id))
        context = self.by(who)
        try:
            recorded = request(context)
        except Refusal as said:
            refused = said
        else:
            assert refusal is None, f"{refusal} was not said"
            self.last = (request, context, recorded)
            return recorded, None
        assert type(refused).__name__ == refusal, repr(refused)
        assert before == len(rows_of(self.journal, "journal", self.account_id))
        return None, refused

    def buy_pack(self, sku: str) -> None:
        """Buy and pay; the credits are there at once."""
        start = StartPurchase(account_id=self.account_id, sku=sku, language="en")
        context = context_at(self.now)
        started = start_purchase(self.journal, start, context, CATALOGUE)
        purchase_id = UUID(started.ids["purchase"])
        it = purchase_of(self.journal, self.account_id, purchase_id)
        [item] = it.items
        net, tax = item["net_minor"], item["tax_minor"]
        paid = SettlePurchase(
            account_id=self.account_id,
            purchase_id=purchase_id,
            customer_id=f"cus_{purchase_id}",
            checkout_id=f"cs_{purchase_id}",
            payment_intent_id=f"pi_{purchase_id}",
            charge_id=f"ch_{purchase_id}",
            amount_minor=net + tax,
            currency="EUR",
            payment_label=None,
            paid_at=self.now,
        )
        self.ask(lambda context: settle_purchase(self.journal, paid, context))
        lot = Lot(1, None, net, tax, [FREE] * PACKS[sku][0], self.now)
        self.bank.charges[f"ch_{purchase_id}"] = Charge(net + tax)
        self.sales.append((purchase_id, lot))
        self.oracle.grant(str(lot_id(purchase_id, 0)), lot)

    def hear(self, which: int) -> None:
        """Ask the bank what became of a payment."""
        purchase_id, lot = self.sales[which]
        state = self.bank.charge(f"ch_{purchase_id}")
        refunds, disputes = [*state.refunds], [*state.disputes]
        self.old.append((purchase_id, refunds, disputes))
        payments, ids = cast(Payments, self.bank), (self.account_id, purchase_id)
        settle_reversals(self.journal, payments, *ids, self.now)
        self.told(lot, refunds, disputes)

    def told(
        self, lot: Lot, refunds: list[RefundNews], disputes: list[DisputeNews]
    ) -> None:
        """Tell the oracle what the commands were told, all at once."""
        for one in refunds:
            status = "sent" if one.status == "pending" else one.status
            name, known = str(one.refund_id or one.id), one.created_at
            news = Reversal("refunded", lot, one.amount_minor, status, known)
            self.oracle.tell(name, news)
        for taken in disputes:
            amount, since = taken.amount_minor, taken.opened_at
            dispute = Reversal("disputed", lot, amount, taken.status, since)
            self.oracle.tell(taken.id, dispute)
        self.oracle.demand(lot)

    @invariant()
    def every_credit_is_where_the_oracle_says(self) -> None:
        found = credits_of(self.journal, self.account_id, context_at(self.now))
        told = self.oracle.figures()
        assert vars(found.figures) == told
        assert min(told.values()) >= 0
        assert told["granted"] == sum(told.values()) - told["granted"] - told["debt"]

    def unused(self) -> dict[str, list[int]]:
        """The numbers of the free credits of each lot, in burn order."""
        found: dict[str, list[int]] = {}
        for part in balance_of(self.journal, self.account_id).parts(self.now):
            numbers = range(part[1], part[1] + part[2])
            found.setdefault(str(part[0]), []).extend(numbers)
        return found

    @invariant()
    def each_lot_has_as_many_left_as_the_oracle_says_and_burns_in_its_turn(
        self,
    ) -> None:
        names = {id(lot): name for name, lot in self.oracle.lots.items()}
        left = Counter(names[id(lot)] for lot, _ in self.oracle.lines())
        found = [(name, len(numbers)) for name, numbers in self.unused().items()]
        assert found == [*left.items()]

    @invariant()
    def unused_credits_are_offered_back_at_the_price_paid(self) -> None:
        unused = self.unused()
        for purchase_id, lot in self.sales:
            context = context_at(self.now)
            it = refund_offer(self.journal, self.account_id, purchase_id, context)
            lines = sorted(unused.get(str(lot_id(purchase_id, 0)), []))
            why = self.oracle.promised(lot, lines)
            paid = (0, 0) if why else (len(lines), lot.worth(lines))
            assert (it.why, it.credits, it.amount_minor) == (why, *paid)

    @invariant()
    def what_was_paid_is_refunded_disputed_away_or_kept(self) -> None:
        for purchase_id, lot in self.sales:
            it = purchase_of(self.journal, self.account_id, purchase_id)
            refunds = [o for o in it.refunds.values() if o.status == "succeeded"]
            lost = [o for o in it.disputes.values() if o.status == "lost"]
            given, taken = (
                sum(o.amount_minor for o in all_) for all_ in (refunds, lost)
            )
            assert (given, taken) == self.oracle.money(lot)
            assert it.total.minor - given - taken >= 0

    def check_views(self) -> None:
        """Let the views follow; they say what the oracle says."""
        self.desk.catch_up()
        views, told = self.desk.views, self.oracle.figures()
        credits = views.credits.credits(self.account_id, self.now, size=1)
        names = ("available", "held", "frozen", "debt")
        assert not credits.parked
        shown = {name: getattr(credits, name) for name in names}
        assert shown == {name: told[name] for name in names}
        left = {str(one.lot.lot_id): one.left - one.held for one in credits.lots}
        free = {n: len(lot.free()) for n, lot in self.oracle.lots.items()}
        assert {n: c for n, c in left.items() if c} == {
            n: c for n, c in free.items() if c
        }
        for purchase_id, lot in self.sales:
            row = views.purchases.purchase(self.account_id, purchase_id)
            assert row is not None
            gone = [o for o in row.reversals if o.status in ("succeeded", "lost")]
            assert sum(o.amount_minor for o in gone) == sum(self.oracle.money(lot))
        with self.journal.connections.for_account(self.account_id) as connection:
            [books] = replay(self.desk.reader, connection, self.now, self.account_id)
        assert compare(views, books, self.now) == []
