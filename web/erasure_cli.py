"""`daybook erasures`: erase a person now, or again after a backup was restored."""

from __future__ import annotations

import argparse
from uuid import UUID

from commands.erasure import erase_account
from ledger.refusals import NoSuchAccount
from web.erasing import erasures_of, repeat_after_restore
from web.operators import Add, database_for, opened, operator_context, say
from web.settings import Settings


def install(add: Add) -> None:
    """Add `erasures` to the command line."""
    words = "erase a person now, or all of the list again after a restore"
    erasures = add("erasures", _erasures, words)
    erasures.add_argument("what", choices=("now", "repeat"))
    erasures.add_argument("account_id", type=UUID, nargs="?", help="whom, for now")


def _erasures(settings: Settings, parsed: argparse.Namespace) -> int:
    if parsed.what == "repeat":
        return _repeat(settings)
    if parsed.account_id is None:
        say("say whose account")
        return 2
    return _now(settings, parsed.account_id)


def _repeat(settings: Settings) -> int:
    with database_for(settings) as database:
        count = repeat_after_restore(settings, database)
    say(f"{count:,} accounts were erased again")
    return 0


def _now(settings: Settings, account_id: UUID) -> int:
    with opened(settings) as service:
        erasures = erasures_of(settings, service.seller)
        try:
            context = operator_context(service)
            erase_account(service.journal, erasures, account_id, context)
        except NoSuchAccount:
            say("there is no such account")
            return 1
    say("erased; receipts follow when the law lets them go")
    return 0
