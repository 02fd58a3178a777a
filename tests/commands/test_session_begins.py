"""Beginning a session: on one's own credentials, once, and with room made for it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from commands.credentials import credentials_of
from commands.factors_off import holding
from commands.gateways.tokens import new_token
from commands.limits import SESSIONS_MAX
from commands.live_sessions import live_session, sessions_of
from commands.owners import owner
from commands.second_factors import Proof, Proven
from commands.session_begins import BegunSession, OpenSession, begun, open_session
from ledger.journal import Change, Journal
from ledger.refusals import AlreadyAnswered, TokenGone, WrongCode
from ledger.sessions import BROWSER, DEVICE, Session
from tests.commands import proofs
from tests.commands.people import member, rows_of
from tests.commands.signed import mail_of, signed, somewhere, topics, with_factor
from tests.conftest import NOON, context_at

MINUTE = timedelta(minutes=1)


def opening(journal: Journal, account_id: UUID, **more: object) -> OpenSession:
    epoch = credentials_of(journal, holding(journal, account_id)).epoch
    given: dict[str, object] = {
        "account_id": account_id,
        "kind": BROWSER,
        "methods": ("password",),
        "epoch": epoch,
        "token": new_token(account_id),
    }
    return OpenSession(**{**given, **more})  # type: ignore[arg-type]


def opened(
    journal: Journal, account_id: UUID, after: float = 0, **more: object
) -> BegunSession:
    command = opening(journal, account_id, **more)
    return begun(journal, command, somewhere(NOON + after * MINUTE))


def test_a_session_is_a_fact_and_a_row_in_one_commit(journal: Journal) -> None:
    person = member(journal)
    session = opened(
        journal, person.account_id, kind=DEVICE, application="Direct Mail on a Mac"
    )
    fact = journal.fresh(Session, session.session_id)
    assert (fact.account_id, fact.kind) == (person.account_id, DEVICE)
    assert (fact.methods, fact.application) == (["password"], "Direct Mail on a Mac")
    (row,) = rows_of(journal, "sessions", person.account_id)
    assert (row["session_id"], row["elevated_at"]) == (session.session_id, NOON)
    assert live_session(journal, session.token, NOON, DEVICE) is not None
    assert session.token not in repr(session)


def test_without_the_password_a_session_may_not_do_what_guards_the_account(
    journal: Journal,
) -> None:
    person = member(journal)
    opened(journal, person.account_id, methods=("device",))
    (row,) = rows_of(journal, "sessions", person.account_id)
    assert row["elevated_at"] is None


def test_credentials_that_changed_meanwhile_begin_nothing(journal: Journal) -> None:
    person = member(journal)
    command = opening(journal, person.account_id)
    with_factor(journal, person.account_id)
    with pytest.raises(TokenGone):
        begun(journal, command, context_at(NOON))
    assert rows_of(journal, "sessions", person.account_id) == []
    assert "sessions.Begun" not in topics(journal, person.account_id)


def test_a_condition_that_does_not_hold_begins_nothing(journal: Journal) -> None:
    person = member(journal)
    change = Change(
        sql="UPDATE challenges SET tries = 0 WHERE account_id = %s",
        params=(person.account_id,),
        refusal=TokenGone(),
    )
    with pytest.raises(TokenGone):
        opened(journal, person.account_id, changes=(change,))
    assert rows_of(journal, "sessions", person.account_id) == []


def test_a_repeat_begins_no_second_session_and_shows_no_token(
    journal: Journal,
) -> None:
    person, key = member(journal), uuid4().hex
    first = opening(journal, person.account_id)
    begun(journal, first, context_at(NOON, key=key))
    again = opening(journal, person.account_id)
    with pytest.raises(AlreadyAnswered):
        begun(journal, again, context_at(NOON, key=key))
    assert live_session(journal, first.token.text, NOON) is not None
    assert live_session(journal, again.token.text, NOON) is None
    recorded = open_session(journal, again, context_at(NOON, key=key))
    assert recorded.repeated


def test_the_51st_session_ends_the_oldest_and_no_other(journal: Journal) -> None:
    person, spared = member(journal), signed(journal)
    begins = [
        opened(journal, person.account_id, number / 10)
        for number in range(SESSIONS_MAX)
    ]
    now = NOON + 6 * MINUTE
    live_session(journal, begins[0].token, now)
    opened(journal, person.account_id, 6)
    live = {one.session_id for one in sessions_of(journal, person.account_id, now)}
    assert len(live) == SESSIONS_MAX
    assert {one.session_id for one in begins} - live == {begins[0].session_id}
    assert journal.fresh(Session, begins[0].session_id).ended
    assert live_session(journal, begins[0].token, now) is None
    assert live_session(journal, spared.token, now) is not None


def test_a_recovery_code_is_noted_and_mailed_with_the_session(
    journal: Journal,
) -> None:
    ann = signed(journal)
    with_factor(journal, ann.account_id)
    code = proofs.codes_of(journal, ann)[2]
    shown = proofs.proven(journal, ann, Proof(code=code))
    opened(journal, ann.account_id, proven=shown)
    credentials = credentials_of(journal, owner(journal, ann.account_id))
    assert credentials.codes_left == 9
    mail = mail_of(journal, ann.account_id, "recovery_code_used")
    assert mail["values"]["left"] == 9
    with pytest.raises(WrongCode):
        opened(journal, ann.account_id, proven=shown)
    assert credentials_of(journal, owner(journal, ann.account_id)).codes_left == 9


def test_a_factor_that_was_used_up_meanwhile_begins_nothing(journal: Journal) -> None:
    ann = signed(journal)
    authenticator = with_factor(journal, ann.account_id, NOON - MINUTE)
    proof = Proof(code=authenticator.at(NOON))
    shown: list[Proven] = [proofs.proven(journal, ann, proof) for _ in "ab"]
    opened(journal, ann.account_id, proven=shown[0])
    with pytest.raises(WrongCode):
        opened(journal, ann.account_id, proven=shown[1])
    assert len(rows_of(journal, "sessions", ann.account_id)) == 2
