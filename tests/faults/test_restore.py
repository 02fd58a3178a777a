"""Positions after a restore: refused until adopted, then never issued again."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from commands.erasure import erase_account
from ledger.journal import Journal, NotAdopted, Reader
from ledger.journal.positions import LEAP
from tests.conftest import NOON, Cluster, context_at, journal_on, set_environment
from tests.faults.archives import Archive, parts
from tests.places import roomy_folder
from tests.rows import append_of, auditor
from tests.web.service import Clock, an_account, service_on
from web.cli import main
from web.database import Database, DatabaseTrouble, migrate, prepare_embedded
from web.embedded import EmbeddedServer
from web.erasing import erasures_of
from web.settings import Settings


@pytest.fixture
def folder() -> Iterator[Path]:
    with roomy_folder() as made:
        yield made


def program(server: EmbeddedServer, name: str, *arguments: str | Path) -> None:
    path = server.cluster.programs.folder / name
    subprocess.run([path, *arguments], check=True, capture_output=True)


def append_some(database: Database, count: int) -> list[int]:
    """Append that many facts, each alone; return their positions."""
    for journal in journal_on(database, size_max=3):
        return [journal.writer.append(append_of())[0] for _ in range(count)]
    raise AssertionError


def appending_is_refused(database: Database) -> bool:
    for journal in journal_on(database, size_max=3):
        with pytest.raises(NotAdopted):
            journal.connections.require_adopted()
        with pytest.raises(NotAdopted):
            journal.writer.append(append_of())
    return True


def positions_after(journal: Journal, database: Database, after: int) -> list[int]:
    reader = Reader(journal.connections, journal.facts)
    with auditor(database) as connection:
        return [fact.position for fact in reader.batch(connection, after, 1_000)]


def epochs(database: Database) -> list[tuple[int, int, int]]:
    with auditor(database) as connection:
        return connection.execute(
            "SELECT epoch, first_xid, timeline FROM journal_epoch ORDER BY epoch"
        ).fetchall()


def dumped(cluster: Cluster, source: Database, server: EmbeddedServer) -> Database:
    """Dump the source and restore it on another server."""
    target = prepare_embedded(server.conninfo(), server.folder)
    name = str(psycopg.conninfo.conninfo_to_dict(source.owner)["dbname"])
    file = server.folder / "journal.dump"
    program(
        server,
        "pg_dump",
        "--format=custom",
        f"--file={file}",
        f"--dbname={psycopg.conninfo.make_conninfo(cluster.superuser, dbname=name)}",
    )
    program(
        server,
        "pg_restore",
        f"--dbname={server.conninfo('daybook')}",
        "--exit-on-error",
        file,
    )
    return target


def test_a_restored_dump_goes_on_above_all_that_was_before(
    cluster: Cluster, empty_database: Database, folder: Path
) -> None:
    before = append_some(empty_database, 20)
    with EmbeddedServer(folder / "pg") as server:
        restored = dumped(cluster, empty_database, server)
        assert appending_is_refused(restored)
        assert migrate(restored.owner) == ["epoch 2 adopted"]
        assert migrate(restored.owner) == []
        after = append_some(restored, 3)
        for journal in journal_on(restored):
            assert positions_after(journal, restored, before[-1]) == after
            assert positions_after(journal, restored, 0) == before + after
        assert epochs(restored)[1][1] == (before[-1] >> 20) + LEAP


def test_a_dump_whose_chain_is_broken_is_not_adopted(
    cluster: Cluster, empty_database: Database, folder: Path
) -> None:
    append_some(empty_database, 3)
    with EmbeddedServer(folder / "pg") as server:
        restored = dumped(cluster, empty_database, server)
        with psycopg.connect(server.conninfo("daybook")) as connection:
            connection.execute("ALTER TABLE journal DISABLE TRIGGER USER")
            connection.execute("UPDATE journal SET actor_id = 'bob'")
        with pytest.raises(DatabaseTrouble, match="the chain is broken"):
            migrate(restored.owner)
        assert appending_is_refused(restored)


def ask(server: EmbeddedServer, sql: str) -> Any:
    with psycopg.connect(server.conninfo("daybook"), autocommit=True) as connection:
        row = connection.execute(sql.encode()).fetchone()
    assert row is not None
    return row[0]


def promoted(server: EmbeddedServer, folder: Path) -> Database:
    """Wait until the server may be written to; return its database."""
    until = time.monotonic() + 30
    while ask(server, "SELECT pg_is_in_recovery()"):
        assert time.monotonic() < until
        time.sleep(0.05)
    return prepare_embedded(server.conninfo(), folder)


def begun(server: EmbeddedServer, folder: Path) -> tuple[Database, UUID]:
    """Make the database, and an account in it."""
    database = prepare_embedded(server.conninfo(), folder)
    migrate(database.owner)
    with service_on(database, Clock()) as service:
        return database, an_account(service)


def erased_in(database: Database, account_id: UUID, folder: Path) -> None:
    """Erase somebody, and note it in the list in this folder."""
    with service_on(database, Clock()) as service:
        erasures = erasures_of(Settings(daybook_var=folder), service.seller)
        erase_account(service.journal, erasures, account_id, context_at(NOON))


def recorded_in(database: Database, first: int) -> list[int]:
    """The positions of all facts from one on."""
    for journal in journal_on(database):
        return positions_after(journal, database, first - 1)
    raise AssertionError


def test_after_recovery_to_an_earlier_moment_no_lost_position_is_issued_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = Archive(folder)
    with EmbeddedServer(folder / "pg", settings=archive.settings) as server:
        database, person = begun(server, folder)
        archive.begin(server)
        kept = append_some(database, 5)
        earlier = ask(server, "SELECT clock_timestamp()")
        lost = append_some(database, 50)
        erased_in(database, person, folder)
        ask(server, "SELECT pg_switch_wal()")
    with archive.restored(server, earlier) as again:
        restored = promoted(again, folder)
        assert appending_is_refused(restored)
        following = ask(again, "SELECT pg_current_xact_id()::text::bigint")
        assert following << 20 <= max(lost), "nothing would be issued again anyway"
        set_environment(monkeypatch, restored, DAYBOOK_VAR=str(folder))
        assert main(["migrate"]) == 0
        assert capsys.readouterr().out.splitlines() == parts("text")[-1].lines
        after = append_some(restored, 50)
        assert min(after) > max(lost) > max(kept)
        found = recorded_in(restored, kept[0])
        assert (found[:5], found[-50:]) == (kept, after)
        assert not set(lost).intersection(found)
