"""A restored backup brings back nobody whom the list outside names."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from commands import erasure_repeats
from commands.erasure import Erasures, erase_account, erase_due
from commands.erasure_repeats import repeat_erasures
from ledger.accounts import Account
from ledger.addresses import address_from
from ledger.journal import Journal
from ledger.journal.verify import verify_chain
from tests.commands.belongings import IP, signed_in
from tests.commands.people import Person, member, rows_of
from tests.conftest import NOON, Cluster, context_at
from tests.web.service import Clock, a_purchase, a_receipt, service_on
from web.database import Database
from web.wiring import Service, load_toml


@pytest.fixture
def erasures(tmp_path: Path) -> Erasures:
    return Erasures.of(tmp_path / "erasures.jsonl", load_toml(None, "seller.toml"))


def backup_of(cluster: Cluster, database: Database) -> Database:
    """Copy the database as it is now, with nobody connected to it."""
    name, copy = conninfo_to_dict(database.owner)["dbname"], f"copy_{uuid4().hex}"
    with psycopg.connect(cluster.superuser, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER daybook_owner").format(
                sql.Identifier(copy), sql.Identifier(str(name))
            )
        )
    return Database(*(make_conninfo(role, dbname=copy) for role in vars_of(database)))


def vars_of(database: Database) -> tuple[str, str, str, str]:
    return database.service, database.direct, database.owner, database.auditor


def joined(database: Database) -> Person:
    with service_on(database, Clock()) as service:
        person = member(service.journal)
        signed_in(service.journal, person.account_id)
        a_receipt(service, person.account_id, a_purchase(service, person.account_id))
    return person


def erased(database: Database, erasures: Erasures, person: Person) -> None:
    with service_on(database, Clock()) as service:
        context = context_at(NOON)
        erase_account(service.journal, erasures, person.account_id, context)


def email_of(journal: Journal, account_id: UUID) -> str | None:
    return journal.fresh(Account, account_id).email


def ips_of(service: Service, account_id: UUID) -> set[str | None]:
    with service.connections.direct() as connection:
        facts = service.reader.stream(connection, account_id=account_id)
        return {service.reader.origin(fact).ip for fact in facts} - {None}


def test_a_restored_backup_is_unreadable_again(
    cluster: Cluster, empty_database: Database, erasures: Erasures
) -> None:
    person = joined(empty_database)
    backup = backup_of(cluster, empty_database)
    erased(empty_database, erasures, person)
    before = list(erasures.noted)
    with service_on(backup, Clock()) as service:
        journal, account_id = service.journal, person.account_id
        assert email_of(journal, account_id) == person.email
        assert ips_of(service, account_id) == {IP}
        assert repeat_erasures(journal, erasures, NOON) == 1
        account = journal.fresh(Account, account_id)
        assert (account.email, account.closed) == (None, True)
        assert account.erased == ["profile", "security-2026"]
        assert ips_of(service, account_id) == set()
        assert rows_of(journal, "claims", account_id) == []
        with service.connections.direct() as connection:
            assert list(verify_chain(connection)) == []
    assert list(erasures.noted) == before


def test_what_is_erased_already_is_left_alone(
    empty_database: Database, erasures: Erasures
) -> None:
    person = joined(empty_database)
    erased(empty_database, erasures, person)
    with service_on(empty_database, Clock()) as service:
        version = service.journal.fresh(Account, person.account_id).version
        assert repeat_erasures(service.journal, erasures, NOON) == 0
        assert service.journal.fresh(Account, person.account_id).version == version


def test_a_backup_from_before_the_sign_up_knows_nobody_and_never_will(
    cluster: Cluster, empty_database: Database, erasures: Erasures
) -> None:
    backup = backup_of(cluster, empty_database)
    person = joined(empty_database)
    erased(empty_database, erasures, person)
    with service_on(backup, Clock()) as service:
        assert repeat_erasures(service.journal, erasures, NOON) == 1
        assert repeat_erasures(service.journal, erasures, NOON) == 0
        gone = rows_of(service.journal, "data_keys_destroyed", person.account_id)
        assert {row["purpose"] for row in gone} == {"profile", "security-2026"}
        assert rows_of(service.journal, "erasures_due", person.account_id) == []


def test_receipts_that_the_law_let_go_go_again(
    cluster: Cluster, empty_database: Database, erasures: Erasures
) -> None:
    person = joined(empty_database)
    backup = backup_of(cluster, empty_database)
    erased(empty_database, erasures, person)
    later = erasures.receipts_end(2026)
    with service_on(empty_database, Clock()) as service:
        assert erase_due(service.journal, erasures, later) == 1
    with service_on(backup, Clock()) as service:
        repeat_erasures(service.journal, erasures, later)
        keys = rows_of(service.journal, "data_keys", person.account_id)
        assert keys == []


def test_a_crash_in_the_middle_is_made_good_by_the_next_step(
    cluster: Cluster,
    empty_database: Database,
    erasures: Erasures,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person = joined(empty_database)
    backup = backup_of(cluster, empty_database)
    erased(empty_database, erasures, person)

    def dying(*_: object) -> None:
        raise KeyboardInterrupt

    with service_on(backup, Clock()) as service:
        monkeypatch.setattr(erasure_repeats, "take_steps", dying)
        with pytest.raises(KeyboardInterrupt):
            repeat_erasures(service.journal, erasures, NOON)
        assert email_of(service.journal, person.account_id) is None
        assert rows_of(service.journal, "claims", person.account_id)
        erase_due(service.journal, erasures, NOON)
        assert not rows_of(service.journal, "claims", person.account_id)


def test_a_stranger_in_the_same_backup_keeps_everything(
    cluster: Cluster, empty_database: Database, erasures: Erasures
) -> None:
    person, stranger = joined(empty_database), joined(empty_database)
    backup = backup_of(cluster, empty_database)
    erased(empty_database, erasures, person)
    with service_on(backup, Clock()) as service:
        repeat_erasures(service.journal, erasures, NOON)
        journal = service.journal
        assert email_of(journal, stranger.account_id) == stranger.email
        holder = address_from(stranger.email).canonical
        assert holder
        assert rows_of(journal, "claims", stranger.account_id)
