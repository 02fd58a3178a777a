"""Our DNS zone, read from the rows beside the journal: all of it, or what changed.

Whatever it holds, it is streamed: memory does not grow with the number of domains.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from psycopg import Connection

from ledger.journal.statement import HORIZON_SQL
from ledger.zone import ZoneRecord, bounce_record, key_record, tracking_record

PAGE_ROWS = 2_000
# A number that grows with every change that is seen, and goes on growing where a
# restored journal has lost some: each change had a transaction of its own.
STATE_SQL = f"""
SELECT ({HORIZON_SQL}) - 1,
    ((SELECT base FROM journal_epoch ORDER BY epoch DESC LIMIT 1)
    + (SELECT coalesce(sum(changes), 0) FROM signing_keys)
    + (SELECT coalesce(sum(changes), 0) FROM tracking_targets))::bigint"""
ALIVE = (
    "EXISTS (SELECT FROM signing_keys o WHERE o.account_id = k.account_id"
    " AND o.domain_id = k.domain_id AND o.state <> 'removed')"
)
ALL_KEYS = (
    "SELECT selector, label, state, public_key FROM signing_keys"
    " WHERE state <> 'removed' ORDER BY label, selector"
)
ALL_TARGETS = "SELECT target FROM tracking_targets WHERE published ORDER BY target"
CHANGES = f"""
SELECT position, 'key', label, selector, state, public_key, {ALIVE}
FROM signing_keys k WHERE position > %(after)s AND position <= %(until)s
UNION ALL
SELECT position, 'target', target, NULL, NULL, NULL, published
FROM tracking_targets WHERE position > %(after)s AND position <= %(until)s
ORDER BY 1"""
SERIAL_BITS = 32


class ZoneState(NamedTuple):
    """The position up to which every change is seen, and the zone's serial number."""

    position: int
    serial: int


@dataclass(frozen=True, kw_only=True)
class ZoneHosts:
    """Where the names of customers lead to."""

    bounce: str
    tracking: str


class ChangedRecord(NamedTuple):
    """A record as it is now, and the position of its latest change."""

    position: int
    record: ZoneRecord


def zone_state(connection: Connection[Any]) -> ZoneState:
    """Return how far the zone is seen now; asked in the transaction that reads it."""
    row = connection.execute(STATE_SQL).fetchone()
    assert row is not None
    return ZoneState(int(row[0]), int(row[1]) % 2**SERIAL_BITS)


def zone_records(connection: Connection[Any], hosts: ZoneHosts) -> Iterator[ZoneRecord]:
    """Yield every record of the zone that follows from customers' domains."""
    labelled = None
    for selector, label, state, public_key in _rows(connection, ALL_KEYS):
        if label != labelled:
            labelled = label
            yield bounce_record(label, hosts.bounce)
        yield key_record(selector, label, state, public_key)
    for (target,) in _rows(connection, ALL_TARGETS):
        yield tracking_record(target, hosts.tracking)


def zone_changes(
    connection: Connection[Any], hosts: ZoneHosts, after: int, until: int
) -> Iterator[ChangedRecord]:
    """Yield the records that changed above one position, up to another, as they are.

    One may be told though it is as it was before: whoever sets it again does no harm.
    """
    span = {"after": after, "until": until}
    for position, kind, name, *told, published in _rows(connection, CHANGES, span):
        if kind == "target":
            host = hosts.tracking if published else None
            yield ChangedRecord(position, tracking_record(name, host))
            continue
        selector, state, public_key = told
        host = hosts.bounce if published else None
        yield ChangedRecord(position, key_record(selector, name, state, public_key))
        yield ChangedRecord(position, bounce_record(name, host))


def _rows(
    connection: Connection[Any], sql: str, values: dict[str, int] | None = None
) -> Iterator[tuple[Any, ...]]:
    with connection.cursor("zone", scrollable=False) as cursor:
        cursor.itersize = PAGE_ROWS
        cursor.execute(sql.encode(), values)
        yield from cursor
