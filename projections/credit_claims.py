"""What refunds and disputes have of an account's credits: pure arithmetic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from projections.credit_figures import Claimed, Line, LotRow, Reserved


@dataclass(frozen=True, kw_only=True)
class ClaimRow:
    """A demand on credits of a lot, and how many it has got."""

    claim_id: UUID
    kind: str
    source_id: str
    lot_id: UUID
    state: str
    credits: int
    frozen: int
    withdrawn: int

    @property
    def missing(self) -> int:
        return self.credits - self.frozen - self.withdrawn


class Due(NamedTuple):
    """Credits that fall to a claim since a hold ended, and are not recorded yet."""

    claim: ClaimRow
    at: datetime
    credits: int


def dues(
    claims: Iterable[ClaimRow],
    lots: Iterable[LotRow],
    reserved: Iterable[Reserved],
    ends: Mapping[UUID, datetime],
    now: datetime,
) -> list[Due]:
    """What ended holds have left to claims, which take it before anybody can spend it.

    Only bought credits can be claimed, and those do not expire.
    """
    held: Counter[UUID] = Counter()
    back: dict[UUID, datetime] = {}
    for part in reserved:
        if ends[part.hold_id] > now:
            held[part.lot_id] += part.credits
        else:
            back[part.lot_id] = max(
                ends[part.hold_id], back.get(part.lot_id, ends[part.hold_id])
            )
    free = {one.lot_id: one.remaining - held[one.lot_id] for one in lots}
    found = []
    for claim in claims:
        credits = min(claim.missing, free.get(claim.lot_id, 0))
        if credits > 0 and claim.lot_id in back:
            found.append(Due(claim, back[claim.lot_id], credits))
            free[claim.lot_id] -= credits
    return found


def less(lots: Iterable[LotRow], due: Sequence[Due]) -> list[LotRow]:
    """The lots without what is due to claims."""
    gone: Counter[UUID] = Counter()
    for one in due:
        gone[one.claim.lot_id] += one.credits
    return [replace(lot, remaining=lot.remaining - gone[lot.lot_id]) for lot in lots]


def claimed(claims: Iterable[ClaimRow], due: Sequence[Due]) -> Claimed:
    """Add up what claims have, that which is due among it."""
    more = {one.claim.claim_id: one.credits for one in due}
    figures: Counter[str] = Counter()
    for claim in claims:
        extra = more.get(claim.claim_id, 0)
        if claim.state == "frozen":
            figures["frozen"] += claim.frozen + extra
            continue
        figures["frozen"] += claim.frozen
        kind = "refunded" if claim.kind == "refund" else "disputed"
        figures[kind] += claim.withdrawn + extra
        figures["debt"] += claim.missing - extra
    return Claimed(**figures)


def due_lines(due: Iterable[Due], number: int, balance: int) -> list[Line]:
    """The lines of what is due, newest first, after line `number` with `balance`."""
    lines: list[Line] = []
    for one in due:
        number, balance = number + 1, balance - one.credits
        frozen = one.claim.state == "frozen"
        line = Line(
            number=number,
            position=None,
            at=one.at,
            kind="frozen" if frozen else "filled",
            change=-one.credits,
            balance=balance,
            source=one.claim.kind,
            source_id=one.claim.source_id,
            label=None,
            order_number=None,
            net_minor=None,
            currency=None,
            expires_at=None,
            campaign=None,
            held=None,
            released=None,
        )
        lines.insert(0, line)
    return lines
