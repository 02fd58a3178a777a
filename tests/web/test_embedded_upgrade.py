"""A cluster of an older major version becomes one of the new."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.places import ask, roomy_folder
from web.embedded import Binaries, EmbeddedServer, ServerWouldNotStart, find_binaries
from web.embedded_programs import find_servant, inspect_binaries
from web.embedded_upgrade import UpgradeFailed, upgrade

DEBIAN = Path("/usr/lib/postgresql/15/bin")

pytestmark = pytest.mark.skipif(
    not (DEBIAN / "initdb").exists(),
    reason="an upgrade needs an older version: install Debian's postgresql-15",
)


@pytest.fixture
def folder() -> Iterator[Path]:
    with roomy_folder() as made:
        yield made


@pytest.fixture
def old() -> Binaries:
    return inspect_binaries(DEBIAN, "system")


@pytest.fixture
def kept(folder: Path, old: Binaries) -> Path:
    """A cluster of PostgreSQL 15, without checksums, with 20,000 rows."""
    servant = find_servant(folder / "data")
    (folder / "pgpass").write_text("*:*:*:postgres:secret\n")
    (folder / "word").write_text("secret\n")
    (folder / "data").mkdir(mode=0o700)
    servant.own(folder / "word")
    servant.own(folder / "data")
    made = servant.run(
        old.folder / "initdb",
        *("--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8"),
        *("--locale=C.UTF-8", "--no-sync", f"--pwfile={folder / 'word'}"),
        f"--pgdata={folder / 'data'}",
        cwd=folder,
    )
    assert made.returncode == 0, made.stdout
    with EmbeddedServer(folder, binaries=old) as server:
        ask(server, "CREATE TABLE kept AS SELECT generate_series(1, 20000) AS number")
    return folder


def test_an_upgrade_keeps_the_rows_the_transaction_ids_and_the_old_data(
    kept: Path, old: Binaries
) -> None:
    with EmbeddedServer(kept, binaries=old) as server:
        before = int(ask(server, "SELECT pg_current_xact_id()"))
    saved = upgrade(kept, old, find_binaries({}))
    with EmbeddedServer(kept) as server:
        assert ask(server, "SELECT sum(number) FROM kept") == "200010000"
        assert int(ask(server, "SELECT pg_current_xact_id()")) > before
        assert ask(server, "SHOW data_checksums") == "on"
    assert (saved / "PG_VERSION").read_text() == "15\n"


def test_a_server_in_use_is_not_upgraded(kept: Path, old: Binaries) -> None:
    with (
        EmbeddedServer(kept, binaries=old) as server,
        pytest.raises(ServerWouldNotStart, match="stop daybook first"),
    ):
        upgrade(kept, old, find_binaries({}))
    with EmbeddedServer(kept, binaries=old) as server:
        assert ask(server, "SELECT count(*) FROM kept") == "20000"


def test_a_failed_upgrade_touches_nothing_and_may_be_repeated(
    kept: Path, old: Binaries
) -> None:
    with EmbeddedServer(kept, binaries=old) as server:
        ask(server, "CREATE TABLE odd (number int, value pg_catalog.aclitem)")
    with pytest.raises(UpgradeFailed, match="untouched"):
        upgrade(kept, old, find_binaries({}))
    with EmbeddedServer(kept, binaries=old) as server:
        ask(server, "DROP TABLE odd")
    upgrade(kept, old, find_binaries({}))
    with EmbeddedServer(kept) as server:
        assert ask(server, "SELECT count(*) FROM kept") == "20000"
