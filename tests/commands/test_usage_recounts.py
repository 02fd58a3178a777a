"""Counting again from the journal alone finds the same, or says what differs."""

from __future__ import annotations

import pytest

from commands.period_contacts import MADE_SQL, addition
from commands.usage_recounts import open_periods, recount
from ledger.contacts import ContactSet
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


def test_contacts_that_follow_from_no_report_are_told(member: Member) -> None:
    member.subscribe()
    report(member, range(9), "1")
    usage, journal = used(member), member.service.journal
    usage.report(
        {"campaign_id": "spring", "batch_id": "2", "sent_at": member.clock()},
        *(contacts([100]), 1, member.clock()),
    )
    row = addition(journal, usage, contacts([100, 101]))[0]
    with journal.connections.for_account(member.account_id) as connection:
        connection.execute(MADE_SQL, row)
    found = recount(journal, member.account_id, usage.period_from)
    assert (found.missing, found.surplus, found.agrees) == (0, 2, False)


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
