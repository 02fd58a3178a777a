"""Any history of a balance, against a book one could keep on paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from ledger.credits import CreditBalance
from ledger.holds import LATE_TERM
from ledger.lots import Part
from tests.specification import kept, refusal_of, state
from tests.strategies import ANN, DAY, NOON, amounts, lot, moments

NOTHING_OF = ("frozen", "refunded", "disputed", "removed", "debt")
"""What only refunds, disputes and staff do; they have a machine of their own."""
ids = st.sampled_from([UUID(int=21), UUID(int=22)])
few = st.integers(1, 3)


@dataclass
class PaperLot:
    """Each credit of a lot on a line of its own: free, a hold's id, sent or expired."""

    order: tuple[int, datetime, int]
    prices: list[int]
    effective_at: datetime
    expires_at: datetime | None
    credits: list[Any]


@dataclass
class Paper:
    """The book: it looks at every line at every moment."""

    now: datetime = NOON
    lots: dict[UUID, PaperLot] = field(default_factory=dict)
    ends: dict[UUID, datetime] = field(default_factory=dict)
    open: dict[UUID, int] = field(default_factory=dict)

    def lines(self) -> list[tuple[PaperLot, int]]:
        """Every credit in the order in which it burns."""
        lots = sorted(self.lots.values(), key=lambda one: one.order)
        return [(one, line) for one in lots for line in range(len(one.credits))]

    def look(self) -> None:
        """Let time do what it does to holds, to their memory and to lots."""
        for one, line in self.lines():
            end = self.ends.get(one.credits[line])
            if end is not None and end <= self.now:
                one.credits[line] = "free"
            expired = one.expires_at is not None and one.expires_at <= self.now
            if expired and one.credits[line] == "free":
                one.credits[line] = "expired"
        for hold_id, end in list(self.ends.items()):
            if end + LATE_TERM <= self.now:
                del self.ends[hold_id], self.open[hold_id]

    def free(self) -> list[tuple[PaperLot, int]]:
        lines = [(o, n) for o, n in self.lines() if o.effective_at <= self.now]
        return [(one, line) for one, line in lines if one.credits[line] == "free"]

    def of(self, mark: Any) -> list[tuple[PaperLot, int]]:
        return [(one, line) for one, line in self.lines() if one.credits[line] == mark]

    def close(self, hold_id: UUID) -> None:
        del self.ends[hold_id], self.open[hold_id]
        self.mark(self.of(hold_id), "free")
        self.look()

    def mark(self, lines: list[tuple[PaperLot, int]], mark: Any) -> None:
        for one, line in lines:
            one.credits[line] = mark

    def price(self, part: Part) -> int:
        """The net of a part, added up line by line."""
        return sum(self.lots[part[0]].prices[part[1] : part[1] + part[2]])

    def counts(self) -> dict[str, int]:
        marks = [one.credits[line] for one, line in self.lines()]
        free = len(self.free())
        return {
            "granted": len(marks),
            "captured": marks.count("sent"),
            "expired": marks.count("expired"),
            "available": free,
            "coming": marks.count("free") - free,
            "held": sum(mark in self.ends for mark in marks),
            **dict.fromkeys(NOTHING_OF, 0),
        }


class CreditMachine(RuleBasedStateMachine):
    """The same requests to the balance and to the paper."""

    def __init__(self) -> None:
        super().__init__()
        self.balance = CreditBalance(account_id=ANN)
        self.paper = Paper()
        self.again: Any = None
        self.folded = 0
        self.gone: list[tuple[UUID, int]] = []

    def ask(self, request: Callable[[], None], refusal: str | None) -> bool:
        """Make the request; whether it was taken must be as the paper expects."""
        before = state(self.balance)
        refused = refusal_of(request)
        assert (type(refused).__name__ if refused else None) == refusal
        assert refused is None or state(self.balance) == before
        return refused is None

    @initialize()
    def begin_with_a_lot(self) -> None:
        self.grant(3, 2, priority=2, after=0 * DAY, life=None)

    @rule(days=st.sampled_from([1, 1, 1, 2, 3, 31]))
    def wait(self, days: int) -> None:
        self.paper.now += timedelta(days=days)
        self.paper.look()

    @rule(
        quantity=amounts,
        net=st.integers(0, 6),
        priority=st.integers(1, 2),
        after=st.sampled_from([0 * DAY, DAY]),
        life=st.none() | moments,
    )
    @precondition(lambda self: len(self.paper.lots) < 5)
    def grant(
        self, quantity: int, net: int, priority: int, after: Any, life: Any
    ) -> None:
        now, number = self.paper.now, len(self.paper.lots) + 1
        effective_at = now + after
        expires_at = effective_at + life if life else None
        prices = [net * n // quantity for n in range(quantity + 1)]
        prices = [b - a for a, b in pairwise(prices)]
        order = (priority, expires_at or NOON + 9999 * DAY, number)
        terms = lot(
            quantity,
            now,
            net_minor=net,
            priority=priority,
            effective_at=effective_at,
            expires_at=expires_at,
        )
        self.balance.grant(UUID(int=number), terms)
        self.paper.lots[UUID(int=number)] = PaperLot(
            order, prices, effective_at, expires_at, ["free"] * quantity
        )

    @rule(hold_id=ids, credits=few, term=moments)
    def hold(self, hold_id: UUID, credits: int, term: timedelta) -> None:
        paper, free = self.paper, self.paper.free()
        refusal = "InsufficientCredits" if credits > len(free) else None
        refusal = "HoldExists" if hold_id in paper.ends else refusal
        if self.ask(
            lambda: self.balance.hold(hold_id, credits, "c", paper.now, term), refusal
        ):
            paper.mark(free[:credits], hold_id)
            paper.ends[hold_id], paper.open[hold_id] = paper.now + term, credits

    @rule(hold_id=ids, credits=few, final=st.booleans())
    def capture(self, hold_id: UUID, credits: int, final: bool) -> None:
        paper, balance = self.paper, self.balance
        late = hold_id in paper.ends and paper.ends[hold_id] <= paper.now
        source = paper.free() if late else paper.of(hold_id)
        refusal = "HoldExpired" if credits > len(source) else None
        if credits > paper.open.get(hold_id, 0):
            refusal = "CaptureExceedsHold" if hold_id in paper.ends else "NoSuchHold"
        if self.ask(
            lambda: balance.capture(hold_id, credits, paper.now, final=final), refusal
        ):
            paper.mark(source[:credits], "sent")
            paper.open[hold_id] -= credits
            if final or not paper.open[hold_id]:
                paper.close(hold_id)

    @rule(hold_id=ids)
    def release(self, hold_id: UUID) -> None:
        refusal = None if hold_id in self.paper.ends else "NoSuchHold"
        if self.ask(lambda: self.balance.release(hold_id, self.paper.now), refusal):
            self.paper.close(hold_id)

    @rule(hold_id=ids, term=moments)
    def extend(self, hold_id: UUID, term: timedelta) -> None:
        paper = self.paper
        end = paper.ends.get(hold_id)
        refusal = "NoSuchHold" if end is None else None
        refusal = "HoldExpired" if end and end <= paper.now else refusal
        if self.ask(lambda: self.balance.extend(hold_id, paper.now, term), refusal):
            paper.ends[hold_id] = max(paper.ends[hold_id], paper.now + term)

    @invariant()
    def every_credit_is_where_the_paper_says(self) -> None:
        figures = self.balance.figures(self.paper.now)
        assert vars(figures) == self.paper.counts()
        assert min(vars(figures).values()) >= 0
        assert figures.granted == sum(vars(figures).values()) - figures.granted

    @invariant()
    def the_balance_offers_the_papers_credits_in_the_papers_order(self) -> None:
        offered = self.balance.parts(self.paper.now)
        numbers = [(p[0], p[1] + n) for p in offered for n in range(p[2])]
        names = {id(one): lot_id for lot_id, one in self.paper.lots.items()}
        assert numbers == [(names[id(one)], n) for one, n in self.paper.free()]
        assert all(self.paper.price(p) == p[3] for p in offered)

    def follow(self) -> None:
        """Read what was newly recorded, as one who has nothing but the journal."""
        pending = self.balance.pending_events
        for event in pending[self.folded :]:
            self.again = kept(event).mutate(self.again)
            for part in getattr(event, "parts", []):
                assert self.paper.price(part) == part[3]
                if isinstance(event, CreditBalance.Captured | CreditBalance.Expired):
                    self.gone += [(part[0], part[1] + n) for n in range(part[2])]
        self.folded = len(pending)

    @invariant()
    def replay_gives_the_same_balance(self) -> None:
        self.follow()
        assert state(self.again) == state(self.balance)

    @invariant()
    def no_credit_is_gone_twice_and_what_is_left_is_not_gone(self) -> None:
        self.follow()
        assert len(set(self.gone)) == len(self.gone)
        left = {lot_id: lot.left for lot_id, lot in self.balance.lots.items()}
        for lot_id, one in self.paper.lots.items():
            gone = sum(owner == lot_id for owner, _ in self.gone)
            assert gone + left.get(lot_id, 0) == len(one.credits)

    @invariant()
    def what_is_settled_leaves_the_state(self) -> None:
        assert all(one.left > 0 for one in self.balance.lots.values())
        assert all(one.open > 0 for one in self.balance.holds.values())


TestCreditMachine = CreditMachine.TestCase
TestCreditMachine.settings = settings(
    max_examples=max(200, settings().max_examples),
    stateful_step_count=20,
    deadline=None,
)
