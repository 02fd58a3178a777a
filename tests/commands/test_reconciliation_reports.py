"""Reports are kept by day; the newest of a day counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from commands.reconciliation_reports import (
    Difference,
    Report,
    days_without_report,
    keep_report,
    kept_reports,
)
from ledger.aggregate import SYSTEM
from ledger.journal import Journal
from tests.conftest import NOON

DAY = date(2031, 3, 4)
LOST = Difference(
    kind="charge",
    name="ch_lost",
    what="missing there",
    account_id=SYSTEM,
    ours_minor=500,
    theirs_minor=None,
    currency="EUR",
)
REPORT = Report(day=DAY, movements=3, settled=1, differences=[LOST])


def test_a_report_is_kept_with_what_differs(empty_journal: Journal) -> None:
    keep_report(empty_journal, REPORT, NOON)
    [kept], differences = kept_reports(empty_journal)
    assert (kept.movements, kept.settled, kept.differences) == (3, 1, 1)
    assert differences == [LOST]


def test_a_later_run_replaces_the_differences_and_adds_what_it_settled(
    empty_journal: Journal,
) -> None:
    keep_report(empty_journal, REPORT, NOON)
    later = replace(REPORT, settled=2, differences=[])
    keep_report(empty_journal, later, NOON + timedelta(hours=1))
    [kept], differences = kept_reports(empty_journal)
    assert (kept.settled, kept.differences, differences) == (3, 0, [])


def test_the_newest_days_come_first_and_no_more_than_asked(
    empty_journal: Journal,
) -> None:
    for number in range(3):
        day = DAY + timedelta(days=number)
        keep_report(empty_journal, replace(REPORT, day=day), NOON)
    reports, differences = kept_reports(empty_journal, days=2)
    assert [one.day for one in reports] == [DAY + timedelta(days=2 - n) for n in (0, 1)]
    assert len(differences) == 2


def test_days_that_were_never_compared_are_named(empty_journal: Journal) -> None:
    keep_report(empty_journal, REPORT, NOON)
    other = DAY + timedelta(days=1)
    assert days_without_report(empty_journal, [DAY, other]) == [other]
