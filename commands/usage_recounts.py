"""Counting a period again from the journal alone, while its keys exist."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from commands.period_contacts import additions_of, reports_of
from ledger.contacts import CONTACT_BYTES, ContactSet
from ledger.journal import Journal
from ledger.usage import PeriodUsage

VERSION_MAX = 2**31 - 1
"""A row beyond the stream's end follows from no report either."""


@dataclass(frozen=True, kw_only=True)
class Recount:
    """What a recount found; `differing` are reports whose new contacts were others.

    `missing` and `surplus` count the contacts that the rows beside the journal lack
    or have too many. A row that cannot be read has none. Where there is no row at all
    the next report makes them, as for a period that is older than they are (decision
    58): then nothing is missing.
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
    counted, reports, differing = ContactSet(usage.distinct), 0, []
    for _, report in reports_of(journal, usage, usage.version):
        assert report.contacts is not None
        new = counted.missing(report.contacts)
        counted.add(new)
        reports += 1
        if (len(new) // CONTACT_BYTES, len(counted)) != (report.added, report.distinct):
            differing.append(f"{report.campaign_id}/{report.batch_id}")
    missing, surplus = _compared(journal, usage, counted)
    return Recount(
        reports=reports,
        recorded=usage.distinct,
        distinct=len(counted),
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


def _compared(
    journal: Journal, usage: PeriodUsage, counted: ContactSet
) -> tuple[int, int]:
    """Return how many of the contacts the rows lack, and how many they have besides."""
    held, rows, later = ContactSet(len(counted)), 0, []
    wrong = told = 0
    for version, added in additions_of(journal, usage, 0, VERSION_MAX):
        rows, size = rows + 1, len(added or b"") // CONTACT_BYTES
        if version > usage.version:
            later.append((version, size))
            continue
        new = held.missing(added or b"")
        wrong += len(counted.missing(new)) // CONTACT_BYTES
        told += size
        held.add(new)
    # Somebody may have reported meanwhile; a row and its fact are seen together.
    newest = journal.fresh(PeriodUsage, usage.id).version
    strays = sum(size for version, size in later if version > newest)
    missing = len(counted) - (len(held) - wrong)
    return missing if rows else 0, wrong + told - len(held) + strays
