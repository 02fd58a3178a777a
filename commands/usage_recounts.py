"""Counting a period again from the journal alone, while its keys exist."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection

from ledger.journal import Journal
from ledger.journal.records import StoredFact
from ledger.usage import CONTACT_BYTES, PeriodUsage
from ledger.usage_facts import Reported

PAGE_ROWS = 20
FACTS_SQL = (
    "SELECT stream_id, version, topic, payload, account_id, topic_version, sealed,"
    " sealed_key_id, happened_at FROM journal WHERE stream_id = %s"
    " AND topic = 'usage.Reported' ORDER BY version"
)
KEEP_SQL = """
INSERT INTO recounted SELECT encode(substr(%(contacts)s, 16 * i + 1, 16), 'hex')::uuid
FROM generate_series(0, %(last)s) AS i ON CONFLICT DO NOTHING"""
DIFFERENT_SQL = """
SELECT (SELECT count(*) FROM recounted r WHERE NOT EXISTS (SELECT FROM kept k
            WHERE k.contact = r.contact)),
       (SELECT count(*) FROM kept k WHERE NOT EXISTS (SELECT FROM recounted r
            WHERE r.contact = k.contact))"""


@dataclass(frozen=True, kw_only=True)
class Recount:
    """What a recount found; `differing` are reports whose new contacts were others.

    `missing` and `surplus` count the rows that usage_contacts lacks or has too many.
    """

    reports: int
    recorded: int
    distinct: int
    differing: list[str]
    missing: int
    surplus: int

    @property
    def agrees(self) -> bool:
        return (
            self.recorded == self.distinct
            and not self.differing
            and not self.missing
            and not self.surplus
        )


def recount(journal: Journal, account_id: UUID, period_from: datetime) -> Recount:
    """Count a period's contacts anew, report by report, and compare.

    Raises KeyError where there is no such period, ValueError once it is settled: then
    its keys are destroyed, and only the numbers are left.
    """
    usage = journal.fresh(PeriodUsage, PeriodUsage.create_id(account_id, period_from))
    if usage.settled:
        raise ValueError("the period is settled")
    with (
        journal.connections.for_account(account_id) as connection,
        connection.transaction(),
    ):
        connection.execute(
            "CREATE TEMP TABLE recounted (contact uuid PRIMARY KEY) ON COMMIT DROP"
        )
        reports, distinct, differing = _counted(journal, connection, usage.id)
        missing, surplus = _compared(connection, account_id, period_from)
    return Recount(
        reports=reports,
        recorded=usage.distinct,
        distinct=distinct,
        differing=differing,
        missing=missing,
        surplus=surplus,
    )


def open_periods(journal: Journal, account_id: UUID) -> list[datetime]:
    """Return where periods begin that are not settled, the earliest first."""
    with journal.connections.for_account(account_id) as connection:
        rows = connection.execute(
            "SELECT period_from FROM watched_usage WHERE account_id = %s"
            " ORDER BY period_from",
            (account_id,),
        ).fetchall()
    return [period_from for (period_from,) in rows]


def _counted(
    journal: Journal, connection: Connection[Any], stream_id: UUID
) -> tuple[int, int, list[str]]:
    reports, distinct, differing = 0, 0, []
    for report in _reports(journal, connection, stream_id):
        assert report.contacts is not None
        last = len(report.contacts) // CONTACT_BYTES - 1
        values = {"contacts": report.contacts, "last": last}
        added = connection.execute(KEEP_SQL, values, prepare=False).rowcount
        reports, distinct = reports + 1, distinct + added
        if (added, distinct) != (report.added, report.distinct):
            differing.append(f"{report.campaign_id}/{report.batch_id}")
    return reports, distinct, differing


def _compared(
    connection: Connection[Any], account_id: UUID, period_from: datetime
) -> tuple[int, int]:
    row = connection.execute(
        "WITH kept AS MATERIALIZED (SELECT contact FROM usage_contacts"
        f" WHERE account_id = %s AND period_from = %s) {DIFFERENT_SQL}",
        (account_id, period_from),
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def _reports(
    journal: Journal, connection: Connection[Any], stream_id: UUID
) -> Iterator[Reported]:
    with connection.cursor("recount", scrollable=False) as cursor:
        cursor.itersize = PAGE_ROWS
        cursor.execute(FACTS_SQL, (stream_id,), binary=True)
        for row in cursor:
            event = journal.facts.to_event(StoredFact(*row))
            assert isinstance(event, Reported)
            yield event
