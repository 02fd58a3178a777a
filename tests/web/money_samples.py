"""Sample entries of a statement, refunds and disputes, as the pages show them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

NOW = datetime(2026, 11, 23, 9, 52, 7, tzinfo=UTC)
REVERSALS = [
    {"kind": "refund", "status": "succeeded", "amount_minor": 1500, "currency": "EUR"}
    | {
        "at": NOW,
        "note": {"number": "DB-2026-000131", "href": "/purchases/p2/receipt"},
    },
    {"kind": "refund", "status": "sent", "amount_minor": 500, "currency": "EUR"}
    | {"at": NOW, "note": None},
    {"kind": "refund", "status": "failed", "amount_minor": 500, "currency": "EUR"}
    | {"at": NOW, "note": None},
    *(
        {"kind": "dispute", "status": status, "amount_minor": 7500, "currency": "EUR"}
        | {"at": NOW, "note": None}
        for status in ("open", "won", "lost")
    ),
]


def entry(kind: str, change: int, balance: int, **facts: Any) -> dict[str, Any]:
    at = datetime(2026, 11, 3, 9, 12, tzinfo=UTC)
    told = {"source": "purchase", "label": None, "order_number": "2026-01187"}
    money = {"net_minor": 7500, "currency": "EUR", "expires_at": None}
    given = {"at": at, "kind": kind, "change": change, "balance": balance}
    return given | told | money | facts


ENTRIES = [
    entry("granted", 120, 10494, source="adjustment", label="Sent twice on 17 Nov"),
    entry("granted", 1000, 10374, source="promotion", label="Ten years")
    | {"expires_at": datetime(2026, 12, 31, 22, tzinfo=UTC)},
    entry("captured", -1988, 9374, campaign="Members’ letter", held=2000, released=12),
    entry("captured", -1106, 11362, campaign="Linocut workshop, reminder")
    | {"held": None, "released": None},
    entry("expired", -500, 12468, source="promotion", label=None),
    entry("removed", -10, 12968, label="Correction"),
    *(
        entry(kind, change, 12978, source=source)
        for kind, change in (("frozen", -7), ("thawed", 7), ("withdrawn", 0))
        for source in ("refund", "dispute")
    ),
    entry("restored", 5, 12978, source="refund"),
    entry("restored", 5, 12973, source="dispute"),
    entry("filled", -2, 12968, source="dispute"),
    entry("granted", 2000, 16310, label="top-up"),
    entry("granted", 10000, 14310),
]
