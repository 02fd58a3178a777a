"""Confirming another address: who must, what changes, and what stands against it."""

from __future__ import annotations

import pytest

from commands.credentials import claimant_of, credentials_of
from commands.email_approvals import (
    approve_email_change,
    cancel_by_link,
    settle_approval,
)
from commands.email_links import CONFIRM, AnswerLink, settle_of
from commands.owners import owner
from commands.password_changes import RequestReset, request_reset
from commands.session_ends import (
    EndOtherSessions,
    EndSession,
    end_other_sessions,
    end_session,
)
from commands.sessions import BeginSession, HalfSession, begin_session
from ledger.addresses import address_from
from ledger.email_addresses import NEW, OLD
from ledger.journal import Journal, Recorded
from ledger.refusals import EmailTaken, TokenGone, WrongCredentials
from tests.commands.people import CHEAP, PHRASE, counted, member, new_email, rows_of
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

PLACES = {
    NEW: ("email_change_confirm", "token"),
    OLD: ("email_change_notice", "confirm_token"),
}


def approve(journal: Journal, ann: SignedIn, side: str) -> Recorded:
    token = link_in(journal, ann.account_id, *PLACES[side])
    return approve_email_change(journal, AnswerLink(token=token), context_at(NOON))


def epoch_of(journal: Journal, ann: SignedIn) -> int:
    return credentials_of(journal, owner(journal, ann.account_id)).epoch


def holder(journal: Journal, email: str) -> object:
    account = claimant_of(journal, address_from(email).canonical)
    return None if account is None else account.id


@pytest.mark.parametrize("sides", [(OLD, NEW), (NEW, OLD)], ids=["old", "new"])
def test_without_a_second_factor_both_sides_confirm_in_either_order(
    journal: Journal, sides: tuple[str, str]
) -> None:
    ann, to = signed(journal), new_email()
    asked(journal, ann, to)
    assert "changed" not in approve(journal, ann, sides[0]).ids
    assert owner(journal, ann.account_id).email == ann.email
    assert "changed" in approve(journal, ann, sides[1]).ids
    assert owner(journal, ann.account_id).email == to


def test_one_side_confirms_once_and_not_for_the_other(journal: Journal) -> None:
    ann = signed(journal)
    asked(journal, ann)
    approve(journal, ann, NEW)
    before = counted(journal, ann.account_id)
    with pytest.raises(TokenGone):
        approve(journal, ann, NEW)
    assert counted(journal, ann.account_id) == before
    assert owner(journal, ann.account_id).email == ann.email


def test_with_a_second_factor_the_new_mailbox_alone_confirms(journal: Journal) -> None:
    ann, to = signed(journal), new_email()
    with_factor(journal, ann.account_id)
    asked(journal, ann, to)
    assert "changed" in approve(journal, ann, NEW).ids
    assert owner(journal, ann.account_id).email == to


def moved(journal: Journal, email: str | None = None) -> tuple[SignedIn, str]:
    ann, to = signed(journal, email), new_email()
    asked(journal, ann, to)
    for side in (OLD, NEW):
        approve(journal, ann, side)
    return ann, to


def test_a_change_is_three_facts_in_one_commit(journal: Journal) -> None:
    ann, _ = moved(journal)
    assert topics(journal, ann.account_id)[-4:] == [
        "email_addresses.Changed",
        "accounts.EmailChanged",
        "credentials.Begun",
        "credentials.EpochRaised",
    ]
    rows = rows_of(journal, "journal", ann.account_id)
    rows.sort(key=lambda row: row["position"])
    assert len({row["command_id"] for row in rows[-4:]}) == 1


def test_the_new_address_signs_in_from_now_on_and_the_old_does_not(
    journal: Journal,
) -> None:
    ann, to = moved(journal)
    assert is_in(journal, session_of(journal, to).token)
    with pytest.raises(WrongCredentials):
        session_of(journal, ann.email)


def test_the_old_address_stays_reserved_for_the_account(journal: Journal) -> None:
    ann, to = moved(journal)
    assert [holder(journal, email) for email in (ann.email, to)] == [ann.account_id] * 2
    eve = signed(journal)
    asked(journal, eve, ann.email)
    assert templates(journal, eve.account_id) == ["email_change_notice"]
    assert "email_change_tried" not in templates(journal, ann.account_id)


def test_a_reserved_address_gets_no_reset(journal: Journal) -> None:
    ann, _ = moved(journal)
    before = counted(journal, ann.account_id)
    request_reset(journal, RequestReset(email=ann.email), somewhere())
    assert counted(journal, ann.account_id) == before


def test_both_mailboxes_are_told_and_the_old_one_how_to_undo(journal: Journal) -> None:
    ann, to = moved(journal)
    told = mail_of(journal, ann.account_id, "email_changed")
    previous = mail_of(journal, ann.account_id, "email_changed_previous")
    assert (told["to"], previous["to"]) == (to, ann.email)
    assert previous["values"]["undo_hours"] == 72
    for values in (told["values"], previous["values"]):
        assert (values["old"], values["new"]) == (ann.email, to)
    assert "token" not in told["values"]


def test_sessions_go_on_and_what_was_handed_out_is_void(journal: Journal) -> None:
    ann = signed(journal)
    with_factor(journal, ann.account_id)
    asked(journal, ann)
    stale = link_in(journal, ann.account_id, *PLACES[NEW])
    before = epoch_of(journal, ann)
    approve(journal, ann, NEW)
    assert is_in(journal, ann.token)
    (guard,) = rows_of(journal, "account_guards", ann.account_id)
    assert guard["credential_epoch"] == epoch_of(journal, ann) == before + 1
    with pytest.raises(TokenGone):
        settle_of(journal, AnswerLink(token=stale), CONFIRM, context_at(NOON))


def test_an_address_that_was_claimed_meanwhile_is_taken_and_nothing_is_left(
    journal: Journal,
) -> None:
    ann, to = signed(journal), new_email()
    asked(journal, ann, to)
    approve(journal, ann, OLD)
    faster = member(journal, to)
    before = counted(journal, ann.account_id)
    with pytest.raises(EmailTaken):
        approve(journal, ann, NEW)
    assert counted(journal, ann.account_id) == before
    assert owner(journal, ann.account_id).email == ann.email
    assert is_in(journal, session_of(journal, faster.email).token)


def test_going_back_to_the_address_that_is_still_reserved_needs_no_new_claim(
    journal: Journal,
) -> None:
    ann, _ = moved(journal)
    asked(journal, ann, ann.email)
    for side in (OLD, NEW):
        approve(journal, ann, side)
    assert owner(journal, ann.account_id).email == ann.email
    assert len(rows_of(journal, "claims", ann.account_id)) == 2


def test_who_was_signed_out_after_the_link_was_read_changes_nothing(
    journal: Journal,
) -> None:
    ann = signed(journal)
    asked(journal, ann)
    token = AnswerLink(token=link_in(journal, ann.account_id, *PLACES[OLD]))
    settle = settle_of(journal, token, CONFIRM, context_at(NOON))
    end = EndSession(account_id=ann.account_id, session_id=ann.session_id)
    end_session(journal, end, context_at(NOON))
    before = topics(journal, ann.account_id)
    with pytest.raises(TokenGone):
        settle_approval(journal, settle, context_at(NOON))
    assert topics(journal, ann.account_id) == before


@pytest.mark.parametrize("side", [OLD, NEW])
def test_credentials_that_changed_after_the_link_was_read_change_nothing(
    journal: Journal, side: str
) -> None:
    ann = signed(journal)
    asked(journal, ann)
    approve(journal, ann, OLD if side == NEW else NEW)
    token = AnswerLink(token=link_in(journal, ann.account_id, *PLACES[side]))
    settle = settle_of(journal, token, CONFIRM, context_at(NOON))
    others = EndOtherSessions(account_id=ann.account_id, session_id=ann.session_id)
    end_other_sessions(journal, others, context_at(NOON))
    with pytest.raises(TokenGone):
        settle_approval(journal, settle, context_at(NOON))
    assert owner(journal, ann.account_id).email == ann.email


def test_the_old_mailbox_cancels_once_and_then_nobody_confirms(
    journal: Journal,
) -> None:
    ann = signed(journal)
    asked(journal, ann)
    cancel = AnswerLink(token=link_in(journal, ann.account_id, "email_change_notice"))
    cancel_by_link(journal, cancel, context_at(NOON))
    assert topics(journal, ann.account_id)[-1] == "email_addresses.ChangeCancelled"
    before = counted(journal, ann.account_id)
    for side in (OLD, NEW):
        with pytest.raises(TokenGone):
            approve(journal, ann, side)
    with pytest.raises(TokenGone):
        cancel_by_link(journal, cancel, context_at(NOON))
    assert counted(journal, ann.account_id) == before


def test_a_second_factor_is_asked_for_at_the_new_address_too(journal: Journal) -> None:
    ann, to = signed(journal), new_email()
    with_factor(journal, ann.account_id)
    asked(journal, ann, to)
    approve(journal, ann, NEW)
    command = BeginSession(email=to, password=PHRASE)
    half = begin_session(journal, command, somewhere(), CHEAP)
    assert isinstance(half, HalfSession)
