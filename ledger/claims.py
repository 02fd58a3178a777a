"""What refunds and disputes do to credits: pure arithmetic.

A claim is somebody's demand on credits of one lot: while it is open they are frozen,
once it is granted they are withdrawn, and what was spent by then is a debt that later
purchases fill. Nothing is ever taken from a hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypedDict
from uuid import UUID

from ledger import lots as of_lots
from ledger.lots import Lot, Piece

ClaimKind = Literal["refund", "dispute"]
ClaimState = Literal["frozen", "withdrawn"]
Act = Literal["freeze", "thaw", "withdraw", "restore"]


class ClaimTerms(TypedDict):
    """A demand on `credits` of a lot; 0 once nothing is demanded any more.

    The source is that of the lot: the purchase.
    """

    kind: ClaimKind
    source_id: str
    lot_id: UUID
    state: ClaimState
    credits: int


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A demand, and the pieces it has got.

    Withdrawn pieces may be of later lots, which filled the debt.
    """

    kind: ClaimKind
    source_id: str
    lot_id: UUID
    state: ClaimState
    credits: int
    frozen: list[Piece]
    withdrawn: list[Piece]

    @property
    def missing(self) -> int:
        """Credits demanded that are neither frozen nor withdrawn."""
        got = of_lots.count(self.frozen) + of_lots.count(self.withdrawn)
        return self.credits - got

    @property
    def debt(self) -> int:
        """Credits that were spent before they could be withdrawn."""
        return self.missing if self.state == "withdrawn" else 0


class Step(NamedTuple):
    """The next thing to record for a claim, which then stands for so many credits.

    `thawing` are those of the pieces that were frozen before.
    """

    act: Act
    credits: int
    pieces: list[Piece]
    thawing: int = 0


def next_step(
    claim: Claim | None, wanted: ClaimTerms, lots: Mapping[UUID, Lot]
) -> Step | None:
    """What brings a claim nearer to what is wanted of it; None when nothing does.

    Frozen credits are withdrawn first, then free ones; given back are those that were
    taken last.
    """
    nothing: ClaimTerms = {**wanted, "credits": 0}
    have = claim or Claim(**nothing, frozen=[], withdrawn=[])
    credits = wanted["credits"]
    if claim and have.state == "withdrawn":
        keep = credits if wanted["state"] == "withdrawn" else 0
        if have.credits > keep:
            surplus = max(0, of_lots.count(have.withdrawn) - keep)
            return Step("restore", keep, last(have.withdrawn, surplus))
        if have.frozen:
            return Step("thaw", have.credits, have.frozen)
    if wanted["state"] == "frozen" or not credits:
        return _towards_frozen(have, wanted, lots)
    if claim is None or have.state == "frozen" or have.credits < credits:
        need = credits - of_lots.count(have.withdrawn)
        pieces = last(have.frozen, need)
        thawing = of_lots.count(pieces)
        free = free_of(lots, have.lot_id, need - thawing)
        return Step("withdraw", credits, [*pieces, *free], thawing)
    return None


def _towards_frozen(
    have: Claim, wanted: ClaimTerms, lots: Mapping[UUID, Lot]
) -> Step | None:
    credits, count = wanted["credits"], of_lots.count(have.frozen)
    if count > credits or have.credits > credits:
        return Step("thaw", credits, last(have.frozen, max(0, count - credits)))
    pieces = free_of(lots, have.lot_id, credits - count)
    if pieces or have.credits < credits:
        return Step("freeze", credits, pieces)
    return None


def free_of(lots: Mapping[UUID, Lot], lot_id: UUID, credits: int) -> list[Piece]:
    """The last free credits of a lot, at most so many."""
    runs = lots[lot_id].free if lot_id in lots else []
    return last([(lot_id, *run) for run in runs], credits)


def last(pieces: Iterable[Piece], credits: int) -> list[Piece]:
    """The last so many credits of the pieces, in their order; the first may be cut."""
    chosen: list[Piece] = []
    for lot_id, start, number in reversed(list(pieces)):
        if credits == 0:
            break
        size = min(number, credits)
        chosen.insert(0, (lot_id, start + number - size, size))
        credits -= size
    return chosen


def changed(
    claims: Mapping[UUID, Claim],
    claim_id: UUID,
    terms: ClaimTerms,
    *,
    freed: Iterable[Piece] = (),
    frozen: Iterable[Piece] = (),
    withdrawn: Iterable[Piece] = (),
    restored: Iterable[Piece] = (),
) -> dict[UUID, Claim]:
    """The claims when one has these terms, and these pieces came to it or left it.

    Withdrawn pieces are no longer frozen. One that demands nothing more is dropped.
    """
    before = claims.get(claim_id)
    withdrawn = list(withdrawn)
    gone = [*freed, *withdrawn]
    claim = Claim(
        **terms,
        frozen=[*of_lots.less(before.frozen if before else [], gone), *frozen],
        withdrawn=[
            *of_lots.less(before.withdrawn if before else [], restored),
            *withdrawn,
        ],
    )
    after = {**claims, claim_id: claim}
    return {one: claim for one, claim in after.items() if claim.credits}


def terms_of(claim: Claim) -> ClaimTerms:
    """The claim without its pieces."""
    return {
        "kind": claim.kind,
        "source_id": claim.source_id,
        "lot_id": claim.lot_id,
        "state": claim.state,
        "credits": claim.credits,
    }


def due(
    claims: Mapping[UUID, Claim], lots: Mapping[UUID, Lot]
) -> list[tuple[UUID, list[Piece]]]:
    """What has become free in a claimed lot, and to which claim it goes.

    Debts come before what is only to be frozen.
    """
    found = []
    debts_first = sorted(claims.items(), key=lambda pair: pair[1].state == "frozen")
    for claim_id, claim in debts_first:
        pieces = free_of(lots, claim.lot_id, claim.missing)
        if pieces:
            found.append((claim_id, pieces))
            lots = of_lots.taken(lots, pieces)
    return found


def yielding(
    claims: Mapping[UUID, Claim], claim_id: UUID, wanted: ClaimTerms, free: int
) -> list[tuple[UUID, list[Piece]]]:
    """What other claims on the lot, still open, leave to one whose money has gone.

    `free` are the credits of the lot that nobody has.
    """
    own = claims.get(claim_id)
    got = of_lots.count([*own.frozen, *own.withdrawn]) if own else 0
    lacking = wanted["credits"] - got - free
    found = []
    for other_id, other in claims.items():
        if wanted["state"] == "frozen" or other_id == claim_id or lacking <= 0:
            continue
        pieces = last(other.frozen, lacking) if other.lot_id == wanted["lot_id"] else []
        if pieces:
            found.append((other_id, pieces))
            lacking -= of_lots.count(pieces)
    return found


def joined(
    claims: Mapping[UUID, Claim], claim_id: UUID, pieces: Iterable[Piece]
) -> dict[UUID, Claim]:
    """The claims when one has got these pieces, as its state says."""
    claim = claims[claim_id]
    if claim.state == "frozen":
        return changed(claims, claim_id, terms_of(claim), frozen=pieces)
    return changed(claims, claim_id, terms_of(claim), withdrawn=pieces)


def fills(
    claims: Mapping[UUID, Claim], pieces: Iterable[Piece]
) -> list[tuple[UUID, list[Piece]]]:
    """Which debts these free pieces fill, the oldest claim first."""
    rest, filled = list(pieces), []
    for claim_id, claim in claims.items():
        part = of_lots.first(rest, claim.debt) if claim.debt and rest else []
        if part:
            filled.append((claim_id, part))
            rest = of_lots.less(rest, part)
    return filled


def frozen_count(claims: Mapping[UUID, Claim]) -> int:
    """How many credits are frozen."""
    return sum(of_lots.count(claim.frozen) for claim in claims.values())


def withdrawn_count(claims: Mapping[UUID, Claim], kind: ClaimKind) -> int:
    """How many credits were withdrawn for claims of a kind."""
    return sum(
        of_lots.count(claim.withdrawn)
        for claim in claims.values()
        if claim.kind == kind
    )


def debt(claims: Mapping[UUID, Claim]) -> int:
    """Credits owed: demanded back, but spent before."""
    return sum(claim.debt for claim in claims.values())


def pinned(claims: Mapping[UUID, Claim]) -> frozenset[UUID]:
    """The lots to which credits may yet be given back, exhausted or not."""
    own = {claim.lot_id for claim in claims.values()}
    return frozenset(own | {p[0] for c in claims.values() for p in c.withdrawn})
