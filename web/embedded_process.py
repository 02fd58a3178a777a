"""The embedded server as a process: found, started, waited for, stopped.

Whoever calls holds the folder's lock, so nobody else starts or stops it meanwhile.
"""

from __future__ import annotations

import logging
import os
import re
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from web.embedded_cluster import Cluster, complaint, open_private
from web.embedded_programs import ServerWouldNotStart

log = logging.getLogger(__name__)

PORT = "5432"
POLL_SECONDS = 0.005
NOTICE_SECONDS = 10
RETRY_SECONDS = 60
START_SECONDS_MAX = 3600
HARD_STOP_SECONDS = 60
LOG_BYTES_MAX = 10_000_000
PASSING_TROUBLE = re.compile("already exists|still in use")


def running(cluster: Cluster) -> int | None:
    """Return the process id of the cluster's server, None if there is none.

    The file that names it may be stale and its number reused, so the process counts
    only if it works in the data folder; zombies work nowhere.
    """
    try:
        pid = abs(int(_status(cluster)[0]))
    except (IndexError, ValueError):
        return None
    return pid if _works_in(pid, cluster.data) else None


def bring_up(cluster: Cluster, settings: Mapping[str, str]) -> int:
    """Return the process id of a server that answers: the one found, or a new one.

    Crash recovery takes the time it takes, an hour at most. Raises
    ServerWouldNotStart.
    """
    begun = time.monotonic()
    with _log(cluster) as written:
        while True:
            found = running(cluster)
            start_of_words = written.seek(0, os.SEEK_END)
            pid = found or _spawn(cluster, settings, written.fileno())
            if _answers(cluster, pid, begun):
                return pid
            written.seek(start_of_words)
            words = written.read().decode("utf-8", "replace")
            passing = found or PASSING_TROUBLE.search(words)
            if not passing or time.monotonic() - begun > RETRY_SECONDS:
                raise ServerWouldNotStart(
                    f"PostgreSQL stopped while starting ({complaint(words)}): see "
                    f"{cluster.home / 'server.log'}."
                )
            time.sleep(POLL_SECONDS * 10)


def halt(cluster: Cluster) -> None:
    """Stop the server, if it runs, with a checkpoint or in the end without."""
    pid = running(cluster)
    begun, signals = time.monotonic(), [signal.SIGQUIT, signal.SIGINT]
    while pid is not None and _lives(pid):
        patience = HARD_STOP_SECONDS * (2 - len(signals))
        if signals and time.monotonic() - begun >= patience:
            with suppress(ProcessLookupError):
                os.kill(pid, signals.pop())
        time.sleep(POLL_SECONDS)
    with suppress(OSError):
        cluster.socket_folder.rmdir()


def _log(cluster: Cluster) -> BinaryIO:
    path = cluster.home / "server.log"
    if path.exists() and path.stat().st_size > LOG_BYTES_MAX:
        path.rename(path.with_name("server.log.1"))
    return os.fdopen(open_private(path, os.O_APPEND), "a+b", buffering=0)


def _spawn(cluster: Cluster, settings: Mapping[str, str], written: int) -> int:
    """Start a server that is nobody's child, so that it may outlive us."""
    stale_socket = cluster.socket_folder / f".s.PGSQL.{PORT}.lock"
    for stale in (cluster.data / "postmaster.pid", stale_socket):
        stale.unlink(missing_ok=True)
    told = [f"--{name}={value}" for name, value in settings.items()]
    program = cluster.programs.folder / "postgres"
    detach = ["/bin/sh", "-c", '"$@" >&2 & echo $!', "sh", str(program)]
    places = [f"-D{cluster.data}", f"-k{cluster.socket_folder}", f"-p{PORT}"]
    started = cluster.servant.run(
        *detach, *places, *told, cwd=cluster.data, stderr=written
    )
    return int(started.stdout)


def _answers(cluster: Cluster, pid: int, begun: float) -> bool:
    """Wait until the server takes connections; false if it ended before."""
    notices = 0
    while _lives(pid):
        status = _status(cluster)
        if status[:1] == [str(pid)] and status[7:8] == ["ready"]:
            return True
        waited = time.monotonic() - begun
        if waited > START_SECONDS_MAX:
            raise ServerWouldNotStart(
                f"PostgreSQL in {cluster.data} is not ready after {waited:.0f} s: see "
                f"{cluster.home / 'server.log'}, and start again to wait on."
            )
        if waited > NOTICE_SECONDS * (notices + 1):
            notices += 1
            log.warning("PostgreSQL recovers %s: %.0f s so far", cluster.data, waited)
        time.sleep(POLL_SECONDS)
    return False


def _status(cluster: Cluster) -> list[str]:
    """Read the server's own file: process id first, readiness in the eighth line."""
    with suppress(OSError):
        text = (cluster.data / "postmaster.pid").read_text(errors="replace")
        return [line.strip() for line in text.splitlines()]
    return []


def _works_in(pid: int, data: Path) -> bool:
    """Whether a process is a server of these data; before 16 it may wander at first."""
    if not Path("/proc/self").exists():
        return _lives(pid)
    with suppress(OSError):
        return Path(f"/proc/{pid}/cwd").samefile(data)
    return False


def _lives(pid: int) -> bool:
    """Whether a process that we know runs still, and is more than a zombie."""
    with suppress(OSError):
        if Path("/proc/self").exists():
            state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b") ")[2][:1]
            return state not in b"ZX"
        os.kill(pid, 0)
        return True
    return False
