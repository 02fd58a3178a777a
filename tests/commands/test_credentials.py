"""What is kept of a secret, and that nobody exchanges it unnoticed."""

from __future__ import annotations

from uuid import UUID

import pytest

from commands.credentials import (
    PASSWORD,
    SecretExchanged,
    credentials_of,
    keep,
    kept,
    new_password,
)
from commands.sessions import BeginSession, begin_session
from ledger.accounts import Account
from ledger.journal import Journal
from tests.commands.people import CHEAP, PHRASE, member, rows_of
from tests.conftest import NOON, context_at


def test_the_passwords_hash_is_a_row_and_no_fact(journal: Journal) -> None:
    person = member(journal)
    account = journal.fresh(Account, person.account_id)
    binding = credentials_of(journal, account).password
    assert binding is not None
    secret = kept(journal, account.id, PASSWORD, binding)
    assert secret is not None
    assert secret.hash is not None
    assert CHEAP.verify(PHRASE, secret.hash)
    assert b"argon2" not in bytes(
        rows_of(journal, "secrets", account.id)[0]["material"]
    )


def test_a_secrets_row_that_was_exchanged_is_noticed(journal: Journal) -> None:
    ann, eve = member(journal), member(journal)
    account = journal.fresh(Account, ann.account_id)
    hers = rows_of(journal, "secrets", eve.account_id)[0]
    chosen = new_password(PHRASE, CHEAP)
    made = keep(journal, account.id, account.secret_id, PASSWORD, chosen)
    command = BeginSession(email=ann.email, password=PHRASE)
    for material, key_id in ((hers["material"], hers["key_id"]), made.row[3:]):
        put_secret(journal, account, material, key_id)
        with pytest.raises(SecretExchanged):
            begin_session(journal, command, context_at(NOON), CHEAP)


def put_secret(
    journal: Journal, account: Account, material: bytes, key_id: UUID
) -> None:
    """Exchange the row of an account's password, as nobody ever should."""
    row = (account.id, account.secret_id, PASSWORD, material, key_id)
    with journal.connections.for_account(account.id) as connection:
        connection.execute("DELETE FROM secrets WHERE account_id = %s", (account.id,))
        connection.execute("INSERT INTO secrets VALUES (%s, %s, %s, %s, %s)", row)
