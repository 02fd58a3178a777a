"""The rows of a period's contacts go where they lead to nobody any more."""

from __future__ import annotations

import pytest

from commands import usage_contacts
from commands.period_contacts import memory_of
from commands.usage_contacts import forget_contacts, forget_usage
from tests.commands.subscribing import Member
from tests.commands.using import report, used


def counted(member: Member, table: str) -> int:
    with member.service.connections.for_account(member.account_id) as connection:
        row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])


def test_one_periods_rows_are_dropped(member: Member) -> None:
    member.subscribe()
    report(member, range(9), "1")
    journal, since = member.service.journal, used(member).period_from
    forget_contacts(journal, member.account_id, since.replace(year=2001))
    assert counted(member, "usage_additions") == 1
    forget_contacts(journal, member.account_id, since)
    assert counted(member, "usage_additions") == 0
    assert memory_of(journal).take(used(member).id) is None


def test_an_erased_account_keeps_none_of_any_period(member: Member) -> None:
    member.subscribe()
    report(member, range(9), "1")
    forget_usage(member.service.journal, member.account_id)
    assert counted(member, "usage_additions") == 0
    assert counted(member, "watched_usage") == 0


def test_what_was_interrupted_is_found_when_it_is_repeated(
    member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError("the database has gone")

    member.subscribe()
    report(member, range(9), "1")
    with monkeypatch.context() as patched:
        patched.setattr(usage_contacts, "forget_contacts", fails)
        with pytest.raises(OSError, match="gone"):
            forget_usage(member.service.journal, member.account_id)
    forget_usage(member.service.journal, member.account_id)
    assert counted(member, "usage_additions") == 0
    assert counted(member, "watched_usage") == 0
