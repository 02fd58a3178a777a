"""What is reserved, and what time alone does to it: pure arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypedDict
from uuid import UUID

from ledger import claims as of_claims
from ledger import lots as of_lots
from ledger.claims import Claim
from ledger.lots import Lot, Piece

HOLD_TERM = timedelta(days=7)
"""How long a hold lasts when nothing else is asked for."""

HOLD_TERM_MAX = timedelta(days=31)
"""The longest term that can be asked for at once; extending starts it again."""

LATE_TERM = timedelta(days=30)
"""How long after its end a hold may still be captured from what is available."""


@dataclass(frozen=True, kw_only=True)
class Hold:
    """A reservation: `open` credits may still be captured, from `pieces` first.

    Once it has lapsed its pieces are back in their lots and only `open` remains.
    """

    campaign_id: str
    open: int
    pieces: list[Piece]
    expires_at: datetime

    def has_ended(self, now: datetime) -> bool:
        return self.expires_at <= now

    def is_forgotten(self, now: datetime) -> bool:
        return self.has_ended(now - LATE_TERM)


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Credits by what became of them, over the whole life of a balance."""

    granted: int = 0
    captured: int = 0
    expired: int = 0
    removed: int = 0


@dataclass(frozen=True, kw_only=True)
class Figures:
    """A balance at one moment, in credits.

    Always granted = captured + held + available + coming + expired + frozen + refunded
    + disputed + removed. `coming` are those of lots that are not effective yet;
    `expired` is exact, recorded or not; `removed` were taken away by staff. `debt` are
    credits owed: demanded back, but spent before.
    """

    granted: int
    captured: int
    held: int
    available: int
    coming: int
    expired: int
    frozen: int = 0
    refunded: int = 0
    disputed: int = 0
    removed: int = 0
    debt: int = 0


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """The answer to "may I send to so many recipients?", in credits."""

    allowed: bool
    needed: int
    available: int
    short: int

    @classmethod
    def of(cls, recipients: int, available: int) -> Allowance:
        short = max(0, recipients - available)
        return cls(
            allowed=not short, needed=recipients, available=available, short=short
        )


class CreditState(TypedDict):
    """What a snapshot of a balance keeps."""

    account_id: UUID
    lots: dict[UUID, Lot]
    holds: dict[UUID, Hold]
    totals: Totals
    threshold: int | None
    claims: dict[UUID, Claim]
    top_up: int | None


def is_term(term: timedelta) -> bool:
    """Whether a hold may be asked to last so long."""
    return timedelta(0) < term <= HOLD_TERM_MAX


def remembered(holds: Mapping[UUID, Hold], hold_id: UUID, now: datetime) -> Hold | None:
    """The hold of that id, be it over, until it is forgotten."""
    hold = holds.get(hold_id)
    return None if hold is None or hold.is_forgotten(now) else hold


def lots_at(
    lots: Mapping[UUID, Lot],
    holds: Mapping[UUID, Hold],
    claims: Mapping[UUID, Claim],
    now: datetime,
) -> dict[UUID, Lot]:
    """The lots with the pieces of ended holds back in them, less what claims take."""
    after = _returned(lots, holds, now)
    for _, pieces in of_claims.due(claims, after):
        after = of_lots.taken(after, pieces)
    return after


def _returned(
    lots: Mapping[UUID, Lot], holds: Mapping[UUID, Hold], now: datetime
) -> dict[UUID, Lot]:
    ended = (hold for hold in holds.values() if hold.has_ended(now))
    return of_lots.put_back(lots, (piece for hold in ended for piece in hold.pieces))


def figures(
    lots: Mapping[UUID, Lot],
    holds: Mapping[UUID, Hold],
    claims: Mapping[UUID, Claim],
    totals: Totals,
    now: datetime,
) -> Figures:
    """Where every credit ever granted is now."""
    running = (hold for hold in holds.values() if not hold.has_ended(now))
    after = _returned(lots, holds, now)
    for claim_id, pieces in of_claims.due(claims, after):
        claims = of_claims.joined(claims, claim_id, pieces)
        after = of_lots.taken(after, pieces)
    return Figures(
        granted=totals.granted,
        captured=totals.captured,
        held=sum(of_lots.count(hold.pieces) for hold in running),
        available=of_lots.count(of_lots.burn_order(after, now)),
        coming=of_lots.count(of_lots.coming(after, now)),
        expired=totals.expired + of_lots.count(of_lots.lost(after, now)),
        frozen=of_claims.frozen_count(claims),
        refunded=of_claims.withdrawn_count(claims, "refund"),
        disputed=of_claims.withdrawn_count(claims, "dispute"),
        removed=totals.removed,
        debt=of_claims.debt(claims),
    )


def captured(
    holds: Mapping[UUID, Hold], hold_id: UUID, pieces: Iterable[Piece]
) -> dict[UUID, Hold]:
    """The holds when these pieces were sent for one; one with nothing open leaves.

    Pieces of a late capture are no longer the hold's own, and only lessen what is open.
    """
    pieces = list(pieces)
    hold = holds[hold_id]
    left = hold.open - of_lots.count(pieces)
    spent = replace(hold, open=left, pieces=of_lots.less(hold.pieces, pieces))
    after = {**holds, hold_id: spent}
    return {one: hold for one, hold in after.items() if hold.open}
