"""Batches, positions in the rows' transaction, parked accounts, two followers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import Connection

from ledger.journal import Fact, Journal, Reader, consumers
from ledger.journal.following import Follower, following_connection
from ledger.journal.rows import Rows
from tests.conftest import NOON, context_at
from tests.jar_views import TABLE, JarsView
from tests.jars import FillJar, LabelJar, fill_jar, label_jar
from web.database import Database

UNLUCKY = 13


@pytest.fixture
def connection(
    empty_database: Database, empty_journal: Journal
) -> Iterator[Connection[Any]]:
    with psycopg.connect(empty_database.owner, autocommit=True) as owner:
        owner.execute(TABLE)
    with following_connection(empty_journal.connections) as connection:
        consumers.register(connection, ["jars"])
        yield connection


@pytest.fixture
def view(empty_journal: Journal) -> JarsView:
    return JarsView(empty_journal.connections, empty_journal.vault)


def follower_of(journal: Journal, view: JarsView, batch_facts: int = 500) -> Follower:
    reader = Reader(journal.connections, journal.facts)
    return Follower(reader, [view], batch_facts=batch_facts)


def new_jar(journal: Journal, *fillings: int) -> tuple[UUID, UUID]:
    account, jar = uuid4(), uuid4()
    label_jar(journal, LabelJar(account_id=account, jar_id=jar), context_at(NOON))
    fill(journal, account, jar, *fillings)
    return account, jar


def fill(journal: Journal, account: UUID, jar: UUID, *fillings: int) -> None:
    for beans in fillings:
        command = FillJar(account_id=account, jar_id=jar, beans=beans)
        fill_jar(journal, command, context_at(NOON))


def drain(follower: Follower, connection: Connection[Any]) -> int:
    count = 0
    while taken := follower.step(connection):
        count += taken
    return count


def parked_of(connection: Connection[Any]) -> list[tuple[UUID, int]]:
    found = consumers.parked(connection, ["jars"])
    return [(one.account_id, one.attempts) for one in found]


def try_again(follower: Follower, connection: Connection[Any], account: UUID) -> None:
    assert consumers.unpark(connection, "jars", account)
    follower._look_at = 0.0
    follower.step(connection)


def test_every_fact_is_taken_once_in_batches_of_any_size(
    empty_journal: Journal, connection: Connection[Any], view: JarsView
) -> None:
    accounts = [new_jar(empty_journal, 1, 2, 3)[0] for _ in range(5)]
    assert drain(follower_of(empty_journal, view, 3), connection) == 20
    assert [view.beans(account) for account in accounts] == [6] * 5


def test_a_guilty_fact_parks_its_account_and_nobody_else(
    empty_journal: Journal, connection: Connection[Any], view: JarsView
) -> None:
    view.unlucky = UNLUCKY
    bad, jar = new_jar(empty_journal, 1, UNLUCKY, 5)
    good, _ = new_jar(empty_journal, 2, 3)
    follower = follower_of(empty_journal, view)
    drain(follower, connection)
    assert (view.beans(bad), view.beans(good)) == (1, 5)
    fill(empty_journal, bad, jar, 7)
    fill(empty_journal, good, _, 7)
    drain(follower, connection)
    assert (view.beans(bad), view.beans(good)) == (1, 12)
    assert parked_of(connection) == [(bad, 1)]


def test_the_note_of_what_is_parked_tells_the_kind_of_trouble_and_no_value(
    empty_journal: Journal, connection: Connection[Any], view: JarsView
) -> None:
    view.unlucky = UNLUCKY
    new_jar(empty_journal, UNLUCKY)
    drain(follower_of(empty_journal, view), connection)
    (parked,) = consumers.parked(connection, ["jars"])
    assert parked.topic == "test_jars.Filled"
    assert parked.trouble.startswith("ValueError in tests.jar_views:")
    assert "number" not in parked.trouble


def test_unparking_takes_every_fact_that_waited_in_order(
    empty_journal: Journal, connection: Connection[Any], view: JarsView
) -> None:
    view.unlucky = UNLUCKY
    account, jar = new_jar(empty_journal, 1, UNLUCKY, *[1] * 150)
    follower = follower_of(empty_journal, view)
    drain(follower, connection)
    try_again(follower, connection, account)
    assert parked_of(connection) == [(account, 2)]
    view.unlucky = None
    try_again(follower, connection, account)
    try_again(follower, connection, account)
    assert (view.beans(account), parked_of(connection)) == (1 + 13 + 150, [])
    fill(empty_journal, account, jar, 4)
    drain(follower, connection)
    assert view.beans(account) == 168


def test_a_second_guilty_fact_parks_again_where_it_stands(
    empty_journal: Journal, connection: Connection[Any], view: JarsView
) -> None:
    view.unlucky = UNLUCKY
    account, _ = new_jar(empty_journal, UNLUCKY, 1, 99, 5)
    follower = follower_of(empty_journal, view)
    drain(follower, connection)
    view.unlucky = 99
    try_again(follower, connection, account)
    assert (view.beans(account), parked_of(connection)) == (14, [(account, 1)])


def test_a_fact_that_this_software_cannot_read_parks_and_is_taken_later(
    empty_journal: Journal,
    connection: Connection[Any],
    view: JarsView,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account, _ = new_jar(empty_journal, 2)
    follower = follower_of(empty_journal, view)
    with monkeypatch.context() as patched:
        patched.setattr(empty_journal.facts, "to_event", _unreadable)
        drain(follower, connection)
    assert (view.beans(account), parked_of(connection)) == (-1, [(account, 1)])
    try_again(follower, connection, account)
    assert (view.beans(account), parked_of(connection)) == (2, [])


def _unreadable(stored: object) -> None:
    from eventsourcing.persistence import MapperDeserialisationError

    raise MapperDeserialisationError("a topic from the future")


class Dying(JarsView):
    """Loses its connection in the middle of a batch."""

    def take(self, fact: Fact, rows: Rows) -> None:
        super().take(fact, rows)
        if fact.version == 3:
            raise psycopg.OperationalError("the server went away")


def test_a_death_in_the_middle_of_a_batch_leaves_no_trace_and_parks_nobody(
    empty_journal: Journal, connection: Connection[Any], view: JarsView
) -> None:
    account, _ = new_jar(empty_journal, 1, 2, 3)
    dying = Dying(empty_journal.connections, empty_journal.vault)
    with pytest.raises(psycopg.OperationalError):
        drain(follower_of(empty_journal, dying), connection)
    assert (view.beans(account), parked_of(connection)) == (-1, [])
    drain(follower_of(empty_journal, view), connection)
    assert view.beans(account) == 6


def test_two_followers_at_once_take_nothing_twice(
    empty_journal: Journal, connection: Connection[Any], view: JarsView
) -> None:
    stop = threading.Event()
    followers = [follower_of(empty_journal, view, 7) for _ in range(2)]
    threads = [threading.Thread(target=f.run, args=(stop,)) for f in followers]
    for thread in threads:
        thread.start()
    accounts = [new_jar(empty_journal, 1, 2, 3, 4)[0] for _ in range(40)]
    limit = time.monotonic() + 10
    while time.monotonic() < limit and view.beans(accounts[-1]) != 10:
        time.sleep(0.01)
    stop.set()
    for thread in threads:
        thread.join()
    assert [view.beans(account) for account in accounts] == [10] * 40


def test_a_consumer_that_waits_shows_how_far_it_is_behind(
    empty_journal: Journal, connection: Connection[Any], view: JarsView
) -> None:
    new_jar(empty_journal, 1, 2)
    (before,) = consumers.lags(connection, ["jars"])
    drain(follower_of(empty_journal, view), connection)
    (after,) = consumers.lags(connection, ["jars"])
    assert (before.facts, after.facts) == (3, 0)
    assert before.seconds > after.seconds == 0
    assert after.position > before.position == 0
