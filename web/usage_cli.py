"""`daybook recount`: the contacts of periods once more, from the journal alone."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from datetime import UTC, datetime
from uuid import UUID

from commands.usage_recounts import Recount, open_periods, recount
from web.operators import Add, opened, say
from web.settings import Settings


def install(add: Add) -> None:
    """Add `recount` to the command line."""
    words = "count an account's contacts again from the journal, while it has the keys"
    parser = add("recount", _recount, words)
    parser.add_argument("account", type=UUID)
    parser.add_argument("--json", action="store_true")


def _recount(settings: Settings, parsed: argparse.Namespace) -> int:
    wrong = 0
    with opened(settings) as service:
        periods = open_periods(service.journal, parsed.account)
        for period_from in periods:
            found = recount(service.journal, parsed.account, period_from)
            wrong += not found.agrees
            say(_told(period_from, found, as_json=parsed.json))
    if not periods and not parsed.json:
        say("no period that can still be corrected: keys of others are destroyed")
    return 1 if wrong else 0


def _told(period_from: datetime, found: Recount, *, as_json: bool) -> str:
    """Return one line a period, and one a report that counted otherwise."""
    if as_json:
        told = {"period_from": period_from.astimezone(UTC).isoformat()}
        return json.dumps({**told, **asdict(found), "agrees": found.agrees})
    verdict = "agrees" if found.agrees else "differs"
    lines = [
        f"period from {period_from.astimezone(UTC):%Y-%m-%d %H:%M} UTC:"
        f" {found.reports:,} reports, {found.distinct:,} different contacts,"
        f" {found.recorded:,} recorded: {verdict}"
    ]
    if found.missing or found.surplus:
        lines.append(
            f"  of the rows beside the journal {found.missing:,} are missing"
            f" and {found.surplus:,} follow from no report"
        )
    lines += [f"  counted otherwise: {name}" for name in found.differing]
    return "\n".join(lines)
