"""`daybook reconcile`: a day of Stripe's balance against the journal, both ways."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from datetime import date, timedelta

from commands.gateways.processor import PaymentRefused, PaymentsUnreachable
from commands.reconciliation import reconcile
from commands.reconciliation_reports import Report
from ledger.money import Money
from web.operators import Add, database_for, say
from web.settings import Settings
from web.wiring import build, utc_now

NOTHING_TO_ASK = (
    "say whom to ask: set STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET,"
    " or DAYBOOK_PAYMENTS_URL for the stand-in that `daybook run` prints"
)


def install(add: Add) -> None:
    """Add `reconcile` to the command line."""
    words = "compare a day of Stripe's balance with the journal; settle what is news"
    parser = add("reconcile", _reconcile, words)
    parser.add_argument(
        "--date", type=_day, help="ISO 8601, in UTC; yesterday unless told"
    )
    parser.add_argument("--json", action="store_true")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("write a day such as 2026-11-23") from None


def _reconcile(settings: Settings, parsed: argparse.Namespace) -> int:
    if not settings.stripe_secret_key and not settings.daybook_payments_url:
        say(NOTHING_TO_ASK)
        return 2
    now = utc_now()
    day = parsed.date or now.date() - timedelta(days=1)
    with database_for(settings) as database, build(settings, database) as service:
        try:
            report = reconcile(
                service.journal, service.reader, service.payments, day, now
            )
        except (PaymentsUnreachable, PaymentRefused) as trouble:
            say(f"Stripe did not tell: {trouble}")
            return 1
    say(_as_json(report) if parsed.json else "\n".join(_lines(report)))
    return 1 if report.differences else 0


def _as_json(report: Report) -> str:
    return json.dumps(asdict(report), default=str)


def _lines(report: Report) -> list[str]:
    """Return what a person reads: the figures, then one line a difference."""
    lines = [
        f"{report.day}: {report.movements:,} movements at Stripe,"
        f" {report.settled:,} were news and are recorded now,"
        f" {len(report.differences):,} differences"
    ]
    for one in report.differences:
        ours = _money(one.ours_minor, one.currency)
        theirs = _money(one.theirs_minor, one.currency)
        lines.append(
            f"  {one.what}: {one.kind} {one.name} of account {one.account_id}:"
            f" journal {ours}, Stripe {theirs}"
        )
    return lines


def _money(minor: int | None, currency: str) -> str:
    return "nothing" if minor is None else str(Money(minor, currency))
