"""What the rows about credits say at one moment: pure arithmetic.

Credits expire without anybody's deed. What time has taken since the last recorded
fact is told here, with the same lines that the next fact will write for good.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from ledger.journal import Place
from projections.view import Listed

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class LotRow:
    """A lot with credits left; `remaining` are those neither sent nor recorded lost."""

    lot_id: UUID
    position: int
    quantity: int
    remaining: int
    net_minor: int
    currency: str
    source: str
    source_id: str
    label: str | None
    order_number: int | None
    priority: int
    granted_at: datetime
    effective_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class HoldRow:
    """A hold that is not closed; over once `ends_at` is reached."""

    hold_id: UUID
    campaign: str
    credits: int
    uncaptured: int
    since: datetime
    ends_at: datetime


@dataclass(frozen=True, kw_only=True)
class Reserved:
    """What a hold has of a lot; `returned_at` if it came back after that expired."""

    hold_id: UUID
    lot_id: UUID
    credits: int
    returned_at: datetime | None


class Loss(NamedTuple):
    """Credits of a lot that expired at an instant."""

    at: datetime
    lot: LotRow
    credits: int


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the statement: granted, captured, expired, removed by staff, or what
    refunds and disputes did: frozen, thawed, withdrawn, restored, filled.

    `held` and `released` stand on the last capture of a hold that is closed.
    `position` is None for an expiry that the next fact will record.
    """

    number: int
    position: int | None
    at: datetime
    kind: str
    change: int
    balance: int
    source: str | None
    source_id: str | None
    label: str | None
    order_number: int | None
    net_minor: int | None
    currency: str | None
    expires_at: datetime | None
    campaign: str | None
    held: int | None
    released: int | None


@dataclass(frozen=True, kw_only=True)
class LotLeft:
    """A lot in burn order; `held` and `left` add up to those of the balance."""

    lot: LotRow
    held: int
    left: int


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """Credits by what became of them through refunds and disputes.

    `debt` are demanded back, but were spent before.
    """

    frozen: int = 0
    refunded: int = 0
    disputed: int = 0
    debt: int = 0


@dataclass(frozen=True, kw_only=True)
class Credits:
    """An account's credits at one moment.

    total = held + available; `coming` are those of lots not effective yet, which the
    statement's balance contains. `frozen` are in none of these; `debt` are owed.
    `parked`: the figures are late.
    """

    total: int
    held: int
    available: int
    coming: int
    frozen: int
    debt: int
    threshold: int | None
    lots: Sequence[LotLeft]
    holds: Sequence[HoldRow]
    statement: Listed[Line]
    place: Place
    parked: bool

    @property
    def low_balance(self) -> int | None:
        """The threshold, when fewer credits than that are available."""
        low = self.threshold is not None and self.available < self.threshold
        return self.threshold if low else None


def losses(
    lots: Iterable[LotRow],
    reserved: Sequence[Reserved],
    ends: Mapping[UUID, datetime],
    now: datetime,
) -> list[Loss]:
    """What expired until now and is not recorded, oldest first.

    `ends` are those of the holds. What a hold gave back after its lot had expired is
    lost at the instant it came back.
    """
    found: Counter[tuple[datetime, UUID]] = Counter()
    by_id = {lot.lot_id: lot for lot in lots}
    for lot in by_id.values():
        if lot.expires_at is not None and lot.expires_at <= now:
            found[lot.expires_at, lot.lot_id] += lot.remaining
    for part in reserved:
        lot = by_id[part.lot_id]
        if lot.expires_at is None or lot.expires_at > now:
            continue
        back_at = part.returned_at or ends[part.hold_id]
        if back_at > lot.expires_at:
            found[lot.expires_at, lot.lot_id] -= part.credits
            if back_at <= now:
                found[back_at, lot.lot_id] += part.credits
    return in_order(
        Loss(at, by_id[lot_id], credits) for (at, lot_id), credits in found.items()
    )


def recorded_losses(
    lots: Iterable[LotRow], reserved: Sequence[Reserved], credits: Mapping[UUID, int]
) -> list[Loss]:
    """What a fact of expiry says, told apart by instants, oldest first.

    `credits` are those that expired of each lot; `reserved` what came back too late.
    """
    found: Counter[tuple[datetime, UUID]] = Counter()
    by_id = {lot.lot_id: lot for lot in lots}
    for lot_id, count in credits.items():
        found[by_id[lot_id].expires_at or NEVER, lot_id] += count
    for part in reserved:
        lot = by_id[part.lot_id]
        if part.returned_at is not None:
            found[lot.expires_at or NEVER, lot.lot_id] -= part.credits
            found[part.returned_at, lot.lot_id] += part.credits
    return in_order(
        Loss(at, by_id[lot_id], count) for (at, lot_id), count in found.items()
    )


def in_order(found: Iterable[Loss]) -> list[Loss]:
    """Oldest first; at one instant the lot that was granted first."""
    real = [loss for loss in found if loss.credits]
    return sorted(real, key=lambda loss: (loss.at, loss.lot.position, loss.lot.lot_id))


def expiry_lines(lost: Iterable[Loss], number: int, balance: int) -> list[Line]:
    """The lines of these losses, newest first, after line `number` with `balance`."""
    lines: list[Line] = []
    for loss in lost:
        number, balance = number + 1, balance - loss.credits
        lines.insert(
            0,
            Line(
                number=number,
                position=None,
                at=loss.at,
                kind="expired",
                change=-loss.credits,
                balance=balance,
                source=loss.lot.source,
                source_id=loss.lot.source_id,
                label=loss.lot.label,
                order_number=loss.lot.order_number,
                net_minor=None,
                currency=None,
                expires_at=None,
                campaign=None,
                held=None,
                released=None,
            ),
        )
    return lines


def lots_left(
    lots: Iterable[LotRow],
    reserved: Iterable[Reserved],
    ends: Mapping[UUID, datetime],
    lost: Iterable[Loss],
    now: datetime,
) -> list[LotLeft]:
    """The lots that have credits now, in burn order."""
    held: Counter[UUID] = Counter()
    gone: Counter[UUID] = Counter()
    for part in reserved:
        if part.returned_at is None and ends[part.hold_id] > now:
            held[part.lot_id] += part.credits
    for loss in lost:
        gone[loss.lot.lot_id] += loss.credits
    found = [
        LotLeft(lot=lot, held=held[lot.lot_id], left=lot.remaining - gone[lot.lot_id])
        for lot in lots
        if lot.effective_at <= now and lot.remaining > gone[lot.lot_id]
    ]
    return sorted(found, key=lambda one: burns(one.lot))


def credits_of(
    balance: int,
    lots: Sequence[LotLeft],
    holds: Sequence[HoldRow],
    statement: Listed[Line],
    *,
    threshold: int | None,
    claimed: Claimed,
) -> Credits:
    """Add the lots up; what the balance has beyond them is still to come."""
    held = sum(lot.held for lot in lots)
    total = sum(lot.left for lot in lots)
    return Credits(
        total=total,
        held=held,
        available=total - held,
        coming=balance - total,
        frozen=claimed.frozen,
        debt=claimed.debt,
        threshold=threshold,
        lots=lots,
        holds=holds,
        statement=statement,
        place=statement.place,
        parked=statement.parked,
    )


def burns(lot: LotRow) -> tuple[int, datetime, datetime, int]:
    """Where a lot stands in the burn order."""
    return (lot.priority, lot.expires_at or NEVER, lot.granted_at, lot.position)
