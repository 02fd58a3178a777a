"""What a part of a lot is worth, and which lots burn first: pure arithmetic.

Credits of a lot are numbered from 0. A run of them is (from, count); a piece is a run
with its lot in front; a part is a piece with the net and the tax that were paid for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal, TypedDict
from uuid import UUID

Run = tuple[int, int]
"""From, count."""

Piece = tuple[UUID, int, int]
"""Lot, from, count."""

Part = tuple[UUID, int, int, int, int]
"""Lot, from, count, net_minor, tax_minor."""

PRIORITY = 50
"""Where a lot stands in the burn order unless said otherwise; lower burns first."""

NEVER = datetime.max.replace(tzinfo=UTC)


class LotTerms(TypedDict):
    """What is granted, and the amount paid for all of it together.

    Source kinds are purchase, promotion and adjustment. Lower priorities burn first.
    """

    quantity: int
    net_minor: int
    tax_minor: int
    currency: str
    source_kind: str
    source_id: str
    priority: int
    granted_at: datetime
    effective_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Lot:
    """A grant of credits, of which some are gone.

    `free` are the runs that are neither held nor gone, in order and never touching;
    `left` counts the free and the held.
    """

    quantity: int
    net_minor: int
    tax_minor: int
    currency: str
    source_kind: str
    source_id: str
    priority: int
    granted_at: datetime
    effective_at: datetime
    expires_at: datetime | None
    free: list[Run]
    left: int

    def has_expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now

    def is_open(self, now: datetime) -> bool:
        """Whether its free credits may be taken: from effective_at until expires_at."""
        return self.effective_at <= now and not self.has_expired(now)


def lot_terms(
    quantity: int,
    granted_at: datetime,
    *,
    net_minor: int,
    tax_minor: int,
    currency: str,
    source_kind: Literal["purchase", "promotion", "adjustment"],
    source_id: str,
    priority: int = PRIORITY,
    effective_at: datetime | None = None,
    expires_at: datetime | None = None,
) -> LotTerms:
    """The terms of a lot, effective at once and for ever unless said otherwise."""
    effective_at = effective_at or granted_at
    assert quantity > 0
    assert min(net_minor, tax_minor) >= 0
    assert expires_at is None or expires_at > max(effective_at, granted_at)
    return {
        "quantity": quantity,
        "net_minor": net_minor,
        "tax_minor": tax_minor,
        "currency": currency,
        "source_kind": source_kind,
        "source_id": source_id,
        "priority": priority,
        "granted_at": granted_at,
        "effective_at": effective_at,
        "expires_at": expires_at,
    }


def worth(total: int, quantity: int, start: int, stop: int) -> int:
    """What credits start..stop (half-open) cost of what the whole lot cost.

    Worths of adjoining runs add up exactly, so that all parts of a lot are its total.
    """
    return total * stop // quantity - total * start // quantity


def priced(lots: Mapping[UUID, Lot], pieces: Iterable[Piece]) -> list[Part]:
    """The pieces with what was paid for each."""
    parts = []
    for lot_id, first, count in pieces:
        lot, stop = lots[lot_id], first + count
        net_minor = worth(lot.net_minor, lot.quantity, first, stop)
        tax_minor = worth(lot.tax_minor, lot.quantity, first, stop)
        parts.append((lot_id, first, count, net_minor, tax_minor))
    return parts


def pieces_of(parts: Iterable[Part]) -> list[Piece]:
    """The parts without their amounts."""
    return [part[:3] for part in parts]


def count(pieces: Iterable[Piece] | Iterable[Part]) -> int:
    """How many credits these are."""
    return sum(piece[2] for piece in pieces)


def first(pieces: Sequence[Piece], credits: int) -> list[Piece]:
    """The first so many credits of the pieces; the last piece may be cut."""
    chosen = []
    for lot_id, start, number in pieces:
        chosen.append((lot_id, start, min(number, credits)))
        credits -= min(number, credits)
        if credits == 0:
            break
    return chosen


def burn_order(lots: Mapping[UUID, Lot], now: datetime) -> list[Piece]:
    """What may be taken now, in the order in which it burns.

    Priority first, then the earliest expiry, then age; lots granted at one instant
    keep the order of their granting.
    """
    open_lots = [(lot_id, lot) for lot_id, lot in lots.items() if lot.is_open(now)]
    open_lots.sort(
        key=lambda pair: (
            pair[1].priority,
            pair[1].expires_at or NEVER,
            pair[1].granted_at,
        )
    )
    return [(lot_id, *run) for lot_id, lot in open_lots for run in lot.free]


def lost(lots: Mapping[UUID, Lot], now: datetime) -> list[Piece]:
    """The free credits of lots that have expired."""
    return [
        (lot_id, *run)
        for lot_id, lot in lots.items()
        if lot.has_expired(now)
        for run in lot.free
    ]


def coming(lots: Mapping[UUID, Lot], now: datetime) -> list[Piece]:
    """The free credits of lots that are not effective yet."""
    return [
        (lot_id, *run)
        for lot_id, lot in lots.items()
        if lot.effective_at > now and not lot.has_expired(now)
        for run in lot.free
    ]


def taken(lots: Mapping[UUID, Lot], pieces: Iterable[Piece]) -> dict[UUID, Lot]:
    """The lots when these pieces are no longer free; what was not free is ignored."""
    after = dict(lots)
    for lot_id, start, number in pieces:
        lot = after[lot_id]
        after[lot_id] = replace(lot, free=without(lot.free, (start, number)))
    return after


def put_back(lots: Mapping[UUID, Lot], pieces: Iterable[Piece]) -> dict[UUID, Lot]:
    """The lots when these pieces, which were held, are free again."""
    after = dict(lots)
    for lot_id, start, number in pieces:
        lot = after[lot_id]
        after[lot_id] = replace(lot, free=joined([*lot.free, (start, number)]))
    return after


def gone(
    lots: Mapping[UUID, Lot],
    pieces: Iterable[Piece],
    pinned: frozenset[UUID] = frozenset(),
) -> dict[UUID, Lot]:
    """The lots when these pieces left; an exhausted one leaves too, unless pinned."""
    after = taken(lots, pieces := list(pieces))
    for lot_id, _, number in pieces:
        after[lot_id] = replace(after[lot_id], left=after[lot_id].left - number)
    return {
        lot_id: lot for lot_id, lot in after.items() if lot.left or lot_id in pinned
    }


def given_back(lots: Mapping[UUID, Lot], pieces: Iterable[Piece]) -> dict[UUID, Lot]:
    """The lots when these pieces, which had left, are there again and free."""
    after = put_back(lots, pieces := list(pieces))
    for lot_id, _, number in pieces:
        after[lot_id] = replace(after[lot_id], left=after[lot_id].left + number)
    return after


def less(pieces: Iterable[Piece], removed: Iterable[Piece]) -> list[Piece]:
    """What is left of the pieces, in their order, without others."""
    rest = list(pieces)
    for gone in removed:
        rest = [left for piece in rest for left in _cut(piece, gone)]
    return rest


def _cut(piece: Piece, gone: Piece) -> list[Piece]:
    if piece[0] != gone[0]:
        return [piece]
    return [(piece[0], *run) for run in without([piece[1:]], gone[1:])]


def without(runs: Iterable[Run], removed: Run) -> list[Run]:
    """The runs less one run, which may cut, cover or miss any of them."""
    start, stop = removed[0], removed[0] + removed[1]
    rest = []
    for begin, size in runs:
        end = begin + size
        rest.append((begin, min(end, start) - begin))
        rest.append((max(begin, stop), end - max(begin, stop)))
    return [run for run in rest if run[1] > 0]


def joined(runs: Iterable[Run]) -> list[Run]:
    """Disjoint runs in order, those that touch made one."""
    whole: list[Run] = []
    for begin, size in sorted(runs):
        if whole and sum(whole[-1]) == begin:
            whole[-1] = (whole[-1][0], whole[-1][1] + size)
        else:
            whole.append((begin, size))
    return whole
