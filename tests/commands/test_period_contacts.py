"""What is remembered of a period follows from its reports, whatever became of it."""

from __future__ import annotations

import logging
import time
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import UUID

import psycopg
import pytest

from commands import period_contacts
from commands.period_contacts import (
    Known,
    Memory,
    contacts_of,
    drop_strays,
    memory_of,
)
from commands.usage import report_usage
from commands.usage_recounts import recount
from ledger.contacts import ContactSet
from ledger.journal import Journal, Vault
from ledger.refusals import PersonErased
from tests.commands.subscribing import Member
from tests.commands.using import contacts, report, reporting, used
from tests.conftest import MASTER, context_at
from web.database import Database

ROWS = "SELECT version, octet_length(sealed) - 28 FROM usage_additions ORDER BY version"


def execute(member: Member, sql: str) -> None:
    with member.service.connections.for_account(member.account_id) as connection:
        connection.execute(sql)


def rows(member: Member) -> list[tuple[object, ...]]:
    with member.service.connections.for_account(member.account_id) as connection:
        return connection.execute(ROWS).fetchall()


def agrees(member: Member) -> bool:
    since = used(member).period_from
    return recount(member.service.journal, member.account_id, since).agrees


def forget(member: Member) -> None:
    memory_of(member.service.journal).forget(used(member).id)


@pytest.fixture
def other(member: Member) -> Iterator[Journal]:
    """Another process's journal on the same database."""
    connections = member.service.connections
    journal = Journal(connections, Vault(connections.for_account, MASTER))
    yield journal
    journal.close()


@pytest.fixture
def told(member: Member) -> Member:
    """Somebody of whose period three reports were taken, the last without news."""
    member.subscribe()
    for number, people in enumerate((range(40), range(30, 60), range(10))):
        report(member, people, str(number))
    return member


def test_a_row_has_what_a_report_added_sealed(told: Member) -> None:
    assert [size for _, size in rows(told)] == [40 * 16, 20 * 16]
    assert len(contacts_of(told.service.journal, used(told)).contacts) == 60
    plain = "SELECT count(*) FROM usage_additions WHERE position(%s in sealed) > 0"
    with told.service.connections.for_account(told.account_id) as connection:
        found = connection.execute(plain, (contacts([0])[:8],)).fetchone()
    assert found == (0,)


def test_it_is_read_again_in_pages(told: Member) -> None:
    for number in range(45):
        report(told, range(number, number + 70), f"more-{number}")
    forget(told)
    assert report(told, range(200), "last") == (200 - 114, 200)
    assert agrees(told)


def test_what_another_process_added_is_known(told: Member, other: Journal) -> None:
    usage = used(told)
    assert len(contacts_of(other, usage).contacts) == 60
    report(told, range(100, 130), "meanwhile")
    known = contacts_of(other, used(told))
    assert (len(known.contacts), known.version) == (90, used(told).version)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM usage_additions",
        "DELETE FROM usage_additions WHERE version > 2",
        "UPDATE usage_additions SET sealed = sealed || 'x'",
        "UPDATE usage_additions a SET sealed = b.sealed FROM usage_additions b"
        " WHERE a.version <> b.version",
    ],
)
def test_rows_that_are_gone_or_damaged_are_made_from_the_journal(
    told: Member,
    empty_database: Database,
    sql: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = rows(told)
    with psycopg.connect(empty_database.owner) as connection:
        connection.execute(sql)
    forget(told)
    with caplog.at_level(logging.WARNING):
        assert report(told, range(70), "after") == (10, 70)
    assert "from the journal" in caplog.text
    assert rows(told)[:-1] == before
    assert agrees(told)


def test_a_count_that_the_journal_does_not_give_is_made_anew_once(
    told: Member, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    everything = lambda self, contacts: contacts  # noqa: E731
    with monkeypatch.context() as patched:
        patched.setattr(ContactSet, "missing", everything)
        assert report(told, range(60), "wrong") == (60, 120)
    execute(told, "DELETE FROM usage_additions")
    forget(told)
    with caplog.at_level(logging.WARNING):
        assert report(told, range(61), "right") == (1, 121)
        assert report(told, range(62), "right too") == (1, 122)
    assert caplog.text.count("from the journal") == 1
    assert not agrees(told)


def test_a_report_that_was_not_recorded_is_not_remembered(
    told: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(told.service.journal, "record", fails)
        with pytest.raises(OSError, match="full"):
            report(told, range(80), "lost")
    assert report(told, range(80), "again") == (20, 80)
    assert agrees(told)


def test_without_its_key_nothing_is_read(told: Member) -> None:
    usage, journal = used(told), told.service.journal
    purpose = f"usage-{usage.period_from.isoformat()}"
    journal.vault.destroy(told.account_id, purpose)
    forget(told)
    with pytest.raises(PersonErased):
        contacts_of(journal, usage)


def test_nothing_is_made_anew_of_a_period_that_settles_meanwhile(
    told: Member, other: Journal
) -> None:
    tell = reporting(told, range(50), "elsewhere")
    report_usage(other, tell, context_at(told.clock()))
    contacts_of(other, used(told))  # the keys are remembered from now on
    purpose = f"usage-{used(told).period_from.isoformat()}"
    told.service.journal.vault.destroy(told.account_id, purpose)
    execute(told, "DELETE FROM usage_additions")
    memory_of(other).forget(used(told).id)
    contacts_of(other, used(told))
    assert rows(told) == []


STRAY = (
    "INSERT INTO usage_additions SELECT account_id, period_from, {}, sealed, key_id"
    " FROM usage_additions LIMIT 1"
)


def test_a_row_where_the_next_report_has_its_own_is_dropped(
    told: Member, other: Journal
) -> None:
    end = used(told).version
    for version in (end + 1, end + 2):
        execute(told, STRAY.format(version))
    assert report(told, range(70), "next") == (10, 70)
    assert [version for version, _ in rows(told)][-1] == end + 1
    assert len(rows(told)) == 3
    assert report(told, range(75), "another") == (5, 75)
    drop_strays(other, used(told))
    assert agrees(told)


def of_size(count: int) -> Known:
    known = Known(ContactSet())
    known.counted(1, b"".join(number.to_bytes(16, "big") for number in range(count)))
    return known


def left(memory: Memory) -> list[int]:
    return [one for one in range(9) if memory.take(UUID(int=one)) is not None]


def test_the_periods_used_last_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(period_contacts, "CONTACTS_KEPT_MAX", 100)
    monkeypatch.setattr(period_contacts, "EMPTY_CONTACTS", 0)
    memory = Memory()
    first, second, third = (UUID(int=number) for number in range(3))
    memory.keep(first, of_size(60))
    memory.keep(second, of_size(40))
    memory.keep(first, of_size(60))
    memory.keep(third, of_size(30))
    assert left(memory) == [0, 2]
    memory.forget(first)
    memory.keep(second, of_size(70))
    assert left(memory) == [1, 2]
    memory.keep(second, of_size(500))
    assert left(memory) == [1]


def test_what_grows_while_it_is_remembered_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(period_contacts, "CONTACTS_KEPT_MAX", 1000)
    memory, known = Memory(), of_size(1)
    memory.keep(UUID(int=1), known)
    memory.keep(UUID(int=2), of_size(1))
    assert left(memory) == [1, 2]
    known.counted(2, b"".join(number.to_bytes(16, "big") for number in range(1, 200)))
    memory.keep(UUID(int=1), known)
    assert left(memory) == [1]


def test_many_small_periods_are_not_all_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tracemalloc.start()
    sets = [ContactSet() for _ in range(20)]
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0.7 < size / len(sets) / (period_contacts.EMPTY_CONTACTS * 45) < 1.3
    monkeypatch.setattr(period_contacts, "CONTACTS_KEPT_MAX", 1000)
    memory = Memory()
    for one in range(5):
        memory.keep(UUID(int=one), of_size(1))
    assert left(memory) == [3, 4]


def test_idle_periods_are_forgotten_also_the_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(period_contacts, "IDLE_SECONDS_MAX", 1.0)
    memory = Memory()
    memory.keep(UUID(int=1), of_size(1))
    time.sleep(0.1)  # so that the second is idle later, and needs a look of its own
    memory.keep(UUID(int=2), of_size(1))
    assert 2 in left(memory)
    until = time.monotonic() + 10
    while left(memory) and time.monotonic() < until:
        time.sleep(0.01)
    assert left(memory) == []


def test_two_processes_count_each_contact_once(told: Member, other: Journal) -> None:
    journals = (told.service.journal, other)
    commands = [
        reporting(told, range(start, start + 50), f"both-{start}")
        for start in range(0, 200, 10)
    ]

    def tell(number: int) -> int:
        command = commands[number]
        context = replace(context_at(told.clock()), key=command.batch_id)
        recorded = report_usage(journals[number % 2], command, context)
        return int(recorded.ids["added"])

    with ThreadPoolExecutor(4) as pool:
        added = list(pool.map(tell, range(len(commands))))
    assert sum(added) == 240 - 60
    assert used(told).distinct == 240
    assert agrees(told)
