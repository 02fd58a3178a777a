"""One thing bought, with what it cost and what it grants."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypedDict

from ledger.catalogue import Pack, TaxRule


class Item(TypedDict):
    """One thing bought; the amounts are those of the whole line.

    A service period is half-open; credits are what the item grants when it is paid.
    """

    kind: str
    sku: str
    description: str
    quantity: int
    net_minor: int
    tax_category: str
    tax_rate_basis_points: int
    tax_minor: int
    service_from: datetime | None
    service_until: datetime | None
    credits: int | None


def pack_item(pack: Pack, rule: TaxRule, description: str) -> Item:
    """One pack of e-mail credits as an item, taxed by a rule."""
    return {
        "kind": "credits",
        "sku": pack.sku,
        "description": description,
        "quantity": 1,
        "net_minor": pack.net_minor,
        "tax_category": rule.category,
        "tax_rate_basis_points": rule.basis_points,
        "tax_minor": pack.tax(rule).minor,
        "service_from": None,
        "service_until": None,
        "credits": pack.credits,
    }


def in_service(
    items: Iterable[Item], since: datetime | None, until: datetime | None
) -> list[Item]:
    """The items with a service period on those that run for a time."""
    return [
        item
        if item["kind"] == "credits"
        else {**item, "service_from": since, "service_until": until}
        for item in items
    ]
