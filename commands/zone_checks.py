"""The rows that our zone is read from, held against the journal that they follow from.

A row that somebody exchanged would publish a key that is not ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any
from uuid import UUID

from psycopg import Connection

from commands.signing_keys import keys_of_domain
from commands.tracking_domains import tracking_of
from ledger.journal import Journal
from ledger.refusals import NoSigningKey

PAGE_ROWS = 2_000
KEYS_SQL = (
    "SELECT account_id, domain_id, selector, label, key_id, state, public_key"
    " FROM signing_keys ORDER BY account_id, domain_id, selector"
)
TARGETS_SQL = (
    "SELECT account_id, host_id, target, published FROM tracking_targets"
    " ORDER BY account_id, host_id"
)
# Whatever has a row is compared with its stream; so none lacks where the counts agree.
COUNTS_SQL = """
SELECT 'domains with keys', (SELECT count(DISTINCT stream_id) FROM journal
        WHERE topic = 'signing_keys.Staged'),
    (SELECT count(*) FROM (SELECT DISTINCT account_id, domain_id FROM signing_keys) d)
UNION ALL SELECT 'targets', (SELECT count(*) FROM journal
        WHERE topic = 'tracking_domains.TargetIssued'),
    (SELECT count(*) FROM tracking_targets)"""


def zone_differences(journal: Journal, connection: Connection[Any]) -> Iterator[str]:
    """Yield in words where the zone's rows are not what the journal gives."""
    for what, facts, rows in connection.execute(COUNTS_SQL).fetchall():
        if facts != rows:
            yield f"{what}: the journal gives {facts:,}, the zone has {rows:,}"
    found = _rows(connection, KEYS_SQL)
    for (account_id, domain_id), own in groupby(found, lambda row: row[:2]):
        if _keys(journal, account_id, domain_id) != {row[2:] for row in own}:
            yield f"keys of domain {domain_id}, account {account_id}"
    found = _rows(connection, TARGETS_SQL)
    for account_id, own in groupby(found, lambda row: row[0]):
        if _targets(journal, account_id) != {row[1:] for row in own}:
            yield f"targets of account {account_id}"


def _keys(journal: Journal, account_id: UUID, domain_id: UUID) -> set[tuple[Any, ...]]:
    try:
        keys = keys_of_domain(journal, account_id, domain_id)
    except NoSigningKey:
        return set()
    return {
        (selector, keys.label, key.key_id, key.state, key.public_key)
        for selector, key in keys.keys.items()
    }


def _targets(journal: Journal, account_id: UUID) -> set[tuple[Any, ...]]:
    hosts = tracking_of(journal, account_id).hosts.values()
    return {(one.host_id, one.target, one.state != "released") for one in hosts}


def _rows(connection: Connection[Any], sql: str) -> Iterator[tuple[Any, ...]]:
    with connection.cursor("zone_check", scrollable=False) as cursor:
        cursor.itersize = PAGE_ROWS
        cursor.execute(sql.encode())
        yield from cursor
