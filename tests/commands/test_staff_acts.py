"""What staff does in other people's accounts, what it looks at, and whom it finds."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from commands.closing import CloseAccount, close_account
from commands.credits import (
    CaptureCredits,
    HoldCredits,
    capture_or_note,
    hold_credits,
)
from commands.live_sessions import live_session
from commands.staff_acts import (
    DisableAccount,
    EnableAccount,
    disable_account,
    enable_account,
    find_account,
    looks_at,
    note_look,
    refused_captures,
)
from ledger.accounts import Account
from ledger.journal import Actor, Journal, Recorded
from ledger.purchases import Purchase
from ledger.refusals import AccountClosed, HoldExpired, NoSuchAccount
from tests.commands.people import counted, mails_of, member, rows_of, signed_up
from tests.commands.signed import signed, topics
from tests.conftest import NOON, context_at
from tests.web.service import Clock, a_purchase, an_account
from web.wiring import Service

MINUTE = timedelta(minutes=1)


def disable(journal: Journal, account_id: UUID, reason: str = "spam") -> Recorded:
    command = DisableAccount(account_id=account_id, reason=reason)
    context = replace(context_at(NOON), actor=Actor("staff", "sam"))
    return disable_account(journal, command, context)


def enable(journal: Journal, account_id: UUID) -> Recorded:
    command = EnableAccount(account_id=account_id, reason="it was not he")
    return enable_account(journal, command, context_at(NOON))


def is_disabled(journal: Journal, token: str) -> bool:
    found = live_session(journal, token, NOON)
    assert found is not None
    return found.disabled


def test_a_disabled_account_is_refused_with_the_very_next_request(
    journal: Journal,
) -> None:
    ann, eve = signed(journal), signed(journal)
    disable(journal, ann.account_id)
    assert is_disabled(journal, ann.token)
    assert not is_disabled(journal, eve.token)
    enable(journal, ann.account_id)
    assert not is_disabled(journal, ann.token)


def test_the_deed_is_recorded_with_who_did_it_and_why(journal: Journal) -> None:
    person = member(journal)
    disable(journal, person.account_id, "a spam wave")
    row = max(
        rows_of(journal, "journal", person.account_id), key=lambda row: row["position"]
    )
    assert row["topic"] == "accounts.Disabled"
    assert (row["actor_kind"], row["actor_id"]) == ("staff", "sam")
    assert b"a spam wave" not in bytes(row["sealed"])
    aad = row["stream_id"].bytes + row["version"].to_bytes(4) + row["topic"].encode()
    opened = journal.vault.open(
        person.account_id, row["sealed_key_id"], bytes(row["sealed"]), aad
    )
    assert b"a spam wave" in (opened or b"")


def test_the_customer_is_mailed_about_both_and_never_why(journal: Journal) -> None:
    account_id = member(journal).account_id
    disable(journal, account_id, "a spam wave")
    enable(journal, account_id)
    mails = mails_of(journal, account_id)[1:]
    names = ["account_disabled", "account_enabled"]
    assert sorted(mail["template"] for mail in mails) == names
    assert "a spam wave" not in str(mails)


def test_what_is_so_already_is_recorded_no_second_time(journal: Journal) -> None:
    account_id = member(journal).account_id
    assert enable(journal, account_id).repeated
    disable(journal, account_id)
    before = counted(journal, account_id)
    assert disable(journal, account_id, "another reason").repeated
    assert counted(journal, account_id) == before
    assert topics(journal, account_id).count("accounts.Disabled") == 1


def test_nobody_a_sign_up_and_a_closed_account_are_not_disabled(
    journal: Journal,
) -> None:
    closed = member(journal).account_id
    close_account(journal, CloseAccount(account_id=closed), context_at(NOON))
    for deed in (disable, enable):
        for account_id in (uuid4(), signed_up(journal).account_id):
            with pytest.raises(NoSuchAccount):
                deed(journal, account_id)
        with pytest.raises(AccountClosed):
            deed(journal, closed)


def test_looks_are_listed_newest_first_by_the_account_looked_at(
    journal: Journal,
) -> None:
    sam, tom, ann = uuid4(), uuid4(), uuid4()
    for minutes, (who, whom) in enumerate(((sam, ann), (tom, ann), (sam, tom))):
        note_look(journal, who, uuid4(), whom, f"page {minutes}", at(minutes))
    note_look(journal, sam, uuid4(), None, "a list", at(5))
    assert looks_at(journal, ann) == [(tom, at(1), "page 1"), (sam, at(0), "page 0")]
    assert looks_at(journal, ann, limit=1) == [(tom, at(1), "page 1")]
    assert looks_at(journal, uuid4()) == []


def at(minutes: int) -> datetime:
    return NOON + minutes * MINUTE


@pytest.mark.parametrize(
    "sql",
    ["UPDATE staff_access_log SET what = 'nothing'", "DELETE FROM staff_access_log"],
    ids=["update", "delete"],
)
def test_a_look_cannot_be_taken_back(journal: Journal, sql: str) -> None:
    sam, ann = uuid4(), uuid4()
    note_look(journal, sam, uuid4(), ann, "the account", NOON)
    with (
        journal.connections.for_account(sam) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(sql)
    assert len(looks_at(journal, ann)) == 1


def test_an_account_is_found_by_address_and_by_id(journal: Journal) -> None:
    person = member(journal)
    for asked in (
        person.email,
        f"  {person.email.upper()} ",
        str(person.account_id),
        f" {person.account_id} ",
    ):
        found = find_account(journal, asked)
        assert found is not None
        assert found.id == person.account_id


def test_an_account_is_found_by_its_order_number(service: Service) -> None:
    account_id, other_id = an_account(service), an_account(service)
    purchases = [a_purchase(service, who) for who in (account_id, other_id)]
    number = service.journal.fresh(Purchase, purchases[0]).order_number
    found = find_account(service.journal, f" {number} ")
    assert isinstance(found, Account)
    assert found.id == account_id


def test_whatever_else_is_asked_finds_nobody(journal: Journal) -> None:
    session_id = signed(journal).session_id
    for asked in (
        "",
        "ann",
        "999999999999",
        "9" * 40,
        "٣٤",
        str(uuid4()),
        str(session_id),
        "nobody@example.com",
        "a\0b@example.com",
        "%",
        "' OR 1=1 --",
    ):
        assert find_account(journal, asked) is None


def refused(service: Service, clock: Clock) -> UUID:
    """A capture that comes too late for a hold, and finds too few credits."""
    account_id, journal = an_account(service), service.journal
    a_purchase(service, account_id)
    hold = HoldCredits(account_id=account_id, campaign_id="a", credits=2000)
    held = UUID(hold_credits(journal, hold, context_at(clock())).ids["hold"])
    clock.move(timedelta(days=30))
    again = HoldCredits(account_id=account_id, campaign_id="b", credits=1500)
    hold_credits(journal, again, context_at(clock()))
    capture = CaptureCredits(account_id=account_id, hold_id=held, credits=600)
    with pytest.raises(HoldExpired):
        capture_or_note(journal, capture, context_at(clock()))
    return account_id


def test_refused_captures_are_listed_newest_first_and_page_by_page(
    service: Service, clock: Clock
) -> None:
    first, second = refused(service, clock), refused(service, clock)
    found = list(refused_captures(service.journal))
    assert [one.account_id for one in found] == [second, first]
    assert (found[0].asked, found[0].available) == (600, 500)
    assert found[0].ended_at < found[0].refused_at == clock()
    page = list(refused_captures(service.journal, limit=1))
    rest = list(refused_captures(service.journal, page[0].refused_at))
    assert [one.account_id for one in page + rest] == [second, first]
