"""The list of erasures: a file outside the database, which no restored backup undoes.

One JSON document a line: whose key of which purpose was destroyed, and when. A line
is on the disk before its key is destroyed. The list names ids and nobody.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec


class Erasure(msgspec.Struct, frozen=True):
    """A key that is destroyed for ever; the nil id where there was none to destroy."""

    account_id: UUID
    purpose: str
    key_id: UUID
    at: datetime


class ErasureList:
    """The lines of one file; processes of one machine may write to it at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read_bytes = 0
        self._known: set[bytes] = set()

    def add(self, erasures: Iterable[Erasure]) -> int:
        """Write the lines that are not there yet, onto the disk; return how many.

        Raises OSError when they cannot be kept, ValueError for a line of no kind.
        """
        with self._opened() as file:
            whole = self._learn(file)
            os.ftruncate(file, whole)
            fresh = {_place(erasure): erasure for erasure in erasures}
            lines = [
                msgspec.json.encode(erasure) + b"\n"
                for key, erasure in fresh.items()
                if key not in self._known
            ]
            if lines:
                _write(file, b"".join(lines))
                os.fsync(file)
                self._learn(file)
        return len(lines)

    def __iter__(self) -> Iterator[Erasure]:
        """Yield every line, oldest first; a last one without its end is none.

        Raises ValueError for a line of no kind.
        """
        try:
            lines = self.path.open("rb")
        except FileNotFoundError:
            return
        with lines:
            for number, line in enumerate(lines, 1):
                if line.endswith(b"\n"):
                    yield self._erasure(line, f"line {number}")

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """Open the file for one writer at a time; a new one is on the disk at once."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not self.path.exists()
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        file = os.open(self.path, flags, 0o600)
        try:
            if is_new:
                _sync_folder(self.path.parent)
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)

    def _learn(self, file: int) -> int:
        """Read what was added since the last time; return where whole lines end."""
        length = os.fstat(file).st_size
        if length < self._read_bytes:
            raise ValueError(f"{self.path} became shorter: restore it from its copy")
        data = os.pread(file, length - self._read_bytes, self._read_bytes)
        whole = data[: data.rfind(b"\n") + 1]
        for line in whole.splitlines():
            erasure = self._erasure(line, f"after byte {self._read_bytes}")
            self._known.add(_place(erasure))
        self._read_bytes += len(whole)
        return self._read_bytes

    def _erasure(self, line: bytes, where: str) -> Erasure:
        try:
            return msgspec.json.decode(line, type=Erasure)
        except msgspec.DecodeError as trouble:
            raise ValueError(f"{self.path}, {where}: {trouble}") from trouble


def _place(erasure: Erasure) -> bytes:
    return erasure.account_id.bytes + erasure.purpose.encode()


def _write(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
