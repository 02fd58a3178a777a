"""Counting contacts on a real database: distinct, exact, told twice and at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest

from commands.usage import contact_key_of, report_usage, sorted_contacts, usage_of
from commands.usage_recounts import recount
from ledger.refusals import (
    CommandReused,
    NoSuchPeriod,
    PeriodSettled,
)
from ledger.usage import BATCH_CONTACTS_MAX, CORRECTION
from tests.commands.subscribing import BIG, Member
from tests.commands.test_plan_changes import change, shown
from tests.commands.using import (
    allow,
    contacts,
    report,
    reporting,
    tell,
    used,
)
from tests.conftest import context_at

DAY = timedelta(days=1)


def rows(member: Member, sql: str) -> list[tuple[object, ...]]:
    with member.service.connections.for_account(member.account_id) as connection:
        return connection.execute(sql, (member.account_id,)).fetchall()


def test_a_contact_counts_once_in_a_period(member: Member) -> None:
    member.subscribe()
    assert report(member, range(100), "1") == (100, 100)
    assert report(member, range(50, 150), "2") == (50, 150)
    assert report(member, range(150), "3") == (0, 150)
    assert used(member).distinct == 150


def test_a_contact_twice_in_a_batch_is_one(member: Member) -> None:
    member.subscribe()
    assert report(member, [1, 2, 1, 1], "1") == (2, 2)


def test_a_batch_told_again_is_the_same_and_with_other_contacts_refused(
    member: Member,
) -> None:
    member.subscribe()
    command = reporting(member, range(10), "1")
    first, again = tell(member, command), tell(member, command)
    assert again.repeated
    assert again.ids == first.ids == {"count": "10", "added": "10", "distinct": "10"}
    with pytest.raises(CommandReused):
        tell(member, reporting(member, range(11), "1", sent_at=command.sent_at))


def test_the_order_of_contacts_is_no_other_report(member: Member) -> None:
    given = contacts(range(9))
    turned = contacts(reversed(range(9)))
    assert given != turned
    assert sorted_contacts(given) == sorted_contacts(turned)


def test_reports_at_once_count_each_contact_once(member: Member) -> None:
    member.subscribe()
    commands = [
        reporting(member, range(start, start + 40), str(start))
        for start in range(0, 120, 10)
    ]
    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(lambda one: tell(member, one), commands))
    assert sum(int(one.ids["added"]) for one in told) == 150
    assert used(member).distinct == 150
    found = recount(member.service.journal, member.account_id, used(member).period_from)
    assert found.agrees


def test_the_fact_carries_all_contacts_sealed_and_in_sixteen_bytes_each(
    member: Member,
) -> None:
    member.subscribe()
    report(member, range(1000), "1")
    report(member, range(2000), "2")
    sizes = (
        "SELECT octet_length(payload) < 400, octet_length(sealed) FROM journal"
        " WHERE account_id = %s AND topic = 'usage.Reported' ORDER BY version"
    )
    overhead = 12 + 16
    assert rows(member, sizes) == [
        (True, 16_000 + overhead),
        (True, 32_000 + overhead),
    ]


def test_a_full_batch_is_taken(member: Member) -> None:
    member.subscribe()
    count = BATCH_CONTACTS_MAX
    assert report(member, range(count), "1") == (count, count)
    assert report(member, range(count - 1, 2 * count - 1), "2")[0] == count - 1


def test_each_period_has_a_key_and_a_count_of_its_own(member: Member) -> None:
    member.subscribe()
    first = contact_key_of(member.service.journal, member.account_id, member.clock())
    report(member, range(10), "1")
    member.travel(member.end() + DAY)
    second = contact_key_of(member.service.journal, member.account_id, member.clock())
    assert (first.usage.period_until, second.usage.distinct) == (
        second.usage.period_from,
        0,
    )
    assert first.key != second.key
    assert len(first.key) == 32
    again = contact_key_of(member.service.journal, member.account_id, member.clock())
    assert again.key == second.key


def test_an_unpaid_renewal_counts_in_the_period_that_is_to_be_paid(
    member: Member,
) -> None:
    member.subscribe(card="4000000000000341")
    end = member.end()
    member.travel(end + DAY)
    member.look()
    assert member.subscription().status(member.clock()) == "overdue"
    assert report(member, range(5), "1") == (5, 5)
    assert used(member).period_from == end


def test_a_bigger_tier_is_the_periods_from_then_on(member: Member) -> None:
    member.subscribe()
    report(member, range(1000), "1")
    change(member, shown(member, BIG))
    found = used(member)
    assert (found.tier_contacts, found.distinct) == (5000, 1000)
    report(member, range(999, 1010), "2")
    assert found.version < used(member).version
    allow(member, 5000)


def test_a_late_report_reaches_the_period_that_was_held_for(member: Member) -> None:
    member.subscribe()
    allow(member, 10)
    before, sent_at = used(member).id, member.clock()
    member.travel(member.end() + DAY)
    late = {"period_id": before, "sent_at": sent_at}
    assert report(member, range(7), "late", **late) == (7, 7)  # type: ignore[arg-type]
    settled = member.clock() + CORRECTION
    member.clock.now = settled
    with pytest.raises(PeriodSettled):
        report(member, range(9), "later", **late)  # type: ignore[arg-type]


def test_nobody_reports_into_a_period_that_is_not_his(member: Member) -> None:
    member.subscribe()
    with pytest.raises(NoSuchPeriod):
        report(member, range(1), "1", period_id=uuid4())
    other = Member(member.service, member.stand_in, member.clock)
    other.subscribe()
    report(other, range(1), "1")
    with pytest.raises(NoSuchPeriod):
        report(member, range(1), "1", period_id=used(other).id)


def test_without_the_plan_there_is_nothing_to_count(member: Member) -> None:
    journal, now = member.service.journal, member.clock()
    assert usage_of(journal, member.account_id, now) is None
    with pytest.raises(NoSuchPeriod):
        contact_key_of(journal, member.account_id, now)
    command = reporting(member, [1], "1", period_id=uuid4())
    with pytest.raises(NoSuchPeriod):
        report_usage(journal, command, context_at(now))
