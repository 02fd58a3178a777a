"""Finding, starting and stopping the server's process."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.places import ask, copied, gone, processes_in, roomy_folder
from web.embedded import EmbeddedServer, ServerWouldNotStart
from web.embedded_process import LOG_BYTES_MAX, running


@pytest.fixture
def folder() -> Iterator[Path]:
    with roomy_folder() as made:
        yield made


@pytest.fixture(scope="module")
def made_once() -> Iterator[Path]:
    with roomy_folder() as place:
        with EmbeddedServer(place / "pg", durable=False):
            pass
        yield place / "pg"


@pytest.fixture
def kept(folder: Path, made_once: Path) -> Path:
    """A stopped cluster."""
    return copied(made_once, folder / "pg")


def test_the_number_of_a_living_foreign_process_is_not_believed(kept: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as foreign:
        (kept / "data" / "postmaster.pid").write_text(f"{foreign.pid}\n")
        with EmbeddedServer(kept, durable=False) as server:
            assert server.pid != foreign.pid
            assert ask(server, "SELECT 1") == "1"
        assert foreign.poll() is None
        foreign.kill()


def test_the_number_of_another_server_of_ours_is_not_believed(
    kept: Path, folder: Path
) -> None:
    with EmbeddedServer(folder / "other", durable=False) as other:
        file = (other.data / "postmaster.pid").read_text()
        (kept / "data" / "postmaster.pid").write_text(file)
        with EmbeddedServer(kept, durable=False) as server:
            assert server.pid != other.pid
            assert ask(server, "SHOW data_directory") == str(server.data)
        assert ask(other, "SELECT 1") == "1"


@pytest.mark.parametrize("text", ["", "not a number\n", "999999999\n"])
def test_a_broken_or_dead_number_does_not_stand_in_the_way(
    kept: Path, text: str
) -> None:
    (kept / "data" / "postmaster.pid").write_text(text)
    with EmbeddedServer(kept, durable=False) as server:
        assert ask(server, "SELECT 1") == "1"


def test_a_server_that_refuses_to_start_says_why(kept: Path) -> None:
    server = EmbeddedServer(kept, settings={"wal_compression": "abacus"})
    with pytest.raises(ServerWouldNotStart, match=r"wal_compression.*server\.log"):
        server.start()
    assert not processes_in(kept)
    with EmbeddedServer(kept, durable=False) as repaired:
        assert ask(repaired, "SELECT 1") == "1"


def test_a_running_server_is_known_and_a_stopped_one_is_not(kept: Path) -> None:
    with EmbeddedServer(kept, durable=False) as server:
        assert running(server.cluster) == server.pid
    assert running(server.cluster) is None
    assert gone(server.pid)


def test_the_log_does_not_grow_for_ever(kept: Path) -> None:
    with (kept / "server.log").open("ab") as written:
        written.truncate(LOG_BYTES_MAX + 1)
    with EmbeddedServer(kept, durable=False):
        assert (kept / "server.log").stat().st_size < LOG_BYTES_MAX
    assert (kept / "server.log.1").stat().st_size > LOG_BYTES_MAX
