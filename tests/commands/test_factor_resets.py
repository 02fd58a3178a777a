"""Two-factor turned off by staff: 72 hours in which the customer can say no."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from commands.closing import CloseAccount, close_account
from commands.credentials import credentials_of
from commands.email_approvals import approve_email_change
from commands.email_links import AnswerLink
from commands.factor_resets import (
    CancelFactorReset,
    FinishFactorReset,
    RefuseFactorReset,
    StartFactorReset,
    cancel_factor_reset,
    finish_due,
    finish_factor_reset,
    refuse_factor_reset,
    start_factor_reset,
)
from commands.factors import TurnOff, turn_off
from commands.owners import owner
from ledger.factors import FACTOR_RESET_DELAY
from ledger.journal import Journal, Recorded
from ledger.refusals import (
    AccountClosed,
    NoSuchAccount,
    TokenGone,
    TwoFactorIsOff,
)
from tests.commands.people import mails_of, rows_of
from tests.commands.signed import (
    SignedIn,
    asked,
    link_in,
    mail_of,
    signed,
    topics,
    with_factor,
)
from tests.conftest import NOON, context_at

DUE, INSTANT, NONE = NOON + FACTOR_RESET_DELAY, timedelta(microseconds=1), timedelta()


def guarded(journal: Journal) -> SignedIn:
    ann = signed(journal)
    with_factor(journal, ann.account_id)
    return ann


def start(
    journal: Journal, account_id: UUID, key: str | None = None, after: timedelta = NONE
) -> Recorded:
    command = StartFactorReset(account_id=account_id, reason="lost the telephone")
    return start_factor_reset(journal, command, context_at(NOON + after, key=key))


def started(journal: Journal) -> tuple[SignedIn, str]:
    """Somebody whose reset is under way, and the link that refuses it."""
    ann = guarded(journal)
    start(journal, ann.account_id)
    return ann, link_in(journal, ann.account_id, "factor_reset_started")


def refuse(journal: Journal, token: str, after: timedelta = NONE) -> None:
    command = RefuseFactorReset(token=token)
    refuse_factor_reset(journal, command, context_at(NOON + after))


def is_on(journal: Journal, ann: SignedIn) -> bool:
    return credentials_of(journal, owner(journal, ann.account_id)).two_factor


def due_at(journal: Journal, ann: SignedIn) -> object:
    due = credentials_of(journal, owner(journal, ann.account_id)).reset_due
    return None if due is None else due[1]


def test_a_reset_takes_effect_three_days_later_and_not_before(
    journal: Journal,
) -> None:
    ann, _ = started(journal)
    assert due_at(journal, ann) == DUE == NOON + timedelta(hours=72)
    command = FinishFactorReset(account_id=ann.account_id)
    with pytest.raises(TokenGone):
        finish_factor_reset(journal, command, context_at(DUE - INSTANT))
    assert is_on(journal, ann)
    finish_factor_reset(journal, command, context_at(DUE))
    assert not is_on(journal, ann)
    assert topics(journal, ann.account_id)[-1] == "credentials.TwoFactorTurnedOff"
    assert mail_of(journal, ann.account_id, "two_factor_off")["to"] == ann.email
    with pytest.raises(TokenGone):
        finish_factor_reset(journal, command, context_at(DUE))


def test_the_start_names_the_hour_and_carries_a_link(journal: Journal) -> None:
    ann, token = started(journal)
    values = mail_of(journal, ann.account_id, "factor_reset_started")["values"]
    assert values["takes_effect_at"] == "2026-11-26T12:00:00Z"
    assert values["hours"] == 72
    secret = token.split(".")[1]
    for table in ("journal", "challenges", "mail_outbox"):
        assert secret not in str(rows_of(journal, table, ann.account_id))


def test_every_address_of_the_account_is_written_to(journal: Journal) -> None:
    ann = guarded(journal)
    asked(journal, ann, "next." + ann.email)
    answer = AnswerLink(token=link_in(journal, ann.account_id, "email_change_confirm"))
    approve_email_change(journal, answer, context_at(NOON))
    start(journal, ann.account_id)
    mails = mails_of(journal, ann.account_id)
    told = [m["to"] for m in mails if m["template"] == "factor_reset_started"]
    assert sorted(told) == sorted([ann.email, "next." + ann.email])


def test_a_reset_under_way_is_not_begun_again(journal: Journal) -> None:
    ann, _ = started(journal)
    again = start(journal, ann.account_id, after=timedelta(hours=1))
    assert again.repeated
    assert due_at(journal, ann) == DUE
    facts = topics(journal, ann.account_id)
    assert facts.count("credentials.FactorResetStarted") == 1


def test_without_two_factor_or_an_account_there_is_nothing_to_reset(
    journal: Journal,
) -> None:
    ann = signed(journal)
    with pytest.raises(TwoFactorIsOff):
        start(journal, ann.account_id)
    with pytest.raises(NoSuchAccount):
        start(journal, uuid4())
    close_account(journal, CloseAccount(account_id=ann.account_id), context_at(NOON))
    with pytest.raises(AccountClosed):
        start(journal, ann.account_id)


def test_the_link_keeps_two_factor_on_and_is_good_once(journal: Journal) -> None:
    ann, token = started(journal)
    refuse(journal, token, FACTOR_RESET_DELAY - INSTANT)
    assert is_on(journal, ann)
    assert due_at(journal, ann) is None
    assert topics(journal, ann.account_id)[-1] == "credentials.FactorResetCancelled"
    assert mail_of(journal, ann.account_id, "factor_reset_cancelled")["to"] == ann.email
    with pytest.raises(TokenGone):
        refuse(journal, token)
    command = FinishFactorReset(account_id=ann.account_id)
    with pytest.raises(TokenGone):
        finish_factor_reset(journal, command, context_at(DUE))


def test_a_link_says_no_to_its_own_reset_alone(journal: Journal) -> None:
    ann, first = started(journal)
    refuse(journal, first)
    start(journal, ann.account_id, after=timedelta(hours=1))
    with pytest.raises(TokenGone):
        refuse(journal, first, timedelta(hours=2))
    eve, hers = started(journal)
    crossed = f"{ann.account_id}.{hers.split('.')[1]}"
    for text in ("", "x", first[:-1], crossed):
        with pytest.raises(TokenGone):
            refuse(journal, text)
    assert due_at(journal, eve) == DUE


def test_a_link_is_over_when_the_reset_takes_effect(journal: Journal) -> None:
    _, token = started(journal)
    with pytest.raises(TokenGone):
        refuse(journal, token, FACTOR_RESET_DELAY)


def test_an_epoch_that_rises_leaves_the_reset_and_its_link(journal: Journal) -> None:
    ann, token = started(journal)
    with_factor(journal, ann.account_id, NOON + timedelta(minutes=1))
    assert due_at(journal, ann) == DUE
    refuse(journal, token)


def test_staff_calls_it_off_and_only_while_it_is_under_way(journal: Journal) -> None:
    ann, token = started(journal)
    command = CancelFactorReset(account_id=ann.account_id, by="staff")
    cancel_factor_reset(journal, command, context_at(NOON))
    assert due_at(journal, ann) is None
    with pytest.raises(TokenGone):
        cancel_factor_reset(journal, command, context_at(NOON))
    with pytest.raises(TokenGone):
        refuse(journal, token)


def test_what_is_due_is_finished_and_what_was_refused_is_not(
    empty_journal: Journal,
) -> None:
    (due, _), (too, _), (no, link) = (started(empty_journal) for _ in range(3))
    later = guarded(empty_journal)
    start(empty_journal, later.account_id, after=INSTANT)
    refuse(empty_journal, link)
    assert finish_due(empty_journal, context_at(DUE - INSTANT)) == 0
    assert finish_due(empty_journal, context_at(DUE)) == 3
    assert [is_on(empty_journal, one) for one in (due, too, no, later)] == [
        False,
        False,
        True,
        True,
    ]
    assert finish_due(empty_journal, context_at(DUE)) == 0


def test_an_account_that_closed_or_turned_it_off_meanwhile_is_passed_over(
    empty_journal: Journal,
) -> None:
    (closed, _), (off, _) = started(empty_journal), started(empty_journal)
    close = CloseAccount(account_id=closed.account_id)
    close_account(empty_journal, close, context_at(NOON))
    turn_off(empty_journal, TurnOff(account_id=off.account_id), context_at(NOON))
    before = [topics(empty_journal, one.account_id) for one in (closed, off)]
    assert finish_due(empty_journal, context_at(DUE)) == 2
    after = [topics(empty_journal, one.account_id) for one in (closed, off)]
    assert after == before
