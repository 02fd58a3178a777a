"""A period's end, its correction window, and what is destroyed after it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from commands import usage_settling
from commands.gateways.erasure_list import ErasureList
from commands.usage_settling import end_periods
from ledger.refusals import PersonErased
from ledger.usage import CORRECTION, PeriodUsage
from tests.commands.subscribing import Member
from tests.commands.using import report, used

DAY = timedelta(days=1)


@pytest.fixture
def noted(tmp_path: Path) -> ErasureList:
    return ErasureList(tmp_path / "erasures")


def topics(member: Member, period_id: UUID) -> list[str]:
    events = member.service.journal.events.get(period_id)
    return [type(event).__name__ for event in events]


def watched(member: Member) -> int:
    with member.service.connections.for_account(member.account_id) as connection:
        row = connection.execute("SELECT count(*) FROM watched_usage").fetchone()
    assert row is not None
    return int(row[0])


def kept(member: Member) -> int:
    with member.service.connections.for_account(member.account_id) as connection:
        row = connection.execute("SELECT count(*) FROM usage_additions").fetchone()
    assert row is not None
    return int(row[0])


def test_it_is_closed_at_its_end_and_settled_after_the_window(
    member: Member, noted: ErasureList
) -> None:
    member.subscribe()
    report(member, range(9), "1")
    usage, journal = used(member), member.service.journal
    assert end_periods(journal, noted, usage.period_until - DAY) == 0
    assert end_periods(journal, noted, usage.period_until) == 1
    assert end_periods(journal, noted, usage.settles_at - DAY) == 0
    assert topics(member, usage.id)[-1] == "Closed"
    assert end_periods(journal, noted, usage.settles_at) == 1
    assert topics(member, usage.id)[-1] == "Settled"
    assert (watched(member), kept(member)) == (0, 0)


def test_its_keys_are_destroyed_and_its_numbers_stay(
    member: Member, noted: ErasureList
) -> None:
    member.subscribe()
    report(member, range(9), "1")
    usage, journal = used(member), member.service.journal
    end_periods(journal, noted, usage.settles_at)
    purpose = f"usage-{usage.period_from.isoformat()}"
    listed = {erasure.purpose for erasure in noted}
    assert listed == {purpose, purpose.replace("usage-", "contacts-")}
    for one in listed:
        with pytest.raises(PersonErased):
            journal.vault.handed_out(member.account_id, one)
    assert journal.fresh(PeriodUsage, usage.id).distinct == 9


def test_a_crash_between_the_steps_is_made_good(
    member: Member, noted: ErasureList, monkeypatch: pytest.MonkeyPatch
) -> None:
    member.subscribe()
    report(member, range(9), "1")
    usage, journal = used(member), member.service.journal

    def fails(*_: object) -> None:
        raise OSError("the disk is away")

    with monkeypatch.context() as patched:
        patched.setattr(usage_settling, "forget_contacts", fails)
        with pytest.raises(OSError, match="disk"):
            end_periods(journal, noted, usage.settles_at)
    assert kept(member) == 1
    assert end_periods(journal, noted, usage.settles_at + DAY) == 1
    assert (watched(member), kept(member)) == (0, 0)
    assert topics(member, usage.id).count("Settled") == 1


def test_many_contacts_are_dropped_in_steps(
    member: Member, noted: ErasureList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commands.usage_contacts.BATCH_ROWS", 2)
    member.subscribe()
    for number in range(5):
        report(member, [number], str(number))
    assert kept(member) == 5
    end_periods(member.service.journal, noted, used(member).settles_at)
    assert kept(member) == 0
    assert timedelta(days=14) == CORRECTION
