"""Values in PostgreSQL's binary form, as they are sent and as they are hashed.

Numbers are big-endian, a UUID is its sixteen bytes, text is UTF-8, and an instant is
the microseconds since 2000-01-01 00:00 UTC as a signed 64-bit number.
The driver can do this too, but takes several times as long over arrays.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
NULL = struct.pack(">i", -1)
ARRAY_HEAD = struct.Struct(">iiIii")


int8 = struct.Struct(">q").pack
int4 = struct.Struct(">i").pack
int2 = struct.Struct(">h").pack
boolean = struct.Struct("?").pack
SIXTEEN = int4(16)


def uuid(value: UUID) -> bytes:
    return value.bytes


def text(value: str) -> bytes:
    return value.encode()


def instant(value: datetime) -> bytes:
    return int8((value - EPOCH) // MICROSECOND)


def day(value: date) -> bytes:
    return int4((value - EPOCH.date()).days)


def _sized(encode: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
    def sized(value: Any) -> bytes:
        data = encode(value)
        return int4(len(data)) + data

    return sized


KINDS: dict[str, tuple[int, Callable[[Any], bytes], Callable[[Any], bytes]]] = {
    kind: (number, encode, _sized(encode))
    for kind, number, encode in (
        ("uuid", 2950, uuid),
        ("int2", 21, int2),
        ("int4", 23, int4),
        ("int8", 20, int8),
        ("text", 25, text),
        ("bytea", 17, bytes),
        ("timestamptz", 1184, instant),
        ("bool", 16, boolean),
        ("date", 1082, day),
    )
}
"""PostgreSQL's fixed number of each type we send, and how a value is encoded: by itself
and with its length before it."""


def one(kind: str, value: object) -> bytes | None:
    """Return a single parameter of this type."""
    return None if value is None else KINDS[kind][1](value)


def many(kind: str, values: Sequence[Any]) -> bytes:
    """Return an array parameter with elements of this type.

    Where all are alike, as in half of the columns of a batch, one is encoded.
    """
    number, _, sized = KINDS[kind]
    count = len(values)
    first = values[0] if values else None
    if (first is None or kind != "uuid") and values.count(first) == count:
        part = NULL if first is None else sized(first)
        return ARRAY_HEAD.pack(1, first is None, number, count, 1) + part * count
    if kind == "uuid":  # most of what is sent, and compared in Python
        parts = [NULL if v is None else SIXTEEN + v.int.to_bytes(16) for v in values]
    elif kind == "bytea":
        parts = [NULL if v is None else int4(len(v)) + v for v in values]
    else:
        parts = [NULL if v is None else sized(v) for v in values]
    head = ARRAY_HEAD.pack(1, NULL in parts, number, count, 1)
    return head + b"".join(parts)


def order_of(kinds: Sequence[str]) -> Callable[[Sequence[Any]], Any]:
    """Return the sorting key of rows by their first columns, which have these types."""
    if list(kinds) == ["uuid", "uuid"]:
        return lambda row: (row[0].int, row[1].int)
    return lambda row: row[: len(kinds)]
