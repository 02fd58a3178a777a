"""Taking a change of address back: who is shut out, what is reserved and until when."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from commands.closing import CloseAccount, close_account
from commands.credentials import claimant_of, credentials_of
from commands.email_approvals import approve_email_change
from commands.email_links import AnswerLink
from commands.email_undos import release_due, undo_email_change
from commands.owners import address_of, owner
from commands.password_changes import (
    RequestReset,
    ResetPassword,
    request_reset,
    reset_password,
)
from ledger.addresses import address_from
from ledger.journal import Journal
from ledger.refusals import TokenGone, WrongCredentials
from tests.commands.people import CHEAP, PHRASE, counted, new_email, rows_of
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

INSTANT, UNDO = timedelta(microseconds=1), timedelta(hours=72)
OTHER = "Sept moutons blancs, hier"


def move(
    journal: Journal, ann: SignedIn, to: str | None = None, now: datetime = NOON
) -> str:
    """Change the address; return the undo that the old mailbox gets."""
    asked(journal, ann, to, now)
    account_id = ann.account_id
    places = [("email_change_confirm", "token")]
    if not credentials_of(journal, owner(journal, account_id)).two_factor:
        places.append(("email_change_notice", "confirm_token"))
    for place in places:
        answer = AnswerLink(token=link_in(journal, account_id, *place))
        approve_email_change(journal, answer, context_at(now))
    return link_in(journal, account_id, "email_changed_previous")


def undo(journal: Journal, token: str, now: datetime = NOON) -> None:
    undo_email_change(journal, AnswerLink(token=token), context_at(now))


def release(journal: Journal, now: datetime) -> None:
    """Give up what has lapsed, batch by batch."""
    while release_due(journal, context_at(now)):
        pass


def held(journal: Journal, *emails: str) -> list[bool]:
    """Whether the addresses are held for anybody."""
    found = [claimant_of(journal, address_from(email).canonical) for email in emails]
    return [account is not None for account in found]


def test_an_undo_brings_the_old_address_back_and_frees_the_new(
    journal: Journal,
) -> None:
    ann, to = signed(journal), new_email()
    undo(journal, move(journal, ann, to))
    account = owner(journal, ann.account_id)
    assert account.email == address_of(journal, account).email == ann.email
    assert held(journal, ann.email, to) == [True, False]


def test_an_undo_ends_every_session_on_its_next_request(journal: Journal) -> None:
    ann, to = signed(journal), new_email()
    token = move(journal, ann, to)
    thief = session_of(journal, to)
    assert is_in(journal, thief.token)
    undo(journal, token)
    assert not is_in(journal, thief.token)
    assert not is_in(journal, ann.token)
    assert topics(journal, ann.account_id).count("sessions.Ended") == 2


def test_after_an_undo_only_a_mailed_reset_lets_anybody_in(journal: Journal) -> None:
    ann, to = signed(journal), new_email()
    undo(journal, move(journal, ann, to))
    for email in (ann.email, to):
        with pytest.raises(WrongCredentials):
            session_of(journal, email)
    kinds = [row["kind"] for row in rows_of(journal, "secrets", ann.account_id)]
    assert "password" not in kinds
    request_reset(journal, RequestReset(email=ann.email), somewhere())
    token = link_in(journal, ann.account_id, "password_reset")
    command = ResetPassword(token=token, password=PHRASE)
    reset_password(journal, command, context_at(NOON), CHEAP)
    assert is_in(journal, session_of(journal, ann.email).token)


def test_an_undo_voids_what_was_handed_out_and_tells_both_mailboxes(
    journal: Journal,
) -> None:
    ann, to = signed(journal), new_email()
    token = move(journal, ann, to)
    request_reset(journal, RequestReset(email=to), somewhere())
    reset = link_in(journal, ann.account_id, "password_reset")
    undo(journal, token)
    command = ResetPassword(token=reset, password=OTHER)
    with pytest.raises(TokenGone):
        reset_password(journal, command, context_at(NOON), CHEAP)
    (guard,) = rows_of(journal, "account_guards", ann.account_id)
    account = owner(journal, ann.account_id)
    assert guard["credential_epoch"] == credentials_of(journal, account).epoch == 3
    assert templates(journal, ann.account_id).count("email_change_undone") == 2


def test_an_undo_is_good_for_72_hours_to_the_instant(journal: Journal) -> None:
    late, last = signed(journal), signed(journal)
    tokens = [move(journal, one) for one in (late, last)]
    with pytest.raises(TokenGone):
        undo(journal, tokens[0], NOON + UNDO)
    undo(journal, tokens[1], NOON + UNDO - INSTANT)
    assert owner(journal, last.account_id).email == last.email
    assert owner(journal, late.account_id).email != late.email


def test_an_undo_is_used_once(journal: Journal) -> None:
    ann = signed(journal)
    token = move(journal, ann)
    undo(journal, token)
    before = counted(journal, ann.account_id)
    with pytest.raises(TokenGone):
        undo(journal, token)
    assert counted(journal, ann.account_id) == before


def test_an_undo_outlives_every_change_of_the_credentials(journal: Journal) -> None:
    ann, to = signed(journal), new_email()
    token = move(journal, ann, to)
    request_reset(journal, RequestReset(email=to), somewhere())
    reset = link_in(journal, ann.account_id, "password_reset")
    command = ResetPassword(token=reset, password=OTHER)
    reset_password(journal, command, context_at(NOON), CHEAP)
    with_factor(journal, ann.account_id)
    undo(journal, token)
    assert owner(journal, ann.account_id).email == ann.email


def test_the_first_undo_takes_later_changes_back_too(journal: Journal) -> None:
    ann, second, third = signed(journal), new_email(), new_email()
    first = move(journal, ann, second)
    later = move(journal, ann, third)
    assert held(journal, ann.email, second, third) == [True] * 3
    undo(journal, first)
    assert owner(journal, ann.account_id).email == ann.email
    assert held(journal, ann.email, second, third) == [True, False, False]
    with pytest.raises(TokenGone):
        undo(journal, later)


def test_the_later_undo_leaves_the_first_one_good(journal: Journal) -> None:
    ann, second, third = signed(journal), new_email(), new_email()
    first = move(journal, ann, second)
    undo(journal, move(journal, ann, third))
    assert owner(journal, ann.account_id).email == second
    assert held(journal, ann.email, second, third) == [True, True, False]
    undo(journal, first)
    assert owner(journal, ann.account_id).email == ann.email


def test_a_wish_that_waits_is_forgotten_with_the_undo(journal: Journal) -> None:
    ann = signed(journal)
    token = move(journal, ann)
    asked(journal, ann)
    wish = AnswerLink(token=link_in(journal, ann.account_id, "email_change_confirm"))
    undo(journal, token)
    with pytest.raises(TokenGone):
        approve_email_change(journal, wish, context_at(NOON))
    account = owner(journal, ann.account_id)
    assert address_of(journal, account).waiting(NOON) is None


def test_a_lapsed_undo_gives_the_old_address_up_once(journal: Journal) -> None:
    ann, to = signed(journal), new_email()
    move(journal, ann, to)
    release(journal, NOON + UNDO - INSTANT)
    assert held(journal, ann.email, to) == [True, True]
    release(journal, NOON + UNDO)
    assert held(journal, ann.email, to) == [False, True]
    release(journal, NOON + UNDO)
    facts = topics(journal, ann.account_id)
    assert facts.count("email_addresses.PreviousReleased") == 1
    eve = signed(journal)
    move(journal, eve, ann.email, NOON + INSTANT)
    assert owner(journal, eve.account_id).email == ann.email


def test_an_address_that_is_used_again_is_not_given_up(journal: Journal) -> None:
    ann, to = signed(journal), new_email()
    move(journal, ann, to)
    move(journal, ann, ann.email, NOON + INSTANT)
    release(journal, NOON + UNDO)
    assert held(journal, ann.email, to) == [True, True]
    release(journal, NOON + UNDO + INSTANT)
    assert held(journal, ann.email, to) == [True, False]
    assert owner(journal, ann.account_id).email == ann.email


def test_a_closed_account_keeps_nobody_else_from_being_released(
    journal: Journal,
) -> None:
    gone, ann = signed(journal), signed(journal)
    for one in (gone, ann):
        move(journal, one)
    command = CloseAccount(account_id=gone.account_id)
    close_account(journal, command, context_at(NOON))
    release(journal, NOON + UNDO)
    assert held(journal, ann.email) == [False]


def test_the_mail_says_which_address_is_back(journal: Journal) -> None:
    ann = signed(journal)
    undo(journal, move(journal, ann))
    mail = mail_of(journal, ann.account_id, "email_change_undone")
    assert mail["values"]["name"] == "Ann"
    assert "at" in mail["values"]
