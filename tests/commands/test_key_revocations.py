"""Keys that are withdrawn, and keys whose secret somebody found."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from commands.api_keys import IssueApiKey, authenticate_key, issue_api_key
from commands.customer_keys import (
    IssueCustomerKey,
    RotateKey,
    ShownSecret,
    issue_customer_key,
    keys_of,
    rotate_key,
)
from commands.gateways.tokens import new_key_secret
from commands.key_revocations import RevokeApiKey, revoke_api_key, revoke_leaked
from ledger.aggregate import SYSTEM
from ledger.api_keys import CUSTOMER_SCOPES, ApiKey
from ledger.journal import Journal
from ledger.refusals import NoSuchKey
from tests.commands.people import counted, mails_of, member, rows_of
from tests.commands.signed import templates, topics
from tests.conftest import NOON, context_at

HOUR, INSTANT = timedelta(hours=1), timedelta(microseconds=1)


def a_key(journal: Journal, account_id: UUID) -> ShownSecret:
    command = IssueCustomerKey(
        account_id=account_id, name="Zapier", scopes=CUSTOMER_SCOPES
    )
    return issue_customer_key(journal, command, context_at(NOON))


def rotated(journal: Journal, account_id: UUID, key_id: UUID) -> ShownSecret:
    command = RotateKey(account_id=account_id, key_id=key_id, overlap_hours=1)
    return rotate_key(journal, command, context_at(NOON))


def revoke(journal: Journal, account_id: UUID, key_id: UUID) -> None:
    command = RevokeApiKey(account_id=account_id, key_id=key_id)
    revoke_api_key(journal, command, context_at(NOON))


def found(journal: Journal, secret: str, after: timedelta = timedelta()) -> bool:
    return revoke_leaked(journal, secret, context_at(NOON + after))


def test_a_revoked_key_opens_nothing_from_the_next_request_on(journal: Journal) -> None:
    account_id = member(journal).account_id
    key, other = a_key(journal, account_id), a_key(journal, account_id)
    revoke(journal, account_id, key.key_id)
    assert authenticate_key(journal, key.key_id, key.secret, NOON) is None
    assert authenticate_key(journal, other.key_id, other.secret, NOON) is not None
    assert [one.key.id for one in keys_of(journal, account_id)] == [other.key_id]


def test_both_secrets_of_a_key_under_rotation_are_deleted(journal: Journal) -> None:
    account_id = member(journal).account_id
    key = a_key(journal, account_id)
    new = rotated(journal, account_id, key.key_id)
    revoke(journal, account_id, key.key_id)
    kinds = [row["kind"] for row in rows_of(journal, "secrets", account_id)]
    assert kinds == ["password"]
    for secret in (key.secret, new.secret):
        assert authenticate_key(journal, key.key_id, secret, NOON) is None


def test_a_key_is_revoked_once_counted_once_and_mailed_once(journal: Journal) -> None:
    account_id = member(journal).account_id
    key = a_key(journal, account_id)
    revoke(journal, account_id, key.key_id)
    before = counted(journal, account_id)
    revoke(journal, account_id, key.key_id)
    assert counted(journal, account_id) == before
    (guard,) = rows_of(journal, "account_guards", account_id)
    assert guard["api_keys"] == 0
    mail = mails_of(journal, account_id)[-1]
    assert mail["template"] == "api_key_revoked"
    assert mail["values"]["key_id"] == str(key.key_id)


def test_another_accounts_key_is_as_unknown_as_none(journal: Journal) -> None:
    ann, eve = member(journal).account_id, member(journal).account_id
    key = a_key(journal, ann)
    for account_id, key_id in ((eve, key.key_id), (ann, uuid4()), (SYSTEM, key.key_id)):
        with pytest.raises(NoSuchKey) as refused:
            revoke(journal, account_id, key_id)
        assert refused.value.key_id == key_id
    assert authenticate_key(journal, key.key_id, key.secret, NOON) is not None


def test_a_whole_secret_that_was_found_revokes_its_key_and_mails_the_holder(
    journal: Journal,
) -> None:
    account_id = member(journal).account_id
    key = a_key(journal, account_id)
    assert found(journal, key.secret)
    assert authenticate_key(journal, key.key_id, key.secret, NOON) is None
    assert mails_of(journal, account_id)[-1]["template"] == "api_key_leaked"
    rows = rows_of(journal, "journal", account_id)
    last = max(rows, key=lambda row: row["position"])
    assert last["topic"] == "api_keys.Revoked"
    assert b"leaked" in bytes(last["payload"])


def test_only_the_complete_secret_counts(journal: Journal) -> None:
    account_id = member(journal).account_id
    key = a_key(journal, account_id)
    for text in (
        "",
        str(key.key_id),
        key.secret[:-1],
        key.secret[4:],
        key.secret + "0",
        key.secret.swapcase(),
        new_key_secret(),
        "\ud800",
    ):
        assert not found(journal, text)
    assert authenticate_key(journal, key.key_id, key.secret, NOON) is not None


def test_a_secret_that_was_found_twice_is_told_once(journal: Journal) -> None:
    account_id = member(journal).account_id
    key = a_key(journal, account_id)
    assert [found(journal, key.secret) for _ in range(3)] == [True, False, False]
    assert templates(journal, account_id) == ["api_key_issued", "api_key_leaked"]
    assert topics(journal, account_id).count("api_keys.Revoked") == 1


def test_either_secret_of_an_overlap_revokes_the_key(journal: Journal) -> None:
    for newest in (True, False):
        account_id = member(journal).account_id
        old = a_key(journal, account_id)
        new = rotated(journal, account_id, old.key_id)
        leaked = new.secret if newest else old.secret
        assert found(journal, leaked, HOUR - INSTANT)
        assert journal.fresh(ApiKey, old.key_id).revoked


def test_a_secret_that_was_rotated_away_revokes_nothing(journal: Journal) -> None:
    account_id = member(journal).account_id
    old = a_key(journal, account_id)
    new = rotated(journal, account_id, old.key_id)
    assert not found(journal, old.secret, HOUR)
    assert authenticate_key(journal, new.key_id, new.secret, NOON + HOUR) is not None
    assert templates(journal, account_id) == ["api_key_issued", "api_key_rotated"]


def test_a_service_keys_secret_counts_too_and_mails_nobody(journal: Journal) -> None:
    command = IssueApiKey(name="Sender", scopes=("credits:hold",))
    key = issue_api_key(journal, command, context_at(NOON))
    before = len(rows_of(journal, "mail_outbox", SYSTEM))
    assert found(journal, key.secret)
    assert authenticate_key(journal, key.key_id, key.secret, NOON) is None
    assert len(rows_of(journal, "mail_outbox", SYSTEM)) == before
