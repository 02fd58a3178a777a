"""A whole service in this process, so that its clock is ours: panel, worker, stand-ins.

Everything is real but the time: HTTP on loopback, mail, webhooks, PostgreSQL.
"""

from __future__ import annotations

import io
import logging
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch
from uuid import UUID

from flask import Flask
from werkzeug.serving import make_server

from commands.gateways.mail import SmtpMailer
from commands.gateways.payments import StripePayments
from commands.plans import subscription_of
from ledger.aggregate import SYSTEM
from tests.conftest import MASTER
from tests.running import Served
from tests.web.service import Clock, service_on
from tests.web.staffing import invited
from tests.web.standing_in import StandIn, stand_in
from tests.web.subscribing import Subscriber
from web import cli, create_app, timers
from web.database import Database
from web.loops import Loop
from web.stand_in.mailbox import MailSink, create_mailbox
from web.wiring import TEST_KEY, TEST_WEBHOOK_SECRET, Service
from web.worker import Work, loops


class Travelled:
    """A clock that goes on as time does, from wherever it was last set."""

    def __init__(self, start: datetime) -> None:
        self.set(start)

    def __call__(self) -> datetime:
        return self._from + timedelta(seconds=time.monotonic() - self._at)

    def set(self, moment: datetime) -> None:
        """Go on from this moment."""
        self._from, self._at = moment, time.monotonic()


class Turns:
    """Lets the worker's loops act one at a time, and none while time is travelled.

    What asked for the time before must not act on it after.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()

    def taking(self, step: Callable[[], int]) -> Callable[[], int]:
        """Return the step as one that waits for its turn."""

        def taken() -> int:
            with self.lock:
                return step()

        return taken


class Whole(Served):
    """The service, asked as one that runs elsewhere is, and able to travel."""

    def __init__(
        self, service: Service, bank: StandIn, database: Database, mailbox: str
    ) -> None:
        self.service, self.bank = service, bank
        self.url = service.settings.daybook_base_url
        self.mailbox, self.payments = mailbox, bank.url
        self.environ = {
            **os.environ,
            "DATABASE_URL": database.service,
            "DATABASE_DIRECT_URL": database.direct,
            "DATABASE_OWNER_URL": database.owner,
            "DATABASE_AUDITOR_URL": database.auditor,
            "DAYBOOK_MASTER_KEY": MASTER.hex(),
            "DAYBOOK_BASE_URL": self.url,
            "DAYBOOK_PAYMENTS_URL": self.payments,
            "DAYBOOK_MAILBOX_URL": f"{mailbox}/mail",
        }
        self.work: Work | None = None
        self.turns = Turns()
        self.subscriber: Subscriber | None = None

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one command of the command line in this process."""
        said = io.StringIO()
        with patch.dict(os.environ, self.environ), redirect_stdout(said):
            status = cli.main(arguments)
        return subprocess.CompletedProcess(arguments, status, said.getvalue(), "")

    def invite(self, email: str, role: str) -> str:
        """Invite a member of staff as of the service's time; return the token."""
        _, token = invited(self.service, role, email)
        return token

    def log_end(self) -> str:
        """Return what is logged nowhere else: the mails that could not be sent."""
        with self.service.connections.for_account(SYSTEM) as connection:
            rows = connection.execute(
                "SELECT template, attempts, trouble FROM mail_outbox"
                " WHERE sent_at IS NULL"
            ).fetchall()
        return str(rows)

    def now(self) -> float:
        """Return the service's time."""
        return self.service.clock().timestamp()

    def travel(self, moment: datetime) -> None:
        """Let it be later for the service and at the processor, and do what is due."""
        assert isinstance(self.service.clock, Travelled)
        now = self.service.clock()
        if self.subscriber is None:
            self.subscriber = Subscriber(self.bank, int(now.timestamp()))
        assert self.work is not None
        with self.turns.lock:
            self.service.clock.set(moment)
            self.subscriber.advance(int(moment.timestamp()))
            while self.work.webhooks() + self.work.janitor():
                pass
            timers.step(self.service)

    def newest_charge(self) -> str:
        """Return the processor's name of the newest charge."""
        assert self.subscriber is not None
        return str(self.subscriber.v1.charges.list({"limit": 1}).data[0].id)

    def plan_of(self, account_id: str) -> str:
        """Return the processor's name of an account's running plan."""
        found = subscription_of(self.service.journal, UUID(account_id), "plan")
        assert found.processor_id is not None
        return found.processor_id

    def status_of(self, subscription: str) -> str:
        """Return how a subscription stands at the processor."""
        assert self.subscriber is not None
        return str(self.subscriber.subscription(subscription)["status"])

    def disputed(self, charge: str) -> str:
        """Have a payment taken into question by the bank; return the dispute."""
        status, told = self.bank.tell("disputes", {"charge": charge})
        assert status == 200, told
        return str(told["id"])

    def decide(self, dispute: str, outcome: str) -> None:
        """Have the bank decide: won or lost."""
        status, told = self.bank.tell(f"disputes/{dispute}", {"outcome": outcome})
        assert status == 200, told


@contextmanager
def served(app: Flask, port: int = 0) -> Iterator[str]:
    """Serve an app on loopback; its address."""
    # A line a request would bury what a journey failed of.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
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
def working(
    service: Service, app: Flask, mailer: SmtpMailer, turns: Turns
) -> Iterator[Work]:
    """Run the worker's loops; one more hand for what a test will not wait for."""
    stop = threading.Event()
    started = loops(service, app, mailer, stop)
    for loop in started:
        if isinstance(loop, Loop):
            loop._step = turns.taking(loop._step)
        loop.start()
    try:
        yield Work(service, app, mailer)
    finally:
        stop.set()
        for loop in started:
            loop.join(10)


@contextmanager
def whole_service(
    database: Database, folder: Path, start: datetime | None = None
) -> Iterator[Whole]:
    """A service with its worker and both stand-ins; from a moment on, or now."""
    with ExitStack() as stack:
        sink = MailSink(folder / "mails")
        sink.start()
        stack.callback(sink.stop)
        mailbox = stack.enter_context(served(create_mailbox(folder / "mails")))
        shell = Flask("shell")
        base = stack.enter_context(served(shell))
        webhook = (f"{base}/webhooks/stripe", TEST_WEBHOOK_SECRET)
        bank = stack.enter_context(stand_in(webhook=webhook))
        service = stack.enter_context(service_on(database, Clock(), bank.url))
        _settle_in(service, base, folder, start or datetime.now(UTC))
        app = create_app(service)
        shell.wsgi_app = app.wsgi_app  # type: ignore[method-assign]
        mailer = SmtpMailer("127.0.0.1", sink.port, None, None, "none", "x@localhost")
        whole = Whole(service, bank, database, mailbox)
        whole.work = stack.enter_context(working(service, app, mailer, whole.turns))
        if start is not None:
            whole.subscriber = Subscriber(bank, int(start.timestamp()))
        yield whole


def _settle_in(service: Service, base: str, folder: Path, start: datetime) -> None:
    """Tell a service where it is, and what time it is."""
    service.clock = Travelled(start)
    where = replace(service.settings, daybook_base_url=base, daybook_var=folder)
    # Each browser says which machine it is, as a proxy in front would.
    service.settings = replace(where, daybook_trusted_proxies=1)
    here = service.settings.daybook_payments_url
    service.payments = StripePayments(TEST_KEY, TEST_WEBHOOK_SECRET, base_address=here)
