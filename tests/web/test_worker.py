"""The worker's loops: each does its part, survives what fails, and stops when told."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from commands.asking import ask_about_each
from commands.gateways.mail import Mail, MailUnreachable
from tests.commands.people import member
from tests.web.service import (
    Clock,
    a_purchase,
    service_on,
)
from tests.web.standing_in import wait_until
from web import create_app, worker
from web.database import Database
from web.logs import JsonLines
from web.wiring import Service, utc_now
from web.worker import Loop, loops


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
def stop() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Callable[[], list[dict[str, Any]]]:
    caplog.set_level(logging.INFO)

    def read() -> list[dict[str, Any]]:
        records = [one for one in caplog.records if one.name == "daybook"]
        return [json.loads(JsonLines().format(one)) for one in records]

    return read


def run(step: Callable[[], int], stop: threading.Event, idle: float = 0.0) -> Loop:
    loop = Loop("test", step, stop, idle)
    loop.start()
    return loop


def test_a_step_that_had_something_to_do_is_repeated_at_once(
    stop: threading.Event,
) -> None:
    left = iter([3, 2, 1])
    done = threading.Event()

    def step() -> int:
        found = next(left, None)
        if found is None:
            done.set()
        return found or 0

    run(step, stop, idle=60)
    assert done.wait(5)


def test_a_step_with_nothing_to_do_is_repeated_after_its_pause(
    stop: threading.Event,
) -> None:
    moments: list[float] = []

    def step() -> int:
        moments.append(time.monotonic())
        return 0

    run(step, stop, idle=0.05)
    wait_until(lambda: len(moments) >= 3)
    assert moments[2] - moments[0] >= 0.1


@pytest.mark.parametrize("trouble", [ValueError("x"), KeyError(), OSError()])
def test_a_step_that_fails_is_tried_again(
    stop: threading.Event, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    monkeypatch.setattr(worker, "TROUBLE_SECONDS", 0.01)
    calls, after = count(), threading.Event()

    def step() -> int:
        if next(calls) < 3:
            raise trouble
        after.set()
        return 0

    loop = run(step, stop, idle=60)
    assert after.wait(5)
    assert loop.is_alive()


def test_a_failing_step_is_given_time_and_not_run_hot(
    stop: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "TROUBLE_SECONDS", 0.1)
    calls = count()

    def step() -> int:
        next(calls)
        raise ValueError

    loop = run(step, stop)
    time.sleep(0.35)
    stop.set()
    loop.join(5)
    assert 2 <= next(calls) <= 5


def test_what_fails_is_logged_by_its_type_and_never_by_its_message(
    stop: threading.Event, logged: Callable[[], list[dict[str, Any]]]
) -> None:
    def step() -> int:
        raise ValueError("ann@example.com\n{")

    run(step, stop)
    wait_until(logged)
    (line, *_) = logged()
    assert (line["what"], line["job"]) == ("job failed", "test")
    assert line["trouble"] == "ValueError"
    assert "ann@example.com" not in json.dumps(line)


def test_what_made_trouble_is_logged_by_its_ids(
    stop: threading.Event, logged: Callable[[], list[dict[str, Any]]]
) -> None:
    account_id = UUID(int=7)

    def ask(*_: object) -> None:
        raise ValueError("ann@example.com")

    run(lambda: ask_about_each([(account_id, "ann@example.com")], ask), stop)
    wait_until(logged)
    (line, *_) = logged()
    assert line["about"] == [f"{account_id} ValueError"]
    assert "ann@example.com" not in json.dumps(line)


def test_only_what_was_done_is_logged(
    stop: threading.Event, logged: Callable[[], list[dict[str, Any]]]
) -> None:
    steps = iter([0, 3, 0])
    calls = count()

    def step() -> int:
        next(calls)
        return next(steps, 0)

    run(step, stop, idle=0.001)
    wait_until(lambda: next(calls) > 8)
    (line,) = logged()
    assert (line["what"], line["job"], line["done"]) == ("job", "test", 3)
    assert line["milliseconds"] >= 0


@pytest.mark.parametrize("waits", ["idle", "trouble"])
def test_a_loop_that_waits_stops_at_once_when_told(
    stop: threading.Event, waits: str
) -> None:
    called = threading.Event()

    def step() -> int:
        called.set()
        if waits == "trouble":
            raise ValueError
        return 0

    loop = run(step, stop, idle=60)
    assert called.wait(5)
    began = time.monotonic()
    stop.set()
    loop.join(5)
    assert not loop.is_alive()
    assert time.monotonic() - began < 0.5


def test_a_loop_that_was_told_to_stop_before_it_began_does_nothing(
    stop: threading.Event,
) -> None:
    stop.set()
    calls = count()
    run(lambda: next(calls), stop).join(5)
    assert next(calls) == 0


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
