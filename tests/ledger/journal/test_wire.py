"""Values are sent as the database itself would send them."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.adapt import Transformer

from ledger.journal import wire
from tests.rows import service
from web.database import Database

VALUES: dict[str, st.SearchStrategy[object]] = {
    "uuid": st.uuids(),
    "int2": st.integers(-(2**15), 2**15 - 1),
    "int4": st.integers(-(2**31), 2**31 - 1),
    "int8": st.integers(-(2**63), 2**63 - 1),
    "text": st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=9),
    "bytea": st.binary(max_size=9),
    "timestamptz": st.datetimes(
        wire.EPOCH.replace(tzinfo=None), timezones=st.just(UTC)
    ),
    "bool": st.booleans(),
    "date": st.dates(),
}


@pytest.mark.parametrize("kind", sorted(wire.KINDS))
@given(data=st.data())
def test_the_database_reads_what_was_sent(
    database: Database, kind: str, data: st.DataObject
) -> None:
    one_value = st.none() | VALUES[kind]
    alike = st.builds(
        lambda value, count: [value] * count, one_value, st.integers(1, 4)
    )
    values = data.draw(st.lists(one_value, max_size=4) | alike)
    first = values[0] if values else None
    sql = b"SELECT $1::%b, $2::%b[]" % (kind.encode(), kind.encode())
    sent = [wire.one(kind, first), wire.many(kind, values)]
    with service(database) as connection:
        answer = connection.pgconn.exec_params(sql, sent, None, [1, 1])
        read = Transformer(connection)
        read.set_pgresult(answer)
        row = read.load_row(0, tuple)
    assert row == (first, values)


def test_a_number_too_great_for_its_type_is_never_cut() -> None:
    with pytest.raises(Exception, match="format"):
        wire.one("int2", 2**15)


def test_an_instant_without_a_zone_is_not_sent() -> None:
    with pytest.raises(TypeError):
        wire.one("timestamptz", datetime(2026, 1, 1))  # noqa: DTZ001 - the point


def test_an_array_says_how_many_it_holds() -> None:
    head = wire.many("uuid", [UUID(int=1), None]).hex()[:40]
    assert head == "000000010000000100000b860000000200000001"
