"""The bytes of a row, fixed for ever, told apart and equal in SQL and in Python."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.journal import Journal, seal
from ledger.journal.append import commit
from tests.conftest import NOON
from tests.rows import append_of, row_of, service, stored
from web.database import Database

GOLDEN = {
    "position": 1 << 40,
    "account_id": UUID(int=1),
    "stream_id": UUID(int=2),
    "version": 3,
    "topic": "jars.Filled",
    "topic_version": 1,
    "payload": b"{}",
    "sealed": None,
    "sealed_key_id": None,
    "actor_kind": "customer",
    "actor_id": "é",
    "happened_at": datetime(2026, 11, 23, 12, tzinfo=UTC),
    "recorded_at": datetime(2000, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
    "origin": b"\x00",
    "origin_key_id": UUID(int=4),
    "correlation_id": UUID(int=5),
    "causation_id": None,
    "command_id": UUID(int=6),
    "software": "0.1.0",
}
GOLDEN_BYTES = (
    "00000011646179626f6f6b2e6a6f75726e616c2e31"
    "00000020" + "ab" * 32 + "000000080000010000000000"
    "0000001000000000000000000000000000000001"
    "0000001000000000000000000000000000000002"
    "0000000400000003"
    "0000000b6a6172732e46696c6c6564"
    "000000020001"
    "000000027b7d"
    "ffffffff"
    "ffffffff"
    "00000008637573746f6d6572"
    "00000002c3a9"
    "00000008000303ef1a185000"
    "000000080000000000000001"
    "0000000100"
    "0000001000000000000000000000000000000004"
    "0000001000000000000000000000000000000005"
    "ffffffff"
    "0000001000000000000000000000000000000006"
    "00000005302e312e30"
)


def test_the_bytes_of_a_row_never_change() -> None:
    assert seal.encode(GOLDEN, b"\xab" * 32).hex() == GOLDEN_BYTES


def test_the_hash_is_sha256_of_exactly_these_bytes() -> None:
    expected = hashlib.sha256(bytes.fromhex(GOLDEN_BYTES)).digest()
    assert seal.row_hash(GOLDEN, b"\xab" * 32) == expected


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"actor_kind": "ab", "actor_id": "c"}, {"actor_kind": "a", "actor_id": "bc"}),
        ({"sealed": None}, {"sealed": b""}),
        ({"sealed": b"x", "origin": None}, {"sealed": None, "origin": b"x"}),
        ({"causation_id": None}, {"causation_id": UUID(int=0)}),
    ],
)
def test_rows_that_differ_never_have_the_same_bytes(
    left: dict[str, object], right: dict[str, object]
) -> None:
    assert seal.encode(GOLDEN | left, b"") != seal.encode(GOLDEN | right, b"")


@given(
    payload=st.binary(max_size=40),
    actor=st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=9),
    late=st.timedeltas(timedelta(days=-9_999), timedelta(days=9_999)),
    cause=st.none() | st.uuids(),
)
def test_sql_and_python_make_the_same_hash(
    database: Database,
    payload: bytes,
    actor: str,
    late: timedelta,
    cause: UUID | None,
) -> None:
    row = row_of(
        payload=payload, actor_id=actor, causation_id=cause, happened_at=NOON + late
    )
    with service(database) as connection:
        commit(connection, [append_of(row)])
        commit(connection, [append_of(row_of(row.stream_id, 2), row_of())])
    first, second = stored(database, row.stream_id)
    assert bytes(first["hash"]) == seal.row_hash(first, b"")
    assert bytes(second["hash"]) == seal.row_hash(second, bytes(first["hash"]))


def test_one_by_one_or_together_the_chain_is_the_same(
    journal: Journal, database: Database
) -> None:
    rows = [row_of(version=1)]
    rows += [row_of(rows[0].stream_id, version) for version in (2, 3)]
    with service(database) as connection:
        commit(connection, [append_of(*rows, row_of())])
    previous = b""
    for row in stored(database, rows[0].stream_id):
        assert bytes(row["hash"]) == seal.row_hash(row, previous)
        previous = bytes(row["hash"])
