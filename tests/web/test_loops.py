"""A loop does its step again, survives what fails, and stops when told."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from commands.asking import ask_about_each
from tests.web.standing_in import wait_until
from web import loops
from web.logs import JsonLines
from web.loops import Loop, longer
from web.worker import IDLE_SECONDS, SLOW_SECONDS


@pytest.fixture
def stop() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Callable[[], list[dict[str, Any]]]:
    caplog.set_level(logging.INFO)

    def read() -> list[dict[str, Any]]:
        records = [one for one in caplog.records if one.name == "daybook"]
        return [json.loads(JsonLines().format(one)) for one in records]

    return read


def run(step: Callable[[], int], stop: threading.Event, idle: float = 0.0) -> Loop:
    loop = Loop("test", step, stop, idle)
    loop.start()
    return loop


def test_a_step_that_had_something_to_do_is_repeated_at_once(
    stop: threading.Event,
) -> None:
    left = iter([3, 2, 1])
    done = threading.Event()

    def step() -> int:
        found = next(left, None)
        if found is None:
            done.set()
        return found or 0

    run(step, stop, idle=60)
    assert done.wait(5)


def test_a_step_with_nothing_to_do_is_repeated_after_its_pause(
    stop: threading.Event,
) -> None:
    moments: list[float] = []

    def step() -> int:
        moments.append(time.monotonic())
        return 0

    run(step, stop, idle=0.05)
    wait_until(lambda: len(moments) >= 3)
    assert moments[2] - moments[0] >= 0.1


def test_who_finds_nothing_looks_more_seldom_but_ten_times_a_second() -> None:
    pauses = [IDLE_SECONDS]
    for _ in range(30):
        pauses.append(longer(pauses[-1]))
    assert pauses == sorted(pauses)
    assert pauses[1] > pauses[0]
    assert pauses[-1] == 0.1
    assert longer(SLOW_SECONDS) == SLOW_SECONDS


def test_after_work_the_pause_is_short_again(
    stop: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "longer", lambda idle: idle * 1000)
    found, looks = iter([0, 1, 0]), list[float]()

    def step() -> int:
        looks.append(time.monotonic())
        return next(found, 0)

    run(step, stop, idle=0.001)
    wait_until(lambda: len(looks) >= 4)
    assert looks[3] - looks[2] < 0.5


@pytest.mark.parametrize("trouble", [ValueError("x"), KeyError(), OSError()])
def test_a_step_that_fails_is_tried_again(
    stop: threading.Event, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    monkeypatch.setattr(loops, "TROUBLE_SECONDS", 0.01)
    calls, after = count(), threading.Event()

    def step() -> int:
        if next(calls) < 3:
            raise trouble
        after.set()
        return 0

    loop = run(step, stop, idle=60)
    assert after.wait(5)
    assert loop.is_alive()


def test_a_failing_step_is_given_time_and_not_run_hot(
    stop: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "TROUBLE_SECONDS", 0.1)
    calls = count()

    def step() -> int:
        next(calls)
        raise ValueError

    loop = run(step, stop)
    time.sleep(0.35)
    stop.set()
    loop.join(5)
    assert 2 <= next(calls) <= 5


def test_what_fails_is_logged_by_its_type_and_never_by_its_message(
    stop: threading.Event, logged: Callable[[], list[dict[str, Any]]]
) -> None:
    def step() -> int:
        raise ValueError("ann@example.com\n{")

    run(step, stop)
    wait_until(logged)
    (line, *_) = logged()
    assert (line["what"], line["job"]) == ("job failed", "test")
    assert line["trouble"] == "ValueError"
    assert "ann@example.com" not in json.dumps(line)


def test_what_made_trouble_is_logged_by_its_ids(
    stop: threading.Event, logged: Callable[[], list[dict[str, Any]]]
) -> None:
    account_id = UUID(int=7)

    def ask(*_: object) -> None:
        raise ValueError("ann@example.com")

    run(lambda: ask_about_each([(account_id, "ann@example.com")], ask), stop)
    wait_until(logged)
    (line, *_) = logged()
    assert line["about"] == [f"{account_id} ValueError"]
    assert "ann@example.com" not in json.dumps(line)


def test_only_what_was_done_is_logged(
    stop: threading.Event, logged: Callable[[], list[dict[str, Any]]]
) -> None:
    steps = iter([0, 3, 0])
    calls = count()

    def step() -> int:
        next(calls)
        return next(steps, 0)

    run(step, stop, idle=0.001)
    wait_until(lambda: next(calls) > 8)
    (line,) = logged()
    assert (line["what"], line["job"], line["done"]) == ("job", "test", 3)
    assert line["milliseconds"] >= 0


@pytest.mark.parametrize("waits", ["idle", "trouble"])
def test_a_loop_that_waits_stops_at_once_when_told(
    stop: threading.Event, waits: str
) -> None:
    called = threading.Event()

    def step() -> int:
        called.set()
        if waits == "trouble":
            raise ValueError
        return 0

    loop = run(step, stop, idle=60)
    assert called.wait(5)
    began = time.monotonic()
    stop.set()
    loop.join(5)
    assert not loop.is_alive()
    assert time.monotonic() - began < 0.5


def test_a_loop_that_was_told_to_stop_before_it_began_does_nothing(
    stop: threading.Event,
) -> None:
    stop.set()
    calls = count()
    run(lambda: next(calls), stop).join(5)
    assert next(calls) == 0
