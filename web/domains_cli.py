"""Sending domains from the command line: how they stand, and who has a name."""

from __future__ import annotations

import argparse
import json
from uuid import UUID

from commands.domain_contests import TransferDomain, transfer_domain
from commands.domains import domains_of
from ledger.domains import SendingDomain
from ledger.refusals import NoSuchDomain, NotContested, TextRefused
from web.operators import Add, opened, operator_context, say
from web.settings import Settings


def install(add: Add) -> None:
    """Add `domains` to the command line."""
    words = "list an account's sending domains, or let one have a contested name"
    parser = add("domains", _domains, words)
    parser.add_argument("what", choices=("list", "transfer"))
    parser.add_argument("account", type=UUID)
    parser.add_argument("domain", type=UUID, nargs="?")
    parser.add_argument("--reason", default="")
    parser.add_argument("--json", action="store_true")


def _domains(settings: Settings, parsed: argparse.Namespace) -> int:
    if parsed.what == "transfer":
        return _transfer(settings, parsed)
    with opened(settings) as service:
        rows = [_row(domain) for domain in domains_of(service.journal, parsed.account)]
    for row in rows:
        say(json.dumps(row) if parsed.json else _line(row))
    if not rows and not parsed.json:
        say("the account has no sending domain")
    return 0


def _transfer(settings: Settings, parsed: argparse.Namespace) -> int:
    if parsed.domain is None:
        say("which of the account's domains gets the name is needed")
        return 2
    command = TransferDomain(
        account_id=parsed.account, domain_id=parsed.domain, reason=parsed.reason
    )
    with opened(settings) as service:
        try:
            transfer_domain(service.journal, command, operator_context(service))
        except TextRefused:
            say("--reason is needed: it is recorded")
            return 2
        except (NoSuchDomain, NotContested) as refusal:
            say((type(refusal).__doc__ or "").strip())
            return 1
    say("the account has the name; the former holder is told")
    return 0


def _row(domain: SendingDomain) -> dict[str, str | None]:
    contest = domain.contest
    return {
        "domain_id": str(domain.id),
        "name": domain.name,
        "state": domain.state,
        "since": domain.since.isoformat(),
        "contested_until": contest and contest["until"].isoformat(),
        "contested_by": contest and str(contest["other_id"]),
    }


def _line(row: dict[str, str | None]) -> str:
    line = f"{row['domain_id']}  {row['name']}: {row['state']} since {row['since']}"
    if row["contested_until"] is None:
        return line
    return f"{line}, contested by {row['contested_by']} until {row['contested_until']}"
