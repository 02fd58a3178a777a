"""Sample contexts of the pages of sending domains and of the tracking domain."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from web.panel.differing import differing, whole

NOW = datetime(2026, 11, 23, 9, 52, 7, tzinfo=UTC)
CHECKED = datetime(2026, 11, 23, 9, 48, tzinfo=UTC)
NEXT = datetime(2026, 11, 23, 10, 5, tzinfo=UTC)
LATER = datetime(2026, 11, 26, 9, 48, tzinfo=UTC)
NAME, ZONE, OURS = "news.hollisgray.example", "hollisgray.example", "mail.daybook.test"
LABEL = "k7f3a9wq2m5x8b4n6c1p0d3r7t"
ID = UUID(int=7)
FRAME = {"now": NOW, "command_id": "c1", "recorded_soon": False, "errors": {}}


def record(
    kind: str, state: str = "waiting", *found: str, advice: str | None = None
) -> dict[str, Any]:
    """One record with what was found of it."""
    host, type_, value = {
        "dkim1": ("dm1._domainkey", "CNAME", f"dm1.{LABEL}.dkim.{OURS}"),
        "dkim2": ("dm2._domainkey", "CNAME", f"dm2.{LABEL}.dkim.{OURS}"),
        "return_path": ("bounce", "CNAME", f"{LABEL}.bounce.{OURS}"),
        "dmarc": ("_dmarc", "TXT", "v=DMARC1; p=none"),
        "tracking": ("links", "CNAME", f"{LABEL}.trk.{OURS}"),
    }[kind]
    return {
        "kind": kind,
        "type": type_,
        "host": f"{host}.{NAME}",
        "relative": f"{host}.news",
        "plain": value,
        "value": differing(value, found[0])[0] if len(found) == 1 else whole(value),
        "state": state,
        "found": [differing(value, one)[1] for one in found],
        "advice": advice,
        "kept": "found" if state in ("timed_out", "dns_error") else None,
    }


DKIM1, DKIM2 = record("dkim1"), record("dkim2")
RETURN, DMARC = record("return_path"), record("dmarc")
FOUND = [DKIM1 | {"state": "found"}, DKIM2 | {"state": "found"}]
TWICE = "Your DNS panel added “hollisgray.example” to the value once more."
MIXED = [
    FOUND[0],
    record("dkim2", "different", f"{DKIM2['plain']}.{ZONE}", advice=TWICE),
]
TOLD = [
    record("return_path", "several", "a.other.example", f"{LABEL}.bounce.{OURS}")
    | {"advice": "Two records have this name. Keep ours and delete the other."},
    record("dmarc", "found", "v=DMARC1; p=quarantine; rua=mailto:d@hollisgray.example"),
]
SILENT = [
    record("return_path", "timed_out", advice="The name servers did not answer."),
    record("dmarc", "dns_error", advice="The name servers answered with an error."),
]
DOMAIN: dict[str, Any] = {
    "id": ID,
    "name": NAME,
    "ascii": None,
    "zone": ZONE,
    "state": "pending",
    "why": None,
    "found": 0,
    "wanted": 2,
    "worst": "waiting",
    "until": None,
    "contest": None,
    "checked_at": None,
    "next_at": NEXT,
}
ADDED = {"at": CHECKED, "words": "Added", "sub": None}
STEPS = ["Sign in there and open “DNS”.", "Add each record.", "Turn the proxy off."]
NONE = {
    "rows": [ADDED],
    "first": 0,
    "last": 0,
    "total": 0,
    "newer": None,
    "older": None,
}
ROWS = [
    {
        "at": CHECKED,
        "words": "Failed",
        "sub": "The records were missing for three days.",
    },
    {"at": CHECKED, "words": "Added", "sub": None},
]
LOOKS = [
    {"at": CHECKED, "since": None, "looks": 1, "found": 1, "wanted": 2}
    | {"lacking": [("dkim2", "different"), ("dmarc", "waiting")]},
    {"at": CHECKED, "since": NOW, "looks": 12, "found": 2, "wanted": 2, "lacking": []},
]
HISTORY = NONE | {"rows": ROWS, "first": 1, "last": 2, "total": 30, "older": "/older"}
PAGE: dict[str, Any] = FRAME | {
    "domain": DOMAIN,
    "required": [DKIM1, DKIM2],
    "recommended": [RETURN, DMARC],
    "provider": None,
    "steps": STEPS,
    "advice": [],
    "keys": [],
    "looks": [],
    "history": NONE,
    "problem": None,
    "looked_for": True,
    "ours": OURS,
}
ADVICE = [
    {"words": "There are several SPF records.", "evidence": ["v=spf1 mx", "v=spf1 a"]},
    {"words": "The DMARC record is strict.", "evidence": []},
]
KEYS = ["Key 1 has signed since 1 Nov 2026.", "Key 2 is published and waits."]


def page(required: list[Any], recommended: list[Any], **facts: Any) -> dict[str, Any]:
    """The page of a domain that was checked."""
    domain = DOMAIN | {"checked_at": CHECKED} | facts
    records = {"required": required, "recommended": recommended}
    provider = {"name": "Cloudflare", "servers": ["ada.ns.cloudflare.com"]}
    return (
        PAGE | records | {"domain": domain, "provider": provider} | {"history": HISTORY}
    )


VERIFIED = page(FOUND, TOLD, state="verified", found=2, worst="found")
DEGRADED = page(MIXED, SILENT, state="degraded", found=1, until=LATER)
CONTEST = {"side": "holder", "until": LATER}
CLAIM = {"side": "claimant", "until": LATER}
ONE: dict[str, dict[str, Any]] = {
    "new": PAGE,
    "blind": PAGE | {"looked_for": False},
    "one-wrong": page(MIXED, [RETURN, DMARC], found=1, worst="different"),
    "silent": page([FOUND[0]], SILENT, worst="dns_error") | {"provider": None},
    "verified": VERIFIED | {"keys": KEYS, "steps": []},
    "advised": VERIFIED | {"advice": ADVICE},
    "degraded": DEGRADED | {"problem": "Wait 30 seconds.", "recorded_soon": True},
    "failed": page([DKIM1, DKIM2], [], state="failed", why="lost", next_at=None),
    "never-found": page([DKIM1, DKIM2], [], state="failed", why="never_found"),
    "transferred": page([DKIM1, DKIM2], [], state="failed", why="transferred"),
    "contested": page(FOUND, [], state="verified", found=2, contest=CONTEST),
    "claiming": page(FOUND, [], found=2, worst="found", contest=CLAIM)
    | {"looks": LOOKS[:1]},
}
SHEET: dict[str, Any] = {
    "domain": DOMAIN,
    "required": [DKIM1, DKIM2],
    "recommended": [RETURN, DMARC],
    "asker": "helen@hollisgray.example",
    "form": {"email": "", "language": "en"},
    "left": 4,
    "daily": 5,
    "errors": {},
    "command_id": "c1",
}
MAILED = {"kind": "ok", "title": "Mailed", "text": None, "action": None}
LISTED = [
    DOMAIN | {"href": f"/domains/{number}", "state": state, "found": found}
    for number, (state, found) in enumerate(
        (("pending", 0), ("pending", 1), ("verified", 2), ("degraded", 1))
    )
]
LISTED += [LISTED[0] | {"worst": worst} for worst in ("several", "dns_error")]
LIST = FRAME | {"domains": LISTED, "ours": OURS, "form": {"domain": ""}}
WRONG = {"domain": "Mailboxes at gmail.com are given to everybody."}
Case = tuple[str, dict[str, Any]]
DOMAINS: dict[str, Case] = {
    "domains": ("domains/index.html", LIST),
    "domains-none": ("domains/index.html", LIST | {"domains": []}),
    "domains-wrong": (
        "domains/index.html",
        LIST
        | {"form": {"domain": "gmail.com"}, "errors": WRONG, "recorded_soon": True},
    ),
    "domain-sheet": ("domains/sheet.html", SHEET),
    "domain-sheet-wrong": (
        "domains/sheet.html",
        SHEET | {"recommended": [], "errors": {"email": "This is no address."}},
    ),
    "domain-sheet-all-sent": ("domains/sheet.html", SHEET | {"left": 0}),
    "domain-remove": (
        "domains/remove.html",
        {"domain": DOMAIN, "tracking": f"links.{NAME}", "ours": OURS}
        | {"command_id": "c1"},
    ),
}
DOMAINS |= {f"domain-{name}": ("domains/show.html", it) for name, it in ONE.items()}
LETTERS: dict[str, Case] = {
    "letters-refuse": ("it_letters/refuse.html", {}),
    "letters-refused": ("it_letters/refused.html", {}),
}
