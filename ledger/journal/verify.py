"""Recomputing every hash from the written specification, in Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from ledger.journal import seal

PAGE_ROWS = 200
"""Few, since a row may have nearly a megabyte of its own."""


@dataclass(frozen=True)
class Broken:
    """A row that is not what was recorded: `why` says how it shows."""

    position: int
    stream_id: UUID
    version: int
    why: str

    def __str__(self) -> str:
        place = f"{self.stream_id}/{self.version} at {self.position}"
        return f"{place}: {self.why}"


def verify_chain(
    connection: Connection[Any],
    account_id: UUID | None = None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Broken]:
    """Yield every broken row, stream by stream; memory does not grow with the journal.

    Checks each row's hash, that versions start at 1 without a gap, and that
    positions rise along a stream.
    """
    where = "" if account_id is None else " WHERE account_id = %(account)s"
    columns = ", ".join((*seal.NAMES, "hash"))
    sql = f"SELECT {columns} FROM journal{where} ORDER BY stream_id, version"
    count = 0
    with (
        connection.transaction(),
        connection.cursor("verify", row_factory=dict_row) as cursor,
    ):
        cursor.itersize = PAGE_ROWS
        cursor.execute(sql, {"account": account_id})
        previous: dict[str, Any] | None = None
        for row in cursor:
            yield from _check(row, previous)
            previous = row
            count += 1
            if progress is not None and count % PAGE_ROWS == 0:
                progress(count)
    if progress is not None:
        progress(count)


def _check(row: dict[str, Any], previous: dict[str, Any] | None) -> Iterator[Broken]:
    if previous is None or previous["stream_id"] != row["stream_id"]:
        previous = None
    expected = 1 if previous is None else previous["version"] + 1
    place = (row["position"], row["stream_id"], row["version"])
    if row["version"] != expected:
        yield Broken(*place, f"version {expected} is missing")
        return
    if previous is not None and row["position"] <= previous["position"]:
        yield Broken(*place, "its position is not above its predecessor's")
    before = b"" if previous is None else bytes(previous["hash"])
    if seal.row_hash(row, before) != bytes(row["hash"]):
        yield Broken(*place, "its hash does not fit its bytes")
