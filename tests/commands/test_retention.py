"""What is kept for a time only, and not a day longer or shorter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from commands import retention
from commands.closing import CloseAccount, close_account
from commands.erasure import Erasures, erase_due
from commands.retention import keep_terms, plan_old_sign_ups, purge_expired
from ledger.accounts import Account
from ledger.journal import Journal
from ledger.journal.verify import verify_chain
from tests.commands.belongings import IP, signed_in
from tests.commands.people import (
    Person,
    mails_of,
    member,
    new_email,
    rows_of,
    signed_up,
)
from tests.conftest import NOON, context_at
from web.wiring import Service, load_toml

DAY = timedelta(days=1)
HALF_WAY = datetime(2028, 7, 1, tzinfo=UTC)
"""Eighteen months after the end of 2026."""


@pytest.fixture
def erasures(tmp_path: Path) -> Erasures:
    return Erasures.of(tmp_path / "erasures.jsonl", load_toml(None, "seller.toml"))


def purposes(journal: Journal, account_id: UUID) -> set[str]:
    return {row["purpose"] for row in rows_of(journal, "data_keys", account_id)}


def swept(journal: Journal, now: datetime) -> None:
    while keep_terms(journal, now):
        pass


def test_ips_are_readable_for_eighteen_months_after_their_year(
    empty_journal: Journal,
) -> None:
    person = member(empty_journal)
    signed_in(empty_journal, person.account_id)
    swept(empty_journal, HALF_WAY - timedelta(seconds=1))
    assert "security-2026" in purposes(empty_journal, person.account_id)
    swept(empty_journal, HALF_WAY)
    assert purposes(empty_journal, person.account_id) == {"profile"}
    account = empty_journal.fresh(Account, person.account_id)
    assert (account.email, account.erased) == (person.email, [])


@pytest.mark.parametrize(
    ("now", "first_kept"),
    [
        (datetime(2026, 6, 30, 23, 59, tzinfo=UTC), 2024),
        (datetime(2026, 7, 1, tzinfo=UTC), 2025),
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), 2025),
        (datetime(2027, 1, 1, tzinfo=UTC), 2025),
        (datetime(2027, 7, 1, tzinfo=UTC), 2026),
    ],
    ids=lambda value: (
        f"{value:%Y-%m-%d}" if isinstance(value, datetime) else str(value)
    ),
)
def test_the_first_year_that_is_kept_moves_on_the_first_of_july(
    empty_journal: Journal, now: datetime, first_kept: int
) -> None:
    account = uuid4()
    for year in range(2022, 2028):
        empty_journal.vault.seal(account, f"security-{year}", IP.encode(), b"")
    swept(empty_journal, now)
    kept = {f"security-{year}" for year in range(first_kept, 2028)}
    assert purposes(empty_journal, account) == kept


def test_many_accounts_are_swept_in_batches(
    empty_journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    accounts = [uuid4() for _ in range(5)]
    for account in accounts:
        empty_journal.vault.seal(account, "security-2020", b"", b"")
    assert [keep_terms(empty_journal, NOON) for _ in range(4)] == [2, 2, 1, 0]
    assert not any(purposes(empty_journal, account) for account in accounts)


def test_a_sign_up_that_was_never_verified_is_erased_unasked_and_untold(
    service: Service, erasures: Erasures
) -> None:
    journal, person = service.journal, signed_up(service.journal)
    end = NOON + DAY + 30 * DAY
    assert plan_old_sign_ups(journal, end) == 0
    assert plan_old_sign_ups(journal, end + timedelta(seconds=1)) == 1
    assert plan_old_sign_ups(journal, end + timedelta(seconds=1)) == 0
    before = len(mails_of(journal, person.account_id))
    erase_due(journal, erasures, end + timedelta(seconds=1))
    assert len(mails_of(journal, person.account_id)) == before
    while erase_due(journal, erasures, end + 2 * DAY):
        pass
    account = journal.fresh(Account, person.account_id)
    assert (account.email, account.name, account.erased[0]) == (None, None, "profile")
    assert rows_of(journal, "secrets", person.account_id) == []
    assert rows_of(journal, "tokens", person.account_id) == []
    assert list(erasures.noted) == []
    with service.connections.direct() as connection:
        assert list(verify_chain(connection)) == []


def test_a_verified_account_is_never_taken_for_a_sign_up(
    empty_journal: Journal,
) -> None:
    person = member(empty_journal)
    with empty_journal.connections.for_account(person.account_id) as connection:
        connection.execute("UPDATE tokens SET used_at = NULL")
    assert plan_old_sign_ups(empty_journal, NOON + 400 * DAY) == 0
    purge_expired(empty_journal, NOON + 400 * DAY)
    assert rows_of(empty_journal, "tokens", person.account_id) == []
    assert empty_journal.fresh(Account, person.account_id).email == person.email


def two_people(journal: Journal) -> tuple[Person, Person]:
    person = member(journal)
    return person, signed_up(journal, new_email())


def test_used_links_go_after_a_month_and_unused_sign_ups_wait_for_their_erasure(
    empty_journal: Journal,
) -> None:
    person, waiting = two_people(empty_journal)
    purge_expired(empty_journal, NOON + 31 * DAY)
    assert rows_of(empty_journal, "tokens", person.account_id)
    purge_expired(empty_journal, NOON + 31 * DAY + timedelta(seconds=1))
    assert rows_of(empty_journal, "tokens", person.account_id) == []
    assert rows_of(empty_journal, "tokens", waiting.account_id)


def test_answers_to_commands_go_when_they_expire_and_others_stay(
    empty_journal: Journal,
) -> None:
    person = member(empty_journal)
    count = len(rows_of(empty_journal, "journal_commands", person.account_id))
    insert = (
        "INSERT INTO journal_commands SELECT account_id, %s, operation, body_digest,"
        " digest_key_id, result, position, recorded_at, %s FROM journal_commands"
        " WHERE account_id = %s LIMIT 1"
    )
    with empty_journal.connections.for_account(person.account_id) as connection:
        connection.execute(insert, (uuid4(), NOON, person.account_id))
    assert purge_expired(empty_journal, NOON) == 0
    assert purge_expired(empty_journal, NOON + timedelta(seconds=1)) == 1
    assert len(rows_of(empty_journal, "journal_commands", person.account_id)) == count


def test_refused_captures_are_kept_for_eighteen_months(empty_journal: Journal) -> None:
    account = uuid4()
    insert = "INSERT INTO refused_captures VALUES (%s, %s, %s, 9, 1, %s, %s)"
    with empty_journal.connections.for_account(account) as connection:
        connection.execute(insert, (account, uuid4(), uuid4(), NOON, NOON))
    assert purge_expired(empty_journal, NOON + 548 * DAY) == 0
    assert purge_expired(empty_journal, NOON + 549 * DAY) == 1


def test_a_closed_account_that_waits_is_not_swept(empty_journal: Journal) -> None:
    person = member(empty_journal)
    command = CloseAccount(account_id=person.account_id)
    close_account(empty_journal, command, context_at(NOON))
    swept(empty_journal, NOON + 20 * DAY)
    assert "profile" in purposes(empty_journal, person.account_id)
