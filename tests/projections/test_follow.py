"""Waiting for one's own writes, and telling how far the views are behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from ledger.journal import Journal
from tests.conftest import NOON
from tests.desk import Desk, Purse
from web.database import Database


@pytest.fixture
def desk(empty_journal: Journal) -> Desk:
    return Desk(empty_journal)


@pytest.fixture
def following(desk: Desk) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=desk.follower.run, args=(stop,))
    thread.start()
    yield
    stop.set()
    thread.join()


def test_a_page_after_a_command_shows_its_effect(desk: Desk, following: None) -> None:
    purse, waits = Purse(desk), list[float]()
    for credits in range(1, 21):
        purse.grant(credits)
        position = last_position(desk, purse)
        begun = time.perf_counter()
        assert desk.views.wait_until(["credits"], purse.account_id, position)
        waits.append(time.perf_counter() - begun)
        total = desk.views.credits.credits(purse.account_id, NOON).total
        assert total == credits * (credits + 1) // 2
    assert sorted(waits)[10] < 0.05


def last_position(desk: Desk, purse: Purse) -> int:
    with desk.journal.connections.direct() as connection:
        row = connection.execute(
            "SELECT max(position) FROM journal WHERE account_id = %s",
            (purse.account_id,),
        ).fetchone()
    assert row is not None
    return int(row[0])


def test_a_page_does_not_wait_for_ever(desk: Desk) -> None:
    purse = Purse(desk)
    desk.catch_up()
    purse.grant(1)
    position = last_position(desk, purse)
    names = list(desk.views.all)
    assert not desk.views.wait_until(names, purse.account_id, position, 0.05)
    desk.catch_up()
    assert desk.views.wait_until(names, purse.account_id, position, 0.05)


def test_nobody_waits_for_a_view_that_was_never_followed(desk: Desk) -> None:
    assert not desk.views.wait_until(["credits"], uuid4(), 0, 0.01)


def test_an_account_that_is_parked_is_not_told_to_be_up_to_date(
    desk: Desk, empty_database: Database
) -> None:
    purse, other = Purse(desk), Purse(desk)
    purse.grant(5)
    desk.catch_up()
    spoilt = "DELETE FROM credit_balances WHERE account_id = %s"
    with psycopg.connect(empty_database.service, autocommit=True) as connection:
        connection.execute(spoilt, (purse.account_id,))
    purse.grant(1)
    other.grant(1)
    desk.catch_up()
    position = last_position(desk, other)
    views = desk.views
    assert not views.wait_until(["credits"], purse.account_id, position, 0.01)
    assert views.wait_until(["credits"], other.account_id, position, 0.01)
    assert [one.account_id for one in views.parked()] == [purse.account_id]
    assert {lag.consumer: lag.parked for lag in views.lags()}["credits"] == 1
    assert views.unpark("credits", purse.account_id)
    assert not views.unpark("credits", other.account_id)
