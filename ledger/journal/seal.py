"""The hash chain: which bytes of a row its hash covers, in SQL and in Python.

Every stream is a chain of its own.
A row's hash is SHA-256 over the mark `daybook.journal.1`, the hash of the row one
version before it (empty for version 1) and every other column in the order of
`COLUMNS`; each of them is preceded by its length in bytes as a big-endian 32-bit
number, and a NULL is the length minus one with nothing after it.
Numbers are big-endian, a UUID is its sixteen bytes, text is UTF-8, and an instant is
the microseconds since 2000-01-01 00:00 UTC as a signed 64-bit number.
The database computes it in the INSERT; this module computes it again from the rows,
so that each checks the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from ledger.journal import wire

MARK = b"daybook.journal.1"
NULL = wire.NULL

# Column, its bytes in SQL, its bytes in Python, its fixed length (None: measured).
COLUMNS: tuple[tuple[str, str, Callable[[Any], bytes], int | None], ...] = (
    ("position", "int8send({})", wire.int8, 8),
    ("account_id", "uuid_send({})", wire.uuid, 16),
    ("stream_id", "uuid_send({})", wire.uuid, 16),
    ("version", "int4send({})", wire.int4, 4),
    ("topic", "convert_to({}, 'UTF8')", wire.text, None),
    ("topic_version", "int2send({})", wire.int2, 2),
    ("payload", "{}", bytes, None),
    ("sealed", "{}", bytes, None),
    ("sealed_key_id", "uuid_send({})", wire.uuid, 16),
    ("actor_kind", "convert_to({}, 'UTF8')", wire.text, None),
    ("actor_id", "convert_to({}, 'UTF8')", wire.text, None),
    ("happened_at", "timestamptz_send({})", wire.instant, 8),
    ("recorded_at", "timestamptz_send({})", wire.instant, 8),
    ("origin", "{}", bytes, None),
    ("origin_key_id", "uuid_send({})", wire.uuid, 16),
    ("correlation_id", "uuid_send({})", wire.uuid, 16),
    ("causation_id", "uuid_send({})", wire.uuid, 16),
    ("command_id", "uuid_send({})", wire.uuid, 16),
    ("software", "convert_to({}, 'UTF8')", wire.text, None),
)
NULLABLE = frozenset(
    ("sealed", "sealed_key_id", "origin", "origin_key_id", "causation_id")
)
NAMES = tuple(name for name, *_ in COLUMNS)


def _constant(data: bytes) -> str:
    return f"'\\x{data.hex()}'::bytea"


def hash_sql(row: str, previous: str) -> str:
    """Return the SQL expression of a row's hash.

    `row` is the alias the columns stand under, `previous` the expression of the
    predecessor's hash: NULL there makes the whole NULL, which the table refuses.
    """
    parts = [_constant(wire.int4(len(MARK)) + MARK)]
    parts.append(f"int4send(octet_length({previous})) || {previous}")
    for name, sql, _, length in COLUMNS:
        column = f"{row}.{name}"
        value = sql.format(column)
        size = (
            _constant(wire.int4(length))
            if length is not None
            else f"int4send(octet_length({column}))"
        )
        part = f"{size} || {value}"
        if name in NULLABLE:
            part = f"coalesce({part}, {_constant(NULL)})"
        parts.append(part)
    return "sha256(" + " || ".join(parts) + ")"


def encode(row: Mapping[str, Any], previous: bytes) -> bytes:
    """Return the bytes that the row's hash covers; also the row's Merkle leaf."""
    parts = [wire.int4(len(MARK)), MARK, wire.int4(len(previous)), previous]
    for name, _, to_bytes, _ in COLUMNS:
        value = row[name]
        if value is None:
            parts.append(NULL)
            continue
        data = to_bytes(value)
        parts += (wire.int4(len(data)), data)
    return b"".join(parts)


def row_hash(row: Mapping[str, Any], previous: bytes) -> bytes:
    """Return the SHA-256 that must stand in the row's `hash`."""
    return hashlib.sha256(encode(row, previous)).digest()
