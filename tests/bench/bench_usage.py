"""Usage told over HTTP, from a period's first contact to its ten-millionth.

The web process is the one that serves customers; one sender tells it one batch after
another, so that at no time more than one core is busy with them. A tenth of each batch
was told before, and every answer must have counted exactly the rest.
At a smaller scale the period gets fewer than the names of the figures say.
"""

from __future__ import annotations

import http.client
import json
import logging
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from statistics import median
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import psycopg

from commands.gateways.payments import StripePayments
from tests.bench.stage import durable_database, median_of_rounds
from tests.commands.subscribing import Member
from tests.conftest import MASTER
from tests.web.service import Clock, a_key, a_purchase, an_account, service_on
from tests.web.standing_in import SECRET, stand_in
from web.database import Database
from web.wiring import TEST_KEY

CONTACTS = 50_000
"""In a batch: as many as one may have."""
TOLD_BEFORE = CONTACTS // 10
REPORTS = 222
"""With a tenth told before, these have ten million different contacts."""
WINDOW = 20
"""Reports that are compared: the first and the last so many."""
BYTES = """
SELECT sum(octet_length(payload) + octet_length(sealed))::float8 / %s FROM journal
WHERE topic = 'usage.Reported'"""
HOLDS = 150
ROUNDS = 3


def run(scale: float) -> dict[str, float]:
    """Return contacts, holds and allowances a second, and bytes of the journal."""
    with ExitStack() as stack:
        database = stack.enter_context(durable_database())
        member = stack.enter_context(subscribed(database))
        port = stack.enter_context(served(database))
        teller = Teller(port, member)
        found = _reports(teller, database, scale)
        return found | _holds(port, member, max(10, int(HOLDS * scale)))


@contextmanager
def subscribed(database: Database) -> Iterator[Member]:
    """Lend a customer of the plan Unlimited, since just now."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    clock = Clock(datetime.now(UTC))
    with stand_in() as running, service_on(database, clock, running.url) as service:
        running.switch(deliver="never")
        service.payments = StripePayments(TEST_KEY, SECRET, base_address=running.url)
        member = Member(service, running, clock)
        member.subscribe()
        yield member


@contextmanager
def served(database: Database) -> Iterator[int]:
    """Serve the database's accounts in a web process of its own; lend its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="daybook-bench-") as folder:
        environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": database.service,
            "DAYBOOK_MASTER_KEY": MASTER.hex(),
            "DAYBOOK_PAYMENTS_URL": "http://127.0.0.1:9",
            "DAYBOOK_PORT": str(port),
            "DAYBOOK_VAR": folder,
        }
        asked = [sys.executable, "-m", "web.cli", "serve"]
        web = subprocess.Popen(
            asked, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _until_ready(port)
            yield port
        finally:
            web.terminate()
            web.wait(timeout=30)


def _until_ready(port: int) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            line = http.client.HTTPConnection("127.0.0.1", port)
            line.request("GET", "/readyz")
            if line.getresponse().status == 200:
                return
        except OSError:
            pass
        assert time.monotonic() < until, "the web process does not get ready"
        time.sleep(0.1)


class Line:
    """A connection that is kept, with a service key of its own."""

    def __init__(self, port: int, member: Member) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port)
        self._key = a_key(member.service)

    def ask(
        self, method: str, path: str, body: bytes = b"", kind: str = "application/json"
    ) -> Any:
        """Return what is answered; it must be a good answer."""
        sent = {"Content-Type": kind, "Idempotency-Key": str(uuid4()), **self._key}
        self._line.request(method, f"/api/v1/{path}", body or None, sent)
        answer = self._line.getresponse()
        text = answer.read().decode()
        assert answer.status < 300, text
        return json.loads(text)


class Teller:
    """The sending service, which tells of batches of one campaign."""

    def __init__(self, port: int, member: Member) -> None:
        self.line = Line(port, member)
        account = str(member.account_id)
        period = self.line.ask("GET", f"accounts/{account}/usage")["period_id"]
        self._batch = {
            "account_id": account,
            "period_id": period,
            "campaign_id": "bench",
            "sent_at": member.clock().isoformat(),
        }
        self._chance = random.Random(2026)
        self._told = b""
        self.contacts = 0
        self.distinct = 0

    def tell(self) -> float:
        """Tell of a batch; return how many seconds the answer took."""
        fresh = self._chance.randbytes(16 * (CONTACTS - len(self._told) // 16))
        batch = urlencode({**self._batch, "batch_id": str(self.contacts)})
        begun = time.perf_counter()
        told = self.line.ask(
            "POST", f"usage?{batch}", fresh + self._told, "application/octet-stream"
        )
        seconds = time.perf_counter() - begun
        self.distinct += len(fresh) // 16
        assert (told["count"], told["added"]) == (CONTACTS, len(fresh) // 16)
        assert told["distinct"] == self.distinct
        self._told = fresh[: 16 * TOLD_BEFORE]
        self.contacts += CONTACTS
        return seconds


def _reports(teller: Teller, database: Database, scale: float) -> dict[str, float]:
    count = max(2, int(REPORTS * scale))
    seconds = [teller.tell() for _ in range(count)]
    window = min(WINDOW, count // 2)
    first, last = (
        CONTACTS / median(some) for some in (seconds[:window], seconds[-window:])
    )
    with psycopg.connect(database.service) as connection:
        row = connection.execute(BYTES, (teller.contacts,)).fetchone()
    assert row is not None
    return {
        "usage.contacts_per_second": teller.contacts / sum(seconds),
        "usage.first_million.contacts_per_second": first,
        "usage.tenth_million.contacts_per_second": last,
        "usage.ratio_of_tenth_to_first_million": last / first,
        "usage.journal_bytes_per_contact": float(row[0]),
    }


def _holds(port: int, member: Member, count: int) -> dict[str, float]:
    account = an_account(member.service)
    a_purchase(member.service, account)
    wanted = {"campaign_id": "bench", "recipients": 1, "kind": "credits"}
    hold = json.dumps(wanted).encode()
    path = f"accounts/{account}"
    line = Line(port, member)
    asked: dict[str, Callable[[], object]] = {
        "allowance": partial(line.ask, "GET", f"{path}/allowance?recipients=1"),
        "holds": partial(line.ask, "POST", f"{path}/holds", hold),
    }
    rates = median_of_rounds(
        ROUNDS, {name: partial(_rate, deed, count) for name, deed in asked.items()}
    )
    return {
        "holds.per_second": rates["holds"],
        "holds.allowances_per_second": rates["allowance"],
        "holds.ratio_to_allowances": rates["holds"] / rates["allowance"],
    }


def _rate(deed: Callable[[], object], count: int) -> float:
    begun = time.perf_counter()
    for _ in range(count):
        deed()
    return count / (time.perf_counter() - begun)
