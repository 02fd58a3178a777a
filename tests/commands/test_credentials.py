"""What is kept of a secret, and that nobody exchanges it unnoticed."""

from __future__ import annotations

from uuid import UUID

import pytest

from commands.credentials import (
    PASSWORD,
    TOTP,
    SecretExchanged,
    claimant_of,
    credentials_of,
    digest_of_address,
    forgotten,
    holder_of,
    keep,
    kept,
    new_password,
    password_fits,
)
from commands.email_approvals import approve_email_change
from commands.email_links import AnswerLink
from commands.sessions import BeginSession, begin_session
from commands.staff import AddStaff, add_staff, staff_member
from ledger.accounts import Account
from ledger.credentials import Credentials
from ledger.factors import Binding, credentials_id
from ledger.journal import Journal
from tests.commands.people import CHEAP, PHRASE, member, new_email, rows_of
from tests.commands.signed import asked, link_in, signed, with_factor
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


def test_without_a_change_the_credentials_are_the_sign_ups(journal: Journal) -> None:
    account = journal.fresh(Account, member(journal).account_id)
    found = credentials_of(journal, account)
    assert (found.epoch, found.two_factor, found.codes_left) == (1, False, 0)
    assert found.password == Binding(
        account.secret_id, account.secret_mac, account.secret_mac_key_id
    )
    with pytest.raises(KeyError):
        journal.fresh(Credentials, credentials_id(account.id))


def test_a_colleague_who_has_not_joined_has_no_credentials(journal: Journal) -> None:
    command = AddStaff(email=new_email("staff"), role="support")
    added = add_staff(journal, command, context_at(NOON))
    with pytest.raises(KeyError):
        credentials_of(journal, staff_member(journal, added.staff_id))


def test_a_deleted_secret_is_none_and_fits_no_password(journal: Journal) -> None:
    account = journal.fresh(Account, member(journal).account_id)
    credentials = credentials_of(journal, account)
    assert credentials.password is not None
    assert password_fits(journal, credentials, PHRASE, CHEAP)
    (change,) = forgotten(account.id, None, credentials.password)
    with journal.connections.for_account(account.id) as connection:
        hits = [connection.execute(change.sql, change.params).rowcount for _ in "ab"]
    assert hits == [1, 0]
    assert kept(journal, account.id, PASSWORD, credentials.password) is None
    assert not password_fits(journal, credentials, PHRASE, CHEAP)


def test_nobodys_password_fits(journal: Journal) -> None:
    account = journal.fresh(Account, member(journal).account_id)
    credentials = credentials_of(journal, account)
    assert not password_fits(journal, None, PHRASE, CHEAP)
    credentials.void_password("email_change_undone")
    assert not password_fits(journal, credentials, PHRASE, CHEAP)


def test_a_secret_is_found_by_its_own_kind_and_account_alone(journal: Journal) -> None:
    ann, eve = (journal.fresh(Account, member(journal).account_id) for _ in "ab")
    binding = credentials_of(journal, ann).password
    assert binding is not None
    assert kept(journal, ann.id, TOTP, binding) is None
    assert kept(journal, eve.id, PASSWORD, binding) is None


def test_an_address_leads_to_its_holder_and_a_reserved_one_to_its_claimant(
    journal: Journal,
) -> None:
    ann = signed(journal)
    new = f"next.{ann.email}"
    with_factor(journal, ann.account_id)
    asked(journal, ann, new)
    link = AnswerLink(token=link_in(journal, ann.account_id, "email_change_confirm"))
    approve_email_change(journal, link, context_at(NOON))
    for address, holder in ((new, ann.account_id), (ann.email, None)):
        found = holder_of(journal, address)
        assert (None if found is None else found.id) == holder
        claimant = claimant_of(journal, address)
        assert claimant is not None
        assert claimant.id == ann.account_id
    assert claimant_of(journal, new_email()) is None


def test_an_address_is_claimed_under_a_digest_that_does_not_show_it(
    journal: Journal,
) -> None:
    digest, key_id = digest_of_address(journal, "ann@example.com")
    assert digest_of_address(journal, "ann@example.com") == (digest, key_id)
    assert digest_of_address(journal, "anna@example.com")[0] != digest
    assert b"ann" not in digest


def put_secret(
    journal: Journal, account: Account, material: bytes, key_id: UUID
) -> None:
    """Exchange the row of an account's password, as nobody ever should."""
    row = (account.id, account.secret_id, PASSWORD, material, key_id)
    with journal.connections.for_account(account.id) as connection:
        connection.execute("DELETE FROM secrets WHERE account_id = %s", (account.id,))
        connection.execute("INSERT INTO secrets VALUES (%s, %s, %s, %s, %s)", row)
