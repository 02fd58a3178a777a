"""Counting again from the journal alone finds the same, or says what differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from commands import usage_recounts
from commands.period_contacts import MADE_SQL, addition, reports_of
from commands.usage_recounts import open_periods, recount
from ledger.contacts import ContactSet
from ledger.journal import Journal
from ledger.usage import Batch, PeriodUsage
from tests.commands.subscribing import Member
from tests.commands.using import contacts, report, used


def test_the_journal_alone_gives_the_same_count(member: Member) -> None:
    member.subscribe()
    for number in range(25):
        report(member, range(number * 7, number * 7 + 30), str(number))
    usage = used(member)
    found = recount(member.service.journal, member.account_id, usage.period_from)
    assert found.agrees
    assert (found.reports, found.distinct) == (25, 24 * 7 + 30)


def test_contacts_that_the_rows_lack_are_told(member: Member) -> None:
    member.subscribe()
    report(member, range(9), "1")
    report(member, range(12), "2")
    with member.service.connections.for_account(member.account_id) as connection:
        connection.execute("DELETE FROM usage_additions WHERE version < 3")
    found = recount(member.service.journal, member.account_id, used(member).period_from)
    assert (found.missing, found.surplus, found.agrees) == (9, 0, False)
    assert found.differing == []


def addition_at(journal: Journal, usage: PeriodUsage, new: bytes) -> Any:
    """The row of a report after the last, which nobody recorded."""
    batch: Batch = {"campaign_id": "x", "batch_id": "x", "sent_at": usage.period_from}
    usage.report(batch, new, 1, usage.period_from)
    return addition(journal, usage, new)[0]


def test_contacts_that_follow_from_no_report_are_told(member: Member) -> None:
    member.subscribe()
    report(member, range(9), "1")
    usage, journal = used(member), member.service.journal
    row = addition_at(journal, usage, contacts([100, 101]))
    with journal.connections.for_account(member.account_id) as connection:
        connection.execute(MADE_SQL, row)
    found = recount(journal, member.account_id, usage.period_from)
    assert (found.missing, found.surplus, found.agrees) == (0, 2, False)


def test_contacts_that_rows_have_twice_are_told(member: Member) -> None:
    member.subscribe()
    report(member, range(9), "1")
    report(member, range(9), "2")
    usage, journal = used(member), member.service.journal
    row = addition_at(journal, usage, contacts(range(4)))
    with journal.connections.for_account(member.account_id) as connection:
        connection.execute(MADE_SQL, row)
    found = recount(journal, member.account_id, usage.period_from)
    assert (found.missing, found.surplus, found.agrees) == (0, 4, False)


def test_what_is_reported_meanwhile_is_no_surplus(
    member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    def then_another(*asked: Any) -> Iterator[Any]:
        yield from reports_of(*asked)
        report(member, range(20), "2")

    member.subscribe()
    report(member, range(9), "1")
    monkeypatch.setattr(usage_recounts, "reports_of", then_another)
    since = used(member).period_from
    found = recount(member.service.journal, member.account_id, since)
    assert (found.reports, found.recorded, found.agrees) == (1, 9, True)


def test_a_period_that_is_older_than_the_rows_agrees(member: Member) -> None:
    member.subscribe()
    report(member, range(9), "1")
    with member.service.connections.for_account(member.account_id) as connection:
        connection.execute("DELETE FROM usage_additions")
    found = recount(member.service.journal, member.account_id, used(member).period_from)
    assert (found.distinct, found.missing, found.agrees) == (9, 0, True)


def test_a_report_that_counted_too_few_is_named(
    member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    member.subscribe()
    report(member, range(9), "1")
    with monkeypatch.context() as patched:
        patched.setattr(ContactSet, "missing", lambda _, contacts: contacts)
        report(member, range(9), "2")
    since = used(member).period_from
    found = recount(member.service.journal, member.account_id, since)
    assert found.differing == ["spring/2"]
    assert (found.recorded, found.distinct) == (18, 9)


def test_periods_that_can_be_counted_again_are_those_not_settled(
    member: Member,
) -> None:
    journal = member.service.journal
    assert open_periods(journal, member.account_id) == []
    member.subscribe()
    report(member, range(9), "1")
    assert open_periods(journal, member.account_id) == [used(member).period_from]
