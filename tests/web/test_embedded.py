"""The embedded server: made once, shared, and stopped by the last to leave."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.places import User, ask, gone, nobody_may_run_it, only_root, roomy_folder
from web.embedded import EmbeddedServer


@pytest.fixture
def folder() -> Iterator[Path]:
    with roomy_folder() as made:
        yield made


def test_the_second_start_finds_what_the_first_recorded(folder: Path) -> None:
    with EmbeddedServer(folder / "pg") as server:
        ask(server, "CREATE TABLE kept AS SELECT 'coffee' AS word")
    with EmbeddedServer(folder / "pg") as server:
        assert ask(server, "SELECT word FROM kept") == "coffee"


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("SHOW timezone", "UTC"),
        ("SHOW server_encoding", "UTF8"),
        ("SHOW data_checksums", "on"),
        ("SHOW fsync", "on"),
        ("SHOW full_page_writes", "on"),
        ("SHOW synchronous_commit", "on"),
        ("SHOW listen_addresses", ""),
        ("SHOW wal_level", "replica"),
        ("SHOW archive_mode", "on"),
        ("SHOW max_connections", "100"),
        ("SHOW max_prepared_transactions", "0"),
        ("SHOW idle_in_transaction_session_timeout", "1min"),
        ("SELECT datlocprovider FROM pg_database WHERE datname = 'template1'", "b"),
        ("SELECT datlocale FROM pg_database WHERE datname = 'template1'", "C.UTF-8"),
        ("SELECT count(*) FROM pg_hba_file_rules WHERE auth_method = 'trust'", "0"),
    ],
)
def test_a_server_runs_with_our_settings_and_the_callers(
    query: str, answer: str, archiving: EmbeddedServer
) -> None:
    assert ask(archiving, query) == answer


@pytest.fixture(scope="module")
def archiving() -> Iterator[EmbeddedServer]:
    with (
        roomy_folder() as place,
        EmbeddedServer(place, settings={"archive_mode": "on"}) as server,
    ):
        yield server


def test_a_scratch_cluster_gives_up_durability(folder: Path) -> None:
    with EmbeddedServer(folder / "pg", durable=False) as server:
        assert ask(server, "SHOW fsync") == "off"
        assert ask(server, "SHOW full_page_writes") == "off"


def test_nobody_is_let_in_without_the_password(folder: Path) -> None:
    with EmbeddedServer(folder / "pg", durable=False) as server:
        honest = psycopg.conninfo.conninfo_to_dict(server.conninfo())
        assert len(str(honest.pop("password"))) > 32
        assert "password" not in server.conninfo(user="daybook_service")
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(**{**honest, "password": "guessed"}).close()  # type: ignore[arg-type]


def test_the_password_and_the_socket_are_for_their_owner_only(folder: Path) -> None:
    with EmbeddedServer(folder / "pg", durable=False) as server:
        assert (folder / "pg" / "pgpass").stat().st_mode & 0o777 == 0o600
        assert server.socket_folder.stat().st_mode & 0o777 == 0o700
        assert server.socket_folder.stat().st_uid == server.data.stat().st_uid


def test_the_last_user_to_leave_stops_the_server(folder: Path) -> None:
    first = EmbeddedServer(folder / "pg", durable=False)
    second = EmbeddedServer(folder / "pg", durable=False)
    first.start()
    second.start()
    assert first.pid == second.pid
    first.stop()
    assert ask(second, "SELECT 1") == "1"
    second.stop()
    assert gone(first.pid)
    assert not first.socket_folder.exists()


def test_starting_twice_is_one_use_and_stopping_twice_does_no_harm(
    folder: Path,
) -> None:
    server = EmbeddedServer(folder / "pg", durable=False)
    server.start()
    pid = server.pid
    server.start()
    assert server.pid == pid
    server.stop()
    assert gone(pid)
    server.stop()


def test_twelve_starts_at_once_make_one_server(folder: Path) -> None:
    users = [User(folder / "pg") for _ in range(12)]
    pids = {user.started().pid for user in users}
    assert len(pids) == 1
    for user in users[1:]:
        user.leave()
    assert ask(users[0].conninfo, "SELECT 1") == "1"
    users[0].leave()
    assert gone(pids.pop())


def test_the_wheel_is_used_but_never_imported(folder: Path) -> None:
    with EmbeddedServer(folder / "pg") as server:
        user = User(folder / "pg").started()
        assert user.wheel_imported == "False"
        assert server.cluster.programs.source == "wheel"
        user.leave()


def test_the_server_says_what_it_is_and_where(folder: Path) -> None:
    with EmbeddedServer(folder / "pg", durable=False) as server:
        version = ask(server, "SHOW server_version")
        assert str(server).startswith(f"PostgreSQL {version} (wheel: ")
        assert str(server).endswith(f"data in {folder / 'pg' / 'data'}")


def test_the_server_learns_nothing_from_our_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("STRIPE_SECRET_KEY", "PGOPTIONS", "LANG", "LC_ALL"):
        monkeypatch.setenv(name, "tr_TR.UTF-8")
    with EmbeddedServer(folder / "pg", durable=False) as server:
        known = Path(f"/proc/{server.pid}/environ").read_bytes()
    assert b"tr_TR" not in known
    assert b"PATH=" in known


@only_root
def test_root_gives_the_server_an_unprivileged_user_and_the_data_only(
    folder: Path,
) -> None:
    with EmbeddedServer(folder / "pg", durable=False) as server:
        servant = server.cluster.servant
        assert servant.uid != 0
        assert Path(f"/proc/{server.pid}").stat().st_uid == servant.uid
        assert server.data.stat().st_uid == servant.uid
        assert (folder / "pg").stat().st_uid == 0
        assert (folder / "pg").stat().st_mode & 0o777 == 0o711


@nobody_may_run_it
def test_another_user_runs_his_own_server(folder: Path) -> None:
    shutil.chown(folder, "nobody")
    user = User(folder / "pg", "nobody").started()
    assert ask(user.conninfo, "SELECT 1") == "1"
    nobody = folder.stat().st_uid
    assert Path(f"/proc/{user.pid}").stat().st_uid == nobody != os.geteuid()
    assert (folder / "pg" / "data").stat().st_uid == nobody
    user.leave()
    assert gone(user.pid)


@nobody_may_run_it
def test_root_runs_another_users_data_as_that_user(folder: Path) -> None:
    shutil.chown(folder, "nobody")
    User(folder / "pg", "nobody").started().leave()
    with EmbeddedServer(folder / "pg") as server:
        assert server.cluster.servant.name == "nobody"
    User(folder / "pg", "nobody").started().leave()


def test_a_backup_over_the_socket_starts_in_another_folder(folder: Path) -> None:
    other = folder / "other"
    other.mkdir(mode=0o711)
    with EmbeddedServer(folder / "pg") as server:
        ask(server, "CREATE TABLE kept AS SELECT 42 AS answer")
        cluster = server.cluster
        (other / "data").mkdir(mode=0o700)
        cluster.servant.own(other / "data")
        taken = cluster.servant.run(
            cluster.programs.folder / "pg_basebackup",
            *(f"--pgdata={other / 'data'}", "--checkpoint=fast"),
            f"--dbname={server.conninfo()}",
            cwd=other / "data",
        )
    assert taken.returncode == 0, taken.stdout
    shutil.copy2(folder / "pg" / "pgpass", other / "pgpass")
    with EmbeddedServer(other) as server:
        assert ask(server, "SELECT answer FROM kept") == "42"
