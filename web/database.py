"""The database: which server, which roles, and its schema brought up to date."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ledger.journal import positions
from ledger.journal.verify import verify_chain

ROLES = ("daybook_owner", "daybook_service", "daybook_auditor")
READER = (
    "DO $$ BEGIN CREATE ROLE daybook_reader NOLOGIN;"
    " EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
    " GRANT daybook_reader TO daybook_service, daybook_auditor"
    " WITH INHERIT FALSE, SET TRUE"
)
"""Nobody signs in as the reader: service and auditor become it to read one account."""
DATABASE = "daybook"
LOCK = 0x0DA1_B00C
NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")


class DatabaseTrouble(Exception):  # noqa: N818 - told in one line with its remedy
    """The database cannot be used as it is; the message says what to do."""


@dataclass(frozen=True)
class Database:
    """Conninfo of each role: owner migrates, service works, auditor reads."""

    service: str
    direct: str
    owner: str
    auditor: str


def prepare_embedded(superuser: str, folder: Path, dbname: str = DATABASE) -> Database:
    """Make roles and database on our own server; return how each role signs in."""
    passwords = _role_passwords(folder)
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        for role in ROLES:
            _make_role(connection, role, passwords[role])
        connection.execute(READER)
        _make_database(connection, dbname)
    return database_on(superuser, passwords, dbname)


def database_on(superuser: str, passwords: dict[str, str], dbname: str) -> Database:
    """Return the conninfo of every role for a database on our own server."""
    base = {
        k: v
        for k, v in conninfo_to_dict(superuser).items()
        if k in ("host", "port") and v is not None
    }
    owner, service, auditor = (
        make_conninfo("", **base, dbname=dbname, user=role, password=passwords[role])
        for role in ROLES
    )
    return Database(service, service, owner, auditor)


def _make_role(connection: Connection[Any], role: str, password: str) -> None:
    known = connection.execute(
        "SELECT FROM pg_roles WHERE rolname = %s", (role,)
    ).fetchone()
    verb = "ALTER" if known is not None else "CREATE"
    connection.execute(
        sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(
            sql.SQL(verb), sql.Identifier(role), sql.Literal(password)
        )
    )


def _make_database(connection: Connection[Any], dbname: str) -> None:
    known = connection.execute(
        "SELECT FROM pg_database WHERE datname = %s", (dbname,)
    ).fetchone()
    if known is None:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER daybook_owner").format(
                sql.Identifier(dbname)
            )
        )
        connection.execute(
            sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC").format(
                sql.Identifier(dbname)
            )
        )


def _role_passwords(folder: Path) -> dict[str, str]:
    path = folder / "roles.json"
    if path.exists():
        found: dict[str, str] = json.loads(path.read_text())
        return found
    made = {role: secrets.token_urlsafe(24) for role in ROLES}
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(made, file)
    return made


def migrations() -> Iterator[tuple[int, str, str]]:
    """Return number, name and SQL of every migration, in order."""
    folder = resources.files("web").joinpath("migrations")
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        found = NAME.fullmatch(file.name)
        if found is not None:
            yield int(found[1]), file.name, file.read_text()


def migrate(owner: str) -> list[str]:
    """Bring the schema up to date and adopt the server; return what was done.

    Runs with the owner's rights. Raises DatabaseTrouble when the database is newer
    than this software, or when its chain does not verify before an adoption.
    """
    done = []
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations (number integer PRIMARY KEY,"
            " name text NOT NULL, ran_at timestamptz NOT NULL DEFAULT now())"
        )
        connection.execute("GRANT SELECT ON migrations TO PUBLIC")
        known = _ran(connection)
        for number, name, text in _pending(known):
            with connection.transaction():
                connection.execute(text.encode())
                connection.execute(
                    "INSERT INTO migrations (number, name) VALUES (%s, %s)",
                    (number, name),
                )
            done.append(name)
        done += _adopt(connection)
    return done


def _ran(connection: Connection[Any]) -> set[int]:
    rows = connection.execute("SELECT number FROM migrations").fetchall()
    return {number for (number,) in rows}


def _pending(known: set[int]) -> list[tuple[int, str, str]]:
    ours = list(migrations())
    newest = max(number for number, _, _ in ours)
    if known and max(known) > newest:
        raise DatabaseTrouble(
            f"the database is at migration {max(known)}, this software at {newest}:"
            " run the newer software"
        )
    return [migration for migration in ours if migration[0] not in known]


def _adopt(connection: Connection[Any]) -> list[str]:
    try:
        positions.check_adopted(connection)
    except positions.NotAdopted:
        broken = next(verify_chain(connection), None)
        if broken is not None:
            raise DatabaseTrouble(
                f"not adopted, the chain is broken: {broken}"
            ) from None
        epoch = positions.adopt(connection)
        return [] if epoch is None else [f"epoch {epoch.epoch} adopted"]
    return []


def check_service_role(connection: Connection[Any]) -> None:
    """Refuse a role that could change what is recorded; raises DatabaseTrouble."""
    row = connection.execute(
        "SELECT current_user, r.rolsuper OR pg_has_role(c.relowner, 'MEMBER')"
        " OR has_any_column_privilege('journal', 'UPDATE')"
        " OR has_table_privilege('journal', 'DELETE')"
        " OR has_table_privilege('journal', 'TRUNCATE')"
        " FROM pg_class c, pg_roles r"
        " WHERE c.oid = 'journal'::regclass AND r.rolname = current_user"
    ).fetchone()
    assert row is not None
    if row[1]:
        raise DatabaseTrouble(
            f"DATABASE_URL signs in as {row[0]}, which could change the journal:"
            " use a member of daybook_service"
        )


def check_current(connection: Connection[Any]) -> None:
    """Raise DatabaseTrouble unless every migration of this software has run."""
    exists = connection.execute("SELECT to_regclass('migrations')").fetchone()
    known = _ran(connection) if exists is not None and exists[0] is not None else set()
    if pending := _pending(known):
        raise DatabaseTrouble(
            f"migration {pending[0][1]} has not run: run 'daybook migrate'"
        )
