"""Mails as rows: to whom, in which language, sealed, and each written once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

from commands.gateways.tokens import new_token
from commands.letters import MailRow, letter, to_holder, token_row, write_now
from commands.owners import owner
from ledger.journal import Context, Journal
from ledger.journal.context import Once, command_id
from tests.commands.people import mails_of, member, new_email, rows_of
from tests.conftest import NOON, context_at


def a_letter(journal: Journal, account_id: UUID, to: str = "a@b.example") -> MailRow:
    return letter(
        journal, account_id, uuid4(), "factor_added", "fr", to, NOON, at=NOON, count=3
    )


def commanded(account_id: UUID, key: str | None = None) -> Context:
    """The envelope of a command that its handler has given an id."""
    context = context_at(NOON, key=key)
    name = command_id(context.principal, "tell", context.key)
    return replace(context, once=Once(account_id, name, "tell", b""))


def test_a_letter_waits_sealed_with_its_language_and_values(journal: Journal) -> None:
    person = member(journal)
    write_now(journal, a_letter(journal, person.account_id))
    mail = mails_of(journal, person.account_id)[-1]
    assert (mail["template"], mail["language"]) == ("factor_added", "fr")
    assert mail["to"] == "a@b.example"
    assert mail["values"] == {"at": "2026-11-23T12:00:00Z", "count": 3}
    row = rows_of(journal, "mail_outbox", person.account_id)[-1]
    assert b"a@b.example" not in bytes(row["sealed"])
    assert row["due_at"] == NOON


def test_a_letter_is_written_once_however_often_it_is_given(journal: Journal) -> None:
    person = member(journal)
    row = a_letter(journal, person.account_id)
    for _ in range(2):
        write_now(journal, row, row)
    rows = rows_of(journal, "mail_outbox", person.account_id)
    assert [one["mail_id"] for one in rows].count(row[1]) == 1


def test_a_letter_moved_to_another_account_or_place_cannot_be_read(
    journal: Journal,
) -> None:
    person, eve = member(journal), member(journal)
    account_id, mail_id, *_, sealed, key_id, _ = a_letter(journal, person.account_id)
    vault = journal.vault
    assert vault.open(account_id, key_id, sealed, mail_id.bytes) is not None
    assert vault.open(eve.account_id, key_id, sealed, mail_id.bytes) is None
    try:
        found = vault.open(account_id, key_id, sealed, uuid4().bytes)
    except ValueError:
        found = None
    assert found is None


def test_the_holder_is_written_to_at_each_of_his_addresses_once(
    journal: Journal,
) -> None:
    person, other = member(journal, language="fr"), new_email("other")
    account, context = owner(journal, person.account_id), commanded(person.account_id)
    rows = to_holder(
        journal, account, "sign_in", context, None, other, person.email, other, left=1
    )
    write_now(journal, *rows)
    mails = [m for m in mails_of(journal, account.id) if m["template"] == "sign_in"]
    assert {mail["to"] for mail in mails} == {person.email, other}
    assert len(mails) == 2
    for mail in mails:
        assert mail["language"] == "fr"
        assert mail["values"] == {"name": "Ann", "left": 1}


def test_a_command_given_again_writes_the_same_rows_and_no_further_mail(
    journal: Journal,
) -> None:
    account = owner(journal, member(journal).account_id)
    for key, count in (("once", 1), ("once", 1), ("again", 2)):
        context = commanded(account.id, key)
        write_now(journal, *to_holder(journal, account, "sign_in", context))
        mails = [m for m in mails_of(journal, account.id) if m["template"] == "sign_in"]
        assert len(mails) == count


def test_templates_of_one_command_are_letters_of_their_own(journal: Journal) -> None:
    account = owner(journal, member(journal).account_id)
    context = commanded(account.id)
    made = [
        row
        for template in ("factor_added", "factor_removed")
        for row in to_holder(journal, account, template, context, new_email())
    ]
    assert len({row[1] for row in made}) == len(made) == 4


def test_nobody_is_written_to_once_the_address_is_erased(journal: Journal) -> None:
    account = owner(journal, member(journal).account_id)
    account.email = None
    assert to_holder(journal, account, "sign_in", commanded(account.id), None) == []


def test_the_row_of_a_mailed_link_keeps_the_digest_alone() -> None:
    token, stream = new_token(uuid4()), uuid4()
    until = NOON + timedelta(hours=1)
    row = token_row(token, "verify", stream, NOON, until)
    assert row == (token.account_id, token.digest, "verify", stream, NOON, until)
    assert token.secret not in row
