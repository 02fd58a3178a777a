"""Pictures that customers send: made anew by a process that can harm nobody.

Nothing here decodes a picture. A process of its own does (`picture_child`), with little
memory and time and without files, sockets, our environment or our descriptors; what it
returns is believed to be a WEBP only as far as that can be seen from outside.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from commands import limits
from ledger.refusals import PictureRefused

CHILD = Path(__file__).with_name("picture_child.py")
REASONS = {3: "size", 4: "broken"}
"""What the child's exit codes mean; they are its constants."""
PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"


class PicturesBusy(Exception):  # noqa: N818 - a fact about the moment
    """Too many pictures are being made; asking again in a few seconds will help."""


class Pictures:
    """Makes pictures anew, a bounded number at a time.

    Raises PicturesBusy when no turn comes within `wait_seconds`.
    """

    def __init__(
        self,
        *,
        memory_bytes: int = limits.PICTURE_MEMORY_BYTES_MAX,
        seconds: float = limits.PICTURE_SECONDS_MAX,
        at_once: int = limits.PICTURES_AT_ONCE,
        wait_seconds: float = limits.PICTURE_WAIT_SECONDS_MAX,
    ) -> None:
        self._memory_bytes = memory_bytes
        self._seconds = seconds
        self._turns = threading.BoundedSemaphore(at_once)
        self._wait_seconds = wait_seconds

    def remade(self, data: bytes) -> bytes:
        """Return the middle of the picture as a WEBP of at most 512 pixels a side.

        Raises PictureRefused: `large` (bytes), `kind`, `size` (pixels), `broken`.
        """
        if len(data) > limits.PICTURE_BYTES_MAX:
            raise PictureRefused("large")
        if not (data.startswith((PNG, JPEG)) or _is_webp(data)):
            raise PictureRefused("kind")
        with self._turn():
            code, found = self._run(data)
        if code == 1:
            raise RuntimeError("the process for pictures cannot be run")
        if code != 0:
            raise PictureRefused(REASONS.get(code, "broken"))
        if (
            not _is_webp(found)
            or len(found) != int.from_bytes(found[4:8], "little") + 8
        ):
            raise PictureRefused("broken")
        return found

    def started(self) -> subprocess.Popen[bytes]:
        """Start the process; it reads a picture and writes one."""
        arguments = (
            self._memory_bytes,
            limits.PICTURE_SECONDS_MAX,
            limits.PICTURE_BYTES_MAX,
            limits.PICTURE_SIDE_MAX,
            limits.PICTURE_PIXELS_MAX,
            limits.PICTURE_SIDE,
        )
        return subprocess.Popen(  # noqa: S603 - our own program, and numbers
            [sys.executable, "-I", str(CHILD), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={},
            start_new_session=True,
        )

    def _run(self, data: bytes) -> tuple[int, bytes]:
        """Return the exit code and what was written, or a little more than too much."""
        process = self.started()
        assert process.stdin is not None
        assert process.stdout is not None
        # Whatever blocks below, the end of the process frees it.
        end = threading.Timer(self._seconds, process.kill)
        end.start()
        try:
            _write(process.stdin, data)
            found = process.stdout.read(limits.PICTURE_BYTES_MAX + 1)
            if len(found) > limits.PICTURE_BYTES_MAX:
                process.kill()
            return process.wait(), found
        finally:
            end.cancel()
            end.join()
            process.kill()
            process.wait()
            process.stdout.close()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=self._wait_seconds):
            raise PicturesBusy
        try:
            yield
        finally:
            self._turns.release()


PICTURES = Pictures()
"""The pictures of this process."""


def picture_from(data: bytes, pictures: Pictures = PICTURES) -> bytes:
    """Return what is kept of a picture as it was sent: a WEBP without metadata.

    Raises PictureRefused, PicturesBusy.
    """
    return pictures.remade(data)


def _write(pipe: IO[bytes], data: bytes) -> None:
    """Write to a process; one that ended early tells why by its exit code."""
    with suppress(BrokenPipeError), pipe:
        pipe.write(data)


def _is_webp(data: bytes) -> bool:
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"
