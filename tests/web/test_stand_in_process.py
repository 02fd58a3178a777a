"""Both stand-ins as the process that `make run` starts."""

from __future__ import annotations

import json
import os
import signal
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

HOOK = "http://127.0.0.1:9/webhooks/stripe"


@contextmanager
def started(folder: Path, **more: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "web.stand_in", "--state-folder", str(folder)]
    command += ["--webhook-url", HOOK, "--webhook-secret", "whsec_x"]
    process = subprocess.Popen(
        command,
        env={**os.environ, **more},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        process.kill()


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


def test_it_does_not_start_beside_a_live_key(tmp_path: Path) -> None:
    with started(tmp_path, STRIPE_SECRET_KEY="sk_live_x") as process:
        assert process.wait(20) == 2
        assert process.stderr is not None
        assert "STRIPE_SECRET_KEY holds a live key" in process.stderr.read()
