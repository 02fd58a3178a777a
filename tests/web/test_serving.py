"""The web process: served as the settings say, and gone with who started it."""

from __future__ import annotations

import logging
import os
import pkgutil
import signal
import socket
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.conftest import MASTER, free_port
from tests.web.service import BASE
from tests.web.standing_in import wait_until
from web import serving
from web.database import Database, DatabaseTrouble
from web.settings import Settings, SettingsTrouble


@pytest.fixture
def environment(
    monkeypatch: pytest.MonkeyPatch, database: Database, tmp_path: Path
) -> pytest.MonkeyPatch:
    """The environment of a web process on the test's database."""
    for name in os.environ:
        if name.startswith(("DATABASE_", "DAYBOOK_", "STRIPE_", "SMTP_")):
            monkeypatch.delenv(name)
    for name, value in {
        "DATABASE_URL": database.service,
        "DAYBOOK_MASTER_KEY": MASTER.hex(),
        "DAYBOOK_PAYMENTS_URL": "http://127.0.0.1:9",
        "DAYBOOK_METRICS_ADDRESS": "127.0.0.1:0",
        "DAYBOOK_VAR": str(tmp_path),
    }.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.fixture
def loggers() -> Iterator[None]:
    """The loggers to be set up, and afterwards as the tests have them."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    for handler in handlers:
        root.removeHandler(handler)
    yield
    for handler in root.handlers[:]:
        root.removeHandler(handler)
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)


@pytest.fixture
def input_pipe() -> Iterator[int]:
    """Our own standard input as a pipe; its other end."""
    kept = os.dup(0)
    reader, writer = os.pipe()
    os.dup2(reader, 0)
    os.close(reader)
    yield writer
    os.dup2(kept, 0)
    os.close(kept)


@pytest.fixture
def told_to_end() -> Iterator[threading.Event]:
    """Set once this process was told to end."""
    event = threading.Event()
    kept = signal.signal(signal.SIGTERM, lambda *_: event.set())
    yield event
    signal.signal(signal.SIGTERM, kept)


def test_the_application_is_the_service_of_the_environment(
    environment: pytest.MonkeyPatch, loggers: None
) -> None:
    app = serving.application()
    service = app.extensions["daybook"]
    try:
        answer = app.test_client().get("/readyz", base_url=BASE)
        assert (answer.status_code, answer.text) == (200, "ready\n")
    finally:
        service.__exit__()


def test_a_web_process_without_a_supervisor_serves_its_machines_figures(
    environment: pytest.MonkeyPatch, loggers: None
) -> None:
    address = f"127.0.0.1:{free_port()}"
    environment.setenv("DAYBOOK_METRICS_ADDRESS", address)
    service = serving.application().extensions["daybook"]
    try:
        with urllib.request.urlopen(f"http://{address}/metrics") as answer:
            assert "daybook_outbox_mails" in answer.read().decode()
    finally:
        service.__exit__()


def test_under_a_supervisor_it_leaves_that_to_the_worker(
    environment: pytest.MonkeyPatch, loggers: None
) -> None:
    port = free_port()
    environment.setenv("DAYBOOK_METRICS_ADDRESS", f"127.0.0.1:{port}")
    environment.setenv("DAYBOOK_SUPERVISED", "1")
    service = serving.application().extensions["daybook"]
    with (
        pytest.raises(ConnectionRefusedError),
        socket.create_connection(("127.0.0.1", port), 1),
    ):
        pass
    service.__exit__()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DATABASE_URL", "", "DATABASE_URL"),
        ("DAYBOOK_MASTER_KEY", "abc", "DAYBOOK_MASTER_KEY"),
        ("DAYBOOK_WEB_THREADS", "many", "DAYBOOK_WEB_THREADS"),
        ("DAYBOOK_BASE_URL", "http://daybook.example", "STRIPE_SECRET_KEY"),
        ("DAYBOOK_BASE_URL", "daybook", "DAYBOOK_BASE_URL"),
        ("DAYBOOK_PAYMENTS_URL", "", "STRIPE_SECRET_KEY"),
        ("STRIPE_SECRET_KEY", "sk_live_x", "live key"),
        ("DAYBOOK_CATALOGUE", "/nowhere.toml", "/nowhere.toml"),
    ],
)
def test_settings_that_make_no_service_are_refused_by_name(
    environment: pytest.MonkeyPatch, loggers: None, name: str, value: str, words: str
) -> None:
    environment.setenv(name, value)
    with pytest.raises(SettingsTrouble, match=words) as trouble:
        serving.application()
    assert str(trouble.value).count("\n") == 0


def test_a_role_that_could_rewrite_the_journal_is_refused(
    environment: pytest.MonkeyPatch, database: Database, loggers: None
) -> None:
    environment.setenv("DATABASE_URL", database.owner)
    with pytest.raises(DatabaseTrouble):
        serving.application()


class Recorder:
    """Stands in the place of the web server, and notes how it was asked to serve."""

    asked: tuple[Any, ...] = ()
    named: dict[str, Any] = {}
    served = 0

    def __init__(self, *asked: Any, **named: Any) -> None:
        type(self).asked, type(self).named = asked, named

    def serve(self) -> None:
        type(self).served += 1


def test_the_server_is_asked_to_serve_as_the_settings_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serving, "Granian", Recorder)
    monkeypatch.delenv("DAYBOOK_SUPERVISED", raising=False)
    settings = replace(
        Settings(),
        daybook_host="127.0.0.9",
        daybook_port=8123,
        daybook_web_processes=3,
        daybook_web_threads=5,
    )
    serving.serve(settings)
    named = Recorder.named
    assert Recorder.served == 1
    assert (named["address"], named["port"]) == ("127.0.0.9", 8123)
    assert (named["workers"], named["blocking_threads"]) == (3, 5)
    assert named["workers_kill_timeout"] == serving.GRACE_SECONDS
    assert pkgutil.resolve_name(Recorder.asked[0]) is serving.application
    assert named["factory"]


def test_the_server_writes_no_log_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "Granian", Recorder)
    serving.serve(Settings())
    assert not Recorder.named["log_access"]
    assert not Recorder.named["log_enabled"]


def test_it_ends_when_the_supervisor_that_held_its_input_is_gone(
    monkeypatch: pytest.MonkeyPatch, input_pipe: int, told_to_end: threading.Event
) -> None:
    monkeypatch.setenv("DAYBOOK_SUPERVISED", "1")
    serving.end_with_supervisor()
    os.write(input_pipe, b"x" * 5000)
    assert not told_to_end.wait(0.1)
    os.close(input_pipe)
    wait_until(told_to_end.is_set)


def test_without_a_supervisor_a_closed_input_means_nothing(
    monkeypatch: pytest.MonkeyPatch, input_pipe: int, told_to_end: threading.Event
) -> None:
    monkeypatch.setenv("DAYBOOK_SUPERVISED", "0")
    os.close(input_pipe)
    serving.end_with_supervisor()
    assert not told_to_end.wait(0.1)
    assert "supervised" not in [thread.name for thread in threading.enumerate()]


def test_an_application_is_made_anew_for_every_process(
    environment: pytest.MonkeyPatch, loggers: None
) -> None:
    made: list[Flask] = [serving.application() for _ in range(2)]
    for app in made:
        app.extensions["daybook"].__exit__()
    assert made[0] is not made[1]
    assert made[0].extensions["daybook"] is not made[1].extensions["daybook"]
