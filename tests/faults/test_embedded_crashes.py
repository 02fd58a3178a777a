"""The embedded database after kills: nothing is lost and no hand is needed."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.places import User, ask, gone, processes_in, roomy_folder
from web.embedded import EmbeddedServer, ServerWouldNotStart

ROUNDS = 50 if os.environ.get("THOROUGH") == "1" else 3


@pytest.fixture
def folder() -> Iterator[Path]:
    with roomy_folder() as made:
        yield made / "pg"


@pytest.mark.thorough
def test_no_acknowledged_row_is_lost_when_the_server_is_killed(folder: Path) -> None:
    with EmbeddedServer(folder) as server:
        ask(server, "CREATE TABLE written (number int PRIMARY KEY)")
        acknowledged = 0
        for turn in range(ROUNDS):
            killer = threading.Timer(
                random.Random(turn).uniform(0, 0.3), os.kill, (server.pid, 9)
            )
            killer.start()
            acknowledged = write_until_killed(server.conninfo(), acknowledged)
            assert gone(server.pid)
            server.start()
            held = int(ask(server, "SELECT coalesce(max(number), 0) FROM written"))
            assert acknowledged <= held <= acknowledged + 1
            assert ask(server, "SELECT count(*) FROM written") == str(held)
            acknowledged = held


def write_until_killed(conninfo: str, written: int) -> int:
    """Commit numbers one by one; return the last whose commit was answered."""
    try:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            while True:
                connection.execute("INSERT INTO written VALUES (%s)", [written + 1])
                written += 1
    except psycopg.OperationalError:
        return written


def test_a_server_whose_parent_was_killed_is_found_and_used_again(
    folder: Path,
) -> None:
    user = User(folder).started()
    ask(user.conninfo, "CREATE TABLE kept AS SELECT 'coffee' AS word")
    user.kill()
    assert not gone_at_once(user.pid)
    with EmbeddedServer(folder) as server:
        assert server.pid == user.pid
        assert ask(server, "SELECT word FROM kept") == "coffee"
    assert gone(user.pid)


def gone_at_once(pid: int) -> bool:
    return not Path(f"/proc/{pid}/cwd").exists()


@pytest.mark.thorough
def test_a_start_killed_at_any_moment_leaves_a_folder_that_starts(
    folder: Path,
) -> None:
    for turn in range(ROUNDS):
        place = folder.parent / f"pg{turn}"
        user = User(place)
        time.sleep(random.Random(turn).uniform(0.1, 1.2))
        user.kill()
        with EmbeddedServer(place) as server:
            assert ask(server, "SELECT 1") == "1"
        assert wait_until_empty(place)


def wait_until_empty(place: Path) -> bool:
    """An initdb whose parent was killed may take a moment to notice."""
    deadline = time.monotonic() + 10
    while processes_in(place) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not processes_in(place)


def test_server_and_user_killed_together_need_no_hand(folder: Path) -> None:
    user = User(folder).started()
    os.kill(user.pid, signal.SIGKILL)
    user.kill()
    assert gone(user.pid)
    with EmbeddedServer(folder) as server:
        assert server.pid != user.pid
        assert ask(server, "SELECT 1") == "1"


def test_one_user_heals_the_server_for_all(folder: Path) -> None:
    user = User(folder).started()
    with EmbeddedServer(folder) as server:
        os.kill(server.pid, signal.SIGKILL)
        assert gone(server.pid)
        server.start()
        assert server.pid != user.pid
        assert ask(user.conninfo, "SELECT 1") == "1"
    assert ask(user.conninfo, "SELECT 1") == "1"
    user.leave()
    assert gone(server.pid)


def test_a_start_waits_for_a_process_that_outlived_its_server(folder: Path) -> None:
    with EmbeddedServer(folder) as server:
        connection = psycopg.connect(server.conninfo())
        orphan = connection.info.backend_pid
        os.kill(orphan, signal.SIGSTOP)
        os.kill(server.pid, signal.SIGKILL)
        assert gone(server.pid)
        threading.Timer(0.5, os.kill, (orphan, signal.SIGCONT)).start()
        begun = time.monotonic()
        server.start()
        assert time.monotonic() - begun > 0.4
        assert ask(server, "SELECT 1") == "1"
        connection.close()


def test_a_server_that_another_container_uses_is_left_alone(folder: Path) -> None:
    user = User(folder).started()
    os.kill(user.pid, signal.SIGKILL)
    assert gone(user.pid)
    (folder / "users").write_text("pid:[1]")
    with pytest.raises(ServerWouldNotStart, match="another container"):
        EmbeddedServer(folder).start()
    user.leave()
    with EmbeddedServer(folder) as server:
        assert ask(server, "SELECT 1") == "1"
