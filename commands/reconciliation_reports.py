"""What was found when the processor's books were compared with ours, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ledger.aggregate import SYSTEM
from ledger.journal import Journal

REPORTED = """
INSERT INTO reconciliations (day, ran_at, movements, settled, differences)
VALUES (%s, %s, %s, %s, %s) ON CONFLICT ON CONSTRAINT reconciliations_one
DO UPDATE SET ran_at = excluded.ran_at, movements = excluded.movements,
    settled = reconciliations.settled + excluded.settled,
    differences = excluded.differences"""
DIFFERENCE = """
INSERT INTO reconciliation_differences
    (account_id, day, kind, name, what, ours_minor, theirs_minor, currency)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What only one of the books has, or both have with another amount."""

    kind: str
    name: str
    what: str
    account_id: UUID
    ours_minor: int | None
    theirs_minor: int | None
    currency: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """A day's result; `settled` were news to us and are recorded now."""

    day: date
    movements: int
    settled: int
    differences: list[Difference]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What was found of a day, the last time it was compared."""

    day: date
    ran_at: datetime
    movements: int
    settled: int
    differences: int


def kept_reports(
    journal: Journal, days: int = 31
) -> tuple[list[Kept], list[Difference]]:
    """Return the newest reports and what differs in them, the newest first."""
    with journal.connections.for_account(SYSTEM) as connection:
        reports = connection.execute(
            "SELECT day, ran_at, movements, settled, differences FROM reconciliations"
            " ORDER BY day DESC LIMIT %s",
            (days,),
        ).fetchall()
        rows = connection.execute(
            "SELECT kind, name, what, account_id, ours_minor, theirs_minor, currency"
            " FROM reconciliation_differences WHERE day = ANY(%s)"
            " ORDER BY day DESC, kind, name LIMIT 500",
            ([report[0] for report in reports],),
        ).fetchall()
    columns = ("day", "ran_at", "movements", "settled", "differences")
    kept = [Kept(**dict(zip(columns, row, strict=True))) for row in reports]
    names = Difference.__annotations__
    return kept, [Difference(**dict(zip(names, row, strict=True))) for row in rows]


def days_without_report(journal: Journal, days: Sequence[date]) -> list[date]:
    """Return those of the days that were never compared."""
    with journal.connections.for_account(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT day FROM reconciliations WHERE day = ANY(%s)", (list(days),)
        ).fetchall()
    return [day for day in days if (day,) not in rows]


def keep_report(journal: Journal, report: Report, now: datetime) -> None:
    """Write a day's report down; an earlier one of that day is replaced."""
    rows = [
        (one.account_id, report.day, one.kind, one.name, one.what, *_amounts(one))
        for one in report.differences
    ]
    figures = (report.day, now, report.movements, report.settled, len(rows))
    with (
        journal.connections.for_account(SYSTEM) as connection,
        connection.transaction(),
        connection.cursor() as cursor,
    ):
        cursor.execute(REPORTED, figures)
        cursor.execute(
            "DELETE FROM reconciliation_differences WHERE day = %s", (report.day,)
        )
        cursor.executemany(DIFFERENCE, rows)


def _amounts(one: Difference) -> tuple[int | None, int | None, str]:
    return one.ours_minor, one.theirs_minor, one.currency
