"""When and from where a key was used last, and which secrets are a key's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from commands.api_keys import authenticate_key
from commands.customer_keys import (
    IssueCustomerKey,
    KnownKey,
    issue_customer_key,
    keys_of,
)
from commands.erasure import destroy
from commands.gateways.tokens import key_digest
from commands.key_uses import digest_name, note_use, secret_fits
from commands.staff_acts import (
    DisableAccount,
    EnableAccount,
    disable_account,
    enable_account,
)
from ledger.api_keys import CUSTOMER_SCOPES, ApiKey
from ledger.journal import Journal
from tests.commands.people import member, rows_of
from tests.conftest import NOON, context_at


@dataclass
class Used:
    """A key in somebody's hands."""

    account_id: UUID
    key_id: UUID
    secret: str


def a_key(journal: Journal) -> Used:
    account_id = member(journal).account_id
    command = IssueCustomerKey(
        account_id=account_id, name="Zapier", scopes=CUSTOMER_SCOPES
    )
    shown = issue_customer_key(journal, command, context_at(NOON))
    return Used(account_id, shown.key_id, shown.secret)


def use(
    journal: Journal, key: Used, seconds: int = 0, ip: str | None = "192.0.2.7"
) -> None:
    now = NOON + timedelta(seconds=seconds)
    assert authenticate_key(journal, key.key_id, key.secret, now, ip) is not None


def known(journal: Journal, key: Used) -> KnownKey:
    (found,) = keys_of(journal, key.account_id)
    return found


def test_a_key_that_was_never_used_was_seen_nowhere(journal: Journal) -> None:
    found = known(journal, a_key(journal))
    assert (found.seen_at, found.ip) == (None, None)


def test_the_latest_use_is_noted_to_the_minute(journal: Journal) -> None:
    key, seen = a_key(journal), []
    for seconds in (0, 59, 60, 90, 119, 120):
        use(journal, key, seconds)
        at = known(journal, key).seen_at
        assert at is not None
        seen.append((at - NOON).total_seconds())
    assert seen == [0, 0, 60, 60, 60, 120]


def test_the_ip_is_shown_to_the_holder_and_lies_sealed(journal: Journal) -> None:
    key = a_key(journal)
    use(journal, key)
    assert known(journal, key).ip == "192.0.2.7"
    (row,) = rows_of(journal, "api_key_uses", key.account_id)
    assert b"192.0.2.7" not in bytes(row["origin"])
    use(journal, key, 60, ip=None)
    assert known(journal, key).ip is None


def test_a_wrong_secret_is_no_use(journal: Journal) -> None:
    key, other = a_key(journal), a_key(journal)
    assert authenticate_key(journal, key.key_id, other.secret, NOON) is None
    assert known(journal, key).seen_at is None


def test_no_fact_is_recorded_by_a_use(journal: Journal) -> None:
    key = a_key(journal)
    before = len(rows_of(journal, "journal", key.account_id))
    for seconds in (0, 60, 120):
        use(journal, key, seconds)
    assert len(rows_of(journal, "journal", key.account_id)) == before


def test_a_disabled_account_is_told_with_the_very_next_use(journal: Journal) -> None:
    key, told = a_key(journal), []
    disable = DisableAccount(account_id=key.account_id, reason="spam")
    enable = EnableAccount(account_id=key.account_id, reason="a mistake")
    for step in (0, 1, 2):
        if step == 1:
            disable_account(journal, disable, context_at(NOON))
        if step == 2:
            enable_account(journal, enable, context_at(NOON))
        found = authenticate_key(journal, key.key_id, key.secret, NOON)
        assert found is not None
        told.append(found.disabled)
    assert told == [False, True, False]


def test_the_use_of_a_key_that_is_gone_is_noted_nowhere(journal: Journal) -> None:
    account_id = member(journal).account_id
    assert not note_use(journal, account_id, uuid4(), NOON, "192.0.2.7")
    assert rows_of(journal, "api_key_uses", account_id) == []


def test_of_a_person_whose_security_key_is_destroyed_no_ip_is_kept(
    journal: Journal,
) -> None:
    key = a_key(journal)
    use(journal, key)
    destroy(journal, key.account_id, ["security-2026"])
    assert known(journal, key).ip is None
    use(journal, key, 60)
    found = known(journal, key)
    assert (found.seen_at, found.ip) == (NOON + timedelta(minutes=1), None)


def test_only_the_keys_own_secret_fits(journal: Journal) -> None:
    key, other = a_key(journal), a_key(journal)
    found = journal.fresh(ApiKey, key.key_id)
    digests = [key_digest(key.secret), key_digest(other.secret), bytes(32)]
    assert [secret_fits(journal, found, digest, NOON) for digest in digests] == [
        True,
        False,
        False,
    ]
    assert not secret_fits(journal, None, bytes(32), NOON)


def test_the_name_a_secret_is_found_under_is_not_its_digest(journal: Journal) -> None:
    digest = key_digest(a_key(journal).secret)
    name = digest_name(journal, digest)
    assert name == digest_name(journal, digest)
    assert digest.hex() not in name
    assert name != digest_name(journal, bytes(32))
