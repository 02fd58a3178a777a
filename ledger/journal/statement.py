"""The SQL of an append, put together once for each shape.

The position is written as an expression into the INSERT, since an SQL function
around it costs a fifth of the rate and a PL/pgSQL function half of it.
"""

from __future__ import annotations

import re
from datetime import datetime
from enum import Enum
from functools import lru_cache
from itertools import count
from typing import NamedTuple
from uuid import UUID

from ledger.aggregate import SYSTEM
from ledger.journal import seal

BASE_SQL = (
    "((SELECT base FROM journal_epoch ORDER BY epoch DESC LIMIT 1)"
    " + pg_current_xact_id()::text::bigint) << 20"
)
HORIZON_SQL = (
    "((SELECT base FROM journal_epoch ORDER BY epoch DESC LIMIT 1)"
    " + pg_snapshot_xmin(pg_current_snapshot())::text::bigint) << 20"
)


SEALED_SQL = "CASE WHEN topic IN ('usage.Reported') THEN NULL ELSE sealed END"
"""What is sealed, unless it is the bulk of a fact: that is left where it lies."""


class Row(NamedTuple):
    """A row of the journal as the service writes it; the database adds the rest."""

    account_id: UUID
    stream_id: UUID
    version: int
    topic: str
    topic_version: int
    payload: bytes
    sealed: bytes | None
    sealed_key_id: UUID | None
    actor_kind: str
    actor_id: str
    happened_at: datetime
    origin: bytes | None
    origin_key_id: UUID | None
    correlation_id: UUID
    causation_id: UUID | None
    command_id: UUID
    software: str


COLUMN_TYPES = (
    "uuid uuid int4 text int2 bytea bytea uuid text text timestamptz"
    " bytea uuid uuid uuid uuid text"
)
ROW_TYPES = tuple(COLUMN_TYPES.split())

# Table, its columns with their types, how many columns make the sorting key.
SIDE_TABLES: dict[str, tuple[tuple[tuple[str, str], ...], int]] = {
    table: (tuple((c.split(":")[0], c.split(":")[1]) for c in columns.split()), keys)
    for table, columns, keys in (
        (
            "journal_commands",
            "account_id:uuid command_id:uuid operation:text body_digest:bytea"
            " digest_key_id:uuid result:bytea position:int8 expires_at:timestamptz",
            2,
        ),
        ("claims", "kind:text digest:bytea digest_key_id:uuid account_id:uuid", 2),
        ("directory", "kind:text name:text account_id:uuid stream_id:uuid", 2),
        (
            "tokens",
            "account_id:uuid digest:bytea kind:text stream_id:uuid"
            " issued_at:timestamptz expires_at:timestamptz",
            2,
        ),
        (
            "secrets",
            "account_id:uuid secret_id:uuid kind:text material:bytea key_id:uuid",
            2,
        ),
        (
            "sessions",
            "account_id:uuid session_id:uuid digest:bytea kind:text"
            " begun_at:timestamptz seen_at:timestamptz idle_seconds_max:int4"
            " expires_at:timestamptz origin:bytea origin_key_id:uuid"
            " elevated_at:timestamptz",
            2,
        ),
        ("account_guards", "account_id:uuid credential_epoch:int4", 1),
        ("factor_counters", "account_id:uuid factor_id:uuid counter:int8", 2),
        ("recovery_codes", "account_id:uuid secret_id:uuid number:int2", 3),
        (
            "challenges",
            "account_id:uuid digest:bytea kind:text credential_epoch:int4 sealed:bytea"
            " key_id:uuid expires_at:timestamptz",
            2,
        ),
        ("api_key_uses", "account_id:uuid key_id:uuid", 2),
        ("pictures", "account_id:uuid picture_id:uuid sealed:bytea key_id:uuid", 2),
        (
            "receipt_documents",
            "account_id:uuid document_id:uuid sealed:bytea key_id:uuid",
            2,
        ),
        (
            "usage_additions",
            "account_id:uuid period_from:timestamptz version:int4 sealed:bytea"
            " key_id:uuid",
            3,
        ),
        (
            "watched_usage",
            "account_id:uuid period_from:timestamptz due_at:timestamptz",
            2,
        ),
        (
            "watched_domains",
            "account_id:uuid domain_id:uuid digest:bytea digest_key_id:uuid"
            " due_at:timestamptz",
            2,
        ),
        (
            "signing_keys",
            "account_id:uuid domain_id:uuid selector:text label:text key_id:uuid"
            " state:text public_key:text since:timestamptz position:int8",
            3,
        ),
        (
            "tracking_targets",
            "target:text account_id:uuid host_id:uuid position:int8",
            1,
        ),
        ("watched_tracking", "account_id:uuid host_id:uuid due_at:timestamptz", 2),
        (
            "open_checkouts",
            "account_id:uuid checkout_id:text purchase_id:uuid ask_at:timestamptz",
            2,
        ),
        (
            "mail_outbox",
            "account_id:uuid mail_id:uuid template:text language:text sealed:bytea"
            " key_id:uuid due_at:timestamptz",
            2,
        ),
    )
}


class Form(Enum):
    """How the rows of a statement hang together."""

    ONE = "a single row"
    APART = "several rows, each of another stream"
    CHAINED = "several rows, some of which follow one another"


@lru_cache(maxsize=256)
def statement_for(form: Form, sides: tuple[tuple[str, bool], ...]) -> bytes:
    """Return the statement for rows of this form, and for these tables beside them.

    As bytes, so that the driver neither encodes nor hashes it anew each time.
    """
    parts = [f"base AS MATERIALIZED (SELECT {BASE_SQL} AS position)"]
    parts.append(_numbered_sql(form))
    parts.append(_chained_sql(form))
    parts += (_side_sql(table, single) for table, single in sides)
    columns = ", ".join((*seal.NAMES, "hash"))
    # A row that continues no chain has no hash, which the table refuses.
    source = "chained"
    if form is Form.CHAINED:
        source = "numbered LEFT JOIN (SELECT position, hash FROM chained) c USING"
        source += " (position)"
    if form is not Form.ONE:
        source += " ORDER BY stream_id, version"
    parts.append(
        f"written AS (INSERT INTO journal ({columns}) SELECT {columns} FROM {source})"
    )
    text = f"WITH RECURSIVE {', '.join(parts)} SELECT position FROM base"
    numbers = count(1)
    return re.sub("%b", lambda _: f"${next(numbers)}", text).encode()


def _numbered_sql(form: Form) -> str:
    names = Row._fields
    checked = {
        key: f"CASE WHEN g.{key} IS NOT NULL THEN coalesce("
        "(SELECT k.key_id FROM data_keys k"
        f" WHERE k.account_id = g.account_id AND k.key_id = g.{key}),"
        " (SELECT k.key_id FROM installation_keys k"
        f" WHERE g.account_id = '{SYSTEM}' AND k.key_id = g.{key})) END"
        for key in ("sealed_key_id", "origin_key_id")
    }
    chosen = ", ".join(f"{checked.get(name, 'g.' + name)} AS {name}" for name in names)
    first = ""
    if form is Form.ONE:
        values = ", ".join(
            f"%b::{kind} AS {name}" for name, kind in zip(names, ROW_TYPES, strict=True)
        )
        source = f"(SELECT {values}, 1::int8 AS ordinal OFFSET 0) g"
    else:
        arrays = ", ".join(f"%b::{kind}[]" for kind in ROW_TYPES)
        fields = ", ".join(names)
        if form is Form.CHAINED:
            first, arrays = "g.first, ", f"{arrays}, %b::bool[]"
            fields = f"{fields}, first"
        source = f"unnest({arrays}) WITH ORDINALITY AS g({fields}, ordinal)"
    return (
        "numbered AS MATERIALIZED (SELECT base.position + g.ordinal - 1 AS position,"
        f" clock_timestamp() AS recorded_at, {first}{chosen} FROM base, {source})"
    )


def _chained_sql(form: Form) -> str:
    names = ", ".join(f"n.{name}" for name in seal.NAMES)
    before = (
        "CASE WHEN n.version = 1 THEN ''::bytea ELSE (SELECT p.hash FROM journal p"
        " WHERE p.stream_id = n.stream_id AND p.version = n.version - 1) END"
    )
    only = " WHERE n.first" if form is Form.CHAINED else ""
    first = (
        f"SELECT {names}, {seal.hash_sql('n', 'n.previous')} AS hash"
        f" FROM (SELECT n.*, {before} AS previous FROM numbered n{only} OFFSET 0) n"
    )
    if form is not Form.CHAINED:
        return f"chained AS ({first})"
    return (
        f"chained AS ({first} UNION ALL"
        f" SELECT {names}, {seal.hash_sql('n', 'c.hash')} FROM chained c"
        " JOIN numbered n ON n.stream_id = c.stream_id AND n.version = c.version + 1)"
    )


def _side_sql(table: str, one: bool) -> str:
    columns = SIDE_TABLES[table][0]
    names = ", ".join(name for name, _ in columns)
    chosen = ", ".join(
        f"base.position + s.{name}" if name == "position" else f"s.{name}"
        for name, _ in columns
    )
    if one:
        values = ", ".join(f"%b::{kind} AS {name}" for name, kind in columns)
        source = f"(SELECT {values}) s"
    else:
        arrays = ", ".join(f"%b::{kind}[]" for _, kind in columns)
        source = f"unnest({arrays}) AS s({names})"
    return (
        f"{table}_written AS (INSERT INTO {table} ({names})"
        f" SELECT {chosen} FROM base, {source})"
    )
