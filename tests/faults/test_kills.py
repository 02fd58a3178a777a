"""Killed in the middle of purchases: nothing lost, nothing twice, no number missing."""

from __future__ import annotations

import os
import random
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.conftest import THOROUGH
from tests.faults.buyers import CREDITS, Buyer, buying, charges, ready
from tests.places import roomy_folder
from tests.running import Running
from web.database import DATABASE
from web.embedded import EmbeddedServer

ROUNDS = 50 if THOROUGH else 2
VICTIMS = ("database", "supervisor", "web", "worker")
BUYERS = 3
SETTLE_SECONDS_MAX = 120.0
PARENT = re.compile(r"PPid:\s*(\d+)")


@pytest.fixture
def running() -> Iterator[Running]:
    with roomy_folder() as folder:
        service = Running(folder, DAYBOOK_ASK_AFTER_SECONDS="2")
        try:
            service.start()
            yield service
        finally:
            status = service.stop()
        assert status == 0


def children(parent: int) -> dict[int, str]:
    """Return the command line of each child of a process."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            above = PARENT.search((entry / "status").read_text())
            if above is not None and int(above[1]) == parent:
                found[int(entry.name)] = (entry / "cmdline").read_text()
        except OSError:
            continue
    return found


def pids_of(running: Running, victim: str) -> list[int]:
    """Return the processes that are the victim, its own children after it."""
    assert running.process is not None
    if victim == "supervisor":
        return [running.process.pid]
    if victim == "database":
        status = running.folder / "var" / "pg" / "data" / "postmaster.pid"
        return [int(status.read_text().split()[0])]
    word = {"web": "\0serve\0", "worker": "\0worker\0"}[victim]
    ours = children(running.process.pid)
    masters = [pid for pid, line in ours.items() if word in line]
    return masters + [pid for master in masters for pid in children(master)]


def kill(running: Running, chance: random.Random, victim: str) -> None:
    """Kill the victim, or one of its processes; start what has nobody above it."""
    os.kill(chance.choice(pids_of(running, victim)), signal.SIGKILL)
    if victim == "supervisor":
        assert running.process is not None
        running.process.wait()
        running.start()


def recorded(running: Running, question: str) -> list[tuple[object, ...]]:
    with (
        EmbeddedServer(running.folder / "var" / "pg") as server,
        psycopg.connect(server.conninfo(DATABASE)) as connection,
    ):
        return connection.execute(question.encode()).fetchall()


PAID = (
    "SELECT account_id::text, count(*), count(DISTINCT stream_id) FROM journal"
    " WHERE topic = '{topic}' GROUP BY 1"
)
NUMBERS = "SELECT name::bigint FROM directory WHERE kind = 'order_number'"
RECEIPTS = (
    "SELECT right(receipt_number, 6)::int FROM receipt_list"
    " JOIN consumer_positions p ON p.consumer = 'receipts'"
    " AND p.generation = receipt_list.generation AND p.state = 'live' ORDER BY 1"
)


def settled(running: Running) -> Counter[str]:
    """Wait until every charge has its receipt; return the charges by account."""
    until = time.monotonic() + SETTLE_SECONDS_MAX
    paid = charges(running)
    while len(recorded(running, RECEIPTS)) != paid.total():
        assert time.monotonic() < until, running.log_end()
        time.sleep(0.5)
        paid = charges(running)
    return paid


def assert_books_are_right(running: Running, paid: Counter[str]) -> None:
    for topic in ("purchases.Paid", "receipts.Issued"):
        found = recorded(running, PAID.format(topic=topic))
        assert {row[0]: (row[1], row[2]) for row in found} == {
            account: (count, count) for account, count in paid.items()
        }
    numbers = [row[0] for row in recorded(running, NUMBERS)]
    assert len(set(numbers)) == len(numbers) == paid.total()
    receipts = [row[0] for row in recorded(running, RECEIPTS)]
    assert receipts == list(range(1, paid.total() + 1))


@pytest.mark.thorough
def test_no_kill_loses_a_payment_or_grants_it_twice(running: Running) -> None:
    buyers, sender = [Buyer(running, n) for n in range(BUYERS)], running.sender()
    for turn in range(ROUNDS):
        chance = random.Random(turn)
        with buying(buyers, sender):
            time.sleep(chance.uniform(0.5, 3))
            kill(running, chance, VICTIMS[turn % len(VICTIMS)])
            ready(running)
            time.sleep(chance.uniform(0.5, 2))
        assert_books_are_right(running, settled(running))
    assert_auditors_agree(running, buyers, settled(running))


def assert_auditors_agree(
    running: Running, buyers: list[Buyer], paid: Counter[str]
) -> None:
    assert paid.total() > 0
    replay = running.cli("audit", "replay", "--against-views")
    assert replay.returncode == 0, replay.stdout + replay.stderr
    for buyer in buyers:
        balance = f"balance {paid[buyer.account_id] * CREDITS:>9,}"
        assert re.search(f"{buyer.account_id} +{balance}", replay.stdout)
    verify = running.cli("audit", "verify")
    assert verify.returncode == 0, verify.stdout + verify.stderr
