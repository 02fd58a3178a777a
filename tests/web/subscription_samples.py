"""Sample contexts of the pages about the billing plan and SMTP access."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

FROM = datetime(2026, 10, 31, 9, 30, tzinfo=UTC)
UNTIL = datetime(2026, 11, 30, 9, 30, tzinfo=UTC)
LATER = datetime(2026, 12, 3, 9, 30, tzinfo=UTC)
GRACE = datetime(2026, 12, 10, 9, 30, tzinfo=UTC)


def _terms(contacts: int | None, total_minor: int) -> dict[str, Any]:
    return {
        "sku": f"unlimited-{contacts}",
        "contacts": contacts,
        "currency": "EUR",
        "total_minor": total_minor,
    }


def _offer(contacts: int | None, total_minor: int, current: bool) -> dict[str, Any]:
    return _terms(contacts, total_minor) | {
        "net_minor": total_minor,
        "current": current,
        "command_id": "c1",
    }


CURRENT: dict[str, Any] = {
    "terms": _terms(5000, 4900),
    "scheduled": None,
    "period": {"first": FROM, "last": UNTIL},
    "next_at": UNTIL,
    "next_minor": 4900,
    "grace_until": GRACE,
    "next_attempt_at": None,
    "failed": False,
    "payment_label": "Visa •••• 4242",
}
FAILED = CURRENT | {"failed": True, "next_attempt_at": LATER}
GIVEN_UP = CURRENT | {"failed": True, "payment_label": None}
TIERS = [
    _offer(1000, 2900, False),
    _offer(5000, 4900, True),
    _offer(10000, 7900, False),
]
NEW_TIERS = [offer | {"current": False} for offer in TIERS]
YEAR = [_offer(None, 9000, False)]
CHANGE: dict[str, Any] = {
    "terms": _terms(10000, 7900),
    "sku": "unlimited-10000",
    "at": FROM.isoformat(),
    "next_at": UNTIL,
    "next_minor": 7900,
    "currency": "EUR",
    "command_id": "c1",
}


def _page(
    status: str, current: Any, offers: Any, errors: dict[str, str] | None = None
) -> dict[str, Any]:
    return {
        "status": status,
        "current": current,
        "offers": offers,
        "errors": errors or {},
        "command_id": "c1",
    }


REFUSED = {"": "The card was declined; nothing was charged."}
WAITING = CURRENT | {"scheduled": _terms(1000, 2900), "next_minor": 2900}
SUBSCRIPTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    f"{product}-{name}": (f"subscriptions/{product}.html", context)
    for product, name, context in (
        ("plan", "none", _page("none", None, NEW_TIERS)),
        ("plan", "unsold", _page("none", None, [])),
        ("plan", "active", _page("active", CURRENT, TIERS)),
        ("plan", "waiting", _page("active", WAITING, TIERS)),
        ("plan", "refused", _page("active", CURRENT, TIERS, REFUSED)),
        ("plan", "overdue", _page("overdue", FAILED, TIERS)),
        ("plan", "blocked", _page("blocked", GIVEN_UP, TIERS)),
        ("plan", "ending", _page("ending", CURRENT, TIERS)),
        ("smtp", "none", _page("none", None, YEAR)),
        ("smtp", "unsold", _page("none", None, [])),
        ("smtp", "active", _page("active", CURRENT, YEAR)),
        ("smtp", "overdue", _page("overdue", GIVEN_UP, YEAR)),
        ("smtp", "blocked", _page("blocked", GIVEN_UP, YEAR)),
        ("smtp", "ending", _page("ending", CURRENT, YEAR)),
    )
} | {
    "change-now": (
        "subscriptions/change.html",
        CHANGE | {"at_once": True, "today_minor": 1545},
    ),
    "change-later": (
        "subscriptions/change.html",
        CHANGE | {"at_once": False, "today_minor": 0},
    ),
}
