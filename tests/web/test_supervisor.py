"""One command starts everything in order, tends it, and stops it in reverse."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import MASTER, free_port, settings_for
from web import children
from web.database import Database
from web.settings import settings_from
from web.supervisor import run

STARTED = ["start stand-ins", "start serve", "start worker"]
# Stands in the place of our interpreter: each process notes when it begins and ends.
PLAYER = """#!{python} -IS
import json, os, signal, socket, sys, time
module, *rest = sys.argv[2:]
name = "stand-ins" if module == "web.stand_in" else rest[0]
def note(word):
    with open(os.environ["PLAYED"], "a") as lines:
        told = [word, name, os.getpid(), rest, dict(os.environ)]
        lines.write(json.dumps(told) + "\\n")
def end(*_):
    note("stop")
    os._exit(0)
signal.signal(signal.SIGTERM, end)
note("start")
if os.environ.get("FAILING") == name:
    sys.exit(3)
if name == "stand-ins":
    ports = {{"payments_port": 7001, "mailbox_port": 7002, "smtp_port": 7003}}
    ports["payments_url"] = "http://127.0.0.1:7001"
    ports["mailbox_url"] = "http://127.0.0.1:7002/mail"
    print(json.dumps(ports), flush=True)
if name == "serve" and os.environ.get("FAILING") != "worker":
    listener = socket.create_server(("127.0.0.1", int(os.environ["DAYBOOK_PORT"])))
    while True:
        line, _ = listener.accept()
        line.recv(4096)
        line.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")
        line.close()
while True:
    signal.pause()
"""


class Play:
    """A supervisor in this process, its children players, and what they noted."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self.played = folder / "played.jsonl"
        self.environ = {**environ, "PLAYED": str(self.played)}
        self.players = len(STARTED)

    def notes(self) -> list[tuple[str, str, int, list[str], dict[str, str]]]:
        """Word, name, process id, arguments and environment, oldest first."""
        text = self.played.read_text() if self.played.exists() else ""
        lines = text.split("\n")[:-1]
        return [tuple(json.loads(line)) for line in lines]

    def words(self) -> list[str]:
        return [f"{word} {name}" for word, name, *_ in self.notes()]

    def run(self, until: Callable[[], Any] = lambda: False, **more: str) -> int:
        """Run until this holds, then stop as Ctrl-C would; the exit status."""
        self.environ |= more
        over = threading.Event()

        def stop() -> None:
            latest = time.monotonic() + 15
            while not over.wait(0.02) and time.monotonic() < latest:
                if until() and len(self.notes()) >= self.players:
                    break
            if not over.is_set():
                os.kill(os.getpid(), signal.SIGINT)

        thread = threading.Thread(target=stop)
        thread.start()
        try:
            return run(settings_from(self.environ), self.environ, demo=False)
        finally:
            over.set()
            thread.join()


@pytest.fixture
def play(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Play]:
    player = tmp_path / "player"
    player.write_text(PLAYER.format(python=sys.executable))
    player.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(player))
    kept = {n: signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)}
    yield Play(
        tmp_path,
        settings_for(
            database,
            DAYBOOK_PORT=str(free_port()),
            DAYBOOK_VAR=str(tmp_path / "var"),
            DAYBOOK_METRICS_ADDRESS="127.0.0.1:0",
        ),
    )
    for number, handler in kept.items():
        signal.signal(number, handler)


class Said:
    """What the supervisor said until now, to its person and about its troubles."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.out = self.err = ""

    def __call__(self) -> str:
        out, err = self._capsys.readouterr()
        self.out, self.err = self.out + out, self.err + err
        return self.out

    def ready(self) -> bool:
        return "Ctrl-C" in self()


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    return Said(capsys)


def test_everything_is_started_in_order_and_stopped_in_reverse(
    play: Play, said: Said
) -> None:
    assert play.run(said.ready) == 0
    words = play.words()
    assert words[0] == "start stand-ins"
    assert sorted(words[:3]) == sorted(STARTED)
    assert words[3:] == ["stop worker", "stop serve", "stop stand-ins"]
    assert said().endswith("Stopping.\n")


def test_where_a_database_is_configured_none_of_our_own_is_made(
    play: Play, said: Said
) -> None:
    play.run(said.ready)
    assert not (Path(play.environ["DAYBOOK_VAR"]) / "pg").exists()
    assert "Database:" not in said()


def test_who_started_it_is_told_where_everything_is(play: Play, said: Said) -> None:
    play.run(said.ready)
    port = play.environ["DAYBOOK_PORT"]
    for words in (
        f"Daybook is served at http://localhost:{port}\n",
        "Mailbox: http://127.0.0.1:7002/mail\n",
        "Test payments: http://127.0.0.1:7001 (card 4242 4242 4242 4242)\n",
    ):
        assert words in said()
    assert "Figures" not in said.out
    assert MASTER.hex() not in said.out + said.err


def test_the_children_are_told_where_the_others_are(
    play: Play, said: Said, database: Database
) -> None:
    play.run(said.ready)
    found = {name: environ for _, name, _, _, environ in play.notes()}
    for environ in (found["serve"], found["worker"]):
        assert environ["DAYBOOK_PAYMENTS_URL"] == "http://127.0.0.1:7001"
        assert environ["SMTP_URL"] == "smtp://127.0.0.1:7003"
        assert environ["DATABASE_URL"] == database.service
        assert environ["DAYBOOK_SUPERVISED"] == "1"
        assert Path(environ["PROMETHEUS_MULTIPROC_DIR"]).is_dir()
    assert "DAYBOOK_PAYMENTS_URL" not in found["stand-ins"]


def test_whatever_dies_is_started_again_where_it_was(play: Play, said: Said) -> None:
    killed: list[int] = []

    def until() -> bool:
        if said.ready() and not killed:
            killed.extend(pid for _, _, pid, _, _ in play.notes())
            for pid in killed:
                os.kill(pid, signal.SIGKILL)
        return all(play.words().count(line) == 2 for line in STARTED)

    assert play.run(until) == 0
    again = [note for note in play.notes() if note[0] == "start"][3:]
    arguments = {name: rest for _, name, _, rest, _ in again}
    assert arguments["stand-ins"][-6:] == [
        "--payments-port", "7001", "--mailbox-port", "7002", "--smtp-port", "7003",
    ]  # fmt: skip
    assert sorted(play.words()[6:]) == sorted(f"stop {name}" for name in arguments)
    for name in ("stand-ins", "web", "worker"):
        assert f"the {name} process ended (-9)" in said.err


@pytest.mark.parametrize(
    ("failing", "words", "stopped"),
    [
        ("worker", "the worker process did not start", {"serve", "stand-ins"}),
        ("serve", "the web process did not start", {"worker", "stand-ins"}),
        ("stand-ins", "the stand-ins did not start", set()),
    ],
)
def test_what_does_not_start_stops_all_the_others(
    play: Play, said: Said, failing: str, words: str, stopped: set[str]
) -> None:
    assert play.run(FAILING=failing) == 2
    said()
    assert said.err.startswith(f"daybook: {words}")
    assert "Ctrl-C" not in said.out
    ended = {name for word, name, *_ in play.notes() if word == "stop"}
    assert ended <= stopped
    for _, _, pid, *_ in play.notes():
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_settings_that_make_no_service_start_nothing(play: Play, said: Said) -> None:
    assert play.run(DAYBOOK_BASE_URL="https://daybook.example") == 2
    said()
    assert said.err.startswith("daybook: https://daybook.example is no loopback")
    assert play.notes() == []
    assert not Path(play.environ["DAYBOOK_VAR"]).exists()


def test_a_port_that_is_taken_gives_way_to_the_next(play: Play, said: Said) -> None:
    port = int(play.environ["DAYBOOK_PORT"])
    with socket.create_server(("127.0.0.1", port)):
        play.run(said.ready)
    (told,) = [line for line in said().splitlines() if "is served at" in line]
    assert port < int(told.rsplit(":", 1)[1]) < port + 20


def test_with_settings_for_payments_and_mail_nothing_stands_in(
    play: Play, said: Said
) -> None:
    keys = {"STRIPE_SECRET_KEY": "sk_test_x", "STRIPE_WEBHOOK_SECRET": "whsec_x"}
    play.players = 2
    play.run(said.ready, SMTP_URL="smtp://127.0.0.1:9", **keys)
    assert sorted(play.words()[:2]) == ["start serve", "start worker"]
    assert play.words()[2:] == ["stop worker", "stop serve"]
    assert "Test payments" not in said()
    assert "Mailbox" not in said.out


def test_a_new_master_key_is_told_of_once_with_what_its_loss_means(
    play: Play, said: Said, empty_database: Database
) -> None:
    play.environ |= {
        "DAYBOOK_MASTER_KEY": "",
        "DATABASE_URL": empty_database.service,
        "DATABASE_OWNER_URL": empty_database.owner,
    }
    told = []
    for _ in range(2):
        said.out = ""
        play.run(said.ready)
        told.append("losing it loses the data" in said())
    assert told == [True, False]


def test_two_supervisors_never_share_a_folder(
    play: Play, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "ALONE_SECONDS_MAX", 0.1)
    var = Path(play.environ["DAYBOOK_VAR"])
    var.mkdir()
    with children.alone_in(var):
        assert play.run() == 2
    said()
    assert "another daybook runs in" in said.err
    assert play.notes() == []
