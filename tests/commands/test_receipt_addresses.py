"""A further address for receipts: wished for, confirmed by its own mailbox, removed."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from commands.closing import CloseAccount, close_account
from commands.owners import profile_of
from commands.receipt_addresses import (
    ConfirmReceiptAddress,
    RemoveReceiptAddress,
    RequestReceiptAddress,
    ShownReceiptAddress,
    confirm_receipt_address,
    receipt_address_shown,
    remove_receipt_address,
    request_receipt_address,
)
from ledger.journal import Journal, Recorded
from ledger.profiles import ADDITIONAL, INSTEAD
from ledger.refusals import (
    AccountClosed,
    NoSuchAccount,
    TokenGone,
    TooManyAttempts,
    UndeliverableAddress,
)
from tests.commands.people import counted, member, new_email, rows_of
from tests.commands.signed import link_in, mail_of, somewhere, templates, topics
from tests.conftest import NOON, context_at

DAYS, INSTANT = timedelta(days=7), timedelta(microseconds=1)


def wished(
    journal: Journal,
    account_id: UUID,
    email: str | None = None,
    mode: str = ADDITIONAL,
    key: str | None = None,
) -> Recorded:
    command = RequestReceiptAddress(
        account_id=account_id, email=new_email() if email is None else email, mode=mode
    )
    return request_receipt_address(journal, command, somewhere(key=key))


def link_of(journal: Journal, account_id: UUID) -> str:
    return link_in(journal, account_id, "receipt_address_confirm")


def confirm(journal: Journal, token: str, after: timedelta = timedelta()) -> None:
    command = ConfirmReceiptAddress(token=token)
    confirm_receipt_address(journal, command, context_at(NOON + after))


def shown(
    journal: Journal, token: str, after: timedelta = timedelta()
) -> ShownReceiptAddress | None:
    return receipt_address_shown(journal, token, context_at(NOON + after))


def recipients(journal: Journal, account_id: UUID) -> list[str]:
    return profile_of(journal, account_id).receipt_recipients("own@example.com")


def test_the_address_gets_a_link_and_the_holder_a_notice(journal: Journal) -> None:
    person, to = member(journal, company="Lee & Daughters"), new_email("books")
    wished(journal, person.account_id, f" {to.upper()} ")
    link = mail_of(journal, person.account_id, "receipt_address_confirm")
    notice = mail_of(journal, person.account_id, "receipt_address_asked")
    assert (link["to"].lower(), notice["to"]) == (to, person.email)
    assert link["values"]["company"] == "Lee & Daughters"
    assert link["values"]["days"] == 7
    assert "token" not in notice["values"]
    assert notice["values"]["address"].lower() == to


def test_no_receipt_goes_there_before_it_is_confirmed(journal: Journal) -> None:
    account_id, to = member(journal).account_id, new_email()
    wished(journal, account_id, to)
    assert recipients(journal, account_id) == ["own@example.com"]
    confirm(journal, link_of(journal, account_id))
    assert recipients(journal, account_id) == ["own@example.com", to]
    assert topics(journal, account_id)[2:] == [
        "profiles.Begun",
        "profiles.ReceiptAddressRequested",
        "profiles.ReceiptAddressConfirmed",
    ]


def test_receipts_can_go_to_the_other_address_alone(journal: Journal) -> None:
    account_id, to = member(journal).account_id, new_email()
    wished(journal, account_id, to, INSTEAD)
    confirm(journal, link_of(journal, account_id))
    assert recipients(journal, account_id) == [to]


def test_the_link_shows_whose_receipts_they_are_and_changes_nothing(
    journal: Journal,
) -> None:
    person, to = member(journal, company="Lee Ltd"), new_email()
    wished(journal, person.account_id, to, INSTEAD)
    token = link_of(journal, person.account_id)
    before = counted(journal, person.account_id)
    for _ in range(5):
        assert shown(journal, token) == ShownReceiptAddress(
            email=to, company="Lee Ltd", mode=INSTEAD
        )
    assert counted(journal, person.account_id) == before


def test_the_name_stands_where_there_is_no_company(journal: Journal) -> None:
    person = member(journal)
    wished(journal, person.account_id)
    found = shown(journal, link_of(journal, person.account_id))
    assert found is not None
    assert found.company == "Ann"


def test_a_link_is_good_for_a_week_to_the_instant(journal: Journal) -> None:
    account_id = member(journal).account_id
    wished(journal, account_id)
    token = link_of(journal, account_id)
    assert shown(journal, token, DAYS) is None
    with pytest.raises(TokenGone):
        confirm(journal, token, DAYS)
    assert shown(journal, token, DAYS - INSTANT) is not None
    confirm(journal, token, DAYS - INSTANT)


def test_a_link_is_used_once_and_no_other_text_is_one(journal: Journal) -> None:
    account_id, eve_id = member(journal).account_id, member(journal).account_id
    wished(journal, account_id)
    token = link_of(journal, account_id)
    confirm(journal, token)
    before = counted(journal, account_id)
    for text in (token, "", token[:-1], f"{eve_id}.{token.split('.')[1]}"):
        assert shown(journal, text) is None
        with pytest.raises(TokenGone):
            confirm(journal, text)
    assert counted(journal, account_id) == before


def test_a_newer_wish_makes_the_older_link_void(journal: Journal) -> None:
    account_id, to = member(journal).account_id, new_email()
    wished(journal, account_id)
    old = link_of(journal, account_id)
    wished(journal, account_id, to)
    assert shown(journal, old) is None
    with pytest.raises(TokenGone):
        confirm(journal, old)
    confirm(journal, link_of(journal, account_id))
    assert recipients(journal, account_id)[1] == to


def test_a_confirmed_address_stays_until_another_is_confirmed(journal: Journal) -> None:
    account_id, first, second = member(journal).account_id, new_email(), new_email()
    wished(journal, account_id, first)
    confirm(journal, link_of(journal, account_id))
    wished(journal, account_id, second)
    assert recipients(journal, account_id)[1] == first
    confirm(journal, link_of(journal, account_id))
    assert recipients(journal, account_id)[1] == second


def test_removing_forgets_the_address_and_the_one_that_waits(journal: Journal) -> None:
    account_id = member(journal).account_id
    command = RemoveReceiptAddress(account_id=account_id)
    wished(journal, account_id)
    confirm(journal, link_of(journal, account_id))
    wished(journal, account_id)
    waiting = link_of(journal, account_id)
    remove_receipt_address(journal, command, context_at(NOON))
    assert recipients(journal, account_id) == ["own@example.com"]
    assert topics(journal, account_id).count("profiles.ReceiptAddressRemoved") == 2
    with pytest.raises(TokenGone):
        confirm(journal, waiting)
    before = counted(journal, account_id)
    assert remove_receipt_address(journal, command, context_at(NOON)).repeated
    assert counted(journal, account_id) == before


def test_a_repeat_records_and_mails_nothing_twice(journal: Journal) -> None:
    account_id, to, key = member(journal).account_id, new_email(), uuid4().hex
    wished(journal, account_id, to, key=key)
    before = counted(journal, account_id)
    assert wished(journal, account_id, to, key=key).repeated
    assert counted(journal, account_id) == before
    assert len(rows_of(journal, "challenges", account_id)) == 1


def test_a_stranger_is_not_written_to_without_end(journal: Journal) -> None:
    account_id, to = member(journal).account_id, new_email()
    for _ in range(3):
        wished(journal, account_id)
    with pytest.raises(TooManyAttempts):
        wished(journal, account_id)
    for _ in range(5):
        wished(journal, member(journal).account_id, to)
    with pytest.raises(TooManyAttempts):
        wished(journal, member(journal).account_id, to)
    assert templates(journal, account_id).count("receipt_address_confirm") == 3


def test_an_address_wrong_in_every_way_is_refused_step_by_step(
    journal: Journal,
) -> None:
    nobody = uuid4()
    with pytest.raises(UndeliverableAddress):
        wished(journal, nobody, "ann@localhost")
    with pytest.raises(NoSuchAccount):
        wished(journal, nobody)
    with pytest.raises(NoSuchAccount):
        remove_receipt_address(
            journal, RemoveReceiptAddress(account_id=nobody), context_at(NOON)
        )


def test_a_closed_account_mails_no_receipt_anywhere_new(journal: Journal) -> None:
    account_id = member(journal).account_id
    wished(journal, account_id)
    token = link_of(journal, account_id)
    close_account(journal, CloseAccount(account_id=account_id), context_at(NOON))
    assert shown(journal, token) is None
    with pytest.raises(TokenGone):
        confirm(journal, token)
    with pytest.raises(AccountClosed):
        wished(journal, account_id)
