"""Sample contexts of the page of the tracking domain."""

from __future__ import annotations

from typing import Any

from tests.web.domain_samples import CHECKED, FRAME, NAME, NEXT, record

TRACKING: dict[str, Any] = FRAME | {
    "tracking": None,
    "record": None,
    "verified": [NAME],
    "shared": "links.daybook.test",
    "problem": None,
    "looked_for": True,
    "form": {"host": ""},
}
HOST = {"host": f"links.{NAME}", "domain": True, "state": "pending"} | {
    "checked_at": None,
    "next_at": NEXT,
}
WRONG = {"host": "links.other.example is not below a verified domain."}


def tracked(state: str, found: str, **facts: Any) -> dict[str, Any]:
    """The page of a tracking domain that was checked."""
    values = HOST | {"state": state, "checked_at": CHECKED} | facts
    return TRACKING | {"tracking": values, "record": record("tracking", found)}


TRACKED: dict[str, tuple[str, dict[str, Any]]] = {
    f"tracking-{name}": ("tracking/show.html", context)
    for name, context in (
        ("none", TRACKING | {"verified": []}),
        ("new", TRACKING),
        ("wrong", TRACKING | {"form": {"host": "x"}, "errors": WRONG}),
        ("waiting", tracked("pending", "waiting") | {"looked_for": False}),
        ("verified", tracked("verified", "found")),
        ("lost", tracked("lost", "dns_error") | {"problem": "Wait 30 seconds."}),
        ("orphaned", tracked("verified", "found", domain=False)),
    )
}
