"""A backup is one whole file, and fills an empty database or none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from commands.receipts import receipt_bytes, receipt_of
from tests.conftest import MASTER, Cluster, set_environment
from tests.web.service import Clock, a_purchase, a_receipt, an_account, service_on
from web.backups import dump
from web.cli import main
from web.database import Database, DatabaseTrouble
from web.wiring import Service


@dataclass
class Operator:
    """Somebody at the command line, with one database or another."""

    patch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def has(self, database: Database, master: bytes = MASTER) -> None:
        set_environment(self.patch, database, DAYBOOK_MASTER_KEY=master.hex())

    def types(self, *words: object) -> tuple[int, str]:
        """Run a command; its exit status, and all that it said."""
        status = main([str(word) for word in words])
        return status, "".join(self.capsys.readouterr())


@pytest.fixture
def operator(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    empty_database: Database,
    tmp_path: Path,
) -> Operator:
    """An operator of the test's database."""
    monkeypatch.setenv("DAYBOOK_VAR", str(tmp_path))
    made = Operator(monkeypatch, capsys)
    made.has(empty_database)
    return made


@pytest.fixture
def service(empty_database: Database) -> Iterator[Service]:
    with service_on(empty_database, Clock()) as service:
        yield service


@pytest.fixture
def new(cluster: Cluster) -> Database:
    """A database in which nothing was ever made."""
    new = cluster.new_database()
    with psycopg.connect(new.owner, autocommit=True) as connection:
        connection.execute("DROP OWNED BY CURRENT_USER")
    return new


def tables_in(database: Database) -> int:
    with psycopg.connect(database.owner) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        ).fetchone()
    assert row is not None
    return int(row[0])


def test_a_restored_database_has_all_that_was_in_it_to_the_byte(
    service: Service, new: Database, operator: Operator, tmp_path: Path
) -> None:
    ann, file = an_account(service), tmp_path / "all.dump"
    issued = a_receipt(service, ann, a_purchase(service, ann))
    receipt = receipt_of(service.journal, ann, issued)
    status, told = operator.types("backup", file)
    assert (status, "are not in it: keep both elsewhere" in told) == (0, True)
    operator.has(new)
    assert operator.types("restore", file) == (0, "0 accounts erased again\n")
    assert operator.types("audit", "verify")[0] == 0
    with service_on(new, Clock()) as again:
        kept = receipt_bytes(again.journal, receipt)
    assert kept == receipt_bytes(service.journal, receipt)


def test_a_backup_is_its_owners_alone_and_overwrites_none(
    operator: Operator, tmp_path: Path
) -> None:
    file = tmp_path / "all.dump"
    assert operator.types("backup", file)[0] == 0
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_bytes()
    status, told = operator.types("backup", file)
    assert (status, "is there already" in told) == (2, True)
    assert file.read_bytes() == before


def test_of_a_backup_that_fails_nothing_is_left_that_looks_like_one(
    empty_database: Database, tmp_path: Path
) -> None:
    lost = psycopg.conninfo.make_conninfo(empty_database.owner, dbname="nowhere")
    with pytest.raises(DatabaseTrouble, match=r'pg_dump failed: .*"nowhere"'):
        dump(lost, tmp_path / "all.dump")
    with pytest.raises(DatabaseTrouble, match="cannot be written"):
        dump(empty_database.owner, tmp_path / "no" / "folder")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_restored_over_what_is_there(
    operator: Operator, tmp_path: Path
) -> None:
    operator.types("backup", tmp_path / "all.dump")
    status, told = operator.types("restore", tmp_path / "all.dump")
    assert (status, "the database is not empty" in told) == (2, True)
    assert operator.types("audit", "verify")[0] == 0


def test_a_torn_file_fills_nothing(
    service: Service, new: Database, operator: Operator, tmp_path: Path
) -> None:
    an_account(service)
    file = tmp_path / "all.dump"
    operator.types("backup", file)
    file.write_bytes(file.read_bytes()[:-2_000])
    operator.has(new)
    status, told = operator.types("restore", file)
    assert (status, "pg_restore failed: " in told) == (2, True)
    assert tables_in(new) == 0
    status, told = operator.types("restore", tmp_path / "none.dump")
    assert (status, "there is no backup " in told) == (2, True)


def test_another_master_key_is_noticed_before_anybody_is_served(
    service: Service, new: Database, operator: Operator, tmp_path: Path
) -> None:
    an_account(service)
    operator.types("backup", tmp_path / "all.dump")
    operator.has(new, bytes(32))
    status, told = operator.types("restore", tmp_path / "all.dump")
    assert (status, "the master key is not this database's" in told) == (2, True)
    assert operator.types("lag")[0] == 2
    operator.has(new)
    assert operator.types("lag")[0] == 0
