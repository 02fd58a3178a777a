"""How a service key is issued, checked and revoked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from commands.api_keys import (
    IssueApiKey,
    IssuedKey,
    authenticate_key,
    issue_api_key,
)
from commands.gateways.tokens import new_key_secret
from commands.key_revocations import RevokeApiKey, revoke_api_key
from ledger.aggregate import SYSTEM
from ledger.api_keys import ApiKey
from ledger.journal import Journal
from ledger.refusals import AlreadyAnswered, NoSuchKey, ScopeUnknown, TextRefused
from tests.conftest import NOON, context_at

SENDER = IssueApiKey(name="Sender", scopes=("credits:hold", "accounts:read"))


def issued(
    journal: Journal, command: IssueApiKey = SENDER, key: str | None = None
) -> IssuedKey:
    return issue_api_key(journal, command, context_at(NOON, key=key))


def revoke(journal: Journal, key: IssuedKey) -> None:
    command = RevokeApiKey(account_id=SYSTEM, key_id=key.key_id)
    revoke_api_key(journal, command, context_at(NOON))


def test_id_and_secret_together_say_what_a_key_may_do(journal: Journal) -> None:
    key = issued(journal)
    found = authenticate_key(journal, key.key_id, key.secret, NOON)
    assert found is not None
    assert (found.key_id, found.account_id, found.name) == (
        key.key_id,
        SYSTEM,
        "Sender",
    )
    assert found.scopes == {"credits:hold", "accounts:read"}
    assert found.for_service


def test_an_unknown_id_and_a_wrong_secret_are_refused_alike(journal: Journal) -> None:
    key, other = issued(journal), issued(journal)
    for key_id, secret in (
        (uuid4(), key.secret),
        (key.key_id, other.secret),
        (key.key_id, ""),
        (key.key_id, "\ud800"),
        (key.key_id, new_key_secret()),
    ):
        assert authenticate_key(journal, key_id, secret, NOON) is None


def test_a_revoked_key_is_refused_on_its_next_request(journal: Journal) -> None:
    key = issued(journal)
    assert authenticate_key(journal, key.key_id, key.secret, NOON) is not None
    revoke(journal, key)
    assert authenticate_key(journal, key.key_id, key.secret, NOON) is None
    revoke(journal, key)
    assert journal.fresh(ApiKey, key.key_id).version == 2


def test_the_secret_of_a_revoked_key_is_deleted(journal: Journal) -> None:
    key = issued(journal)
    secret_id = journal.fresh(ApiKey, key.key_id).secret_id
    sql = "SELECT count(*) FROM secrets WHERE account_id = %s AND secret_id = %s"
    left = []
    for revoked in (False, True):
        if revoked:
            revoke(journal, key)
        with journal.connections.for_account(SYSTEM) as connection:
            left.append(connection.execute(sql, (SYSTEM, secret_id)).fetchone())
    assert left == [(1,), (0,)]


def test_a_key_is_refused_from_the_instant_it_expires(journal: Journal) -> None:
    until = NOON + timedelta(days=1)
    key = issued(journal, replace(SENDER, expires_at=until))
    last = until - timedelta(microseconds=1)
    assert authenticate_key(journal, key.key_id, key.secret, last) is not None
    assert authenticate_key(journal, key.key_id, key.secret, until) is None


def test_a_repeat_does_not_show_the_secret_again(journal: Journal) -> None:
    again = uuid4().hex
    issued(journal, key=again)
    with pytest.raises(AlreadyAnswered):
        issued(journal, key=again)


def test_a_key_wrong_in_every_way_is_refused_step_by_step(journal: Journal) -> None:
    with pytest.raises(TextRefused):
        issued(journal, IssueApiKey(name="", scopes=("passwords:read",)))
    with pytest.raises(ScopeUnknown):
        issued(journal, replace(SENDER, scopes=("passwords:read",)))


def test_another_accounts_key_is_as_unknown_as_none(journal: Journal) -> None:
    key = issued(journal)
    for command in (
        RevokeApiKey(account_id=uuid4(), key_id=key.key_id),
        RevokeApiKey(account_id=SYSTEM, key_id=uuid4()),
    ):
        with pytest.raises(NoSuchKey):
            revoke_api_key(journal, command, context_at(NOON))
    assert authenticate_key(journal, key.key_id, key.secret, NOON) is not None


def test_the_secret_is_in_no_fact_and_in_no_answer(journal: Journal) -> None:
    key = issued(journal)
    with journal.connections.for_account(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT convert_from(payload, 'UTF8') FROM journal WHERE stream_id = %s"
            " UNION ALL SELECT convert_from(result, 'UTF8') FROM journal_commands"
            " WHERE position = %s",
            (key.key_id, key.recorded.position),
        ).fetchall()
    assert len(rows) == 2
    assert not any(key.secret in row[0] for row in rows)
    assert key.secret not in repr(key)
