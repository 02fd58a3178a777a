"""A whole service of its own, run as its users run it: one command, one folder."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.conftest import free_port
from web.visitor import Sender, Visitor

ROOT = Path(__file__).parents[1]
OURS = re.compile(r"DATABASE_|DAYBOOK_|STRIPE_|SMTP_|MAIL_|DEMO")
START_SECONDS_MAX = 120
STOP_SECONDS_MAX = 60
PLACES = {
    "url": re.compile(r"Daybook is served at (\S+)"),
    "mailbox": re.compile(r"Mailbox: (\S+)/mail"),
    "payments": re.compile(r"Test payments: (\S+)"),
}


class Served:
    """A service that is asked from outside, wherever it runs."""

    url = mailbox = payments = ""

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one command of the command line beside it, where there is one."""
        # One that lives in the test has none; a test that asks it is wrong.
        raise NotImplementedError

    def log_end(self) -> str:
        """Return the end of what it logged; one that lives in the test has no log."""
        return "(no log of its own)"

    def now(self) -> float:
        """Return its time, in seconds since 1970."""
        return time.time()

    def sender(self) -> Sender:
        """Return a sending service with a key of its own."""
        said = self.cli("api-key", "issue", "--name", "sending", "--json")
        assert said.returncode == 0, said.stderr
        key: dict[str, Any] = json.loads(said.stdout)
        return Sender(self.url, key["key_id"], key["secret"])

    def visitor(self) -> Visitor:
        """Return a visitor without a screen."""
        return Visitor(self.url, self.mailbox)

    def invite(self, email: str, role: str) -> str:
        """Invite a member of staff; return what the command says."""
        said = self.cli("staff", "add", email, "--role", role)
        assert said.returncode == 0, said.stdout + said.stderr
        return said.stdout

    def account_id(self, email: str) -> str:
        """Return the id of the account of an address."""
        said = self.cli("account", email)
        assert said.returncode == 0, said.stdout + said.stderr
        return said.stdout.strip()


class Running(Served):
    """`daybook run` in a folder; started, stopped, killed and asked from outside."""

    command: Sequence[str] = (sys.executable, "-m", "web.cli", "run", "--no-demo")
    place = ROOT

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.environ = {k: v for k, v in os.environ.items() if not OURS.match(k)}
        self.environ |= {
            "DAYBOOK_VAR": str(folder / "var"),
            "DAYBOOK_PORT": str(self.port),
            "DAYBOOK_METRICS_ADDRESS": f"127.0.0.1:{free_port()}",
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.starts = 0

    def start(self) -> None:
        """Start it and wait until it says where it is served."""
        self.starts += 1
        told = self.folder / f"told-{self.starts}.txt"
        with told.open("wb") as out, (self.folder / "log.txt").open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.place,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + START_SECONDS_MAX
        while "Ctrl-C" not in (text := told.read_text()):
            assert self.process.poll() is None, self.log_end()
            assert time.monotonic() < until, self.log_end()
            time.sleep(0.05)
        for name, pattern in PLACES.items():
            found = pattern.search(text)
            assert found is not None, text
            setattr(self, name, found[1])

    def stop(self) -> int:
        """Stop it as Ctrl-C would; return its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(STOP_SECONDS_MAX)

    def kill(self) -> None:
        """Kill the supervisor alone; what it started must notice by itself."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one command of the command line beside it."""
        return subprocess.run(
            [sys.executable, "-m", "web.cli", *arguments],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=START_SECONDS_MAX,
        )

    def log_end(self) -> str:
        """Return the end of what it logged."""
        return (self.folder / "log.txt").read_text()[-3000:]
