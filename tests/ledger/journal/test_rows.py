"""What a consumer writes for a fact: its names, its hits, what it asks meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from psycopg import Connection

from ledger.journal.consumers import Surprise
from ledger.journal.piped import Pipe
from ledger.journal.reader import Fact
from ledger.journal.rows import Rows
from tests.conftest import NOON
from tests.rows import row_of, service
from web.database import Database

ADD = (
    "INSERT INTO kept VALUES"
    " (%(account)s, %(generation)s, %(position)s, %(at)s, %(beans)s)"
)
TAKE = "UPDATE kept SET beans = beans - 1 WHERE account_id = %(account)s"
BEANS = "SELECT beans FROM kept WHERE account_id = %(account)s"


@pytest.fixture
def connection(database: Database) -> Iterator[Connection[Any]]:
    with service(database) as made:
        made.execute(
            "CREATE TEMP TABLE kept (account_id uuid, generation smallint,"
            " position bigint, at timestamptz, beans integer)"
        )
        yield made


def a_fact() -> Fact:
    return Fact(position=77, recorded_at=NOON, hash=b"", **row_of()._asdict())


def test_the_names_of_the_fact_are_given(connection: Connection[Any]) -> None:
    fact = a_fact()
    with connection.transaction(), Pipe(connection) as pipe:
        rows = Rows(pipe, 3)
        rows.write(ADD, fact, beans=5)
    rows.check()
    row = connection.execute("SELECT * FROM kept").fetchone()
    assert row == (fact.account_id, 3, 77, NOON, 5)


def test_what_is_asked_sees_what_was_written_before_and_more_may_follow(
    connection: Connection[Any],
) -> None:
    fact = a_fact()
    with connection.transaction(), Pipe(connection) as pipe:
        rows = Rows(pipe, 1)
        rows.write(ADD, fact, beans=5)
        rows.write(TAKE, fact)
        assert rows.ask(BEANS, fact) == [(4,)]
        rows.write(TAKE, fact)
    rows.check()
    assert connection.execute("SELECT beans FROM kept").fetchall() == [(3,)]


def test_a_statement_that_hits_other_rows_than_it_must_is_a_surprise(
    connection: Connection[Any],
) -> None:
    fact = a_fact()
    with connection.transaction(), Pipe(connection) as pipe:
        rows = Rows(pipe, 1)
        rows.write(TAKE, fact, -1)
        rows.write(TAKE, fact, 0)
        rows.write(TAKE, fact)
    with pytest.raises(Surprise, match=r"test_jars\.Filled hit 0 rows, not 1"):
        rows.check()
