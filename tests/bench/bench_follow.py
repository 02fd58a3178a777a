"""From a commit to its rows in the view, and rebuilding the view of credits.

The follower runs in a process of its own, as the worker does; latency counts from
the command's answer until the view's position is there for others to read.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from multiprocessing.connection import Connection as Pipe
from typing import Any
from uuid import uuid4

import psycopg

from ledger.credits import CreditBalance
from ledger.journal import Journal, Reader
from ledger.journal.reader import COLUMNS, PAGE_ROWS
from projections.follow import Views
from projections.rebuild import Rebuild
from tests.bench.stage import (
    crew,
    durable_database,
    median_of_rounds,
    open_journal,
)
from tests.conftest import NOON
from tests.desk import Desk, Purse
from web.database import Database

COMMANDS = 300
PAUSE_SECONDS = 0.007
"""Between two commands: no multiple of the follower's pause."""
ACCOUNTS = 150
CAMPAIGNS = 50
"""For each account: a hold, a capture and a release."""
ROUNDS = 3
POSITION = """
SELECT position FROM consumer_positions WHERE consumer = 'credits' AND state = 'live'"""


def run(scale: float) -> dict[str, float]:
    """Return latencies in milliseconds, and events a second of rebuilding."""
    with durable_database() as database, open_journal(database) as journal:
        with crew(followed, 1, database) as pipes:
            pipes[0].recv()
            found = _latencies(journal, database, max(20, int(COMMANDS * scale)))
        found |= _rebuilds(journal, database, max(5, int(ACCOUNTS * scale)))
    return found


def followed(database: Database, pipe: Pipe, given: Mapping[str, Any]) -> None:
    """Follow with every view until the pipe says something."""
    del given
    with open_journal(database) as journal:
        views = Views(journal.connections, journal.vault)
        follower = views.follower(Reader(journal.connections, journal.facts))
        stop = threading.Event()
        thread = threading.Thread(target=follower.run, args=(stop,))
        thread.start()
        pipe.send("follows")
        pipe.recv()
        stop.set()
        thread.join()


def _latencies(journal: Journal, database: Database, commands: int) -> dict[str, float]:
    purse, seconds = Purse(Desk(journal)), list[float]()
    with psycopg.connect(database.service, autocommit=True) as connection:
        for number in range(commands):
            balance = _decided(purse, number)
            position = purse.desk.record(purse.account_id, lambda b=balance: b).position  # type: ignore[misc]
            begun = time.perf_counter()
            while _stands_at(connection) < position:
                time.sleep(0.0003)
            if number:
                seconds.append(time.perf_counter() - begun)
            time.sleep(PAUSE_SECONDS)
    seconds.sort()
    return {
        "follow.latency_p50.milliseconds": seconds[len(seconds) // 2] * 1000,
        "follow.latency_p99.milliseconds": seconds[len(seconds) * 99 // 100] * 1000,
    }


def _decided(purse: Purse, number: int) -> CreditBalance:
    if number == 0:
        return CreditBalance(account_id=purse.account_id)
    balance = purse.balance
    balance.set_threshold(number)
    return balance


def _stands_at(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute(POSITION, prepare=True).fetchone()
    return 0 if row is None else int(row[0])


def _rebuilds(journal: Journal, database: Database, accounts: int) -> dict[str, float]:
    desk = Desk(journal)
    for _ in range(accounts):
        purse = Purse(desk)
        purse.grant(1_000_000)
        purse.do(_send_campaigns, NOON)
    desk.catch_up()
    with psycopg.connect(database.auditor, autocommit=True) as connection:
        row = connection.execute("SELECT count(*) FROM journal").fetchone()
        assert row is not None
        rates = median_of_rounds(
            ROUNDS,
            {
                "raw": lambda: row[0] / _seconds(lambda: _plain_cursor(connection)),
                "rebuild": lambda: (
                    row[0]
                    / _seconds(lambda: Rebuild(desk.reader, desk.views.credits).run())
                ),
            },
        )
    return {
        "rebuild.credits.events_per_second": rates["rebuild"],
        "rebuild.credits.ratio_to_cursor": rates["rebuild"] / rates["raw"],
    }


def _send_campaigns(balance: CreditBalance) -> None:
    for number in range(CAMPAIGNS):
        hold, now = uuid4(), NOON + timedelta(minutes=number)
        balance.hold(hold, 100, f"campaign {number}", now)
        balance.capture(hold, 90, now, final=True)


def _plain_cursor(connection: psycopg.Connection[Any]) -> None:
    with connection.transaction(), connection.cursor("plain") as cursor:
        cursor.itersize = PAGE_ROWS
        cursor.execute(f"SELECT {COLUMNS} FROM journal ORDER BY position", binary=True)
        for _ in cursor:
            pass


def _seconds(deed: Callable[[], object]) -> float:
    begun = time.perf_counter()
    deed()
    return time.perf_counter() - begun
