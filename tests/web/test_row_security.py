"""A reader sees one account, whatever its SQL forgot; the service sees them all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import Connection, sql
from psycopg.types.json import Jsonb

from ledger.journal import Journal
from ledger.journal.connections import Connections
from projections.follow import Views
from tests.conftest import NOON
from tests.rows import auditor, service
from web.audit_cli import _reading
from web.database import Database
from web.settings import Settings

COMMON = {"consumer_parked", "consumer_positions", "journal_epoch", "migrations"}
"""What tells where a view stands; no table of facts."""
GUARDED = """
SELECT c.relname, c.relrowsecurity, coalesce(array_agg(p.polname::text
    ORDER BY p.polname) FILTER (WHERE p.polname IS NOT NULL), '{}')
FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid
    AND a.attname = 'account_id' AND NOT a.attisdropped)
  AND (has_any_column_privilege('daybook_reader', c.oid, 'SELECT')
    OR has_any_column_privilege('daybook_auditor', c.oid, 'SELECT'))
GROUP BY c.relname, c.relrowsecurity ORDER BY c.relname"""
POLICIES = [
    "a_reader_sees_one_account",
    "an_auditor_sees_all_or_one",
    "the_service_works_for_all",
]
COLUMNS = """
SELECT a.attname, format_type(a.atttypid, NULL) FROM pg_attribute a
WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
  AND a.attnotnull ORDER BY a.attnum"""
RULES = """
SELECT conrelid::regclass::text, conname FROM pg_constraint
WHERE contype = 'c' AND connamespace = 'public'::regnamespace"""


class Two(NamedTuple):
    """A database in which every guarded table has a row of each of two accounts."""

    database: Database
    tables: list[str]
    ann: UUID
    bob: UUID


def guarded(database: Database) -> dict[str, bool]:
    """Return which tables that are read by account keep accounts apart."""
    with psycopg.connect(database.owner) as connection:
        rows = connection.execute(GUARDED.encode()).fetchall()
    return {name: apart and policies == POLICIES for name, apart, policies in rows}


def any_value(kind: str, column: str, account_id: UUID) -> Any:
    """Return something that a column of this type takes."""
    if column == "account_id":
        return account_id
    made = {
        "uuid": uuid4(),
        "text": uuid4().hex,
        "bytea": uuid4().bytes * 2,
        "boolean": False,
        "timestamp with time zone": NOON,
        "date": NOON.date(),
        "jsonb": Jsonb([]),
        "text[]": [],
    }
    return made.get(kind, account_id.int % 30_000 + 1)


def plant(owner: Connection[Any], table: str, account_id: UUID) -> None:
    """Insert a row of the account, past every rule but keys."""
    columns = owner.execute(COLUMNS, (table,)).fetchall()
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(sql.Identifier(name) for name, _ in columns),
        sql.SQL(", ").join(sql.Placeholder() for _ in columns),
    )
    owner.execute(statement, [any_value(t, name, account_id) for name, t in columns])


@pytest.fixture
def two(empty_database: Database) -> Two:
    found = Two(empty_database, list(guarded(empty_database)), uuid4(), uuid4())
    with psycopg.connect(empty_database.owner, autocommit=True) as owner:
        for table, name in owner.execute(RULES.encode()).fetchall():
            owner.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}".encode())
        for table in found.tables:
            for account_id in (found.ann, found.bob):
                plant(owner, table, account_id)
    return found


def accounts_in(connection: Connection[Any], table: str) -> set[UUID]:
    """Return whose rows this connection is shown."""
    name = sql.Identifier(table)
    found = connection.execute(sql.SQL("SELECT account_id FROM {}").format(name))
    return {row[0] for row in found.fetchall()}


def read_by_readers(database: Database) -> set[str]:
    """Return the tables that the reader may select from."""
    with psycopg.connect(database.owner) as connection:
        rows = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm')"
            " AND relnamespace = 'public'::regnamespace"
            " AND has_any_column_privilege('daybook_reader', oid, 'SELECT')"
        ).fetchall()
    return {row[0] for row in rows}


@contextmanager
def as_reader(database: Database) -> Iterator[Connection[Any]]:
    """Lend a service's connection in the reader's role, with no account named."""
    with service(database) as connection, connection.transaction():
        connection.execute("SET LOCAL ROLE daybook_reader")
        yield connection


@contextmanager
def connections_on(conninfo: str) -> Iterator[Connections]:
    """Lend a pool of one connection, so that everybody uses the same."""
    connections = Connections(conninfo, size_max=1)
    connections.open()
    try:
        yield connections
    finally:
        connections.close()


def test_every_table_that_is_read_by_account_keeps_accounts_apart(
    database: Database,
) -> None:
    found = guarded(database)
    assert "journal" in found
    assert [name for name, apart in found.items() if not apart] == []


@pytest.mark.parametrize("role", ["daybook_reader", "daybook_auditor"])
def test_a_new_table_that_was_not_walled_off_is_found(
    empty_database: Database, role: str
) -> None:
    with psycopg.connect(empty_database.owner, autocommit=True) as owner:
        owner.execute("CREATE TABLE forgotten (account_id uuid, note text)")
        owner.execute(f"GRANT SELECT (note) ON forgotten TO {role}".encode())
    assert guarded(empty_database)["forgotten"] is False
    with psycopg.connect(empty_database.owner, autocommit=True) as owner:
        owner.execute("CALL keep_accounts_apart('forgotten')")
    assert guarded(empty_database)["forgotten"] is True


def test_the_reader_reads_what_views_are_made_of_and_changes_nothing(
    database: Database, journal: Journal
) -> None:
    views = Views(journal.connections, journal.vault).all.values()
    tables = {table for view in views for table in view.tables}
    assert read_by_readers(database) - {"jar_beans"} == tables | COMMON
    with psycopg.connect(database.owner) as connection:
        rows = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm')"
            " AND relnamespace = 'public'::regnamespace AND has_table_privilege("
            "'daybook_reader', oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES,"
            " TRIGGER, MAINTAIN')"
        ).fetchall()
    assert rows == []


@pytest.mark.parametrize(
    "table",
    ["claims", "data_keys", "journal", "mail_outbox", "secrets", "sessions", "tokens"],
)
def test_the_reader_reads_no_secret_no_session_and_no_fact(
    database: Database, table: str
) -> None:
    with (
        as_reader(database) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(f"SELECT 1 FROM {table}".encode())


def test_nobody_signs_in_as_the_reader_or_has_its_rights_unasked(
    database: Database,
) -> None:
    with psycopg.connect(database.owner) as connection:
        row = connection.execute(
            "SELECT rolcanlogin, rolbypassrls, pg_has_role('daybook_service', oid,"
            " 'SET'), pg_has_role('daybook_service', oid, 'USAGE')"
            " FROM pg_roles WHERE rolname = 'daybook_reader'"
        ).fetchone()
    assert row == (False, False, True, False)


def test_a_reader_who_named_no_account_sees_no_row_of_any_table(two: Two) -> None:
    with as_reader(two.database) as connection:
        for table in read_by_readers(two.database) & set(two.tables):
            assert accounts_in(connection, table) == set(), table


def test_a_reader_sees_of_every_table_the_account_it_reads_for(two: Two) -> None:
    tables = read_by_readers(two.database) & set(two.tables)
    assert len(tables) > 10
    with connections_on(two.database.service) as connections:
        for account_id in (two.ann, two.bob, two.ann):
            with connections.reading(account_id) as connection:
                for table in tables:
                    assert accounts_in(connection, table) == {account_id}, table


@pytest.mark.parametrize("table", ["credit_lines", "no_such_table"])
def test_what_a_reader_was_shown_is_over_with_its_transaction_however_it_ends(
    two: Two, table: str
) -> None:
    with connections_on(two.database.service) as connections:
        with (
            suppress(psycopg.errors.UndefinedTable),
            connections.reading(two.ann) as connection,
        ):
            connection.execute(f"SELECT FROM {table}".encode())
        with connections.for_account(two.ann) as connection:
            row = connection.execute(
                "SELECT current_user::text, current_setting('daybook.account', true)"
            ).fetchone()
            assert row == ("daybook_service", "")


def test_a_reading_writes_nothing(two: Two) -> None:
    with connections_on(two.database.service) as connections:
        for role in ("", "RESET ROLE;"):
            with (
                pytest.raises(
                    (
                        psycopg.errors.ReadOnlySqlTransaction,
                        psycopg.errors.InsufficientPrivilege,
                    )
                ),
                connections.reading(two.ann) as connection,
            ):
                connection.execute(f"{role} DELETE FROM credit_lines".encode())


def test_an_account_that_is_no_uuid_shows_no_row(two: Two) -> None:
    with as_reader(two.database) as connection:
        connection.execute("SET LOCAL daybook.account = 'ann'")
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            connection.execute("SELECT FROM credit_lines")


def test_the_service_sees_and_changes_the_rows_of_all(two: Two) -> None:
    with service(two.database) as connection:
        connection.execute(f"SET daybook.account = '{two.ann}'".encode())
        for table in two.tables:
            assert accounts_in(connection, table) >= {two.ann, two.bob}, table
        gone = connection.execute("DELETE FROM credit_lines").rowcount
    assert gone == 2


def test_an_auditor_sees_all_until_he_names_an_account(two: Two) -> None:
    with auditor(two.database) as connection:
        for table in two.tables:
            if table in read_by_readers(two.database) or table == "journal":
                assert accounts_in(connection, table) >= {two.ann, two.bob}, table
        connection.execute(f"SET daybook.account = '{two.ann}'".encode())
        for table in two.tables:
            assert accounts_in(connection, table) == {two.ann}, table


def test_an_auditors_views_are_walled_off_like_the_panels(two: Two) -> None:
    with (
        connections_on(two.database.auditor) as connections,
        connections.reading(two.bob) as connection,
    ):
        assert accounts_in(connection, "credit_lines") == {two.bob}


def test_an_audit_of_one_account_is_shown_no_other(two: Two) -> None:
    settings = Settings(
        database_url=two.database.service,
        database_owner_url=two.database.owner,
        database_auditor_url=two.database.auditor,
    )
    with _reading(settings, two.ann) as desk:
        assert accounts_in(desk.connection, "journal") == {two.ann}
    with _reading(settings) as desk:
        assert accounts_in(desk.connection, "journal") == {two.ann, two.bob}
