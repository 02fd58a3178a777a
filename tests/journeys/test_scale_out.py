"""Two web processes and two workers on one database serve as one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from base64 import b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID, uuid4

import msgspec
import pytest

from commands.key_revocations import revoke_leaked
from tests.conftest import Cluster, context_at, free_port, settings_for
from tests.faults.standbys import until
from tests.journeys.reading import blocks
from tests.running import OURS, ROOT, STOP_SECONDS_MAX
from tests.web.askers import OWN, a_session
from tests.web.browsing import hidden
from tests.web.service import Clock, a_key, a_purchase, an_account, service_on
from web.wiring import Service, utc_now

PATIENCE_SECONDS = 30.0
HOLD = msgspec.json.encode(
    {"kind": "credits", "campaign_id": "spring", "recipients": 4}
).decode()
COMMANDS = [
    line.removeprefix("daybook ")
    for block in blocks("docs/how-to/scale-out.md")
    for line in block.lines
]
"""What the guide lets one type: once, on each web machine, on the worker's."""
Headers = dict[str, str]


class Answer(NamedTuple):
    """What a web process said."""

    status: int
    text: str

    def __getitem__(self, name: Any) -> Any:
        """One word of a JSON document."""
        return msgspec.json.decode(self.text)[name]


class Web:
    """One of the web processes; a balancer before them passes the host's name on."""

    def __init__(self, port: int, host: str) -> None:
        self.port, self.host = port, host

    def ask(self, path: str, headers: Headers, body: str | None = None) -> Answer:
        """Ask it; with a body it is told something."""
        line = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        sent = {"Host": self.host, **headers}
        line.request("GET" if body is None else "POST", path, body, sent)
        answer = line.getresponse()
        said = Answer(answer.status, answer.read().decode())
        line.close()
        return said

    def hold(self, account_id: UUID, key: Headers, name: str) -> Answer:
        """Hold four credits for a campaign, by a command of this name."""
        path = f"/api/v1/accounts/{account_id}/holds"
        named = {"Content-Type": "application/json", "Idempotency-Key": name}
        return self.ask(path, key | named, HOLD)

    def is_ready(self) -> bool:
        """Whether it serves."""
        try:
            return self.ask("/readyz", {}).status == 200
        except OSError:
            return False


@dataclass
class Several:
    """The processes, and what another one does on their database."""

    one: Web
    other: Web
    workers: list[subprocess.Popen[bytes]]
    service: Service

    def customer(self) -> tuple[UUID, Headers, Headers]:
        """A customer with 2,000 credits: account, session, a sending service's key."""
        account_id = an_account(self.service)
        a_purchase(self.service, account_id)
        cookie = f"daybook-session={a_session(self.service, account_id)}"
        return account_id, {"Cookie": cookie}, a_key(self.service)

    def receipts(self, account_id: UUID) -> int:
        """How many receipts were mailed, or wait to be."""
        with self.service.connections.for_account(account_id) as connection:
            row = connection.execute(
                "SELECT count(*) FROM mail_outbox WHERE account_id = %s"
                " AND template = 'receipt'",
                (account_id,),
            ).fetchone()
        assert row is not None
        return int(row[0])


@contextmanager
def process(
    command: str, environ: Headers, folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run one process of the service, as each of several machines would."""
    words = [sys.executable, "-m", "web.cli", command]
    with (folder / "log.txt").open("ab") as log:
        started = subprocess.Popen(words, cwd=ROOT, env=environ, stdout=log, stderr=log)
    try:
        yield started
    finally:
        started.terminate()
        assert started.wait(STOP_SECONDS_MAX) in (0, -9)


@pytest.fixture(scope="module")
def several(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Several]:
    """Two of each, once they serve."""
    folder, database = tmp_path_factory.mktemp("scaled"), cluster.new_database()
    ports = free_port(), free_port()
    host = f"localhost:{ports[0]}"
    environ = {k: v for k, v in os.environ.items() if not OURS.match(k)}
    environ |= settings_for(
        database,
        DAYBOOK_BASE_URL=f"http://{host}",
        DAYBOOK_PAYMENTS_URL="http://127.0.0.1:9",
        DAYBOOK_METRICS_ADDRESS="127.0.0.1:0",
        DAYBOOK_VAR=str(folder),
    )
    migrate, serve, work = COMMANDS
    with ExitStack() as stack:
        with process(migrate, environ, folder) as migrated:
            assert migrated.wait(STOP_SECONDS_MAX) == 0
        for port in ports:
            own = environ | machine(folder, port)
            stack.enter_context(process(serve, own, folder))
        started = (process(work, environ, folder) for _ in range(2))
        workers = [stack.enter_context(worker) for worker in started]
        webs = [Web(port, host) for port in ports]
        until(lambda: all(web.is_ready() for web in webs))
        service = stack.enter_context(service_on(database, Clock(utc_now())))
        yield Several(webs[0], webs[1], workers, service)


def machine(folder: Path, port: int) -> Headers:
    """What differs from one machine to the next."""
    return {
        "DAYBOOK_PORT": str(port),
        "DAYBOOK_METRICS_ADDRESS": f"127.0.0.2:{port}",
        "DAYBOOK_VAR": str(folder / str(port)),
    }


def test_what_one_was_told_the_other_knows_at_once(several: Several) -> None:
    account_id, session, key = several.customer()
    assert several.one.hold(account_id, key, uuid4().hex).status == 201
    figures = several.other.ask(f"/api/v1/accounts/{account_id}/credits", key)
    assert (figures["held"], figures["available"]) == (4, 1996)
    until(lambda: "spring" in several.other.ask("/credits", session).text)


def test_one_command_told_to_both_is_recorded_once(several: Several) -> None:
    account_id, _, key = several.customer()
    for _ in range(3):
        name = uuid4().hex
        with ThreadPoolExecutor() as pool:
            told = list(
                pool.map(
                    lambda web, name=name: web.hold(account_id, key, name),
                    [several.one, several.other],
                )
            )
        assert len({answer["hold_id"] for answer in told}) == 1
    figures = several.one.ask(f"/api/v1/accounts/{account_id}/credits", key)
    assert (figures["held"], figures["open_holds"]) == (12, 3)


def test_a_session_that_one_ends_the_other_refuses_at_once(several: Several) -> None:
    _, session, _ = several.customer()
    page = several.one.ask("/credits", session)
    assert several.other.ask("/credits", session).status == page.status == 200
    form = {"Content-Type": "application/x-www-form-urlencoded", **OWN, **session}
    assert (
        several.other.ask("/sign-out", form, urlencode(hidden(page.text))).status == 200
    )
    assert several.one.ask("/credits", session).status == 303
    assert several.other.ask("/credits", session).status == 303


def test_a_key_that_was_revoked_elsewhere_opens_neither(several: Several) -> None:
    account_id, _, key = several.customer()
    where = f"/api/v1/accounts/{account_id}/credits"
    assert {web.ask(where, key).status for web in (several.one, several.other)} == {200}
    secret = b64decode(key["Authorization"].split()[1]).decode().partition(":")[2]
    assert revoke_leaked(several.service.journal, secret, context_at(utc_now()))
    assert {web.ask(where, key).status for web in (several.one, several.other)} == {401}


def test_each_web_machine_serves_its_own_figures(several: Several) -> None:
    told = []
    for web in (several.one, several.other):
        assert web.ask("/healthz", {}).status == 200
        with urllib.request.urlopen(f"http://127.0.0.2:{web.port}/metrics") as answer:
            told.append(answer.read().decode())
    for text in told:
        assert 'daybook_requests_total{route="/healthz",status="200"} 1.0' in text
        assert "daybook_outbox_mails" in text


def test_two_workers_do_nothing_twice_and_one_is_enough(several: Several) -> None:
    people = [several.customer()[0] for _ in range(5)]
    until(lambda: all(several.receipts(person) for person in people))
    several.workers[0].kill()
    people.append(several.customer()[0])
    until(lambda: several.receipts(people[-1]) == 1)
    time.sleep(0.5)  # whoever did something twice would have done it by then
    assert [several.receipts(person) for person in people] == [1] * 6
