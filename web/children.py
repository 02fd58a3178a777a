"""The supervisor's processes: started, started again when they end, stopped."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from web.settings import SettingsTrouble

COUNTED_IN = "PROMETHEUS_MULTIPROC_DIR"
STOP_SECONDS_MAX = 15
PAUSE_SECONDS_MIN = 0.5
PAUSE_SECONDS_MAX = 30.0
STEADY_SECONDS = 60.0
"""Who lived so long ended by chance: it is started again without a long pause."""
ALONE_SECONDS_MAX = 20.0
NOTICE_SECONDS = 1.0
POLL_SECONDS = 0.05


@dataclass
class Child:
    """A process of ours; it ends when its input closes, so also when we are killed."""

    name: str
    arguments: list[str]
    environ: Mapping[str, str]
    output: int | None = None
    keeps: tuple[int, ...] = ()
    begun: float = 0.0
    due: float | None = None
    pause: float = PAUSE_SECONDS_MIN
    process: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Start it, or start it again."""
        self.begun, self.due = time.monotonic(), None
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and modules
            [sys.executable, *self.arguments],
            env=self.environ,
            stdin=subprocess.PIPE,
            stdout=self.output,
            pass_fds=self.keeps,
            text=True,
            start_new_session=True,
        )

    def tend(self) -> None:
        """Start it again if it ended by itself: soon at first, then ever later."""
        now = time.monotonic()
        if self.due is not None and now >= self.due:
            self.start()
        elif self.due is None and self.process.poll() is not None:
            self._close()
            lived = now - self.begun
            steady = lived >= STEADY_SECONDS
            self.pause = PAUSE_SECONDS_MIN if steady else self.pause * 2
            self.pause = min(self.pause, PAUSE_SECONDS_MAX)
            self.due = now + self.pause
            tell(
                f"the {self.name} process ended ({self.process.returncode}) and is"
                f" started again in {self.pause:.0f} s"
            )

    def stop(self) -> None:
        """Ask it to end, then insist."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._close()

    def _close(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


@contextmanager
def alone_in(folder: Path) -> Iterator[int]:
    """Hold a folder for one supervisor and its children; yield what they keep open.

    The children of a supervisor that was killed are waited for: they end soon.
    Raises SettingsTrouble where somebody stays.
    """
    lock = os.open(folder / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
    begun, told = time.monotonic(), False
    try:
        while not _locked(lock):
            waited = time.monotonic() - begun
            if waited > ALONE_SECONDS_MAX:
                raise SettingsTrouble(
                    f"another daybook runs in {folder}: stop it, or set DAYBOOK_VAR"
                )
            if waited > NOTICE_SECONDS and not told:
                told = True
                tell(f"waiting for another daybook in {folder} to end")
            time.sleep(POLL_SECONDS)
        yield lock
    finally:
        os.close(lock)


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def tell(words: str) -> None:
    """Say something to whoever runs the service."""
    print(f"daybook: {words}", file=sys.stderr, flush=True)  # noqa: T201 - as it says


def count_together(var: Path) -> None:
    """Let what this process counts be served by any other of this machine's.

    To be said before anything is counted; a supervisor has said it already.
    """
    if COUNTED_IN not in os.environ:
        os.environ[COUNTED_IN] = str(figures_folder(var.absolute()))


def figures_folder(var: Path) -> Path:
    """Return the folder in which processes count, without those that are gone."""
    folder = var / "metrics"
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("*.db"):
        if not _lives(file.stem.rpartition("_")[2]):
            file.unlink(missing_ok=True)
    return folder


def _lives(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True
