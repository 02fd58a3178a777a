"""What the service's connections are set to, and what is told when there are none."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from ledger.journal import Connections, Journal, NotAdopted, Unreachable
from tests.conftest import NOON, context_at, free_port, journal_on
from tests.jars import LabelJar, label_jar
from tests.places import gone
from tests.rows import append_of, auditor, service
from web.database import Database


@pytest.fixture
def connections(database: Database) -> Iterator[Connections]:
    found = Connections(database.service, size_max=2)
    found.open()
    yield found
    found.close()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("synchronous_commit", "on"),
        ("transaction_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "5s"),
        ("lock_timeout", "5s"),
        ("TimeZone", "UTC"),
    ],
)
def test_no_writer_of_the_service_holds_the_horizon_back_for_long(
    connections: Connections, name: str, value: str
) -> None:
    with connections.for_account(uuid4()) as connection:
        row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
    assert row == (value,)


def use_until_it_breaks(connections: Connections, database: Database) -> None:
    with (
        connections.for_account(uuid4()) as connection,
        psycopg.connect(database.service, autocommit=True) as other,
    ):
        other.execute("SELECT pg_terminate_backend(%s)", (connection.info.backend_pid,))
        for _ in range(2):
            connection.execute("SELECT 1")


def test_a_connection_that_breaks_says_so_and_the_next_one_works(
    connections: Connections, database: Database
) -> None:
    with pytest.raises(Unreachable):
        use_until_it_breaks(connections, database)
    with connections.for_account(uuid4()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_refused_statement_is_not_mistaken_for_a_broken_connection(
    connections: Connections,
) -> None:
    with (
        pytest.raises(psycopg.errors.UndefinedTable),
        connections.for_account(uuid4()) as connection,
    ):
        connection.execute("SELECT * FROM no_such_table")


def test_a_server_that_is_not_there_is_unreachable() -> None:
    nowhere = Connections(f"host=127.0.0.1 port={free_port()} dbname=x user=x")
    with pytest.raises(Unreachable):
        nowhere.direct()


def test_appending_stops_when_a_new_connection_meets_another_server(
    empty_database: Database,
) -> None:
    with psycopg.connect(empty_database.owner, autocommit=True) as owner:
        owner.execute("UPDATE journal_epoch SET timeline = timeline + 1")
        for journal in journal_on(empty_database):
            with pytest.raises(NotAdopted):
                label(journal)
            owner.execute("UPDATE journal_epoch SET timeline = timeline - 1")
            assert label(journal)


def test_an_append_already_on_its_way_meets_the_same_check(
    empty_journal: Journal, empty_database: Database
) -> None:
    with psycopg.connect(empty_database.owner, autocommit=True) as owner:
        owner.execute("UPDATE journal_epoch SET timeline = timeline + 1")
    empty_journal.connections.trouble = NotAdopted("seen by another connection")
    with pytest.raises(NotAdopted, match="run 'daybook migrate'"):
        empty_journal.writer.append(append_of())


def test_a_connection_cut_before_the_beat_means_that_nothing_was_sent(
    connections: Connections, database: Database
) -> None:
    with connections.for_account(uuid4()) as connection, service(database) as other:
        pid = connection.info.backend_pid
        other.execute("SELECT pg_terminate_backend(%s)", (pid,))
        assert gone(pid)
        with pytest.raises(Unreachable):
            connections.require_adopted(connection)
    with connections.for_account(uuid4()) as connection:
        connections.require_adopted(connection)
    assert connections.witness.registered


def test_why_nothing_is_appended_is_logged_once(
    empty_journal: Journal, empty_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with psycopg.connect(empty_database.owner, autocommit=True) as owner:
        owner.execute("UPDATE journal_epoch SET timeline = timeline + 1")
    empty_journal.connections.trouble = NotAdopted("seen by another connection")
    for _ in range(3):
        with pytest.raises(NotAdopted):
            empty_journal.writer.append(append_of())
    told = [r.getMessage() for r in caplog.records if "is appended" in r.getMessage()]
    assert len(told) == 1
    assert "could vouch for" in told[0]


def test_a_process_that_ends_in_order_is_not_waited_for_after_a_failover(
    empty_database: Database,
) -> None:
    for journal in journal_on(empty_database):
        assert label(journal)
        assert len(witnesses(empty_database)) == 1
    assert witnesses(empty_database) == []


def witnesses(database: Database) -> list[tuple[int]]:
    with auditor(database) as connection:
        return connection.execute("SELECT beat FROM journal_witnesses").fetchall()


def label(journal: Journal) -> int:
    command = LabelJar(account_id=uuid4(), jar_id=uuid4())
    return label_jar(journal, command, context_at(NOON)).position
