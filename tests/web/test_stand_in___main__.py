"""Both stand-ins as the process that `make run` starts."""

from __future__ import annotations

import json
import os
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from web.stand_in.__main__ import arguments, main

HOOK = "http://127.0.0.1:9/webhooks/stripe"
GIVEN = ["--webhook-url", HOOK, "--webhook-secret", "whsec_x"]


@contextmanager
def started(folder: Path, **more: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "web.stand_in", "--state-folder", str(folder)]
    process = subprocess.Popen(
        [*command, *GIVEN],
        env={**os.environ, **more},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        process.kill()


@pytest.fixture
def handlers() -> Iterator[None]:
    """The signal handlers of the tests, which a start in this process replaces."""
    kept = {n: signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def ready(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    found: dict[str, str] = json.loads(process.stdout.readline())
    return found


def status_of(url: str) -> int:
    parts = urlsplit(url)
    line = HTTPConnection(parts.netloc, timeout=10)
    line.request("GET", parts.path)
    status = line.getresponse().status
    line.close()
    return status


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_stops_cleanly_when_told(
    tmp_path: Path, number: signal.Signals
) -> None:
    with started(tmp_path) as process:
        where = ready(process)
        assert status_of(where["mailbox_url"]) == 200
        assert status_of(where["payments_url"] + "/v1/events") == 401
        with smtplib.SMTP("127.0.0.1", int(where["smtp_port"]), timeout=10) as line:
            line.sendmail("a@x.example", ["b@x.example"], "Subject: x\r\n\r\nx")
        process.send_signal(number)
        assert process.wait(20) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_it_ends_with_the_supervisor_that_held_its_input(tmp_path: Path) -> None:
    with started(tmp_path, DAYBOOK_SUPERVISED="1") as process:
        ready(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) == 0


def test_a_port_that_is_taken_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], handlers: None
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        given = [*GIVEN, "--state-folder", str(tmp_path), "--smtp-port", port]
        assert main(given) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("the stand-ins did not start: ")
    assert said.err.count("\n") == 1


def test_a_live_key_is_refused_before_anything_listens(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    handlers: None,
) -> None:
    monkeypatch.setenv("PAYMENTS", " rk_live_x")
    assert main([*GIVEN, "--state-folder", str(tmp_path)]) == 2
    assert "PAYMENTS holds a live key" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "given",
    [[], GIVEN[:2], [*GIVEN, "--state-folder", "x", "--smtp-port", "mail"]],
    ids=["nothing", "half", "port"],
)
def test_a_wrong_command_line_is_told_with_its_usage(
    given: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        arguments(given)
    assert ended.value.code == 2
    assert "usage: python -m web.stand_in" in capsys.readouterr().err


def test_ports_are_free_ones_unless_they_are_given() -> None:
    plain = arguments([*GIVEN, "--state-folder", "x"])
    assert (plain.payments_port, plain.mailbox_port, plain.smtp_port) == (0, 0, 0)
    given = arguments([*GIVEN, "--state-folder", "x", "--payments-port", "81"])
    assert given.payments_port == 81
