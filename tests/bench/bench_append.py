"""Commands a second through the journal, beside a plain INSERT of the same bytes.

A command loads its aggregate, decides and records one event with chain, command id
and envelope (IP sealed).
The plain INSERT has one prepared, autocommitting connection a thread and writes the
bytes of one journal row into a table with the journal's columns and indexes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from multiprocessing.connection import Connection as Pipe
from statistics import median
from typing import Any
from uuid import UUID, uuid4

import psycopg
from eventsourcing import application, domain
from psycopg.conninfo import conninfo_to_dict

from ledger.journal import Journal
from tests.bench.stage import (
    crew,
    durable_database,
    open_journal,
    rate,
    rounds_of,
)
from tests.conftest import NOON, context_at
from tests.jars import FillJar, LabelJar, fill_jar, label_jar
from web.database import Database

SHAPES = ((1, 1), (1, 4), (1, 8), (1, 16), (2, 4), (2, 8))
ACCOUNTS_A_THREAD = 20
SECONDS = 0.5
ROUNDS = 9
RAW = """
CREATE TABLE bench_plain (LIKE journal INCLUDING ALL);
CREATE SEQUENCE bench_plain_position OWNED BY bench_plain.position;
ALTER TABLE bench_plain ALTER position SET DEFAULT nextval('bench_plain_position');
GRANT INSERT ON bench_plain TO daybook_service;
GRANT USAGE ON SEQUENCE bench_plain_position TO daybook_service;
"""
Step = Callable[[], None]


def run(scale: float) -> dict[str, float]:
    """Return rates and ratios by clients: name → commands a second, or a ratio."""
    found: dict[str, float] = {}
    with durable_database() as database:
        with psycopg.connect(database.owner) as connection:
            connection.execute(RAW)
        with ExitStack() as stack:
            _stock(database, stack, 1)  # makes its tables, which two cannot do at once
        for processes, threads in SHAPES:
            found |= _shape(database, processes, threads, SECONDS * scale)
    return found


def _shape(
    database: Database, processes: int, threads: int, seconds: float
) -> dict[str, float]:
    clients = processes * threads
    name = f"append.{clients}_clients"
    if processes > 1:
        name += f"_in_{processes}_processes"
    with crew(_work, processes, database, threads=threads) as pipes:
        measures = {
            subject: partial(rate, pipes, (subject, seconds))
            for subject in ("plain", "journal", "stock")
        }
        rounds_of(1, measures)
        rates = rounds_of(ROUNDS, measures)
    return {
        f"{name}.insert_per_second": median(rates["plain"]),
        f"{name}.commands_per_second": median(rates["journal"]),
        f"{name}.stock_commands_per_second": median(rates["stock"]),
        f"{name}.ratio_to_insert": _ratio(rates["journal"], rates["plain"]),
        f"{name}.stock_ratio_to_insert": _ratio(rates["stock"], rates["plain"]),
    }


def _ratio(rates: Sequence[float], plain: Sequence[float]) -> float:
    """Return the median of the rounds' ratios: what slows a round slows both."""
    return median(ours / theirs for ours, theirs in zip(rates, plain, strict=True))


def _work(database: Database, pipe: Pipe, given: Mapping[str, Any]) -> None:
    threads: int = given["threads"]
    with ExitStack() as stack:
        journal = stack.enter_context(open_journal(database))
        steps = {
            "journal": [_commands(journal) for _ in range(threads)],
            "plain": [_inserts(database, stack) for _ in range(threads)],
            "stock": _stock(database, stack, threads),
        }
        pool = stack.enter_context(ThreadPoolExecutor(threads))
        while (order := pipe.recv()) is not None:
            subject, seconds = order
            until = time.perf_counter() + seconds
            counts = pool.map(partial(_repeat, until), steps[subject])
            begun = time.perf_counter()
            count = sum(counts)
            pipe.send(count / (time.perf_counter() - begun))


def _repeat(until: float, step: Step) -> int:
    count = 0
    while time.perf_counter() < until:
        step()
        count += 1
    return count


def _commands(journal: Journal) -> Step:
    jars: list[FillJar] = []
    for _ in range(ACCOUNTS_A_THREAD):
        label = LabelJar(account_id=uuid4(), jar_id=uuid4())
        label_jar(journal, label, context_at(NOON))
        jars.append(FillJar(account_id=label.account_id, jar_id=label.jar_id))
    turn = iter(range(1 << 60))

    def step() -> None:
        command = jars[next(turn) % len(jars)]
        fill_jar(journal, command, context_at(NOON, ip="192.0.2.7"))

    return step


def _inserts(database: Database, stack: ExitStack) -> Step:
    connection = stack.enter_context(psycopg.connect(database.service, autocommit=True))
    streams = [uuid4() for _ in range(ACCOUNTS_A_THREAD)]
    columns = (
        "account_id, stream_id, version, topic, topic_version, payload, actor_kind,"
        " actor_id, happened_at, recorded_at, origin, origin_key_id, correlation_id,"
        " command_id, software, hash"
    )
    sql = f"INSERT INTO bench_plain ({columns}) VALUES ({', '.join(['%b'] * 16)})"
    payload = b'{"layer_id":"%s","colour":"white","beans":1}'
    turn = iter(range(1 << 60))

    def step() -> None:
        version, which = divmod(next(turn), len(streams))
        stream = streams[which]
        fresh = uuid4()
        values = (
            *(stream, stream, version + 1, "test_jars.Filled", 1),
            *(payload % str(fresh).encode(), "customer", "ann", NOON, NOON),
            *(bytes(70), stream, fresh, uuid4(), "0.1.0", bytes(32)),
        )
        connection.execute(sql, values, prepare=True)

    return step


class StockJar(domain.Aggregate):
    """The jar as the library alone would keep it."""

    class Filled(domain.Aggregate.Event):
        """Beans were put in."""

        layer_id: UUID
        colour: str
        beans: int

    def __init__(self) -> None:
        self.beans = 0

    def fill(self, layer_id: UUID, beans: int) -> None:
        self.trigger_event(self.Filled, layer_id=layer_id, colour="white", beans=beans)

    @domain.event(Filled)
    def _filled(self, layer_id: UUID, colour: str, beans: int) -> None:
        self.beans += beans


def _stock(database: Database, stack: ExitStack, threads: int) -> list[Step]:
    access = conninfo_to_dict(database.owner)
    app = application.Application[UUID](
        {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": str(access["dbname"]),
            "POSTGRES_HOST": str(access["host"]),
            "POSTGRES_PORT": str(access["port"]),
            "POSTGRES_USER": str(access["user"]),
            "POSTGRES_PASSWORD": str(access["password"]),
            "POSTGRES_POOL_SIZE": str(threads),
            "POSTGRES_MAX_OVERFLOW": "4",
            "AGGREGATE_CACHE_MAXSIZE": "1000",
        }
    )
    stack.callback(app.close)
    return [_stock_step(app) for _ in range(threads)]


def _stock_step(app: application.Application[UUID]) -> Step:
    ids = []
    for _ in range(ACCOUNTS_A_THREAD):
        jar = StockJar()
        app.save(jar)
        ids.append(jar.id)
    turn = iter(range(1 << 60))

    def step() -> None:
        jar: StockJar = app.repository.get(ids[next(turn) % len(ids)])
        jar.fill(uuid4(), 1)
        app.save(jar)

    return step
