"""Whose account a command is about, and the streams that begin when they are needed."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from commands.closing import CloseAccount, close_account
from commands.email_approvals import approve_email_change
from commands.email_links import AnswerLink
from commands.owners import address_of, owned, owner, profile_of
from commands.profiles import ChooseLookup, choose_lookup
from ledger.journal import Journal
from ledger.refusals import AccountClosed, NoSuchAccount, NoSuchSession
from ledger.sessions import Session
from tests.commands.people import member, new_email, signed_up
from tests.commands.signed import asked, link_in, signed, with_factor
from tests.conftest import NOON, context_at

UNKNOWN = NoSuchSession(session_id=UUID(int=1))


def test_an_open_account_has_an_owner_and_a_sign_up_has_none(journal: Journal) -> None:
    person = member(journal)
    assert owner(journal, person.account_id).email == person.email
    for account_id in (uuid4(), signed_up(journal).account_id):
        with pytest.raises(NoSuchAccount) as refused:
            owner(journal, account_id)
        assert refused.value.account_id == account_id


def test_a_closed_account_says_that_it_is_closed(journal: Journal) -> None:
    account_id = member(journal).account_id
    command = CloseAccount(account_id=account_id)
    close_account(journal, command, context_at(NOON))
    with pytest.raises(AccountClosed):
        owner(journal, account_id)
    assert owner(journal, account_id, closed_too=True).closed


def test_a_stream_of_another_is_as_unknown_as_none_and_as_one_of_another_kind(
    journal: Journal,
) -> None:
    ann, bob = signed(journal), signed(journal)
    mine = owned(journal.fresh, Session, ann.session_id, ann.account_id, UNKNOWN)
    assert mine.account_id == ann.account_id
    for session_id in (bob.session_id, uuid4(), ann.account_id):
        with pytest.raises(NoSuchSession) as refused:
            owned(journal.fresh, Session, session_id, ann.account_id, UNKNOWN)
        assert refused.value is UNKNOWN


def test_another_kind_of_stream_is_no_account(journal: Journal) -> None:
    with pytest.raises(NoSuchAccount):
        owner(journal, signed(journal).session_id)


def test_the_address_is_the_sign_ups_until_it_changes(journal: Journal) -> None:
    ann, to = signed(journal), new_email()
    account = owner(journal, ann.account_id)
    assert address_of(journal, account).email == ann.email
    with_factor(journal, ann.account_id)
    asked(journal, ann, to)
    token = link_in(journal, ann.account_id, "email_change_confirm")
    approve_email_change(journal, AnswerLink(token=token), context_at(NOON))
    moved = owner(journal, ann.account_id)
    assert address_of(journal, moved).email == moved.email == to


def test_a_profile_begins_with_its_first_choice(journal: Journal) -> None:
    account_id = member(journal).account_id
    assert profile_of(journal, account_id).listed
    command = ChooseLookup(account_id=account_id, listed=False)
    choose_lookup(journal, command, context_at(NOON))
    assert not profile_of(journal, account_id).listed
