"""The worker's loops: each does its part, survives what fails, and stops when told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from commands.gateways.mail import Mail, MailUnreachable
from tests.commands.people import member
from tests.web.service import (
    Clock,
    a_purchase,
    service_on,
)
from tests.web.standing_in import wait_until
from tests.web.test_loops import stop
from web import create_app
from web.database import Database
from web.wiring import Service, utc_now
from web.worker import loops

__all__ = ["stop"]


class Postman:
    """Takes mails, or is away."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.is_away = False

    def send(self, mail: Mail) -> None:
        if self.is_away:
            raise MailUnreachable
        self.mails.append(mail)


@pytest.fixture
def service(empty_database: Database) -> Iterator[Service]:
    with service_on(empty_database, Clock()) as service:
        # What the loops do is due by the database's clock, which goes on.
        service.clock = utc_now
        yield service


@pytest.fixture
def started(
    service: Service, stop: threading.Event
) -> Iterator[tuple[Postman, list[threading.Thread]]]:
    postman = Postman()
    found = loops(service, create_app(service), postman, stop)
    for loop in found:
        loop.start()
    yield postman, found
    stop.set()
    for loop in found:
        loop.join(10)


def test_a_payment_becomes_figures_a_receipt_and_a_mail_by_itself(
    service: Service, started: tuple[Postman, list[threading.Thread]]
) -> None:
    postman, _ = started
    person = member(service.journal)
    a_purchase(service, person.account_id)
    wait_until(lambda: any(mail.attachments for mail in postman.mails))
    views = service.views
    wait_until(lambda: views.purchases.page(person.account_id, size=5).rows)
    (row,) = views.purchases.page(person.account_id, size=5).rows
    assert row.order_number is not None
    assert views.credits.credits(person.account_id, utc_now()).available == 2000
    assert {mail.to for mail in postman.mails} == {person.email}


def test_a_mail_server_that_is_away_stops_nobody_else(
    service: Service, started: tuple[Postman, list[threading.Thread]]
) -> None:
    postman, found = started
    postman.is_away = True
    person = member(service.journal)
    a_purchase(service, person.account_id)
    views = service.views
    wait_until(lambda: views.purchases.page(person.account_id, size=5).rows)
    assert postman.mails == []
    assert all(loop.is_alive() for loop in found)


def test_every_loop_has_a_name_of_its_own_and_ends_when_told(
    started: tuple[Postman, list[threading.Thread]], stop: threading.Event
) -> None:
    _, found = started
    names = [loop.name for loop in found]
    assert len(set(names)) == len(names)
    assert {"follow", "reactions", "inbox", "outbox", "janitor"} <= set(names)
    stop.set()
    for loop in found:
        loop.join(10)
        assert not loop.is_alive(), loop.name


def test_without_a_way_out_mails_wait(service: Service, stop: threading.Event) -> None:
    member(service.journal)
    found = loops(service, create_app(service), None, stop)
    (outbox,) = [loop for loop in found if loop.name == "outbox"]
    outbox.start()
    time.sleep(0.3)
    stop.set()
    outbox.join(5)
    with service.connections.direct() as connection:
        row = connection.execute(
            "SELECT count(*) FROM mail_outbox WHERE sent_at IS NULL"
        ).fetchone()
    assert row is not None
    assert row[0] >= 1
