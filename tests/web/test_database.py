"""Roles and their rights, table by table; migrations run once, and by one."""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from ledger.journal.append import commit
from tests.conftest import Cluster
from tests.rows import append_of, auditor, row_of, service
from tests.web.rights import RIGHTS
from web.database import (
    Database,
    DatabaseTrouble,
    check_current,
    check_service_role,
    database_on,
    migrate,
    migrations,
    prepare_embedded,
)

PRIVILEGES = (
    *("SELECT", "INSERT", "UPDATE", "DELETE"),
    *("TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"),
)


def test_every_role_may_do_with_every_table_what_is_listed_and_no_more(
    database: Database,
) -> None:
    with psycopg.connect(database.owner) as connection:
        rows = connection.execute(
            "SELECT c.relname, r.role, array_remove(array_agg(CASE WHEN"
            " has_table_privilege(r.role, c.oid, p.privilege) THEN p.privilege END"
            " ORDER BY array_position(%(all)s, p.privilege)), NULL)"
            " FROM pg_class c, unnest(%(all)s::text[]) AS p(privilege),"
            " unnest(ARRAY['daybook_service', 'daybook_auditor']) AS r(role)"
            " WHERE c.relnamespace = 'public'::regnamespace"
            " AND c.relkind IN ('r', 'p', 'v', 'm', 'f') GROUP BY c.relname, r.role",
            {"all": list(PRIVILEGES)},
        ).fetchall()
    found = {(table, role): " ".join(rights) for table, role, rights in rows}
    roles = ("daybook_service", "daybook_auditor")
    expected = {
        (table, role): rights
        for table, both in RIGHTS.items()
        for role, rights in zip(roles, both, strict=True)
    }
    assert found == expected


def test_the_service_draws_order_numbers_and_never_sets_them(
    database: Database,
) -> None:
    with service(database) as connection:
        connection.execute("SELECT nextval('order_numbers')")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT setval('order_numbers', 1)")


@pytest.mark.parametrize(
    "attempt",
    [
        "UPDATE journal SET actor_id = 'x'",
        "DELETE FROM journal",
        "TRUNCATE journal",
        "SELECT * FROM journal FOR UPDATE",
        "ALTER TABLE journal DISABLE TRIGGER journal_is_final",
        "DROP TABLE journal",
        "INSERT INTO journal_epoch VALUES (9, 0, 0, 1, 1)",
        "CREATE TABLE mine (x int)",
        "SET session_replication_role = replica",
        "SET ROLE daybook_owner",
    ],
)
def test_the_service_may_not_change_what_is_recorded(
    database: Database, attempt: str
) -> None:
    with (
        service(database) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(attempt.encode())


@pytest.mark.parametrize(
    "attempt",
    ["UPDATE journal SET actor_id = 'x'", "DELETE FROM journal", "TRUNCATE journal"],
)
@pytest.mark.parametrize("role", ["origin", "replica"])
def test_even_the_owner_is_stopped_from_changing_the_journal(
    cluster: Cluster, empty_database: Database, attempt: str, role: str
) -> None:
    with service(empty_database) as connection:
        commit(connection, [append_of(row_of())])
    name = psycopg.conninfo.conninfo_to_dict(empty_database.owner)["dbname"]
    superuser = psycopg.conninfo.make_conninfo(cluster.superuser, dbname=str(name))
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(f"SET session_replication_role = {role}".encode())
        with pytest.raises(psycopg.errors.RaiseException, match="the journal is final"):
            connection.execute(attempt.encode())


def test_the_auditor_reads_no_secret(database: Database) -> None:
    with auditor(database) as connection:
        for table in ("secrets", "data_keys", "installation_keys", "tokens"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT * FROM {table}".encode())


def test_the_service_role_is_taken(database: Database) -> None:
    with service(database) as connection:
        check_service_role(connection)


def test_a_role_that_could_change_the_journal_is_refused(
    cluster: Cluster, empty_database: Database
) -> None:
    name = str(psycopg.conninfo.conninfo_to_dict(empty_database.owner)["dbname"])
    superuser = psycopg.conninfo.make_conninfo(cluster.superuser, dbname=name)
    for conninfo, role in ((empty_database.owner, "daybook_owner"), (superuser, "")):
        with (
            psycopg.connect(conninfo) as connection,
            pytest.raises(DatabaseTrouble, match=f"as {role}.*could change"),
        ):
            check_service_role(connection)


@pytest.mark.parametrize("grant", ["UPDATE", "DELETE", "TRUNCATE", "UPDATE (actor_id)"])
def test_a_service_role_with_one_grant_too_many_is_refused(
    empty_database: Database, grant: str
) -> None:
    with psycopg.connect(empty_database.owner, autocommit=True) as owner:
        owner.execute(f"GRANT {grant} ON journal TO daybook_service".encode())
    with (
        service(empty_database) as connection,
        pytest.raises(DatabaseTrouble, match="could change the journal"),
    ):
        check_service_role(connection)


def test_migrating_again_does_nothing(database: Database) -> None:
    assert migrate(database.owner) == []


def test_migrations_are_numbered_without_a_double() -> None:
    numbers = [number for number, _, _ in migrations()]
    assert numbers == sorted(set(numbers))
    assert numbers[0] == 1


def test_a_database_newer_than_the_software_is_refused(
    empty_database: Database,
) -> None:
    with psycopg.connect(empty_database.owner, autocommit=True) as owner:
        owner.execute("INSERT INTO migrations VALUES (9999, '9999_later.sql')")
        with pytest.raises(DatabaseTrouble, match="run the newer software"):
            migrate(empty_database.owner)
        with pytest.raises(DatabaseTrouble, match="run the newer software"):
            check_current(owner)


def test_a_database_that_is_behind_is_refused(empty_database: Database) -> None:
    with psycopg.connect(empty_database.owner, autocommit=True) as owner:
        check_current(owner)
        owner.execute("DELETE FROM migrations WHERE number = 1")
        with pytest.raises(DatabaseTrouble, match="run 'daybook migrate'"):
            check_current(owner)


def bare_database(cluster: Cluster) -> Database:
    """Return an unmigrated database with the cluster's roles as they are."""
    name = f"bare_{uuid4().hex}"
    with psycopg.connect(cluster.superuser, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER daybook_owner").format(
                sql.Identifier(name)
            )
        )
    return database_on(cluster.superuser, cluster._passwords, name)


def test_a_database_never_migrated_is_refused(cluster: Cluster) -> None:
    with (
        psycopg.connect(bare_database(cluster).owner) as owner,
        pytest.raises(DatabaseTrouble, match=r"0001_journal\.sql has not run"),
    ):
        check_current(owner)


def test_of_migrations_at_once_from_several_processes_one_does_the_work(
    cluster: Cluster,
) -> None:
    owner = bare_database(cluster).owner
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        done = list(pool.map(migrate, [owner] * 4))
    names = [name for _, name, _ in migrations()]
    assert sorted(done, key=len) == [[], [], [], [*names, "epoch 1 adopted"]]


def test_a_migration_that_fails_leaves_nothing_of_itself(
    cluster: Cluster,
) -> None:
    owner = bare_database(cluster).owner
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("CREATE TABLE claims ()")
        with pytest.raises(psycopg.errors.DuplicateTable):
            migrate(owner)
        row = connection.execute("SELECT to_regclass('journal')").fetchone()
        assert row == (None,)
        connection.execute("DROP TABLE claims")
    assert migrate(owner)


def test_roles_are_made_once_keep_their_passwords_and_make_no_tables(
    cluster: Cluster, tmp_path: Path
) -> None:
    (tmp_path / "roles.json").write_text(json.dumps(cluster._passwords))
    name = f"again_{uuid4().hex}"
    first = prepare_embedded(cluster.superuser, tmp_path, name)
    assert prepare_embedded(cluster.superuser, tmp_path, name) == first
    with (
        psycopg.connect(first.service) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("CREATE TEMPORARY TABLE mine (x int)")
