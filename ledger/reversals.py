"""Money that goes back: refunds and disputes of one payment, as pure arithmetic.

What they do to credits depends only on which of them there are and how they stand,
never on the order in which we were told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypedDict
from uuid import UUID

from ledger.claims import ClaimKind, ClaimState
from ledger.items import Item
from ledger.lots import worth

RefundStatus = Literal[
    "proposed", "approved", "rejected", "sent", "succeeded", "failed"
]
DisputeStatus = Literal["open", "won", "lost"]

UNDONE = ("rejected", "failed")


class RefundPart(TypedDict):
    """What is given back of one item, by its place among the items.

    `credits` is 0 where only the money says how much.
    """

    item: int
    credits: int
    net_minor: int
    tax_minor: int


@dataclass(frozen=True, kw_only=True)
class Refund:
    """A refund, asked for by us or made at the processor's own desk.

    `came_back`: it failed after it had succeeded.
    """

    status: RefundStatus
    ours: bool
    parts: list[RefundPart]
    amount_minor: int
    approvals: int
    proposed_by: str | None
    at: datetime
    processor_id: str | None = None
    came_back: bool = False


@dataclass(frozen=True, kw_only=True)
class Dispute:
    """A payment that the buyer's bank took into question."""

    status: DisputeStatus
    amount_minor: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class RefundNews:
    """How a refund stands at the processor; `refund_id` is ours, if we asked for it."""

    id: str
    refund_id: UUID | None
    amount_minor: int
    status: Literal["pending", "succeeded", "failed"]
    code: str | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class DisputeNews:
    """How a dispute stands at the processor; mere inquiries are none."""

    id: str
    amount_minor: int
    status: DisputeStatus
    reason: str
    opened_at: datetime


@dataclass(frozen=True, kw_only=True)
class ItemClaim:
    """How many credits of one item a refund or a dispute demands now."""

    key: str
    item: int
    kind: ClaimKind
    state: ClaimState
    credits: int


def gross(item: Item) -> int:
    """What an item cost, tax included."""
    return item["net_minor"] + item["tax_minor"]


def parts_between(items: Sequence[Item], start: int, stop: int) -> list[RefundPart]:
    """The parts that start..stop (half-open) of the whole price falls on.

    Adjoining ranges add up exactly, net and tax apart.
    """
    parts: list[RefundPart] = []
    begin = 0
    for index, item in enumerate(items):
        price = gross(item)
        first, last = max(start - begin, 0), min(stop - begin, price)
        if first < last:
            tax_minor = worth(item["tax_minor"], price, first, last)
            net_minor = last - first - tax_minor
            parts.append(
                {
                    "item": index,
                    "credits": 0,
                    "net_minor": net_minor,
                    "tax_minor": tax_minor,
                }
            )
        begin += price
    return parts


def claims_of(
    items: Sequence[Item],
    refunds: Mapping[str, Refund],
    disputes: Mapping[str, Dispute],
) -> list[ItemClaim]:
    """What every refund and dispute demands of every item that grants credits.

    Ours name their credits. What is left of an item's credits goes with what is left
    of its price, over all others in the order in which they began, those whose money
    has gone before those that are open.
    """
    prices = [gross(item) for item in items]
    credits = [item["credits"] or 0 for item in items]
    ours = _our_claims(refunds, prices, credits)
    claims = [claim for claim in ours if items[claim.item]["credits"]]
    start = 0
    for key, kind, status, amount in _others(refunds, disputes):
        undone = status in ("failed", "won")
        stop = start if undone else min(start + amount, sum(prices))
        state: ClaimState = "withdrawn" if status in ("succeeded", "lost") else "frozen"
        shares = _shares(prices, credits, start, stop)
        claims += [
            ItemClaim(key=key, item=index, kind=kind, state=state, credits=share)
            for index, share in enumerate(shares)
            if items[index]["credits"]
        ]
        start = stop
    return claims


def _shares(
    prices: list[int], credits: list[int], start: int, stop: int
) -> Iterator[int]:
    """Yield the credits of each item that start..stop of all prices falls on."""
    begin = 0
    for price, quantity in zip(prices, credits, strict=True):
        yield _share(quantity, price, start - begin, stop - begin)
        begin += price


def _our_claims(
    refunds: Mapping[str, Refund], prices: list[int], credits: list[int]
) -> Iterator[ItemClaim]:
    """Yield our refunds' claims, and take their amounts off what is left of items."""
    for key, refund in refunds.items():
        for part in refund.parts if refund.ours else ():
            index, undone = part["item"], refund.status in UNDONE
            if not undone:
                prices[index] -= part["net_minor"] + part["tax_minor"]
                credits[index] -= part["credits"]
            yield ItemClaim(
                key=key,
                item=index,
                kind="refund",
                state="withdrawn" if refund.status == "succeeded" else "frozen",
                credits=0 if undone else part["credits"],
            )


def _others(
    refunds: Mapping[str, Refund], disputes: Mapping[str, Dispute]
) -> Iterable[tuple[str, ClaimKind, str, int]]:
    found: list[tuple[bool, datetime, str, ClaimKind, str, int]] = [
        (one.status != "succeeded", one.at, key, "refund", one.status, one.amount_minor)
        for key, one in refunds.items()
        if not one.ours
    ]
    found += [
        (one.status != "lost", one.at, key, "dispute", one.status, one.amount_minor)
        for key, one in disputes.items()
    ]
    return [one[2:] for one in sorted(found)]


def _share(credits: int, price: int, start: int, stop: int) -> int:
    first, last = max(start, 0), min(stop, price)
    return worth(credits, price, first, last) if first < last else 0


def given_back(refunds: Iterable[Refund]) -> int:
    """What all refunds that are not undone amount to, tax included."""
    return sum(one.amount_minor for one in refunds if one.status not in UNDONE)
