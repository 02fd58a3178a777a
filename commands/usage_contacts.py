"""The rows beside the journal that tell which contacts reports added to a period."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from commands.period_contacts import memory_of
from ledger.journal import Journal
from ledger.usage import PeriodUsage

BATCH_ROWS = 1_000
"""Rows dropped in one transaction: well within five seconds."""
DROP_SQL = (
    "DELETE FROM usage_additions WHERE (account_id, period_from, version) IN"
    " (SELECT account_id, period_from, version FROM usage_additions"
    " WHERE account_id = %s AND period_from = %s LIMIT %s)"
)


def forget_contacts(journal: Journal, account_id: UUID, period_from: datetime) -> None:
    """Drop the rows of a period that nothing corrects any more, a batch at a time."""
    memory_of(journal).forget(PeriodUsage.create_id(account_id, period_from))
    values = (account_id, period_from, BATCH_ROWS)
    while True:
        with journal.connections.for_account(account_id) as connection:
            if connection.execute(DROP_SQL, values).rowcount < BATCH_ROWS:
                return


def forget_usage(journal: Journal, account_id: UUID) -> None:
    """Drop the contacts of periods that are not settled: their keys go now.

    What names the periods goes last, so that it may be repeated from any instant.
    """
    with journal.connections.for_account(account_id) as connection:
        periods = connection.execute(
            "SELECT period_from FROM watched_usage WHERE account_id = %s",
            (account_id,),
        ).fetchall()
    for (period_from,) in periods:
        forget_contacts(journal, account_id, period_from)
    with journal.connections.for_account(account_id) as connection:
        connection.execute(
            "DELETE FROM watched_usage WHERE account_id = %s", (account_id,)
        )
