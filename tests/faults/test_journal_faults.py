"""Whatever breaks: what was acknowledged is recorded, exactly once."""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest

from ledger.journal import Contended, Journal, Unreachable
from ledger.journal.append import Append, commit
from ledger.journal.verify import verify_chain
from tests.conftest import NOON, THOROUGH, Cluster, context_at, journal_on
from tests.jars import FillJar, Jar, LabelJar, fill_jar, label_jar
from tests.places import gone, roomy_folder
from tests.rows import auditor, row_of, service
from web.database import Database, migrate, prepare_embedded
from web.embedded import EmbeddedServer

ROUNDS = 50 if THOROUGH else 3
THREADS = 4


@pytest.fixture
def folder() -> Iterator[Path]:
    with roomy_folder() as made:
        yield made


def new_jars(journal: Journal, count: int) -> list[FillJar]:
    labels = [LabelJar(account_id=uuid4(), jar_id=uuid4()) for _ in range(count)]
    for label in labels:
        label_jar(journal, label, context_at(NOON))
    return [FillJar(account_id=a.account_id, jar_id=a.jar_id) for a in labels]


def insist(journal: Journal, command: FillJar, key: str) -> int:
    """Ask until there is an answer, as a client does; return the position."""
    while True:
        try:
            return fill_jar(journal, command, context_at(NOON, key=key)).position
        except (Unreachable, Contended):
            time.sleep(0.05)


def fill_while(
    journal: Journal, jars: list[FillJar], breaking: Callable[[], None]
) -> dict[tuple[UUID, str], int]:
    """Fill the jars from a thread each until all is broken; return the answers."""
    stopped, answers = threading.Event(), {}

    def fill(jar: FillJar) -> None:
        for number in itertools.count():
            answers[jar.jar_id, str(number)] = insist(journal, jar, str(number))
            if stopped.is_set():
                return

    with ThreadPoolExecutor(len(jars)) as pool:
        futures = [pool.submit(fill, jar) for jar in jars]
        try:
            breaking()
        finally:
            stopped.set()
    assert [future.result() for future in futures] == [None] * len(jars)
    return answers


def all_is_recorded_once(
    journal: Journal, jars: list[FillJar], answers: dict[tuple[UUID, str], int]
) -> bool:
    for jar in jars:
        mine = {
            key: at for (jar_id, key), at in answers.items() if jar_id == jar.jar_id
        }
        assert journal.fresh(Jar, jar.jar_id).beans == len(mine)
        for key, position in mine.items():
            again = fill_jar(journal, jar, context_at(NOON, key=key))
            assert (again.repeated, again.position) == (True, position)
    return True


def chain_verifies(database: Database) -> bool:
    with auditor(database) as connection:
        return list(verify_chain(connection)) == []


def test_connections_cut_in_the_middle_lose_nothing_and_double_nothing(
    cluster: Cluster, empty_journal: Journal, empty_database: Database
) -> None:
    name = psycopg.conninfo.conninfo_to_dict(empty_database.service)["dbname"]

    def cut() -> None:
        with psycopg.connect(cluster.superuser, autocommit=True) as connection:
            for _ in range(ROUNDS * 10):
                time.sleep(0.03)
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = %s AND usename = 'daybook_service'",
                    (name,),
                )

    jars = new_jars(empty_journal, 8)
    answers = fill_while(empty_journal, jars, cut)
    assert all_is_recorded_once(empty_journal, jars, answers)
    assert chain_verifies(empty_database)


def test_a_server_killed_and_started_again_has_all_it_acknowledged(
    folder: Path,
) -> None:
    with EmbeddedServer(folder / "pg") as server:
        database = prepare_embedded(server.conninfo(), folder)
        migrate(database.owner)

        def kill() -> None:
            for _ in range(ROUNDS):
                time.sleep(0.3)
                os.kill(server.pid, signal.SIGKILL)
                assert gone(server.pid)
                server.start()

        for journal in journal_on(database):
            jars = new_jars(journal, THREADS)
            answers = fill_while(journal, jars, kill)
            assert all_is_recorded_once(journal, jars, answers)
        assert chain_verifies(database)


@contextmanager
def two_journals(database: Database) -> Iterator[tuple[Journal, Journal]]:
    """Two journals with a writer each, as two processes have."""
    for one in journal_on(database):
        for other in journal_on(database):
            yield one, other


def claims_of(*names: bytes) -> list[tuple[object, ...]]:
    return [("test", name, uuid4(), uuid4()) for name in names]


def wait_for_waiting(connection: psycopg.Connection[object], count: int) -> None:
    sql = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    while connection.execute(sql).fetchone() != (count,):
        time.sleep(0.01)


def test_two_processes_that_want_the_same_in_opposite_orders_never_deadlock(
    empty_database: Database,
) -> None:
    first, middle, last = (bytes([n]) * 32 for n in (1, 2, 3))
    claims = claims_of(first, middle, last)
    with (
        two_journals(empty_database) as journals,
        service(empty_database) as holder,
        ThreadPoolExecutor(2) as pool,
    ):
        holder.execute("BEGIN")
        commit(holder, [Append([row_of()], inserts={"claims": claims_of(middle)})])
        futures = []
        for journal, wanted in zip(journals, (claims, claims[::-1]), strict=True):
            append = Append([row_of()], inserts={"claims": wanted})
            futures.append(pool.submit(journal.writer.append, append))
            wait_for_waiting(holder, len(futures))
        holder.rollback()
    assert futures[0].result()
    assert isinstance(futures[1].exception(), psycopg.errors.UniqueViolation)


def test_two_processes_on_the_same_streams_conflict_and_all_get_through(
    empty_database: Database,
) -> None:
    with two_journals(empty_database) as (one, other):
        jars = new_jars(one, 4)

        def fill(number: int) -> None:
            journal, step = (one, 1) if number % 2 else (other, -1)
            insist(journal, jars[step * number // 2 % 4], f"{number}")

        with ThreadPoolExecutor(16) as pool:
            list(pool.map(fill, range(160)))
        assert sum(one.fresh(Jar, jar.jar_id).beans for jar in jars) == 160
    assert chain_verifies(empty_database)


PROGRAM = """
import sys, threading
from uuid import UUID
from ledger.journal import Connections, Journal, Vault
from tests.conftest import MASTER, NOON, context_at
from tests.jars import FillJar, fill_jar

connections = Connections(sys.argv[1])
connections.open()
journal = Journal(connections, Vault(connections.for_account, MASTER))

def fill(number, account, jar):
    command = FillJar(account_id=UUID(account), jar_id=UUID(jar))
    for count in range(1_000_000):
        key = f"{sys.argv[2]}-{number}-{count}"
        fill_jar(journal, command, context_at(NOON, key=key))
        sys.stdout.write(f"{number} {key}\\n")
        sys.stdout.flush()

for number, pair in enumerate(sys.argv[3:]):
    threading.Thread(target=fill, args=(number, *pair.split(","))).start()
"""


def acknowledged_until_killed(
    database: Database, turn: int, jars: list[FillJar], seconds: float
) -> list[tuple[int, str]]:
    """Let a child process fill the jars, kill it, return what it had acknowledged."""
    named = [f"{jar.account_id},{jar.jar_id}" for jar in jars]
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, database.service, str(turn), *named],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline()]
        threading.Timer(seconds, child.kill).start()
        lines += child.stdout.readlines()
    words = [line.split() for line in lines if line.endswith("\n")]
    return [(int(number), key) for number, key in words]


def test_a_service_killed_while_it_records_has_recorded_what_it_acknowledged(
    folder: Path,
) -> None:
    chance = random.Random(3)
    with EmbeddedServer(folder / "pg") as server:
        database = prepare_embedded(server.conninfo(), folder)
        migrate(database.owner)
        for journal in journal_on(database):
            jars, beans = new_jars(journal, THREADS), [0] * THREADS
            for turn in range(ROUNDS):
                told = acknowledged_until_killed(
                    database, turn, jars, chance.uniform(0.1, 0.6)
                )
                for number, key in told:
                    jar = jars[number]
                    assert fill_jar(journal, jar, context_at(NOON, key=key)).repeated
                for number, jar in enumerate(jars):
                    now = journal.fresh(Jar, jar.jar_id).beans
                    mine = sum(number == which for which, _ in told)
                    assert mine <= now - beans[number] <= mine + 1
                    beans[number] = now
        assert chain_verifies(database)
