"""Asking again who sits there: the session goes on under a new token."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from commands.credentials import credentials_of
from commands.elevations import (
    ELEVATE,
    ElevateSession,
    RecordElevation,
    ask_again,
    elevate_session,
    record_elevation,
)
from commands.factors_off import holding
from commands.gateways.tokens import new_token
from commands.limits import RECENT_SECONDS
from commands.live_sessions import live_session
from commands.owners import owner
from commands.second_factors import Proof
from commands.session_begins import BegunSession
from commands.session_ends import EndSession, end_session
from commands.sessions import BeginSession, FinishSignIn, begin_session, finish_sign_in
from ledger.journal import Journal
from ledger.refusals import (
    NoSuchSession,
    TokenGone,
    TooManyAttempts,
    WrongCode,
    WrongCredentials,
)
from ledger.sessions import STAFF, Session
from tests.commands.gateways.authenticator import Authenticator
from tests.commands.people import CHEAP, PHRASE, rows_of
from tests.commands.proofs import SITE, asked_to_sign, codes_of, with_passkey
from tests.commands.signed import (
    SignedIn,
    colleague,
    is_in,
    mail_of,
    signed,
    somewhere,
    topics,
    with_factor,
)
from tests.conftest import NOON, context_at

LATER = NOON + timedelta(minutes=5)
RECENT, INSTANT = timedelta(seconds=RECENT_SECONDS), timedelta(microseconds=1)


def elevate(
    journal: Journal, ann: SignedIn, password: str = PHRASE, **more: Any
) -> BegunSession:
    """Ask for the password again at five past twelve."""
    given = {"account_id": ann.account_id, "session_id": ann.session_id, **more}
    command = ElevateSession(password=password, **given)
    holder = owner(journal, ann.account_id)
    return elevate_session(journal, holder, command, context_at(LATER), SITE, CHEAP)


def signature(journal: Journal, ann: SignedIn, key: Authenticator) -> dict[str, Any]:
    """What the browser sends with a passkey's answer."""
    holder = owner(journal, ann.account_id)
    found = ask_again(journal, holder, context_at(LATER), SITE)
    assert found.two_factor
    key.challenge = asked_to_sign(found.passkey_options)
    return {
        "proof": Proof(passkey=json.dumps(key.got())),
        "challenge": found.challenge,
    }


def test_the_session_goes_on_under_a_new_token_and_the_old_one_dies(
    journal: Journal,
) -> None:
    ann = signed(journal)
    begun = elevate(journal, ann)
    assert begun.session_id == ann.session_id
    assert is_in(journal, begun.token, LATER)
    assert not is_in(journal, ann.token, LATER)
    assert topics(journal, ann.account_id)[-1] == "sessions.Elevated"
    assert begun.token not in repr(begun)


def test_the_password_is_recent_for_ten_minutes_to_the_instant(
    journal: Journal,
) -> None:
    token = elevate(journal, signed(journal)).token
    for at, recent in ((RECENT - INSTANT, True), (RECENT, False)):
        found = live_session(journal, token, LATER + at)
        assert found is not None
        assert found.is_recent(LATER + at) is recent


def test_a_wrong_password_changes_nothing(journal: Journal) -> None:
    ann = signed(journal)
    before = topics(journal, ann.account_id)
    with pytest.raises(WrongCredentials):
        elevate(journal, ann, "another sentence, quite")
    assert topics(journal, ann.account_id) == before
    (row,) = rows_of(journal, "sessions", ann.account_id)
    assert row["elevated_at"] == NOON
    assert is_in(journal, ann.token, LATER)


def test_with_two_factor_the_password_alone_is_not_enough(journal: Journal) -> None:
    ann = signed(journal)
    authenticator = with_factor(journal, ann.account_id)
    for proof in (Proof(), Proof(code="0000-0000-0000-0000")):
        with pytest.raises(WrongCode):
            elevate(journal, ann, proof=proof)
    code = Proof(code=authenticator.at(LATER))
    with pytest.raises(WrongCredentials):
        elevate(journal, ann, "another sentence, quite", proof=code)
    elevate(journal, ann, proof=code)
    with pytest.raises(WrongCode):
        elevate(journal, ann, proof=code)


def test_a_recovery_code_asks_again_once_and_is_mailed(journal: Journal) -> None:
    ann = signed(journal)
    with_factor(journal, ann.account_id)
    code = Proof(code=codes_of(journal, ann)[0])
    elevate(journal, ann, proof=code)
    assert mail_of(journal, ann.account_id, "recovery_code_used")["values"] == {
        "name": "Ann",
        "at": "2026-11-23T12:05:00Z",
        "left": 9,
    }
    with pytest.raises(WrongCode):
        elevate(journal, ann, proof=code)
    facts = topics(journal, ann.account_id)
    assert facts[-2:] == ["sessions.Elevated", "credentials.RecoveryCodeUsed"]


def test_a_passkeys_answer_is_good_for_its_own_challenge_once(
    journal: Journal,
) -> None:
    ann = signed(journal)
    key = with_passkey(journal, ann)
    answer = signature(journal, ann, key)
    other = signature(journal, ann, key)
    with pytest.raises(WrongCode):
        elevate(journal, ann, **answer | {"challenge": other["challenge"]})
    elevate(journal, ann, **signature(journal, ann, key))
    with pytest.raises(TokenGone):
        elevate(journal, ann, **answer | {"challenge": ""})


def test_a_strangers_challenge_is_refused_and_loses_no_try(journal: Journal) -> None:
    ann, eve = signed(journal), signed(journal)
    keys = [with_passkey(journal, one) for one in (ann, eve)]
    hers, his = signature(journal, ann, keys[0]), signature(journal, eve, keys[1])
    for _ in range(6):
        with pytest.raises(TokenGone):
            elevate(journal, eve, proof=his["proof"], challenge=hers["challenge"])
    rows = rows_of(journal, "challenges", ann.account_id)
    assert [row["tries"] for row in rows if row["kind"] == ELEVATE] == [0]
    elevate(journal, ann, **hers)


def test_nothing_is_posed_where_no_passkey_is(journal: Journal) -> None:
    ann = signed(journal)
    for two_factor in (False, True):
        holder = owner(journal, ann.account_id)
        found = ask_again(journal, holder, context_at(LATER), SITE)
        assert (found.two_factor, found.passkey_options) == (two_factor, None)
        assert found.challenge == ""
        with_factor(journal, ann.account_id)


def test_another_accounts_or_an_ended_session_is_as_unknown_as_none(
    journal: Journal,
) -> None:
    ann, eve = signed(journal), signed(journal)
    for session_id in (eve.session_id, uuid4()):
        with pytest.raises(NoSuchSession):
            elevate(journal, ann, session_id=session_id)
    command = EndSession(account_id=ann.account_id, session_id=ann.session_id)
    end_session(journal, command, context_at(NOON))
    with pytest.raises(NoSuchSession):
        elevate(journal, ann)
    assert is_in(journal, eve.token, LATER)


def test_credentials_that_changed_meanwhile_elevate_nothing(journal: Journal) -> None:
    ann = signed(journal)
    epoch = credentials_of(journal, owner(journal, ann.account_id)).epoch
    with_factor(journal, ann.account_id)
    command = RecordElevation(
        account_id=ann.account_id,
        session_id=ann.session_id,
        methods=("password",),
        epoch=epoch,
        token=new_token(ann.account_id),
    )
    with pytest.raises(TokenGone):
        record_elevation(journal, command, context_at(LATER))
    assert journal.fresh(Session, ann.session_id).version == 1


def test_the_eleventh_password_within_five_minutes_waits(journal: Journal) -> None:
    ann = signed(journal)
    for _ in range(10):
        with pytest.raises(WrongCredentials):
            elevate(journal, ann, "another sentence, quite")
    with pytest.raises(TooManyAttempts):
        elevate(journal, ann)
    elevate(journal, signed(journal))


def test_the_right_password_forgets_the_wrong_ones(journal: Journal) -> None:
    ann = signed(journal)
    for _ in range(3):
        for _ in range(9):
            with pytest.raises(WrongCredentials):
                elevate(journal, ann, "another sentence, quite")
        elevate(journal, ann)


def test_a_member_of_staff_is_asked_again_and_nobody_is_mailed(
    journal: Journal,
) -> None:
    bob, now = colleague(journal), NOON + timedelta(seconds=30)
    begin = BeginSession(email=bob.email, password=PHRASE, kind=STAFF)
    half = begin_session(journal, begin, somewhere(now), CHEAP)
    finish = FinishSignIn(token=half.token, proof=Proof(code=bob.codes[0]))
    begun = finish_sign_in(journal, finish, somewhere(now), SITE, CHEAP)
    command = ElevateSession(
        account_id=bob.staff_id,
        session_id=begun.session_id,
        password=PHRASE,
        proof=Proof(code=bob.codes[1]),
    )
    holder, context = holding(journal, bob.staff_id), context_at(now)
    again = elevate_session(journal, holder, command, context, SITE, CHEAP)
    assert live_session(journal, begun.token, now, STAFF) is None
    assert live_session(journal, again.token, now, STAFF) is not None
    mails = rows_of(journal, "mail_outbox", bob.staff_id)
    assert {mail["template"] for mail in mails} <= {"staff_invited"}
