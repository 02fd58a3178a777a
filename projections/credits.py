"""Credits of an account: lots, holds, and the statement that adds up to the balance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import singledispatchmethod
from typing import Any
from uuid import UUID

from ledger import credit_facts as facts
from ledger.aggregate import Aggregate
from ledger.journal import Fact
from ledger.journal.consumers import Surprise
from ledger.journal.rows import Rows
from ledger.lots import Part
from ledger.purchase_facts import Paid
from projections import credit_statements as sql
from projections.claim_posting import by_lot, post_claim
from projections.credit_claims import ClaimRow, claimed, due_lines, dues, less
from projections.credit_figures import (
    Credits,
    HoldRow,
    Line,
    LotRow,
    Reserved,
    credits_of,
    expiry_lines,
    losses,
    lots_left,
    recorded_losses,
)
from projections.view import Listed, Reading, View, surprise


@dataclass(frozen=True, kw_only=True)
class Sent:
    """Credits captured in a time, and for how many campaigns."""

    credits: int
    campaigns: int


@dataclass(frozen=True, kw_only=True)
class _Head:
    """The balance of the last line, how many lines there are, and the threshold."""

    balance: int
    lines: int
    threshold: int | None


NO_HEAD = _Head(balance=0, lines=0, threshold=None)


class CreditsView(View):
    """Where every credit is, and how it came there."""

    name = "credits"
    nouns = frozenset({"credits"})
    also = frozenset({"purchases.Paid"})
    tables = (
        "credit_balances",
        "credit_lots",
        "credit_holds",
        "credit_reserved",
        "credit_orders",
        "credit_lines",
        "credit_claims",
    )

    def credits(
        self,
        account_id: UUID,
        now: datetime,
        *,
        before: int | None = None,
        size: int = 25,
    ) -> Credits:
        """Return the figures of this moment; the statement's lines below `before`."""
        with self.reading(account_id) as reading:
            head = reading.row(_Head, sql.HEAD) or NO_HEAD
            lots = reading.rows(LotRow, sql.LOTS)
            holds = reading.rows(HoldRow, sql.HOLDS)
            reserved = reading.rows(Reserved, sql.RESERVED)
            claims = reading.rows(ClaimRow, sql.CLAIMS)
            ends = {hold.hold_id: hold.ends_at for hold in holds}
            due = dues(claims, lots, reserved, ends, now)
            taken, lots = due_lines(due, head.lines, head.balance), less(lots, due)
            balance = taken[0].balance if taken else head.balance
            lost = losses(lots, reserved, ends, now)
            fresh = [*expiry_lines(lost, head.lines + len(due), balance), *taken]
            statement = _statement(reading, fresh, head.lines, before, size)
        return credits_of(
            balance - sum(loss.credits for loss in lost),
            lots_left(lots, reserved, ends, lost, now),
            [hold for hold in holds if hold.ends_at > now],
            statement,
            threshold=head.threshold,
            claimed=claimed(claims, due),
        )

    def sent(self, account_id: UUID, since: datetime) -> Sent:
        """Return what was captured since then."""
        with self.reading(account_id) as reading:
            found = reading.row(Sent, sql.SENT, since=since)
        assert found is not None
        return found

    @singledispatchmethod
    def post(self, event: Aggregate.Event, fact: Fact, rows: Rows) -> None:
        raise surprise(event)

    @post.register
    def _(self, event: facts.Opened, fact: Fact, rows: Rows) -> None:
        rows.write(sql.OPEN, fact)

    @post.register
    def _(self, event: Paid, fact: Fact, rows: Rows) -> None:
        rows.write(
            sql.ORDER,
            fact,
            source_id=str(fact.stream_id),
            order_number=event.order_number,
        )

    @post.register
    def _(self, event: facts.Granted, fact: Fact, rows: Rows) -> None:
        lot = event.lot
        rows.write(
            sql.GRANT,
            fact,
            lot=event.lot_id,
            change=lot["quantity"],
            net_minor=lot["net_minor"],
            currency=lot["currency"],
            source=lot["source_kind"],
            source_id=lot["source_id"],
            label=event.note,
            priority=lot["priority"],
            granted_at=lot["granted_at"],
            effective_at=lot["effective_at"],
            expires_at=lot["expires_at"],
        )

    @post.register
    def _(self, event: facts.Held, fact: Fact, rows: Rows) -> None:
        lots, credits = by_lot(event.parts)
        rows.write(
            sql.HOLD,
            fact,
            len(lots),
            hold=event.hold_id,
            campaign=event.campaign_id,
            held=event.credits,
            ends_at=event.expires_at,
            lots=lots,
            credits=credits,
        )

    @post.register
    def _(self, event: facts.HoldExtended, fact: Fact, rows: Rows) -> None:
        rows.write(sql.EXTEND, fact, hold=event.hold_id, ends_at=event.expires_at)

    @post.register
    def _(self, event: facts.Captured, fact: Fact, rows: Rows) -> None:
        hold = event.hold_id
        lots, credits = by_lot(event.parts)
        rows.write(sql.CAPTURE, fact, hold=hold, change=-event.credits)
        take = sql.TAKE if event.late else sql.TAKE_RESERVED
        rows.write(take, fact, len(lots), hold=hold, lots=lots, credits=credits)
        rows.write(sql.SPENT, fact, -1, hold=hold, lots=lots)

    @post.register
    def _(self, event: facts.Released, fact: Fact, rows: Rows) -> None:
        _give_back(rows, fact, event.hold_id, event.parts, lapsed=False)
        rows.write(sql.CLOSE, fact, hold=event.hold_id, released=event.credits)

    @post.register
    def _(self, event: facts.HoldLapsed, fact: Fact, rows: Rows) -> None:
        _give_back(rows, fact, event.hold_id, event.parts, lapsed=True)
        rows.write(sql.LAPSE, fact, hold=event.hold_id, released=event.credits)

    @post.register
    def _(self, event: facts.Expired, fact: Fact, rows: Rows) -> None:
        chosen, credits = by_lot(event.parts)
        lots = [LotRow(**_named(LotRow, r)) for r in rows.ask(sql.LOTS, fact)]
        parts = [Reserved(**_named(Reserved, r)) for r in rows.ask(sql.RESERVED, fact)]
        if not set(chosen) <= {lot.lot_id for lot in lots}:
            raise Surprise("credits expire of a lot that is not there")
        late = [part for part in parts if part.returned_at and part.lot_id in chosen]
        counts = dict(zip(chosen, credits, strict=True))
        for loss in recorded_losses(lots, late, counts):
            if loss.credits < 0:
                raise Surprise("fewer credits expire than came back too late")
            rows.write(
                sql.EXPIRE,
                fact,
                change=-loss.credits,
                lost_at=loss.at,
                source=loss.lot.source,
                source_id=loss.lot.source_id,
                label=loss.lot.label,
            )
        rows.write(sql.RETURNED_GONE, fact, -1, lots=chosen)
        rows.write(sql.TAKE, fact, len(chosen), lots=chosen, credits=credits)
        rows.write(sql.EXHAUSTED, fact, -1, lots=chosen)

    @post.register
    def _(self, event: facts.ThresholdSet, fact: Fact, rows: Rows) -> None:
        rows.write(sql.THRESHOLD, fact, threshold=event.credits)

    @post.register
    def _(self, event: facts.ThresholdCrossed, fact: Fact, rows: Rows) -> None:
        """Nothing is shown: it is for those who react."""

    @post.register
    def _(self, event: facts.TopUpThresholdSet, fact: Fact, rows: Rows) -> None:
        """Nothing is shown here: the rest of a top-up's terms stand elsewhere."""

    @post.register
    def _(self, event: facts.Removed, fact: Fact, rows: Rows) -> None:
        lots, credits = by_lot(event.parts)
        rows.write(sql.REMOVE, fact, change=-event.credits, label=event.reason)
        rows.write(sql.TAKE, fact, len(lots), lots=lots, credits=credits)
        rows.write(sql.EXHAUSTED, fact, -1, lots=lots)

    @post.register
    def _(self, event: facts.Frozen, fact: Fact, rows: Rows) -> None:
        post_claim(rows, fact, event, "frozen", frozen=1)

    @post.register
    def _(self, event: facts.Thawed, fact: Fact, rows: Rows) -> None:
        post_claim(rows, fact, event, "thawed", frozen=-1)

    @post.register
    def _(self, event: facts.Withdrawn, fact: Fact, rows: Rows) -> None:
        post_claim(
            rows, fact, event, "withdrawn", withdrawn=1, thawing=event.from_frozen
        )

    @post.register
    def _(self, event: facts.Restored, fact: Fact, rows: Rows) -> None:
        post_claim(rows, fact, event, "restored", withdrawn=-1)

    @post.register
    def _(self, event: facts.DebtFilled, fact: Fact, rows: Rows) -> None:
        post_claim(rows, fact, event, "filled", withdrawn=1)


def _statement(
    reading: Reading, fresh: list[Line], stored: int, before: int | None, size: int
) -> Listed[Line]:
    total = stored + len(fresh)
    before = min(before or total + 1, total + 1)
    lines = [line for line in fresh if line.number < before][:size]
    if len(lines) < size:
        lines += reading.rows(Line, sql.LINES, before=before, size=size - len(lines))
    return reading.listed(lines, [line.number for line in lines], total, size)


def _give_back(
    rows: Rows, fact: Fact, hold: UUID, parts: Iterable[Part], *, lapsed: bool
) -> None:
    """Give back all that a hold still has, at its end or when it was released."""
    lots, credits = by_lot(parts)
    if lots:
        values = {"hold": hold, "lapsed": lapsed, "lots": lots, "credits": credits}
        rows.write(sql.GIVE_BACK, fact, len(lots), **values)


def _named(kind: type, row: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(kind.__annotations__, row, strict=True))
