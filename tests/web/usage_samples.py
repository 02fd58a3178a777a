"""Sample contexts of the page of plan usage."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from web.panel.usage_chart import chart

FROM = datetime(2026, 10, 27, 9, 30, tzinfo=UTC)
UNTIL = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
COUNTS = {1: 2940, 2: 214, 3: 96, 9: 1310, 10: 142, 16: 1870, 22: 800, 27: 322}
DAYS = [
    (date(2026, 10, 27) + timedelta(days=k), COUNTS.get(k, 0) if k < 28 else None)
    for k in range(32)
]
CHART = chart(DAYS)


def _rows(days: list[tuple[date, int | None]]) -> list[dict[str, Any]]:
    total, rows = 0, []
    for day, added in days:
        if added is not None:
            total += added
            rows.append({"day": day, "added": added, "total": total})
    return rows


def _current(contacts: int, level: str, **changed: Any) -> dict[str, Any]:
    percent = min(100, contacts // 100)
    return {
        "tier_contacts": 10_000,
        "contacts": contacts,
        "left": 10_000 - contacts,
        "percent": percent,
        "warn_at": 8_000,
        "level": level,
        "filled": f"{min(80, percent)}",
        "over": f"{max(0, percent - 80)}",
        "first": FROM,
        "last": UNTIL,
        "next_at": UNTIL,
        "renews": True,
        "unpaid": False,
        "bigger": {"contacts": 25_000, "sku": "unlimited-25000"},
        "chart": CHART,
        "days": _rows(DAYS),
        "behind": False,
        **changed,
    }


def _row(contacts: int, closed_with: int | None, *, settled: bool) -> dict[str, Any]:
    return {
        "first": FROM,
        "last": UNTIL,
        "tier_contacts": 5_000,
        "contacts": contacts,
        "closed_with": closed_with,
        "corrected_at": UNTIL if closed_with else None,
        "settled": settled,
    }


ROWS = [
    _row(7_640, None, settled=False),
    _row(4_988, 4_900, settled=True),
    _row(12, None, settled=True),
]
EARLIER = {"rows": ROWS, "first": 2, "last": 4, "total": 40} | {
    "newer": None,
    "older": "/usage?before=2",
}
NONE = EARLIER | {"rows": [], "older": None}


def _page(
    status: str, current: Any, earlier: Any = EARLIER, credits: int = 0
) -> dict[str, Any]:
    return {
        "status": status,
        "tier_contacts": 10_000,
        "current": current,
        "earlier": earlier,
        "credits": credits,
        "recorded_soon": False,
    }


USAGE: dict[str, tuple[str, dict[str, Any]]] = {
    f"usage-{name}": ("usage/show.html", context)
    for name, context in (
        ("new", _page("active", _current(0, ""), NONE)),
        ("warned", _page("active", _current(8_214, "warn"), credits=120)),
        ("full", _page("active", _current(10_000, "bad"))),
        ("biggest", _page("active", _current(8_500, "warn", bigger=None))),
        ("ending", _page("ending", _current(5_000, "", renews=False))),
        ("unpaid", _page("overdue", _current(5_000, "", unpaid=True, behind=True))),
        ("blocked", _page("blocked", None)),
    )
}
OVERDUE_PLAN: dict[str, Any] = {
    "plan": "unlimited",
    "unpaid": "overdue",
    "used": {"contacts": 8204, "tier_contacts": 10_000, "left": 1796}
    | {"first": FROM, "last": UNTIL - timedelta(days=1)},
    "low_balance": None,
}
BLOCKED_PLAN = OVERDUE_PLAN | {"unpaid": "blocked", "used": None}
"""What an overview says of a plan whose renewal is not paid."""
