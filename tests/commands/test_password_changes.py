"""Another password: by the old one, or by a mailed link that is good once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from commands.challenges import posed
from commands.closing import CloseAccount, close_account
from commands.credentials import new_password
from commands.owners import address_of, owner
from commands.password_changes import (
    RESET,
    ChangePassword,
    RecordPassword,
    RequestReset,
    ResetPassword,
    change_password,
    record_password,
    request_reset,
    reset_of,
    reset_password,
)
from commands.sessions import BeginSession, HalfSession, begin_session
from ledger.journal import Journal
from ledger.refusals import (
    AccountClosed,
    NoSuchAccount,
    TokenGone,
    TooManyAttempts,
    WeakPassword,
    WrongCredentials,
)
from tests.commands.people import CHEAP, PHRASE, mails_of, member, new_email, rows_of
from tests.commands.signed import (
    SignedIn,
    asked,
    is_in,
    link_in,
    mail_of,
    session_of,
    signed,
    somewhere,
    templates,
    topics,
    with_factor,
)
from tests.conftest import NOON, context_at

OTHER, THIRD = "Sept moutons blancs, hier", "Un parapluie pour deux, demain"
TERM, INSTANT = timedelta(minutes=30), timedelta(microseconds=1)
NONE = timedelta()


def change(journal: Journal, ann: SignedIn, password: str = OTHER, **more: Any) -> None:
    given = {"account_id": ann.account_id, "end_others": False, **more}
    command = ChangePassword(session_id=ann.session_id, password=password, **given)
    change_password(journal, command, context_at(NOON), CHEAP)


def ask(journal: Journal, email: str) -> None:
    request_reset(journal, RequestReset(email=email), somewhere())


def linked(journal: Journal) -> tuple[SignedIn, str]:
    """Somebody signed in, and the link that resets his password."""
    ann = signed(journal)
    ask(journal, ann.email)
    return ann, link_in(journal, ann.account_id, "password_reset")


def reset(
    journal: Journal, token: str, password: str = OTHER, after: timedelta = NONE
) -> None:
    command = ResetPassword(token=token, password=password)
    reset_password(journal, command, context_at(NOON + after), CHEAP)


def signs_in(journal: Journal, ann: SignedIn, password: str) -> bool:
    command = BeginSession(email=ann.email, password=password)
    try:
        begin_session(journal, command, somewhere(), CHEAP)
    except WrongCredentials:
        return False
    return True


def test_the_new_password_signs_in_and_the_old_one_does_not(journal: Journal) -> None:
    ann = signed(journal)
    change(journal, ann)
    assert signs_in(journal, ann, OTHER)
    assert not signs_in(journal, ann, PHRASE)
    rows = rows_of(journal, "secrets", ann.account_id)
    assert [row["kind"] for row in rows] == ["password"]
    mail = mail_of(journal, ann.account_id, "password_changed_done")
    assert mail["to"] == ann.email
    assert mail["values"]["at"] == "2026-11-23T12:00:00Z"
    assert "credentials.PasswordChanged" in topics(journal, ann.account_id)


@pytest.mark.parametrize("end_others", [True, False])
def test_other_sessions_end_only_if_that_is_wanted(
    journal: Journal, end_others: bool
) -> None:
    ann = signed(journal)
    other, foreign = session_of(journal, ann.email), signed(journal)
    change(journal, ann, end_others=end_others)
    assert is_in(journal, ann.token)
    assert is_in(journal, other.token) is not end_others
    assert is_in(journal, foreign.token)
    ended = topics(journal, ann.account_id).count("sessions.Ended")
    assert ended == int(end_others)


def test_a_weak_password_is_refused_with_its_reason(journal: Journal) -> None:
    ann = signed(journal, new_email("wilhelmina"))
    before = topics(journal, ann.account_id)
    for password, reason in (
        (PHRASE, "same"),
        ("short", "short"),
        ("x" * 300, "long"),
        ("password password", "common"),
        ("wilhelmina example", "context"),
    ):
        with pytest.raises(WeakPassword) as refused:
            change(journal, ann, password)
        assert refused.value.reason == reason
    assert topics(journal, ann.account_id) == before
    assert signs_in(journal, ann, PHRASE)


def test_nobodys_password_and_a_closed_accounts_are_not_changed(
    journal: Journal,
) -> None:
    ann = signed(journal)
    with pytest.raises(NoSuchAccount):
        change(journal, ann, account_id=uuid4())
    close_account(journal, CloseAccount(account_id=ann.account_id), context_at(NOON))
    with pytest.raises(AccountClosed):
        change(journal, ann)


def test_a_reset_is_mailed_to_the_holder_in_any_spelling(journal: Journal) -> None:
    ann = signed(journal)
    ask(journal, f" {ann.email.upper()} ")
    mail = mail_of(journal, ann.account_id, "password_reset")
    assert mail["to"] == ann.email
    assert mail["values"]["link_minutes"] == 30
    assert topics(journal, ann.account_id)[-1] == "credentials.ResetRequested"
    token = mail["values"]["token"]
    shown = reset_of(journal, token, context_at(NOON))
    assert shown is not None
    assert shown.id == ann.account_id
    secret = token.split(".")[1]
    for table in ("challenges", "journal", "mail_outbox"):
        assert secret not in str(rows_of(journal, table, ann.account_id))


def test_nobody_is_mailed_for_an_address_that_none_or_a_closed_account_has(
    journal: Journal,
) -> None:
    ann = signed(journal)
    close_account(journal, CloseAccount(account_id=ann.account_id), context_at(NOON))
    before = templates(journal, ann.account_id)
    for email in (new_email(), "no address", ann.email):
        ask(journal, email)
    assert templates(journal, ann.account_id) == before


def test_a_link_is_good_for_half_an_hour_to_the_instant(journal: Journal) -> None:
    (ann, late), (bob, last) = linked(journal), linked(journal)
    assert reset_of(journal, late, context_at(NOON + TERM)) is None
    with pytest.raises(TokenGone):
        reset(journal, late, after=TERM)
    reset(journal, last, after=TERM - INSTANT)
    assert signs_in(journal, ann, PHRASE)
    assert signs_in(journal, bob, OTHER)


def test_a_link_is_good_once_and_no_other_text_is_one(journal: Journal) -> None:
    ann, token = linked(journal)
    eve = signed(journal)
    texts = ("", "x", token[:-1], f"{eve.account_id}.{token.split('.')[1]}")
    for text in texts:
        assert reset_of(journal, text, context_at(NOON)) is None
        with pytest.raises(TokenGone):
            reset(journal, text)
    reset(journal, token)
    with pytest.raises(TokenGone):
        reset(journal, token, THIRD)
    assert signs_in(journal, ann, OTHER)
    assert signs_in(journal, eve, PHRASE)


def test_one_reset_voids_every_other_link(journal: Journal) -> None:
    ann, first = linked(journal)
    ask(journal, ann.email)
    second = link_in(journal, ann.account_id, "password_reset")
    reset(journal, second)
    assert reset_of(journal, first, context_at(NOON)) is None
    with pytest.raises(TokenGone):
        reset(journal, first, THIRD)


def test_a_link_from_before_another_password_is_void(journal: Journal) -> None:
    ann, token = linked(journal)
    change(journal, ann)
    with pytest.raises(TokenGone):
        reset(journal, token, THIRD)
    assert signs_in(journal, ann, OTHER)


def test_a_link_that_another_password_overtook_sets_none(journal: Journal) -> None:
    ann, token = linked(journal)
    found = posed(journal, token, RESET, NOON)
    change(journal, ann)
    command = RecordPassword(
        account_id=ann.account_id,
        how="reset",
        keep_session=None,
        secret=new_password(THIRD, CHEAP),
        challenge=found,
    )
    with pytest.raises(TokenGone):
        record_password(journal, command, context_at(NOON))
    assert signs_in(journal, ann, OTHER)


def test_a_weak_password_does_not_use_the_link_up(journal: Journal) -> None:
    ann, token = linked(journal)
    for password in ("short", PHRASE):
        for _ in range(4):
            with pytest.raises(WeakPassword):
                reset(journal, token, password)
    reset(journal, token)
    assert signs_in(journal, ann, OTHER)


def test_a_reset_ends_every_session_and_signs_nobody_in(journal: Journal) -> None:
    ann, token = linked(journal)
    other, eve = session_of(journal, ann.email), signed(journal)
    reset(journal, token)
    assert not is_in(journal, ann.token)
    assert not is_in(journal, other.token)
    assert is_in(journal, eve.token)
    facts = topics(journal, ann.account_id)
    assert facts.count("sessions.Ended") == facts.count("sessions.Begun") == 2
    assert mail_of(journal, ann.account_id, "password_reset_done")["to"] == ann.email


def test_the_second_factor_is_still_asked_for_after_a_reset(journal: Journal) -> None:
    ann = signed(journal)
    with_factor(journal, ann.account_id)
    ask(journal, ann.email)
    reset(journal, link_in(journal, ann.account_id, "password_reset"))
    command = BeginSession(email=ann.email, password=OTHER)
    half = begin_session(journal, command, somewhere(), CHEAP)
    assert isinstance(half, HalfSession)


def test_a_reset_calls_a_change_of_address_off(journal: Journal) -> None:
    ann = signed(journal)
    asked(journal, ann)
    ask(journal, ann.email)
    reset(journal, link_in(journal, ann.account_id, "password_reset"))
    account = owner(journal, ann.account_id)
    assert address_of(journal, account).waiting(NOON) is None
    assert "email_addresses.ChangeCancelled" in topics(journal, ann.account_id)


def test_a_reset_lets_in_whoever_strangers_had_locked_out(journal: Journal) -> None:
    ann, token = linked(journal)
    for _ in range(9):
        assert not signs_in(journal, ann, "another sentence, quite")
    with pytest.raises(TooManyAttempts):
        signs_in(journal, ann, PHRASE)
    reset(journal, token)
    assert signs_in(journal, ann, OTHER)


def test_the_fourth_link_within_an_hour_waits_whoever_has_the_address(
    journal: Journal,
) -> None:
    known = member(journal)
    for email in (known.email, new_email(), "no address of " + new_email()):
        for _ in range(3):
            ask(journal, email)
        with pytest.raises(TooManyAttempts) as waiting:
            ask(journal, email)
        assert waiting.value.retry_seconds == 3600
    mails = [mail["template"] for mail in mails_of(journal, known.account_id)]
    assert mails.count("password_reset") == 3
