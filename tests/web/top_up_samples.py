"""Automatic top-up in every state, as the page of e-mail credits shows it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

SOON = datetime(2026, 12, 1, 9, tzinfo=UTC)
PACKS = {
    "credits-2000": {"credits": 2000, "total_minor": 2000},
    "credits-10000": {"credits": 10000, "total_minor": 7500},
}
TERMS = {
    "threshold": 500,
    "sku": "credits-2000",
    "credits": 2000,
    "currency": "EUR",
    "total_minor": 1900,
    "cap_minor": 15000,
}
FORM = {"top_up_threshold": "500", "top_up_sku": "credits-2000", "top_up_cap": "150"}
UNDER_WAY = {"purchase_id": "p1", "by_holder": False, "next_attempt_at": None}


def top_up(status: str, **facts: Any) -> dict[str, Any]:
    shown: dict[str, Any] = {"status": status, "why": None, "terms": TERMS}
    shown |= {"now_minor": 2000, "card_label": "Visa •••• 4242", "has_card": True}
    shown |= {"spent_minor": 4000, "capped": False, "month_ends": SOON}
    shown |= {"under_way": None, "packs": PACKS, "currency": "EUR", "form": FORM}
    return shown | {"command_id": "t1"} | facts


NO_FORM = dict.fromkeys(FORM, "")
NONE = top_up("off", terms=None, has_card=False, card_label=None, form=NO_FORM)
STATES = {
    "off": top_up("off"),
    "no-card": top_up("no_card", has_card=False, card_label=None),
    "on": top_up("on"),
    "erased": top_up("on", card_label=None, under_way=UNDER_WAY),
    "capped": top_up("on", capped=True),
    "retry": top_up("on", under_way=UNDER_WAY | {"next_attempt_at": SOON}),
    "confirm": top_up("on", under_way=UNDER_WAY | {"by_holder": True}),
    "gone": top_up("paused", why="dearer", now_minor=None),
} | {
    why: top_up("paused", why=why)
    for why in (
        "authentication",
        "cancelled",
        "dearer",
        "declined",
        "disputed",
        "not_sold",
        "refunded",
    )
}


def cases(credits: dict[str, Any]) -> dict[str, tuple[str, dict[str, Any]]]:
    """The page of e-mail credits in each state of top-up."""
    return {
        f"top-up-{name}": ("credits/show.html", credits | {"top_up": shown})
        for name, shown in STATES.items()
    }
