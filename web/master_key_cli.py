"""`daybook master-key change`: another master key, wrapped around the same keys."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg import Connection

from ledger.journal import Vault
from web.operators import Add, database_for, say
from web.settings import Settings, key_in, make_key_file, master_key
from web.wiring import check_master_key


def install(add: Add) -> None:
    """Add `master-key` to the command line."""
    change = add("master-key", _change, "wrap every key anew with another master key")
    change.add_argument("what", choices=("change",))
    change.add_argument("file", type=Path, help="the new one; made if it is not there")


def _change(settings: Settings, parsed: argparse.Namespace) -> int:
    with database_for(settings) as database:

        @contextmanager
        def connect(_account_id: UUID) -> Iterator[Connection[Any]]:
            with psycopg.connect(database.owner, autocommit=True) as connection:
                yield connection

        vault = Vault(connect, master_key(settings))
        check_master_key(vault)
        if not parsed.file.exists():
            make_key_file(parsed.file)
        count = vault.rewrap(key_in(parsed.file))
    say(f"{count:,} keys are wrapped anew")
    say(f"Only the key in {parsed.file} opens them: start Daybook with it.")
    return 0
