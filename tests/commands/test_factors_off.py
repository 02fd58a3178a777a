"""Two-factor turned off: nothing of it is left, and the holder is told."""

from __future__ import annotations

from uuid import uuid4

import pytest

from commands.closing import CloseAccount, close_account
from commands.credentials import RECOVERY, TOTP, credentials_of, kept
from commands.factor_resets import StartFactorReset, start_factor_reset
from commands.factors import TurnOff, turn_off
from commands.factors_off import holding, told
from commands.owners import owner
from commands.password_changes import RequestReset, request_reset, reset_of
from commands.session_begins import BegunSession
from commands.sessions import BeginSession, begin_session
from ledger.accounts import Account
from ledger.journal import Journal
from ledger.refusals import AccountClosed, NoSuchAccount
from ledger.staff import StaffMember
from tests.commands import proofs
from tests.commands.people import CHEAP, PHRASE, mails_of, rows_of, signed_up
from tests.commands.signed import (
    SignedIn,
    colleague,
    is_in,
    link_in,
    mail_of,
    signed,
    somewhere,
    with_factor,
)
from tests.conftest import NOON, context_at


def guarded(journal: Journal) -> SignedIn:
    ann = signed(journal)
    with_factor(journal, ann.account_id)
    proofs.codes_of(journal, ann)
    return ann


def off(journal: Journal, ann: SignedIn) -> None:
    turn_off(journal, TurnOff(account_id=ann.account_id), context_at(NOON))


def test_a_customer_and_a_member_of_staff_hold_credentials(journal: Journal) -> None:
    ann, bob = signed(journal), colleague(journal)
    assert isinstance(holding(journal, ann.account_id), Account)
    assert isinstance(holding(journal, bob.staff_id), StaffMember)


def test_nobody_and_a_mere_sign_up_hold_none(journal: Journal) -> None:
    for account_id in (uuid4(), signed_up(journal).account_id):
        with pytest.raises(NoSuchAccount):
            holding(journal, account_id)


def test_a_closed_account_is_named_as_closed(journal: Journal) -> None:
    ann = signed(journal)
    close_account(journal, CloseAccount(account_id=ann.account_id), context_at(NOON))
    with pytest.raises(AccountClosed):
        holding(journal, ann.account_id)


def test_the_password_alone_signs_in_again(journal: Journal) -> None:
    ann = guarded(journal)
    proofs.half_way(journal, ann)
    off(journal, ann)
    command = BeginSession(email=ann.email, password=PHRASE)
    begun = begin_session(journal, command, somewhere(), CHEAP)
    assert isinstance(begun, BegunSession)
    assert is_in(journal, ann.token)


def test_the_secrets_of_factors_and_codes_are_deleted(journal: Journal) -> None:
    ann = guarded(journal)
    before = credentials_of(journal, owner(journal, ann.account_id))
    (factor,) = before.factors.values()
    codes = before.codes
    assert codes is not None
    off(journal, ann)
    kinds = [row["kind"] for row in rows_of(journal, "secrets", ann.account_id)]
    assert kinds == ["password"]
    assert kept(journal, ann.account_id, TOTP, factor.binding) is None
    assert kept(journal, ann.account_id, RECOVERY, codes) is None
    after = credentials_of(journal, owner(journal, ann.account_id))
    assert (after.factors, after.codes, after.codes_left) == ({}, None, 0)


def test_what_was_handed_out_before_is_void(journal: Journal) -> None:
    ann = guarded(journal)
    request_reset(journal, RequestReset(email=ann.email), somewhere())
    link = link_in(journal, ann.account_id, "password_reset")
    assert reset_of(journal, link, context_at(NOON)) is not None
    off(journal, ann)
    assert reset_of(journal, link, context_at(NOON)) is None


def test_a_reset_by_staff_that_was_under_way_is_over(journal: Journal) -> None:
    ann = guarded(journal)
    start = StartFactorReset(account_id=ann.account_id, reason="lost the telephone")
    start_factor_reset(journal, start, context_at(NOON))
    off(journal, ann)
    credentials = credentials_of(journal, owner(journal, ann.account_id))
    assert credentials.reset_due is None


def test_a_customer_is_told_and_a_member_of_staff_is_not(journal: Journal) -> None:
    ann, bob = guarded(journal), colleague(journal)
    off(journal, ann)
    mail = mail_of(journal, ann.account_id, "two_factor_off")
    assert mail["to"] == ann.email
    assert mail["values"] == {"name": "Ann", "at": "2026-11-23T12:00:00Z"}
    turn_off(journal, TurnOff(account_id=bob.staff_id), context_at(NOON))
    templates = {mail["template"] for mail in mails_of(journal, bob.staff_id)}
    assert "two_factor_off" not in templates
    member = holding(journal, bob.staff_id)
    assert told(journal, member, "two_factor_off", context_at(NOON)) == []
