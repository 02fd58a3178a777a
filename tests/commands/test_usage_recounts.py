"""Counting again from the journal alone finds the same, or says what differs."""

from __future__ import annotations

import pytest

from commands.usage_recounts import open_periods, recount
from tests.commands.subscribing import Member
from tests.commands.using import report, used


def test_the_journal_alone_gives_the_same_count(member: Member) -> None:
    member.subscribe()
    for number in range(25):
        report(member, range(number * 7, number * 7 + 30), str(number))
    usage = used(member)
    found = recount(member.service.journal, member.account_id, usage.period_from)
    assert found.agrees
    assert (found.reports, found.distinct) == (25, 24 * 7 + 30)


@pytest.mark.parametrize(
    ("sql", "missing", "surplus"),
    [
        ("DELETE FROM usage_contacts", 9, 0),
        (
            "INSERT INTO usage_contacts SELECT account_id, period_from,"
            " gen_random_uuid() FROM usage_contacts LIMIT 1",
            0,
            1,
        ),
    ],
)
def test_rows_that_follow_from_no_fact_are_told(
    member: Member, sql: str, missing: int, surplus: int
) -> None:
    member.subscribe()
    report(member, range(9), "1")
    with member.service.connections.for_account(member.account_id) as connection:
        connection.execute(sql)
    since = used(member).period_from
    found = recount(member.service.journal, member.account_id, since)
    assert (found.missing, found.surplus, found.agrees) == (missing, surplus, False)
    assert found.differing == []


def test_a_report_that_counted_too_few_is_named(member: Member) -> None:
    member.subscribe()
    report(member, range(9), "1")
    with member.service.connections.for_account(member.account_id) as connection:
        connection.execute("DELETE FROM usage_contacts")
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
