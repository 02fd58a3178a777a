"""Half a sign-in: no session before the second factor was shown."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest

from commands.factors import TurnOff, turn_off
from commands.limits import CHALLENGE_TRIES_MAX
from commands.live_sessions import live_session
from commands.second_factors import Proof
from commands.session_begins import BegunSession
from commands.sessions import (
    BeginSession,
    FinishSignIn,
    HalfSession,
    begin_session,
    finish_sign_in,
    half_shown,
)
from ledger.journal import Journal
from ledger.refusals import (
    TokenGone,
    TooManyAttempts,
    WrongCode,
    WrongCredentials,
)
from ledger.sessions import BROWSER, DEVICE, STAFF, Session
from tests.commands import proofs
from tests.commands.people import CHEAP, PHRASE, new_email, rows_of
from tests.commands.proofs import SITE, finish, half_way, with_passkey
from tests.commands.signed import (
    SignedIn,
    colleague,
    mail_of,
    signed,
    somewhere,
    topics,
    with_factor,
)
from tests.conftest import NOON, context_at

TERM, STEP, INSTANT = (
    timedelta(minutes=10),
    timedelta(seconds=30),
    timedelta(microseconds=1),
)
WRONG, NONE = Proof(code="0000-0000-0000-0000"), timedelta()


def guarded(journal: Journal) -> tuple[SignedIn, pyotp.TOTP]:
    ann = signed(journal)
    return ann, with_factor(journal, ann.account_id, NOON - TERM)


def is_open(journal: Journal, half: HalfSession, after: timedelta = NONE) -> bool:
    return half_shown(journal, half.token, context_at(NOON + after), SITE) is not None


def test_the_password_alone_begins_no_session(journal: Journal) -> None:
    ann, _ = guarded(journal)
    before = topics(journal, ann.account_id)
    half = half_way(journal, ann)
    assert topics(journal, ann.account_id) == before
    assert len(rows_of(journal, "sessions", ann.account_id)) == 1
    for kind in (BROWSER, DEVICE, STAFF):
        assert live_session(journal, half.token, NOON, kind) is None
    assert not half.has_passkey
    assert half.token not in repr(half)


def test_the_code_begins_the_session_whose_password_was_shown(
    journal: Journal,
) -> None:
    ann, authenticator = guarded(journal)
    command = BeginSession(
        email=ann.email, password=PHRASE, kind=DEVICE, application="Mac"
    )
    half = begin_session(journal, command, somewhere(), CHEAP)
    assert isinstance(half, HalfSession)
    begun = finish(journal, half, Proof(code=authenticator.at(NOON)))
    session = journal.fresh(Session, begun.session_id)
    assert (session.kind, session.application) == (DEVICE, "Mac")
    assert session.methods == ["password", "totp"]
    assert live_session(journal, begun.token, NOON, DEVICE) is not None


def test_a_passkey_signs_in(journal: Journal) -> None:
    ann = signed(journal)
    key = with_passkey(journal, ann)
    half = half_way(journal, ann)
    assert half.has_passkey
    begun = finish(journal, half, proofs.signature(journal, half, key))
    methods = journal.fresh(Session, begun.session_id).methods
    assert methods == ["password", "passkey"]


def test_a_recovery_code_signs_in_once_and_is_mailed(journal: Journal) -> None:
    ann, _ = guarded(journal)
    code = Proof(code=proofs.codes_of(journal, ann)[0])
    begun = finish(journal, half_way(journal, ann), code)
    methods = journal.fresh(Session, begun.session_id).methods
    assert methods == ["password", "recovery"]
    mail = mail_of(journal, ann.account_id, "recovery_code_used")
    assert (mail["to"], mail["values"]["left"]) == (ann.email, 9)
    with pytest.raises(WrongCode):
        finish(journal, half_way(journal, ann), code)


def test_a_half_is_finished_once(journal: Journal) -> None:
    ann, authenticator = guarded(journal)
    half = half_way(journal, ann)
    finish(journal, half, Proof(code=authenticator.at(NOON)))
    assert not is_open(journal, half)
    with pytest.raises(TokenGone):
        finish(journal, half, Proof(code=authenticator.at(NOON + STEP)), NOON + STEP)


def test_a_half_is_open_for_ten_minutes_to_the_instant(journal: Journal) -> None:
    ann, authenticator = guarded(journal)
    half = half_way(journal, ann)
    code = Proof(code=authenticator.at(NOON + TERM - INSTANT))
    assert not is_open(journal, half, TERM)
    with pytest.raises(TokenGone):
        finish(journal, half, code, NOON + TERM)
    assert is_open(journal, half, TERM - INSTANT)
    finish(journal, half, code, NOON + TERM - INSTANT)


def test_a_half_bears_five_tries(journal: Journal) -> None:
    ann, authenticator = guarded(journal)
    half = half_way(journal, ann)
    for _ in range(CHALLENGE_TRIES_MAX):
        with pytest.raises(WrongCode):
            finish(journal, half, WRONG)
    assert not is_open(journal, half)
    with pytest.raises(TokenGone):
        finish(journal, half, Proof(code=authenticator.at(NOON)))


def test_new_halves_bring_no_further_guesses(journal: Journal) -> None:
    ann, _ = guarded(journal)
    for _ in range(5):
        with pytest.raises(WrongCode):
            finish(journal, half_way(journal, ann), WRONG)
    with pytest.raises(TooManyAttempts):
        finish(journal, half_way(journal, ann), WRONG)


def test_a_half_from_before_another_change_is_void(journal: Journal) -> None:
    ann, authenticator = guarded(journal)
    half = half_way(journal, ann)
    turn_off(journal, TurnOff(account_id=ann.account_id), context_at(NOON))
    assert not is_open(journal, half)
    with pytest.raises(TokenGone):
        finish(journal, half, Proof(code=authenticator.at(NOON)))


def test_no_other_text_is_half_a_sign_in(journal: Journal) -> None:
    (ann, _), (eve, hers) = guarded(journal), guarded(journal)
    half, other = half_way(journal, ann), half_way(journal, eve)
    crossed = f"{eve.account_id}.{half.token.split('.')[1]}"
    for text in ("", "x", half.token[:-1], crossed, ann.token):
        command = FinishSignIn(token=text, proof=Proof(code=hers.at(NOON)))
        with pytest.raises(TokenGone):
            finish_sign_in(journal, command, somewhere(), SITE, CHEAP)
    with pytest.raises(WrongCode):
        finish(journal, half, Proof(code=hers.at(NOON)))
    assert is_open(journal, other)


def test_staff_signs_in_with_two_factors_and_on_its_own_door(journal: Journal) -> None:
    bob, (ann, _) = colleague(journal), guarded(journal)
    for email, kind in ((bob.email, BROWSER), (ann.email, STAFF)):
        command = BeginSession(email=email, password=PHRASE, kind=kind)
        with pytest.raises(WrongCredentials):
            begin_session(journal, command, somewhere(), CHEAP)
    turn_off(journal, TurnOff(account_id=bob.staff_id), context_at(NOON))
    command = BeginSession(email=bob.email, password=PHRASE, kind=STAFF)
    with pytest.raises(WrongCredentials):
        begin_session(journal, command, somewhere(), CHEAP)
    assert rows_of(journal, "sessions", bob.staff_id) == []


def test_one_machine_has_five_tries_at_one_account(journal: Journal) -> None:
    ann, bob, here = signed(journal), signed(journal), somewhere().ip
    for _ in range(5):
        command = BeginSession(email=ann.email, password="another sentence, quite")
        with pytest.raises(WrongCredentials):
            begin_session(journal, command, context_at(NOON, ip=here), CHEAP)
    for email, refused in ((ann.email, True), (bob.email, False)):
        command = BeginSession(email=email, password=PHRASE)
        context = context_at(NOON, ip=here)
        if refused:
            with pytest.raises(TooManyAttempts):
                begin_session(journal, command, context, CHEAP)
        else:
            begin_session(journal, command, context, CHEAP)
    elsewhere = BeginSession(email=ann.email, password=PHRASE)
    found = begin_session(journal, elsewhere, somewhere(), CHEAP)
    assert isinstance(found, BegunSession)


def test_one_network_has_twenty_tries_at_any_accounts(journal: Journal) -> None:
    here = somewhere().ip
    for _ in range(20):
        command = BeginSession(email=new_email(), password=PHRASE)
        with pytest.raises(WrongCredentials):
            begin_session(journal, command, context_at(NOON, ip=here), CHEAP)
    assert here is not None
    neighbour = here.replace("::1", "::2")
    with pytest.raises(TooManyAttempts):
        begin_session(journal, command, context_at(NOON, ip=neighbour), CHEAP)
