"""A PostgreSQL of our own in a folder: made, shared, healed and stopped.

Its users hold a shared lock that the kernel drops with them, so nothing is left to
repair after a kill, and whoever leaves last stops the server.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from psycopg.conninfo import make_conninfo

from web.embedded_cluster import Cluster, open_private, settle
from web.embedded_memory import shared_buffers
from web.embedded_process import PORT, bring_up, halt, running
from web.embedded_programs import (
    Binaries,
    NoBinaries,
    NoPasswdEntry,
    OtherMajorVersion,
    ServerTrouble,
    ServerWouldNotStart,
    find_binaries,
)

__all__ = [
    "Binaries",
    "EmbeddedServer",
    "NoBinaries",
    "NoPasswdEntry",
    "OtherMajorVersion",
    "ServerTrouble",
    "ServerWouldNotStart",
    "find_binaries",
]

log = logging.getLogger(__name__)

SETTINGS = {
    "listen_addresses": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "wal_level": "replica",
    "wal_compression": "on",
    "max_connections": "100",
    "max_prepared_transactions": "0",
    "idle_in_transaction_session_timeout": "60s",
}
SCRATCH_SETTINGS = {"fsync": "off", "full_page_writes": "off"}


class EmbeddedServer:
    """A PostgreSQL of our own in a folder; its last user to leave stops it.

    Scratch clusters (`durable=False`) are for tests: a power cut destroys them.
    `settings` reach the server when it is this use that starts it. The data need
    the `pgpass` beside them, so both are backed up together.
    """

    def __init__(
        self,
        folder: Path,
        *,
        binaries: Binaries | None = None,
        durable: bool = True,
        settings: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.folder = folder.resolve()
        self.durable = durable
        more = {"shared_buffers": shared_buffers()} if durable else SCRATCH_SETTINGS
        basis = {**SETTINGS, **more}
        self.settings = {**basis, **settings}
        self.pid = 0
        self._binaries = binaries
        self._cluster: Cluster | None = None
        self._use: int | None = None

    @property
    def cluster(self) -> Cluster:
        """Where the files are, and who runs the server; known from `start` on."""
        assert self._cluster is not None, "start the server first"
        return self._cluster

    @property
    def data(self) -> Path:
        """The data folder, elsewhere if the server's user cannot reach ours."""
        return self.cluster.data

    @property
    def socket_folder(self) -> Path:
        """The private folder with the Unix socket."""
        return self.cluster.socket_folder

    def __str__(self) -> str:
        programs, servant = self.cluster.programs, self.cluster.servant
        return (
            f"PostgreSQL {programs.version} ({programs.source}: {programs.folder}) "
            f"as user {servant.name}, data in {self.data}"
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        trouble: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Make the cluster and start the server, unless somebody did already.

        Starting twice is one use, and heals a server that died meanwhile. Crash
        recovery is waited for, an hour at most. Raises ServerTrouble.
        """
        with self._locked():
            self._cluster = settle(self.folder, self._binaries)
            use, self._use = self._use, None
            if use is None:
                use = open_private(self.cluster.home / "users")
            try:
                others = not _alone(use)
                fcntl.flock(use, fcntl.LOCK_SH)
                self.cluster.ready(*([] if self.durable else ["--no-sync"]))
                if others:
                    self._refuse_strangers(use)
                self.pid = bring_up(self.cluster, self.settings)
                os.pwrite(use, _processes_seen(), 0)
            except BaseException:
                os.close(use)
                raise
            self._use = use
        log.info("%s", self)

    def stop(self) -> None:
        """Give up our use, and stop the server if nobody else uses it."""
        if self._use is None:
            return
        use, self._use = self._use, None
        with self._locked():
            try:
                if _alone(use):
                    halt(self.cluster)
                    self._forget_scratch()
            finally:
                # A forked child shares this lock, so that closing does not drop it.
                fcntl.flock(use, fcntl.LOCK_UN)
                os.close(use)

    def conninfo(self, dbname: str = "postgres", user: str = "postgres") -> str:
        """Return what psycopg connects with; the superuser's has his password."""
        return make_conninfo(
            host=str(self.socket_folder),
            port=PORT,
            dbname=dbname,
            user=user,
            password=self.cluster.password if user == "postgres" else None,
        )

    @contextmanager
    def alone(self) -> Iterator[Cluster]:
        """Hold the cluster with its server stopped. Raises ServerWouldNotStart."""
        with self._locked():
            self._cluster = settle(self.folder, self._binaries)
            use = open_private(self.cluster.home / "users")
            try:
                if not _alone(use):
                    raise ServerWouldNotStart(
                        f"The server in {self.folder} is in use: stop daybook first."
                    )
                halt(self.cluster)
                yield self.cluster
            finally:
                os.close(use)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = open_private(self.folder / "lock")
        except OSError as trouble:
            raise ServerWouldNotStart(
                f"{self.folder} cannot be used ({trouble.strerror}): run daybook as "
                "its owner, or choose another folder."
            ) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _forget_scratch(self) -> None:
        """Delete a test's cluster that is not where the test would clean up."""
        if not self.durable and self.cluster.home != self.folder:
            shutil.rmtree(self.cluster.home, ignore_errors=True)
            (self.folder / "moved-to").unlink(missing_ok=True)

    def _refuse_strangers(self, use: int) -> None:
        """Refuse a server that is in use by processes which we cannot see."""
        if running(self.cluster) is None and os.pread(use, 99, 0) != _processes_seen():
            raise ServerWouldNotStart(
                f"{self.folder} is in use by another container: stop that one first, "
                "or choose another folder."
            )


def _processes_seen() -> bytes:
    """Name the world of process ids that we live in, one for each container."""
    try:
        return os.fsencode(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return b"one world"


def _alone(use: int) -> bool:
    """Take the lock that users share for ourselves; where others use it, lose ours."""
    try:
        fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
