"""A primary with streaming standbys, made to fail over on purpose."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from tests.places import gone, processes_in
from web.database import Database, migrate, prepare_embedded
from web.embedded import EmbeddedServer
from web.embedded_process import PORT

PATIENCE_SECONDS = 60
KEEPING = {"wal_keep_size": "256MB"}
"""No standby misses a part of the log that was written before it came."""


def until(condition: Any, *arguments: Any) -> None:
    """Wait until something holds, a minute at most."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition(*arguments):
        assert time.monotonic() < deadline
        time.sleep(0.02)


class Standby:
    """A copy of a server that follows it, under a name it is known by."""

    def __init__(self, primary: EmbeddedServer, folder: Path, name: str) -> None:
        self._servant = primary.cluster.servant
        self._programs = primary.cluster.programs.folder
        self.data = folder / name
        self.socket_folder = folder / f"{name}-at"
        self.socket_folder.mkdir(mode=0o700)
        self.superuser = make_conninfo(primary.conninfo(), host=str(self.socket_folder))
        where = make_conninfo(primary.conninfo(), application_name=name)
        copy = ["--checkpoint=fast", "--write-recovery-conf", f"--pgdata={self.data}"]
        subprocess.run(
            [self._programs / "pg_basebackup", f"--dbname={where}", *copy],
            check=True,
            capture_output=True,
        )
        for place in (self.socket_folder, self.data, *self.data.rglob("*")):
            self._servant.own(place)

    def start(self) -> None:
        told = f"-k {self.socket_folder} -p {PORT} -c listen_addresses="
        log = self.data / "server.log"
        self._pg_ctl("start", "--wait", f"--options={told}", f"--log={log}")

    def stop(self) -> None:
        """End it with no chance to clean up, if it runs."""
        if (self.data / "postmaster.pid").exists():
            self._pg_ctl("stop", "--mode=immediate")

    def promote(self) -> None:
        with psycopg.connect(self.superuser, autocommit=True) as connection:
            assert connection.execute("SELECT pg_promote()").fetchone() == (True,)

    def has(self, positions: list[int]) -> bool:
        """Whether these are the facts that one reads on it."""
        conninfo = make_conninfo(self.superuser, dbname="daybook")
        with psycopg.connect(conninfo) as connection:
            rows = connection.execute("SELECT position FROM journal ORDER BY 1")
            return [position for (position,) in rows] == positions

    def _pg_ctl(self, *words: str) -> None:
        done = self._servant.run(
            self._programs / "pg_ctl", *words, f"--pgdata={self.data}", cwd=self.data
        )
        assert done.returncode == 0, done.stdout


class Group:
    """A primary, its standbys, and a database that is wherever one may write."""

    def __init__(self, server: EmbeddedServer, standbys: list[Standby]) -> None:
        self.server = server
        self.standbys = standbys

    def kill_primary(self) -> None:
        """End every process of the primary at once."""
        pids = processes_in(self.server.data)
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        assert all(gone(pid) for pid in pids)

    def everybody_follows(self) -> bool:
        with psycopg.connect(self.server.conninfo()) as connection:
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"
            ).fetchone()
        return row == (len(self.standbys),)


@contextmanager
def group(
    folder: Path, names: tuple[str, ...], settings: Mapping[str, str]
) -> Iterator[tuple[Group, Database]]:
    """Run a primary with these settings, and standbys of these names that follow."""
    with ExitStack() as stack:
        with EmbeddedServer(folder / "pg", settings=KEEPING) as server:
            database = prepare_embedded(server.conninfo(), folder)
            migrate(database.owner)
            standbys = [Standby(server, folder, name) for name in names]
        server = EmbeddedServer(folder / "pg", settings={**KEEPING, **settings})
        stack.enter_context(server)
        for standby in standbys:
            stack.callback(standby.stop)
            standby.start()
        made = Group(server, standbys)
        until(made.everybody_follows)
        yield made, wherever_one_may_write(database, server, standbys)


def wherever_one_may_write(
    database: Database, server: EmbeddedServer, standbys: list[Standby]
) -> Database:
    """Return the database under all the servers' addresses."""
    folders = [server.socket_folder, *(standby.socket_folder for standby in standbys)]
    where = {
        "host": ",".join(map(str, folders)),
        "port": ",".join(PORT for _ in folders),
        "target_session_attrs": "read-write",
    }
    return replace(
        database,
        **{
            role: make_conninfo(getattr(database, role), **where)
            for role in ("service", "direct", "owner", "auditor")
        },
    )
