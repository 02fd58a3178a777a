"""A real PostgreSQL for every test that stores; a clock that stands still."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql

from ledger.journal import Actor, Connections, Context, Journal, Vault
from web.database import Database, database_on, migrate, prepare_embedded
from web.embedded import EmbeddedServer

THOROUGH = os.environ.get("THOROUGH") == "1"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MASTER = bytes(range(32))

settings.register_profile(
    "quick",
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("thorough", max_examples=1000, deadline=None)
settings.load_profile("thorough" if THOROUGH else "quick")


class Cluster:
    """The scratch cluster of this run, and databases copied from its template."""

    def __init__(self, server: EmbeddedServer, folder: Path) -> None:
        self.server = server
        self.superuser = server.conninfo()
        self.template = f"template_{os.getpid()}"
        self.migrated = prepare_embedded(self.superuser, folder, self.template)
        migrate(self.migrated.owner)
        self._passwords = {
            role: str(psycopg.conninfo.conninfo_to_dict(conninfo)["password"])
            for role, conninfo in (
                ("daybook_owner", self.migrated.owner),
                ("daybook_service", self.migrated.service),
                ("daybook_auditor", self.migrated.auditor),
            )
        }

    def new_database(self) -> Database:
        """Copy the migrated template; return the new database's roles."""
        name = f"test_{uuid4().hex}"
        with psycopg.connect(self.superuser, autocommit=True) as connection:
            connection.execute(
                sql.SQL(
                    "CREATE DATABASE {} TEMPLATE {} OWNER daybook_owner"
                    " STRATEGY file_copy"
                ).format(sql.Identifier(name), sql.Identifier(self.template))
            )
        return database_on(self.superuser, self._passwords, name)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """One scratch cluster a worker, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="daybook-tests-") as name:
        Path(name).chmod(0o711)  # root's server runs as somebody else
        with EmbeddedServer(Path(name) / "pg", durable=False) as server:
            yield Cluster(server, Path(name))


@pytest.fixture(scope="session")
def database(cluster: Cluster) -> Database:
    """The worker's own database: tests use fresh account ids in it."""
    return cluster.new_database()


@pytest.fixture
def empty_database(cluster: Cluster) -> Database:
    """A database of this test alone."""
    return cluster.new_database()


def journal_on(database: Database, size_max: int = 8) -> Iterator[Journal]:
    """Open a journal on the database, and close it."""
    connections = Connections(database.service, size_max=size_max)
    connections.open()
    journal = Journal(connections, Vault(connections.for_account, MASTER))
    try:
        yield journal
    finally:
        journal.close()
        connections.close()


@pytest.fixture(scope="session")
def journal(database: Database) -> Iterator[Journal]:
    """The journal of the worker's database."""
    yield from journal_on(database)


@pytest.fixture
def empty_journal(empty_database: Database) -> Iterator[Journal]:
    """A journal with nothing in it."""
    yield from journal_on(empty_database)


@pytest.fixture
def context() -> Context:
    """The envelope of one command by a customer at noon."""
    return context_at(NOON)


def context_at(now: datetime, key: str | None = None, ip: str | None = None) -> Context:
    """Return the envelope of a customer's command; another key each time."""
    return Context(
        principal="customer:ann",
        key=key or uuid4().hex,
        actor=Actor("customer", "ann"),
        now=now,
        correlation_id=uuid4(),
        ip=ip,
        client=None if ip is None else "Firefox",
    )


def settings_for(database: Database, **more: str) -> dict[str, str]:
    """Return the settings by which a process finds a database of the tests."""
    return {
        "DATABASE_URL": database.service,
        "DATABASE_OWNER_URL": database.owner,
        "DATABASE_AUDITOR_URL": database.auditor,
        "DAYBOOK_MASTER_KEY": MASTER.hex(),
        **more,
    }


def set_environment(
    monkeypatch: pytest.MonkeyPatch, database: Database, **more: str
) -> None:
    """Let commands of this process find the database, until the test is over."""
    for name, value in settings_for(database, **more).items():
        monkeypatch.setenv(name, value)


def free_port() -> int:
    """Return a TCP port on loopback that was free a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Hear Ctrl-C also where the shell that began this in the background took it."""
    kept = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, kept)
