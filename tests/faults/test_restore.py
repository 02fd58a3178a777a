"""Positions after a restore: refused until adopted, then never issued again."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ledger.journal import Journal, NotAdopted, Reader
from ledger.journal.positions import LEAP
from tests.conftest import Cluster, journal_on
from tests.places import roomy_folder
from tests.rows import append_of, auditor
from web.database import Database, DatabaseTrouble, migrate, prepare_embedded
from web.embedded import EmbeddedServer


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


class Archive:
    """A base backup and the log that came after it, in folders the server reaches."""

    def __init__(self, folder: Path) -> None:
        self.base = folder / "base"
        self.log = folder / "log"
        self.log.mkdir()
        self.settings = {
            "archive_mode": "on",
            "archive_command": f'cp "%p" "{self.log}/%f"',
        }

    def begin(self, server: EmbeddedServer) -> None:
        server.cluster.servant.own(self.log)
        program(
            server,
            "pg_basebackup",
            f"--dbname={server.conninfo()}",
            f"--pgdata={self.base}",
            "--checkpoint=fast",
        )

    def restored(self, server: EmbeddedServer, folder: Path) -> EmbeddedServer:
        """Return a server on the backup that stops at the point `earlier`."""
        folder.mkdir(mode=0o711)
        shutil.copy(server.folder / "pgpass", folder)
        self.base.rename(folder / "data")
        for place in (folder / "data", *(folder / "data").rglob("*")):
            server.cluster.servant.own(place)
        (folder / "data" / "recovery.signal").touch()
        server.cluster.servant.own(folder / "data" / "recovery.signal")
        settings = {
            "restore_command": f'cp "{self.log}/%f" "%p"',
            "recovery_target_name": "earlier",
            "recovery_target_action": "promote",
        }
        return EmbeddedServer(folder, settings=settings)


def ask(server: EmbeddedServer, sql: str) -> Any:
    with psycopg.connect(server.conninfo("daybook"), autocommit=True) as connection:
        row = connection.execute(sql.encode()).fetchone()
    assert row is not None
    return row[0]


def wait_until_promoted(server: EmbeddedServer) -> None:
    until = time.monotonic() + 30
    while ask(server, "SELECT pg_is_in_recovery()"):
        assert time.monotonic() < until
        time.sleep(0.05)


def test_after_recovery_to_an_earlier_moment_no_lost_position_is_issued_again(
    folder: Path,
) -> None:
    archive = Archive(folder)
    with EmbeddedServer(folder / "pg", settings=archive.settings) as server:
        database = prepare_embedded(server.conninfo(), folder)
        migrate(database.owner)
        archive.begin(server)
        kept = append_some(database, 5)
        ask(server, "SELECT pg_create_restore_point('earlier')")
        lost = append_some(database, 50)
        ask(server, "SELECT pg_switch_wal()")
    with archive.restored(server, folder / "again") as again:
        wait_until_promoted(again)
        restored = prepare_embedded(again.conninfo(), folder)
        assert appending_is_refused(restored)
        following = ask(again, "SELECT pg_current_xact_id()::text::bigint")
        assert following << 20 <= max(lost), "nothing would be issued again anyway"
        assert migrate(restored.owner) == ["epoch 2 adopted"]
        after = append_some(restored, 50)
        assert min(after) > max(lost) > max(kept)
        assert [timeline for _, _, timeline in epochs(restored)] == [1, 2]
        for journal in journal_on(restored):
            assert positions_after(journal, restored, 0) == kept + after
