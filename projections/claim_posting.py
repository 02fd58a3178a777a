"""How refunds and disputes are posted to the rows about credits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from ledger.credit_facts import DebtFilled, Frozen, Restored, Thawed, Withdrawn
from ledger.journal import Fact
from ledger.journal.rows import Rows
from ledger.lots import Part
from projections import credit_statements as sql

ClaimEvent = Frozen | Thawed | Withdrawn | Restored | DebtFilled


def post_claim(
    rows: Rows,
    fact: Fact,
    event: ClaimEvent,
    kind: str,
    *,
    frozen: int = 0,
    withdrawn: int = 0,
    thawing: int = 0,
) -> None:
    """Move the event's credits between their lots and its claim, with a line of it.

    `frozen` and `withdrawn` are 1 where that share of the claim grows, -1 where it
    shrinks; `thawing` of the credits had left their lot before.
    """
    lots, credits = by_lot(event.parts)
    count, towards = sum(credits), frozen or withdrawn
    rows.write(
        sql.CLAIM,
        fact,
        kind=kind,
        change=towards * (thawing - count),
        frozen=frozen * count - thawing,
        withdrawn=withdrawn * count,
        **_named(event),
    )
    if lots:
        moved = [towards * number for number in credits]
        moved[-1] -= thawing
        rows.write(sql.CLAIM_LOTS, fact, len(lots), lots=lots, credits=moved)


def _named(event: ClaimEvent) -> dict[str, Any]:
    terms = event.claim
    return {
        "claim": event.claim_id,
        "source": terms["kind"],
        "source_id": terms["source_id"],
        "lot": terms["lot_id"],
        "state": terms["state"],
        "demanded": terms["credits"],
    }


def by_lot(parts: Iterable[Part]) -> tuple[list[UUID], list[int]]:
    """Return the lots of the parts, and how many credits are of each."""
    credits: Counter[UUID] = Counter()
    for part in parts:
        credits[part[0]] += part[2]
    return list(credits), list(credits.values())
