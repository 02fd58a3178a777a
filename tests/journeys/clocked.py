"""A service whose clock is moved by hand, for what takes days: panel, worker, DNS."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from flask import Flask
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from commands.domains import domains_of
from commands.gateways.dns import Resolvers
from commands.gateways.mail import Mail
from ledger.dns_records import Wanted, wanted_records
from tests.commands.people import PHRASE, Person, member
from tests.dns_server import NameServer
from tests.running import Served
from tests.web.service import BASE, Clock, followed, service_on
from web import create_app
from web.access import buckets
from web.database import Database
from web.wiring import Service
from web.worker import Work

NAME = "hollis-gray.com"
SERVED = {(NAME, "NS"): ["ada.ns.cloudflare.com.", "bob.ns.cloudflare.com."]}
"""What the zone holds before anybody has published a record of ours."""


@dataclass(kw_only=True)
class Clocked(Served):
    """Somebody's service, and the name servers that both resolvers are."""

    service: Service
    app: Flask
    clock: Clock
    servers: list[NameServer]
    url: str
    person: Person
    mails: list[Mail] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.work = Work(self.service, self.app, self)

    def send(self, mail: Mail) -> None:
        """Take a mail, as a mail server does."""
        self.mails.append(mail)

    def pass_time(self, *steps: timedelta) -> None:
        """Let the worker do what is due after each of these times."""
        for step in steps:
            self.clock.move(step)
            self.work.domains()
            self.work.hosts()
            self.work.keys()
        self.settle()

    def settle(self) -> None:
        """Have what follows from the journal done: views, mails."""
        while self.work.reactions.step():
            pass
        followed(self.service)
        while self.work.post():
            pass

    def mailed(self, words: str) -> Mail:
        """Return the newest mail whose subject says so."""
        self.settle()
        found = [mail for mail in self.mails if words in mail.subject]
        assert found, [mail.subject for mail in self.mails]
        return found[-1]

    def link(self, mail: Mail) -> str:
        """Return where the last link of a mail leads, on the port that is served."""
        return self.url + mail.text.rpartition(f" → {BASE}")[2].strip()

    @property
    def wanted(self) -> dict[str, Wanted]:
        """The records of the person's only domain, by kind."""
        (domain,) = domains_of(self.service.journal, self.person.account_id)
        zone = self.service.settings.dns_zone
        records = wanted_records(domain.name or "", domain.label, zone)
        return {one.kind: one for one in records}

    def point(self, host: str, target: str) -> None:
        """Have both servers lead from a host to a target."""
        for server in self.servers:
            server.records[host, "CNAME"] = [f"{target}."]

    def publish(self, kind: str, value: str | None = None) -> None:
        """Have both servers say this of a record; its own value unless told."""
        one = self.wanted[kind]
        told = one.value if value is None else value
        text = f'"{told}"' if one.type == "TXT" else f"{told}."
        for server in self.servers:
            server.records[one.host, one.type] = [text]

    def withdraw(self, kind: str) -> None:
        """Take a record from the DNS."""
        one = self.wanted[kind]
        for server in self.servers:
            server.records.pop((one.host, one.type), None)

    def sign_in(self, page: Page) -> None:
        """Sign in by the form."""
        page.goto(f"{self.url}/sign-in")
        page.locator('main [name="email"]').fill(self.person.email)
        page.locator('main [name="password"]').fill(PHRASE)
        page.locator("main form button.pri").click()
        expect(page.locator(".top .who")).to_contain_text(self.person.email)


@contextmanager
def clocked(database: Database) -> Iterator[Clocked]:
    """A panel on a port of its own, at noon, with two name servers to ask."""
    clock = Clock()
    with ExitStack() as stack:
        service = stack.enter_context(service_on(database, clock))
        servers = [
            stack.enter_context(NameServer(zones=[NAME], records=dict(SERVED)))
            for _ in range(2)
        ]
        service.lookups = Resolvers([server.resolver for server in servers])
        app = create_app(service)
        buckets(app).clear()
        url = stack.enter_context(serving(app))
        person = member(service.journal)
        yield Clocked(
            service=service,
            app=app,
            clock=clock,
            servers=servers,
            url=url,
            person=person,
        )


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve an app on loopback; the address is where."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://localhost:{server.port}"
    finally:
        server.shutdown()
        thread.join()
