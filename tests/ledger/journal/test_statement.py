"""What one statement writes, all or nothing, and in which order."""

from __future__ import annotations

from uuid import uuid4

import psycopg
import pytest

from ledger.journal.append import commit
from ledger.journal.statement import (
    COLUMN_TYPES,
    SIDE_TABLES,
    Form,
    Row,
    statement_for,
)
from tests.rows import append_of, auditor, row_of, service, stored
from web.database import Database


@pytest.mark.parametrize("versions", [(2,), (1, 3), (1, 1), (2, 2), (1, 2, 4), (2, 1)])
def test_versions_with_a_gap_or_twice_are_refused_whole(
    database: Database, versions: tuple[int, ...]
) -> None:
    stream = uuid4()
    rows = [row_of(stream, version) for version in versions]
    with service(database) as connection, pytest.raises(psycopg.IntegrityError):
        commit(connection, [append_of(*rows, row_of())])
    assert stored(database, stream) == []


def test_streams_may_be_mixed_in_one_append(database: Database) -> None:
    first, second = uuid4(), uuid4()
    with service(database) as connection:
        commit(
            connection,
            [
                append_of(
                    row_of(first, 1), row_of(second, 1), row_of(first, 2), row_of()
                )
            ],
        )
    assert [row["version"] for row in stored(database, first)] == [1, 2]
    positions = [row["position"] for row in stored(database, first)]
    assert positions[1] == positions[0] + 2


def test_the_same_shape_has_the_same_statement_prepared_once() -> None:
    shape = (("journal_commands", True),)
    assert statement_for(Form.ONE, shape) is statement_for(Form.ONE, shape)
    assert len({statement_for(form, shape) for form in Form}) == len(Form)


@pytest.mark.parametrize("form", Form)
def test_a_key_is_looked_up_and_never_all_keys_read(
    empty_database: Database, form: Form
) -> None:
    explained = b"EXPLAIN (GENERIC_PLAN) " + statement_for(form, ())
    with service(empty_database) as connection:
        plan = "".join(line for (line,) in connection.execute(explained, prepare=False))
    assert "data_keys_id on data_keys" in plan
    assert "Seq Scan on data_keys" not in plan


def test_a_row_and_its_types_have_the_same_length() -> None:
    assert len(COLUMN_TYPES.split()) == len(Row._fields)


@pytest.mark.parametrize("table", sorted(SIDE_TABLES))
def test_side_tables_are_written_with_the_types_they_have(
    database: Database, table: str
) -> None:
    named = {"int8": "bigint", "int4": "integer", "int2": "smallint"}
    named |= {"timestamptz": ""}
    with auditor(database) as connection:
        rows = connection.execute(
            "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute"
            " WHERE attrelid = %s::regclass",
            (table,),
        ).fetchall()
    known = dict(rows) | {None: None}
    for column, kind in SIDE_TABLES[table][0]:
        wanted = named.get(kind, kind) or "timestamp with time zone"
        assert known[column] == wanted, column
