"""Each step of an erasure, in its order, whatever happens between two of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg import Connection

from commands import erasure
from commands.closing import CloseAccount, close_account
from commands.erasure import Erasures, erase_account, erase_due
from ledger.accounts import Account
from ledger.journal import Journal
from ledger.refusals import NoSuchAccount
from tests.commands.belongings import known_everywhere
from tests.commands.people import Person, mails_of, member, rows_of
from tests.conftest import NOON, context_at
from web.wiring import Service

DAY = timedelta(days=1)
DUE = NOON + 30 * DAY
STEPS = ("_record", "_plan_receipts", "_forget", "destroy", "done")


class Crash(Exception):  # noqa: N818 - what happens in the middle
    """The process died here."""


@pytest.fixture
def erasures(service: Service, tmp_path: Path) -> Erasures:
    return Erasures.of(tmp_path / "erasures.jsonl", service.seller)


@pytest.fixture
def person(service: Service) -> Person:
    return known_everywhere(service)


def close(service: Service, person: Person, **more: Any) -> None:
    command = CloseAccount(account_id=person.account_id, **more)
    close_account(service.journal, command, context_at(NOON))


def erase(service: Service, erasures: Erasures, person: Person) -> None:
    erase_account(service.journal, erasures, person.account_id, context_at(NOON))


def run_out(service: Service, erasures: Erasures, now: datetime) -> None:
    while erase_due(service.journal, erasures, now):
        pass


def test_the_list_outside_names_every_key_that_went(
    service: Service, erasures: Erasures, person: Person
) -> None:
    keys = rows_of(service.journal, "data_keys", person.account_id)
    erase(service, erasures, person)
    lines = [json.loads(line) for line in erasures.noted.path.read_text().splitlines()]
    assert {line["purpose"]: line["key_id"] for line in lines} == {
        key["purpose"]: str(key["key_id"])
        for key in keys
        if "rec" not in key["purpose"]
    }
    assert {line["account_id"] for line in lines} == {str(person.account_id)}
    assert person.email not in erasures.noted.path.read_text()


def test_the_erasure_is_recorded_by_purpose(
    service: Service, erasures: Erasures, person: Person
) -> None:
    erase(service, erasures, person)
    account = service.journal.fresh(Account, person.account_id)
    assert account.erased == ["profile", "security-2026"]
    run_out(service, erasures, NOON + 11 * 366 * DAY)
    account = service.journal.fresh(Account, person.account_id)
    assert account.erased == ["profile", "security-2026", "receipts-2026"]


def test_without_the_list_nothing_is_destroyed(
    service: Service, person: Person, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("")
    erasures = Erasures.of(tmp_path / "taken" / "list", service.seller)
    close(service, person, days=0)
    erase_due(service.journal, erasures, NOON - DAY)
    with pytest.raises(OSError, match="taken"):
        erase_due(service.journal, erasures, NOON + 2 * DAY)
    assert service.journal.fresh(Account, person.account_id).email == person.email
    good = Erasures.of(tmp_path / "list", service.seller)
    run_out(service, good, NOON + 2 * DAY + timedelta(hours=1))
    assert service.journal.fresh(Account, person.account_id).email is None


def dying(step: str, when: str) -> Callable[..., None]:
    """The step of a process that dies before or after it."""
    real: Callable[..., None] = getattr(erasure, step)

    def die(*args: Any) -> None:
        if when == "after":
            real(*args)
        raise Crash

    return die


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_at_any_step_is_made_good(
    service: Service,
    erasures: Erasures,
    person: Person,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    when: str,
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(erasure, step, dying(step, when))
        with pytest.raises(Crash):
            erase(service, erasures, person)
    run_out(service, erasures, NOON)
    account = service.journal.fresh(Account, person.account_id)
    assert (account.email, account.erased) == (None, ["profile", "security-2026"])
    assert not rows_of(service.journal, "claims", person.account_id)
    whats = rows_of(service.journal, "erasures_due", person.account_id)
    assert [row["what"] for row in whats] == ["receipts-2026"]
    assert len(list(erasures.noted)) == 2


def test_the_last_mail_goes_out_a_day_before(
    service: Service, erasures: Erasures, person: Person
) -> None:
    close(service, person)
    assert erase_due(service.journal, erasures, DUE - DAY - timedelta(minutes=1)) == 0
    assert erase_due(service.journal, erasures, DUE - DAY) == 1
    assert erase_due(service.journal, erasures, DUE - DAY) == 0
    (mail,) = [
        mail
        for mail in mails_of(service.journal, person.account_id)
        if mail["template"] == "account_erased"
    ]
    assert mail["to"] == person.email
    assert datetime.fromisoformat(mail["values"]["erase_at"]) == DUE


def sent(connection: Connection[Any], account_id: UUID) -> None:
    connection.execute(
        "UPDATE mail_outbox SET sent_at = %s WHERE account_id = %s", (NOON, account_id)
    )


def test_a_person_is_erased_on_the_day_and_not_before(
    service: Service, erasures: Erasures, person: Person
) -> None:
    close(service, person)
    run_out(service, erasures, DUE - DAY)
    run_out(service, erasures, DUE - timedelta(seconds=1))
    assert service.journal.fresh(Account, person.account_id).email == person.email
    run_out(service, erasures, DUE)
    assert service.journal.fresh(Account, person.account_id).email is None


def test_on_demand_the_last_mail_is_waited_for_but_a_day_at_most(
    service: Service, erasures: Erasures, person: Person
) -> None:
    hasty = member(service.journal)
    for one in (person, hasty):
        close(service, one, days=0)
    run_out(service, erasures, NOON)
    with service.connections.direct() as connection:
        sent(connection, hasty.account_id)
    run_out(service, erasures, NOON + timedelta(minutes=1))
    emails = [
        service.journal.fresh(Account, one.account_id).email for one in (person, hasty)
    ]
    assert emails == [person.email, None]
    run_out(service, erasures, NOON + DAY)
    assert service.journal.fresh(Account, person.account_id).email is None


def test_one_accounts_trouble_does_not_stop_the_others(
    service: Service,
    erasures: Erasures,
    person: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    journal, luckless = service.journal, member(service.journal)
    close(service, luckless, days=0)
    close(service, person, days=1)
    erase_due(journal, erasures, NOON)
    real = erasure.destroy

    def picky(journal: Journal, account_id: UUID, purposes: list[str]) -> None:
        if account_id == luckless.account_id:
            raise Crash
        real(journal, account_id, purposes)

    with monkeypatch.context() as patched:
        patched.setattr(erasure, "destroy", picky)
        with pytest.raises(Crash):
            erase_due(journal, erasures, NOON + DAY)
    assert journal.fresh(Account, person.account_id).email is None
    (row,) = rows_of(journal, "erasures_due", luckless.account_id)
    assert row["due_at"] == NOON + DAY + timedelta(hours=1)


def test_nobody_cannot_be_erased(service: Service, erasures: Erasures) -> None:
    with pytest.raises(NoSuchAccount):
        erase_account(service.journal, erasures, uuid4(), context_at(NOON))
    assert list(erasures.noted) == []


def test_who_asked_for_it_is_recorded_without_his_ip(
    service: Service, erasures: Erasures, person: Person
) -> None:
    context = context_at(NOON, ip="198.51.100.9")
    erase_account(service.journal, erasures, person.account_id, context)
    rows: Iterator[dict[str, Any]] = iter(
        rows_of(service.journal, "journal", person.account_id)
    )
    row = next(row for row in rows if row["topic"] == "accounts.Erased")
    assert (row["actor_kind"], row["actor_id"]) == ("customer", "ann")
    assert row["origin"] is None
