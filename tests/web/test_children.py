"""The supervisor's processes: started again when they end, alone in their folder."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from web import children
from web.children import (
    COUNTED_IN,
    Child,
    alone_in,
    count_together,
    figures_folder,
)
from web.settings import SettingsTrouble

WAITS = ["-c", "import sys; sys.stdin.read()"]
ENDS = ["-c", "pass"]
SECONDS_MAX = 30.0


@contextmanager
def child(arguments: list[str], *keeps: int) -> Iterator[Child]:
    started = Child("test", arguments, dict(os.environ), keeps=keeps)
    try:
        yield started
    finally:
        started.stop()


def tend_until(one: Child, wanted: Callable[[], bool]) -> None:
    until = time.monotonic() + SECONDS_MAX
    while not wanted():
        assert time.monotonic() < until
        one.tend()
        time.sleep(0.01)


def test_a_child_that_was_killed_is_started_again() -> None:
    with child(WAITS) as one:
        first = one.process.pid
        one.process.send_signal(signal.SIGKILL)
        tend_until(one, lambda: one.process.pid != first)
        assert one.process.poll() is None


def test_a_child_that_keeps_ending_is_started_ever_later() -> None:
    with child(ENDS) as one:
        pauses: list[float] = []
        while len(pauses) < 2:
            tend_until(one, lambda: one.due is not None)
            pauses.append(one.pause)
            tend_until(one, lambda: one.due is None)
    assert pauses == [1.0, 2.0]


def test_a_child_that_lived_long_is_started_soon_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(children, "STEADY_SECONDS", 0.0)
    with child(ENDS) as one:
        one.pause = children.PAUSE_SECONDS_MAX
        tend_until(one, lambda: one.due is not None)
        assert one.pause == children.PAUSE_SECONDS_MIN


def test_a_stopped_child_leaves_nothing_running() -> None:
    with child(WAITS) as one:
        one.stop()
        assert one.process.returncode is not None


def test_a_folder_is_waited_for_until_the_last_child_of_a_killed_supervisor_ends(
    tmp_path: Path,
) -> None:
    with alone_in(tmp_path) as lock:
        orphan = subprocess.Popen(["sleep", "1.5"], pass_fds=(lock,))
    begun = time.monotonic()
    with alone_in(tmp_path):
        assert orphan.wait(SECONDS_MAX) == 0
        assert time.monotonic() - begun > 0.5


def test_a_folder_that_stays_in_use_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "ALONE_SECONDS_MAX", 0.2)
    with (
        alone_in(tmp_path),
        pytest.raises(SettingsTrouble, match=str(tmp_path)),
        alone_in(tmp_path),
    ):
        pass


def test_what_processes_that_are_gone_counted_goes_with_them(tmp_path: Path) -> None:
    with child(["-c", "pass"]) as gone:
        gone.process.wait()
    folder = figures_folder(tmp_path)
    names = [f"counter_{pid}.db" for pid in (os.getpid(), gone.process.pid)]
    for name in (*names, "counter_x.db"):
        (folder / name).touch()
    assert figures_folder(tmp_path) == folder
    assert [file.name for file in folder.iterdir()] == names[:1]


def test_where_is_counted_is_said_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(COUNTED_IN, "")
    monkeypatch.delenv(COUNTED_IN)
    for var in (tmp_path / "ours", tmp_path / "anothers"):
        count_together(var)
    assert os.environ[COUNTED_IN] == str(tmp_path / "ours" / "metrics")
    assert not (tmp_path / "anothers").exists()
