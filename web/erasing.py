"""Where the list of erasures is, and what a restored database owes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commands.erasure import Erasures
from commands.erasure_repeats import repeat_erasures
from ledger.journal import Connections, Journal, Vault
from web.database import Database
from web.settings import Settings, master_key
from web.wiring import load_toml, utc_now

FILE_NAME = "erasures.jsonl"


def erasures_of(settings: Settings, seller: Mapping[str, Any]) -> Erasures:
    """Return the list and the terms that persons and receipts are erased by."""
    path = settings.daybook_erasures_file or settings.daybook_var / FILE_NAME
    return Erasures.of(path, seller)


def repeat_after_restore(settings: Settings, database: Database) -> int:
    """Erase again whom a restored database brought back; return how many accounts.

    Where no list was ever written nothing is opened, not even the master key.
    """
    erasures = erasures_of(settings, load_toml(settings.daybook_seller, "seller.toml"))
    if not erasures.noted.path.exists():
        return 0
    connections = Connections(database.service, direct=database.direct, size_max=2)
    connections.open()
    vault = Vault(connections.for_account, master_key(settings))
    journal = Journal(connections, vault)
    try:
        return repeat_erasures(journal, erasures, utc_now())
    finally:
        journal.close()
        connections.close()
