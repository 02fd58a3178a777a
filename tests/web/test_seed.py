"""The demo account: made once by driving the service, and only among stand-ins."""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from commands.credits import balance_of
from commands.gateways.mail import SmtpMailer
from ledger.accounts import Account
from tests.conftest import MASTER
from tests.web.service import Clock, service_on
from tests.web.standing_in import stand_in
from web import create_app, seed
from web.database import Database
from web.stand_in.mailbox import MailSink, create_mailbox
from web.wiring import Service, utc_now
from web.worker import loops

NOWHERE = "http://127.0.0.1:9"
STANDING_IN = {
    "DAYBOOK_MAILBOX_URL": f"{NOWHERE}/mail",
    "DAYBOOK_PAYMENTS_URL": NOWHERE,
}
KNOWN = {
    "email": seed.EMAIL,
    "password": "pass-word",
    "key_id": "key",
    "secret": "dms_x",
    "account_id": "a",
}


@contextmanager
def served(app: Flask, port: int = 0) -> Iterator[str]:
    """Serve an app on loopback; its address."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://localhost:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def working(service: Service, smtp_port: int) -> Iterator[None]:
    """Run the worker's loops."""
    stop = threading.Event()
    mailer = SmtpMailer("127.0.0.1", smtp_port, None, None, "none", "x@localhost")
    started = loops(service, create_app(service), mailer, stop)
    for loop in started:
        loop.start()
    try:
        yield
    finally:
        stop.set()
        for loop in started:
            loop.join(10)


@contextmanager
def whole_service(
    database: Database, folder: Path
) -> Iterator[tuple[Service, str, dict[str, str]]]:
    """A service with its worker and both stand-ins: it, its address, its settings."""
    with ExitStack() as stack:
        sink = MailSink(folder / "mails")
        sink.start()
        stack.callback(sink.stop)
        mailbox = stack.enter_context(served(create_mailbox(folder / "mails")))
        payments = stack.enter_context(stand_in()).url
        service = stack.enter_context(service_on(database, Clock(), payments))
        service.clock = utc_now
        shell = Flask("shell")
        base = stack.enter_context(served(shell))
        service.settings = replace(service.settings, daybook_base_url=base)
        shell.wsgi_app = create_app(service).wsgi_app  # type: ignore[method-assign]
        stack.enter_context(working(service, sink.port))
        settings = {
            "DATABASE_URL": database.service,
            "DAYBOOK_MASTER_KEY": MASTER.hex(),
            "DAYBOOK_BASE_URL": base,
            "DAYBOOK_PAYMENTS_URL": payments,
            "DAYBOOK_MAILBOX_URL": f"{mailbox}/mail",
        }
        yield service, base, {**os.environ, **settings}


def test_the_demo_account_has_bought_sent_and_holds(
    empty_database: Database, tmp_path: Path
) -> None:
    with whole_service(empty_database, tmp_path) as (service, base, environ):
        told = seed.demo(base, environ, tmp_path)
        kept = tmp_path / "demo.json"
        known: dict[str, Any] = json.loads(kept.read_text())
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert f"{seed.EMAIL} with the password {known['password']}" in told
        account = service.journal.fresh(Account, known["account_id"])
        assert (account.name, account.country) == ("Helen Gray", "NL")
        balance = balance_of(service.journal, account.id)
        sent = sum(campaign[2] for campaign in seed.CAMPAIGNS)
        assert balance.balance(utc_now()) == 12_000 - sent
        assert balance.held(utc_now()) == seed.HELD[1]
        assert seed.demo(base, environ, tmp_path) == told


@pytest.mark.parametrize("lacks", sorted(STANDING_IN))
def test_where_something_is_real_there_is_no_demo(lacks: str, tmp_path: Path) -> None:
    environ = {name: STANDING_IN[name] for name in STANDING_IN if name != lacks}
    (tmp_path / "demo.json").write_text(json.dumps(KNOWN))
    for found in (environ, environ | {lacks: ""}, {}):
        assert seed.demo(NOWHERE, found, tmp_path) == ""


def test_the_account_is_made_once_and_told_each_time(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text(json.dumps(KNOWN))
    told = seed.demo(NOWHERE, STANDING_IN, tmp_path)
    assert told == (
        f"Demo sign-in: {seed.EMAIL} with the password pass-word\n"
        "Demo service key: key:dms_x (account a)"
    )


def test_a_service_that_does_not_answer_is_told_and_tried_again_next_time(
    tmp_path: Path,
) -> None:
    for _ in range(2):
        told = seed.demo(NOWHERE, STANDING_IN, tmp_path)
        assert told.startswith("The demo account could not be made: ")
        assert list(tmp_path.iterdir()) == []
