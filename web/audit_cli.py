"""`daybook audit`: replay, explain and verify from nothing but the journal."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg import Connection

from ledger.journal import BlindVault, Connections, Place, Reader
from ledger.journal.records import TypedMapper
from ledger.journal.verify import verify_chain
from projections import audit
from projections.follow import Views
from web.operators import database_for, say
from web.settings import Settings
from web.wiring import utc_now

ONE_ACCOUNT = "SELECT set_config('daybook.account', %s, false)"
"""From now on row security shows the session no other account."""


def install(commands: Any) -> None:
    """Add `audit` and what belongs under it to the command line."""
    words = "replay, explain and verify from nothing but the journal"
    parser = commands.add_parser("audit", help=words, description=words)
    below = parser.add_subparsers(required=True, metavar="question")
    replay = below.add_parser("replay", help="rebuild every balance from the facts")
    replay.set_defaults(run=_replay)
    replay.add_argument("--account", type=UUID)
    until = replay.add_mutually_exclusive_group()
    until.add_argument("--as-of", type=_moment, help="ISO 8601, with a zone")
    until.add_argument("--position", type=_position, help="cell.epoch.position")
    replay.add_argument("--json", action="store_true")
    replay.add_argument("--against-views", action="store_true")
    explain = below.add_parser("explain", help="list what makes a figure")
    explain.set_defaults(run=_explain)
    explain.add_argument("figure", choices=("credits",))
    explain.add_argument("account", type=UUID)
    verify = below.add_parser("verify", help="recompute every hash")
    verify.set_defaults(run=_verify)
    verify.add_argument("--account", type=UUID)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError("say the zone, such as 2026-11-23T12:00Z")
    return moment.astimezone(UTC)


def _position(text: str) -> int:
    return Place.parse(text).position if "." in text else int(text)


class Bar:
    """A line that counts on a terminal, and is silent elsewhere."""

    def __init__(self, words: str) -> None:
        self._words = words
        self._shown = sys.stderr.isatty()

    def __call__(self, count: int) -> None:
        """Show the count."""
        if self._shown:
            print(  # noqa: T201 - a command speaks
                f"\r{self._words}: {count:,} events",
                end="",
                file=sys.stderr,
                flush=True,
            )

    def done(self) -> None:
        """Leave the line."""
        if self._shown:
            sys.stderr.write("\n")


@dataclass(frozen=True)
class Desk:
    """What an auditor works with: reads only, and nothing of it personal."""

    reader: Reader
    views: Views
    connection: Connection[Any]


@contextmanager
def _reading(settings: Settings, account_id: UUID | None = None) -> Iterator[Desk]:
    with database_for(settings) as database:
        connections, vault = Connections(database.auditor, size_max=2), BlindVault()
        connections.open()
        try:
            reader = Reader(connections, TypedMapper(vault))
            views = Views(connections, vault)
            with connections.direct() as connection:
                if account_id is not None:
                    connection.execute(ONE_ACCOUNT, (str(account_id),))
                yield Desk(reader, views, connection)
        finally:
            connections.close()


def _replay(settings: Settings, parsed: argparse.Namespace) -> int:
    bar, wrong, count, total = Bar("replay"), 0, 0, 0
    until = audit.Until(position=parsed.position, moment=parsed.as_of)
    with _reading(settings, parsed.account) as desk:
        now = utc_now()
        for books in audit.replay(
            desk.reader, desk.connection, now, parsed.account, until, bar
        ):
            count, total = count + 1, total + books.balance
            differences = (
                audit.compare(desk.views, books, now) if parsed.against_views else []
            )
            wrong += bool(differences or books.unreadable)
            _tell(books, differences, as_json=parsed.json)
    bar.done()
    if not parsed.json:
        say(f"{count:,} accounts, {total:,} credits")
        if parsed.against_views:
            say("every view agrees" if not wrong else f"{wrong:,} accounts differ")
    return 1 if wrong else 0


def _tell(books: audit.Books, differences: list[str], *, as_json: bool) -> None:
    if as_json:
        say(json.dumps({**books.as_json(), "differences": differences}))
        return
    paid = " ".join(f"{minor:,} {code}" for code, minor in books.paid_minor.items())
    say(
        f"{books.account_id}  balance {books.balance:>9,}  available"
        f" {books.available:>9,}  held {books.held:>7,}  orders {books.orders:>4,}"
        f"  receipts {books.receipts:>4,}  paid {paid or '0'} (minor units)"
    )
    for position in books.unreadable:
        say(f"  cannot be read: position {position}")
    for line in differences:
        say(f"  differs: {line}")


def _explain(settings: Settings, parsed: argparse.Namespace) -> int:
    with _reading(settings, parsed.account) as desk:
        now = utc_now()
        steps, balance = audit.explain_credits(
            desk.reader, desk.connection, parsed.account, now
        )
    if balance is None:
        say("this account never had credits")
        return 1
    for step in steps:
        say(
            f"{step.version:>6}  {step.happened_at:%Y-%m-%d %H:%M:%S} UTC"
            f"  {step.topic:<20} {step.change:>+11,} {step.balance:>11,}  {step.by}"
        )
        for lot, start, count, net, tax in step.parts:
            run = f"credits {start}..{start + count}"
            say(f"        lot {lot} {run} net {net} tax {tax}")
    figures = balance.figures(now)
    say(f"granted {figures.granted:,} = captured {figures.captured:,} + held"
        f" {figures.held:,} + available {figures.available:,} + coming"
        f" {figures.coming:,} + expired {figures.expired:,}")  # fmt: skip
    say(f"balance {figures.available + figures.held:,} (held + available)")
    return 0


def _verify(settings: Settings, parsed: argparse.Namespace) -> int:
    bar, broken = Bar("verify"), 0
    with _reading(settings, parsed.account) as desk:
        for row in verify_chain(desk.connection, parsed.account, bar):
            broken += 1
            say(str(row))
    bar.done()
    say("every hash fits" if not broken else f"{broken:,} rows are broken")
    return 1 if broken else 0
