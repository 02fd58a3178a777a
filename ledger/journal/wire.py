"""Values in PostgreSQL's binary form, as they are sent and as they are hashed.

Numbers are big-endian, a UUID is its sixteen bytes, text is UTF-8, and an instant is
the microseconds since 2000-01-01 00:00 UTC as a signed 64-bit number.
The driver can do this too, but takes several times as long over arrays.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
NULL = struct.pack(">i", -1)
ARRAY_HEAD = struct.Struct(">iiIii")


class Sent(bytes):
    """A parameter's bytes, sent as they are; its type is the cast in the SQL."""


class _AsItIs(Dumper):
    format = Format.BINARY
    oid = 0

    def dump(self, obj: Sent) -> Sent:
        return obj


psycopg.adapters.register_dumper(Sent, _AsItIs)

int8 = struct.Struct(">q").pack
int4 = struct.Struct(">i").pack
int2 = struct.Struct(">h").pack
boolean = struct.Struct("?").pack


def uuid(value: UUID) -> bytes:
    return value.bytes


def text(value: str) -> bytes:
    return value.encode()


def instant(value: datetime) -> bytes:
    return int8((value - EPOCH) // MICROSECOND)


KINDS: dict[str, tuple[int, Callable[[Any], bytes]]] = {
    "uuid": (2950, uuid),
    "int2": (21, int2),
    "int4": (23, int4),
    "int8": (20, int8),
    "text": (25, text),
    "bytea": (17, bytes),
    "timestamptz": (1184, instant),
    "bool": (16, boolean),
}
"""PostgreSQL's fixed number of each type we send, and how a value is encoded."""


def one(kind: str, value: object) -> Sent | None:
    """Return a single parameter of this type."""
    return None if value is None else Sent(KINDS[kind][1](value))


def many(kind: str, values: Iterable[object]) -> Sent:
    """Return an array parameter with elements of this type."""
    oid, encode = KINDS[kind]
    parts = [b""]
    count = nulls = 0
    for value in values:
        count += 1
        if value is None:
            nulls = 1
            parts.append(NULL)
            continue
        data = encode(value)
        parts.append(int4(len(data)))
        parts.append(data)
    parts[0] = ARRAY_HEAD.pack(1, nulls, oid, count, 1)
    return Sent(b"".join(parts))
