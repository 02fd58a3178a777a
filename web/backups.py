"""`daybook backup` and `daybook restore`: the whole database as one file."""

from __future__ import annotations

import argparse
import os
import subprocess
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ledger.journal import Connections, Vault
from web.database import Database, DatabaseTrouble, migrate
from web.embedded import find_binaries
from web.embedded_cluster import complaint, sync
from web.erasing import repeat_after_restore
from web.operators import Add, database_for, say
from web.settings import Settings, master_key
from web.wiring import check_master_key


def install(add: Add) -> None:
    """Add both to the command line."""
    backup = add("backup", _backup, "write the whole database into one file")
    backup.add_argument("file", type=Path, help="a file that is not there yet")
    restore = add("restore", _restore, "fill an empty database from such a file")
    restore.add_argument("file", type=Path)


def dump(owner: str, file: Path) -> None:
    """Write a database into a new file, as of one moment. Raises DatabaseTrouble.

    What is not yet whole has another name, so that nobody takes it for a backup.
    """
    if file.exists():
        raise DatabaseTrouble(f"{file} is there already: choose another name")
    draft = file.with_name(f"{file.name}.part")
    draft.unlink(missing_ok=True)
    try:
        draft.touch(mode=0o600)
        _program("pg_dump", owner, "--format=custom", f"--file={draft}")
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.rename(file)
        sync(file.parent)
    except OSError as trouble:
        raise DatabaseTrouble(f"{file} cannot be written: {trouble.strerror}") from None
    finally:
        draft.unlink(missing_ok=True)


def fill(owner: str, file: Path) -> None:
    """Fill an empty database from a file, wholly or not at all.

    Raises DatabaseTrouble, also when something is in the database already.
    """
    if not file.is_file():
        raise DatabaseTrouble(f"there is no backup {file}")
    with psycopg.connect(owner, autocommit=True) as connection:
        found = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p', 'S', 'v')"
            " AND relnamespace = 'public'::regnamespace LIMIT 1"
        ).fetchone()
    if found is not None:
        raise DatabaseTrouble(
            "the database is not empty: restore into a new one, and keep this one"
            " until the new one serves"
        )
    _program("pg_restore", owner, "--single-transaction", "--exit-on-error", file)


def _program(name: str, owner: str, *arguments: str | Path) -> None:
    """Run one of PostgreSQL's programs as the owner; his password stays unseen."""
    parts = conninfo_to_dict(owner)
    password = str(parts.pop("password", None) or "")
    dbname = make_conninfo("", **{k: v for k, v in parts.items() if v is not None})
    done = subprocess.run(  # noqa: S603 - the installation's own program
        [find_binaries(os.environ).folder / name, f"--dbname={dbname}", *arguments],
        env=os.environ | ({"PGPASSWORD": password} if password else {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise DatabaseTrouble(f"{name} failed: {complaint(done.stderr)}")


def _backup(settings: Settings, parsed: argparse.Namespace) -> int:
    with database_for(settings) as database:
        dump(database.owner, parsed.file)
    say(f"{parsed.file.stat().st_size:,} bytes in {parsed.file}")
    say("The master key and the list of erasures are not in it: keep both elsewhere.")
    return 0


def _restore(settings: Settings, parsed: argparse.Namespace) -> int:
    with database_for(settings, make=True) as database:
        fill(database.owner, parsed.file)
        done = migrate(database.owner)
        _check_key(settings, database)
        count = repeat_after_restore(settings, database)
    for line in [*done, f"{count:,} accounts erased again"]:
        say(line)
    return 0


def _check_key(settings: Settings, database: Database) -> None:
    connections = Connections(database.service, direct=database.direct, size_max=1)
    connections.open()
    try:
        check_master_key(Vault(connections.for_account, master_key(settings)))
    finally:
        connections.close()
