"""Where measurements take place: a durable cluster, worker processes, rounds."""

from __future__ import annotations

import multiprocessing
import statistics
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

from ledger.journal import Connections, Journal, Vault
from web.database import Database, migrate, prepare_embedded
from web.embedded import EmbeddedServer

MASTER = bytes(range(32))


@contextmanager
def durable_database() -> Iterator[Database]:
    """Lend a migrated database on a cluster that flushes every commit."""
    with tempfile.TemporaryDirectory(prefix="daybook-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with EmbeddedServer(folder / "pg") as server:
            database = prepare_embedded(server.conninfo(), folder)
            migrate(database.owner)
            yield database


@contextmanager
def open_journal(database: Database) -> Iterator[Journal]:
    """Lend a journal as the service opens it."""
    connections = Connections(database.service)
    connections.open()
    journal = Journal(connections, Vault(connections.for_account, MASTER))
    try:
        yield journal
    finally:
        journal.close()
        connections.close()


Work = Callable[[Database, Pipe, Mapping[str, Any]], None]


@contextmanager
def crew(
    work: Work, processes: int, database: Database, **given: Any
) -> Iterator[Sequence[Pipe]]:
    """Start processes that do `work`, each told what to do through its pipe."""
    context = multiprocessing.get_context("spawn")
    pipes, people = [], []
    for number in range(processes):
        ours, theirs = context.Pipe()
        person = context.Process(
            target=work, args=(database, theirs, {**given, "number": number})
        )
        person.start()
        pipes.append(ours)
        people.append(person)
    try:
        yield pipes
    finally:
        for pipe in pipes:
            pipe.send(None)
        for person in people:
            person.join()


def rate(pipes: Sequence[Pipe], order: object) -> float:
    """Give every process the order; return the sum of the rates they report."""
    for pipe in pipes:
        pipe.send(order)
    return sum(float(pipe.recv()) for pipe in pipes)


def median_of_rounds(
    rounds: int, measures: Mapping[str, Callable[[], float]]
) -> dict[str, float]:
    """Measure everything once a round, interleaved; return each one's median."""
    found = rounds_of(rounds, measures)
    return {name: statistics.median(values) for name, values in found.items()}


def rounds_of(
    rounds: int, measures: Mapping[str, Callable[[], float]]
) -> dict[str, list[float]]:
    """Measure everything once a round, interleaved; return what each round gave."""
    found: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            found[name].append(measure())
    return found
