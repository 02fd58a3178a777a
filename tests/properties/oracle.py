"""What becomes of credits and of the money they cost, one credit to a line.

Written from what Daybook promises, not from how it is built: a credit is free, or it is
marked with what has it or became of it. A method returns the refusal that is to come.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

FREE, SENT, EXPIRED, REMOVED = "available", "captured", "expired", "removed"
GIVEN, TAKEN = "refunded", "disputed"
PROMISE = timedelta(days=30)
DEAD = ("rejected", "failed", "won")
RANKS = ("proposed", "approved", "sent", "open", "succeeded", "lost", *DEAD)


@dataclass(eq=False)
class Lot:
    """Credits that came together; a gift burns before what was bought."""

    priority: int
    expires_at: datetime | None
    net: int
    tax: int
    credits: list[str]
    paid_at: datetime | None

    def worth(self, lines: Iterable[int]) -> int:
        """What these credits cost, in minor units, tax included."""
        size, totals = len(self.credits), (self.net, self.tax)
        return sum(t * (n + 1) // size - t * n // size for n in lines for t in totals)

    def free(self) -> list[Line]:
        return [(self, n) for n, one in enumerate(self.credits) if one == FREE]


Line = tuple[Lot, int]


@dataclass(eq=False)
class Reversal:
    """What is refunded or disputed; `named` are credits, where not only money is."""

    kind: str
    lot: Lot
    amount: int
    status: str
    at: datetime
    named: int | None = None
    wants: int = 0
    has: list[Line] = field(default_factory=list)

    @property
    def missing(self) -> int:
        return self.wants - len(self.has)

    @property
    def gone(self) -> bool:
        return self.status in ("succeeded", "lost")


@dataclass
class Oracle:
    """One account: its lots, open holds, and all money that goes back."""

    now: datetime
    late: timedelta
    lots: dict[str, Lot] = field(default_factory=dict)
    ends: dict[str, datetime] = field(default_factory=dict)
    unsent: dict[str, int] = field(default_factory=dict)
    back: dict[str, Reversal] = field(default_factory=dict)

    def lines(self, mark: str = FREE) -> list[Line]:
        """The credits with this mark, in the order in which they burn."""
        never = self.now + timedelta(days=9999)
        lots = self.lots.values()
        order = sorted(lots, key=lambda one: (one.priority, one.expires_at or never))
        found = [(lot, n) for lot in order for n in range(len(lot.credits))]
        return [(lot, line) for lot, line in found if lot.credits[line] == mark]

    def mark(self, lines: Iterable[Line], mark: str) -> None:
        for lot, line in lines:
            lot.credits[line] = mark

    def wait(self, now: datetime) -> None:
        """Let holds end and lots expire, each at its instant."""
        self.now = now
        for hold, end in sorted(self.ends.items(), key=lambda one: one[1]):
            if end <= now:
                self.free(self.lines(hold))
            if end + self.late <= now:
                del self.ends[hold], self.unsent[hold]
        self.free([])

    def free(self, lines: Iterable[Line]) -> None:
        """Let credits go: to whom they are due, or to time, or to be spent."""
        self.mark(lines, FREE)
        for claim in sorted(self.back.values(), key=lambda one: not one.gone):
            self.take(claim, claim.lot.free())
        for lot in self.lots.values():
            if lot.expires_at and lot.expires_at <= self.now:
                self.mark(lot.free(), EXPIRED)

    def take(self, claim: Reversal, lines: list[Line]) -> None:
        """Give a claim what it misses, as far as these credits reach."""
        claim.has += lines[: claim.missing]
        self.mark(claim.has, claim.kind if claim.gone else "frozen")

    def grant(self, name: str, lot: Lot) -> None:
        """Add a lot; what was bought fills debts first, the oldest before others."""
        self.lots[name] = lot
        for claim in self.back.values():
            if claim.gone and lot.paid_at:
                self.take(claim, lot.free())

    def remove(self, credits: int, mark: str = REMOVED) -> str | None:
        free = self.lines()
        self.mark(free[:credits] if credits <= len(free) else [], mark)
        return None if credits <= len(free) else "InsufficientCredits"

    def hold(self, hold: str, credits: int, term: timedelta) -> str | None:
        if refusal := self.remove(credits, hold):
            return refusal
        self.ends[hold], self.unsent[hold] = self.now + term, credits
        return None

    def capture(self, hold: str, credits: int, *, final: bool) -> str | None:
        if hold not in self.ends:
            return "NoSuchHold"
        if credits > self.unsent[hold]:
            return "CaptureExceedsHold"
        source = self.lines(FREE if self.ends[hold] <= self.now else hold)
        if credits > len(source):
            return "HoldExpired"
        self.mark(source[:credits], SENT)
        self.unsent[hold] -= credits
        return self.release(hold) if final or not self.unsent[hold] else None

    def release(self, hold: str) -> str | None:
        if hold not in self.ends:
            return "NoSuchHold"
        del self.ends[hold], self.unsent[hold]
        self.free(self.lines(hold))
        return None

    def extend(self, hold: str, term: timedelta) -> str | None:
        end = self.ends.get(hold)
        if end is None or end <= self.now:
            return "HoldExpired" if end else "NoSuchHold"
        self.ends[hold] = max(end, self.now + term)
        return None

    def of(self, lot: Lot) -> list[Reversal]:
        """What was ever asked back of what was paid for a lot."""
        return [one for one in self.back.values() if one.lot is lot]

    def promised(self, lot: Lot, lines: list[int]) -> str | None:
        """Why the promise does not pay these unused credits back, if it does not."""
        if lot.paid_at is None or self.now > lot.paid_at + PROMISE:
            return "too_late"
        if any(one.status == "open" for one in self.of(lot)):
            return "disputed"
        return None if lot.worth(lines) else "nothing_unused"

    def left(self, lot: Lot) -> int:
        """What of a price can still be given back, in minor units."""
        live = [it for it in self.of(lot) if it.status not in DEAD]
        return lot.net + lot.tax - sum(it.amount for it in live if it.kind == GIVEN)

    def tell(self, name: str, told: Reversal) -> None:
        """Hear how a refund or a dispute stands; what is older is no news."""
        known = self.back.setdefault(name, told)
        known.status = max(known.status, told.status, key=RANKS.index)

    def demand(self, lot: Lot) -> None:
        """Let each refund and dispute have its credits: what it named, or a share."""
        price, size, told = lot.net + lot.tax, len(lot.credits), 0
        live = [one for one in self.of(lot) if one.status not in DEAD]
        for one in self.of(lot):
            one.wants = (one.named or 0) * (one in live)
            if one.wants:
                price, size = price - one.amount, size - one.wants
        for one in sorted(live, key=lambda one: (not one.gone, one.at)):
            if one.named is None and price > 0:
                upto = min(told + one.amount, price)
                one.wants = size * upto // price - size * told // price
                told = upto
        for one in self.of(lot):
            self.mark(one.has[one.wants :], FREE)
            del one.has[one.wants :]
        self.free([])
        self.yield_to([one for one in self.of(lot) if one.gone])

    def yield_to(self, gone: list[Reversal]) -> None:
        """Let money that has gone have what money in question had frozen."""
        for one in gone:
            for other in [it for it in self.of(one.lot) if not it.gone]:
                keeps = max(len(other.has) - one.missing, 0)
                self.take(one, other.has[keeps:])
                del other.has[keeps:]

    def figures(self) -> dict[str, int]:
        """Where all credits are now, and how many are owed."""
        marks = [mark for lot in self.lots.values() for mark in lot.credits]
        found = {"granted": len(marks), "coming": 0}
        for word in (FREE, SENT, EXPIRED, REMOVED, "frozen", GIVEN, TAKEN):
            found[word] = marks.count(word)
        held = sum(mark in self.ends for mark in marks)
        debt = sum(one.missing for one in self.back.values() if one.gone)
        return {**found, "held": held, "debt": debt}

    def money(self, lot: Lot) -> tuple[int, int]:
        """What was given back of a price, and what a bank took, in minor units."""
        gone = [it for it in self.of(lot) if it.gone]
        refunded = sum(it.amount for it in gone if it.kind == GIVEN)
        return refunded, sum(it.amount for it in gone) - refunded
