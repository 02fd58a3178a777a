"""Asking for another address: who is written to, and what the answer gives away."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from commands.closing import CloseAccount, close_account
from commands.email_changes import (
    CancelEmailChange,
    RequestEmailChange,
    cancel_email_change,
    request_email_change,
)
from commands.email_links import CONFIRM, shown
from commands.gateways.tokens import token_from
from commands.owners import address_of, owner
from ledger.journal import Journal
from ledger.refusals import (
    AccountClosed,
    AddressUnchanged,
    CommandReused,
    NoSuchAccount,
    TokenGone,
    TooManyAttempts,
    UndeliverableAddress,
)
from tests.commands.people import (
    Person,
    counted,
    mails_of,
    member,
    new_email,
    rows_of,
    signed_up,
)
from tests.commands.signed import (
    SignedIn,
    asked,
    link_in,
    mail_of,
    signed,
    somewhere,
    templates,
    topics,
    with_factor,
)
from tests.commands.test_sessions import everything
from tests.conftest import NOON, context_at
from web.database import Database

HOUR = timedelta(hours=1)


def wish(ann: SignedIn, to: str) -> RequestEmailChange:
    return RequestEmailChange(
        account_id=ann.account_id, session_id=ann.session_id, email=to
    )


def test_without_a_second_factor_both_mailboxes_get_a_link(journal: Journal) -> None:
    ann, to = signed(journal), new_email()
    asked(journal, ann, to)
    notice = mail_of(journal, ann.account_id, "email_change_notice")
    link = mail_of(journal, ann.account_id, "email_change_confirm")
    assert notice["to"] == ann.email
    assert notice["values"]["new"] == to
    assert notice["values"]["confirm_token"]
    assert notice["values"]["token"] != notice["values"]["confirm_token"]
    assert link["to"] == to
    assert link["values"]["link_minutes"] == 60


def test_with_a_second_factor_the_old_mailbox_can_only_cancel(journal: Journal) -> None:
    ann = signed(journal)
    with_factor(journal, ann.account_id)
    asked(journal, ann)
    mails = {m["template"]: m["values"] for m in mails_of(journal, ann.account_id)}
    assert mails["email_change_notice"]["token"]
    assert mails["email_change_notice"]["confirm_token"] == ""
    assert mails["email_change_confirm"]["token"]


def test_nothing_but_the_wish_is_recorded_and_the_address_stays(
    journal: Journal,
) -> None:
    ann, to = signed(journal), new_email()
    before = topics(journal, ann.account_id)
    asked(journal, ann, to)
    assert topics(journal, ann.account_id)[len(before) :] == [
        "email_addresses.Begun",
        "email_addresses.ChangeRequested",
    ]
    account = owner(journal, ann.account_id)
    waiting = address_of(journal, account).waiting(NOON)
    assert waiting is not None
    assert (account.email, waiting.email) == (ann.email, to)
    assert len(rows_of(journal, "claims", ann.account_id)) == 1


def test_the_answer_is_the_same_whether_the_address_is_free_or_taken(
    journal: Journal,
) -> None:
    ann, eve, holder = signed(journal), signed(journal), member(journal)
    answers = [
        asked(journal, ann, holder.email.upper()),
        asked(journal, eve, new_email()),
    ]
    assert [(a.version, sorted(a.ids), a.repeated) for a in answers] == [
        (2, ["change"], False),
        (2, ["change"], False),
    ]
    facts = [topics(journal, who.account_id)[3:] for who in (ann, eve)]
    assert facts[0] == facts[1]
    assert len(facts[0]) == 2


def test_the_holder_of_the_address_is_told_and_gets_no_link(journal: Journal) -> None:
    ann, holder = signed(journal), member(journal, name="Holly", language="fr")
    asked(journal, ann, holder.email)
    mail = mails_of(journal, holder.account_id)[-1]
    assert (mail["template"], mail["to"]) == ("email_change_tried", holder.email)
    assert (mail["language"], mail["values"]) == ("fr", {"name": "Holly"})
    assert templates(journal, ann.account_id) == ["email_change_notice"]


def test_a_repeat_records_and_mails_nothing_twice(journal: Journal) -> None:
    ann, holder = signed(journal), member(journal)
    context = somewhere(key=uuid4().hex)
    for to in (holder.email, holder.email):
        first = request_email_change(journal, wish(ann, to), context)
    assert first.repeated
    assert templates(journal, holder.account_id) == ["email_change_tried"]
    assert templates(journal, ann.account_id) == ["email_change_notice"]
    assert len(rows_of(journal, "challenges", ann.account_id)) == 2
    with pytest.raises(CommandReused):
        request_email_change(journal, wish(ann, new_email()), context)


def test_a_newer_wish_takes_the_place_of_the_older(journal: Journal) -> None:
    ann, to = signed(journal), new_email()
    asked(journal, ann)
    old = link_in(journal, ann.account_id, "email_change_confirm")
    asked(journal, ann, to)
    new = link_in(journal, ann.account_id, "email_change_confirm")
    assert shown(journal, old, CONFIRM, context_at(NOON)) is None
    found = shown(journal, new, CONFIRM, context_at(NOON))
    assert found is not None
    assert found.new == to
    assert "email_addresses.ChangeCancelled" in topics(journal, ann.account_id)


def test_the_accounts_own_address_in_any_spelling_is_no_change(
    journal: Journal,
) -> None:
    ann = signed(journal)
    before = counted(journal, ann.account_id)
    for same in (ann.email, f" {ann.email.upper()} "):
        with pytest.raises(AddressUnchanged):
            asked(journal, ann, same)
    assert counted(journal, ann.account_id) == before


def test_what_no_mail_reaches_is_refused_before_anything_is_read(
    journal: Journal,
) -> None:
    nobody = SignedIn(uuid4(), "", uuid4(), "")
    for text in ("", "ann", "ann@localhost", "Ann <ann@example.com>"):
        with pytest.raises(UndeliverableAddress):
            asked(journal, nobody, text)


def test_nobody_a_sign_up_and_a_closed_account_have_no_address_to_change(
    journal: Journal,
) -> None:
    closed = signed(journal)
    command = CloseAccount(account_id=closed.account_id)
    close_account(journal, command, context_at(NOON))
    waiting = SignedIn(signed_up(journal).account_id, "", uuid4(), "")
    for who in (waiting, SignedIn(uuid4(), "", uuid4(), "")):
        with pytest.raises(NoSuchAccount):
            asked(journal, who)
    with pytest.raises(AccountClosed):
        asked(journal, closed)


def test_three_wishes_an_hour_and_no_more(journal: Journal) -> None:
    ann = signed(journal)
    for _ in range(3):
        asked(journal, ann)
    before = counted(journal, ann.account_id)
    with pytest.raises(TooManyAttempts) as refused:
        asked(journal, ann)
    assert refused.value.retry_seconds == 3600
    assert counted(journal, ann.account_id) == before
    asked(journal, ann, now=NOON + HOUR)


def test_five_mails_a_day_reach_one_strangers_mailbox(journal: Journal) -> None:
    to = new_email("stranger")
    for _ in range(5):
        asked(journal, signed(journal), to)
    with pytest.raises(TooManyAttempts):
        asked(journal, signed(journal), to)


def test_a_wish_is_given_up_in_the_panel_once(journal: Journal) -> None:
    ann = signed(journal)
    command = CancelEmailChange(account_id=ann.account_id)
    with pytest.raises(TokenGone):
        cancel_email_change(journal, command, context_at(NOON))
    asked(journal, ann)
    token = link_in(journal, ann.account_id, "email_change_confirm")
    cancel_email_change(journal, command, context_at(NOON))
    assert topics(journal, ann.account_id)[-1] == "email_addresses.ChangeCancelled"
    assert shown(journal, token, CONFIRM, context_at(NOON)) is None
    with pytest.raises(TokenGone):
        cancel_email_change(journal, command, context_at(NOON))


def test_no_link_is_in_any_row_of_the_journal_or_of_the_challenges(
    journal: Journal, database: Database
) -> None:
    ann = signed(journal)
    asked(journal, ann)
    values = [mail["values"] for mail in mails_of(journal, ann.account_id)[1:]]
    tokens = [v[name] for v in values for name in v if name.endswith("token")]
    assert len(tokens) == 3
    found = [token_from(text) for text in tokens]
    challenges = str(rows_of(journal, "challenges", ann.account_id))
    written = (
        everything(journal, database, Person(ann.account_id, ann.email, ""))
        + challenges
    )
    for token in found:
        assert token is not None
        assert token.text.split(".")[1] not in written
        assert str(token.secret) not in written
