"""Ending sessions: from the very next request on, and links with them."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from commands.credentials import credentials_of
from commands.live_sessions import live_session
from commands.owners import owner
from commands.password_changes import RequestReset, request_reset, reset_of
from commands.second_factors import Proof
from commands.session_ends import (
    EndOtherSessions,
    EndSession,
    end_other_sessions,
    end_session,
)
from ledger.journal import Journal, Recorded
from ledger.refusals import NoSuchAccount, NoSuchSession, TokenGone
from ledger.sessions import DEVICE, Session
from tests.commands.people import rows_of
from tests.commands.proofs import finish, half_way
from tests.commands.signed import (
    SignedIn,
    at_once,
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

STEP = timedelta(seconds=30)


def end(journal: Journal, account_id: UUID, session_id: UUID, **more: str) -> Recorded:
    command = EndSession(account_id=account_id, session_id=session_id, **more)
    return end_session(journal, command, context_at(NOON))


def end_others(journal: Journal, ann: SignedIn, key: str | None = None) -> Recorded:
    command = EndOtherSessions(account_id=ann.account_id, session_id=ann.session_id)
    return end_other_sessions(journal, command, context_at(NOON, key=key))


def ending(journal: Journal, ann: SignedIn) -> tuple[str, str]:
    """Why a session ended, and by whom, as its last fact says."""
    fact = list(journal.events.get(ann.session_id))[-1]
    return fact.why, fact.by  # type: ignore[attr-defined]


def test_a_session_ends_and_no_other_does(journal: Journal) -> None:
    ann, eve = signed(journal), signed(journal)
    other = session_of(journal, ann.email)
    end(journal, ann.account_id, ann.session_id)
    assert not is_in(journal, ann.token)
    assert is_in(journal, other.token)
    assert is_in(journal, eve.token)
    assert ending(journal, ann) == ("signed_out", "customer")
    (row,) = [
        row
        for row in rows_of(journal, "sessions", ann.account_id)
        if row["session_id"] == ann.session_id
    ]
    assert row["ended_at"] == NOON


def test_who_ended_it_and_why_is_recorded(journal: Journal) -> None:
    ann = signed(journal)
    end(journal, ann.account_id, ann.session_id, why="revoked", by="staff")
    assert ending(journal, ann) == ("revoked", "staff")


def test_a_session_ends_once_however_often_it_is_asked(journal: Journal) -> None:
    ann = signed(journal)
    first = end(journal, ann.account_id, ann.session_id)
    again = end(journal, ann.account_id, ann.session_id, why="revoked")
    assert not first.repeated
    assert again.repeated
    assert ending(journal, ann) == ("signed_out", "customer")
    assert topics(journal, ann.account_id).count("sessions.Ended") == 1


def test_another_accounts_session_is_as_unknown_as_none(journal: Journal) -> None:
    ann, eve = signed(journal), signed(journal)
    for account_id, session_id in (
        (eve.account_id, ann.session_id),
        (ann.account_id, uuid4()),
    ):
        with pytest.raises(NoSuchSession) as refused:
            end(journal, account_id, session_id)
        assert refused.value.session_id == session_id
    assert is_in(journal, ann.token)


def test_all_other_sessions_end_and_this_one_stays(journal: Journal) -> None:
    ann, eve = signed(journal), signed(journal)
    other = session_of(journal, ann.email)
    device = session_of(journal, ann.email, DEVICE)
    end_others(journal, ann)
    assert is_in(journal, ann.token)
    assert not is_in(journal, other.token)
    assert live_session(journal, device.token, NOON, DEVICE) is None
    assert is_in(journal, eve.token)
    assert journal.fresh(Session, device.session_id).ended
    facts = topics(journal, ann.account_id)
    assert facts[-3:] == ["credentials.EpochRaised", "sessions.Ended", "sessions.Ended"]


def test_the_holder_is_mailed_how_many_ended(journal: Journal) -> None:
    ann = signed(journal)
    for _ in range(3):
        session_of(journal, ann.email)
    end_others(journal, ann)
    mail = mail_of(journal, ann.account_id, "sessions_ended")
    assert mail["to"] == ann.email
    assert mail["values"] == {"name": "Ann", "count": 3, "at": "2026-11-23T12:00:00Z"}


def test_what_was_handed_out_before_is_void(journal: Journal) -> None:
    ann = signed(journal)
    authenticator = with_factor(journal, ann.account_id)
    request_reset(journal, RequestReset(email=ann.email), somewhere())
    link = link_in(journal, ann.account_id, "password_reset")
    before = credentials_of(journal, owner(journal, ann.account_id)).epoch
    half = half_way(journal, ann)
    code = Proof(code=authenticator.at(NOON + STEP))
    end_others(journal, ann)
    assert reset_of(journal, link, context_at(NOON)) is None
    after = credentials_of(journal, owner(journal, ann.account_id)).epoch
    (guard,) = rows_of(journal, "account_guards", ann.account_id)
    assert guard["credential_epoch"] == after == before + 1
    with pytest.raises(TokenGone):
        finish(journal, half, code, NOON + STEP)


def test_a_repeat_ends_and_mails_nothing_further(journal: Journal) -> None:
    ann, key = signed(journal), uuid4().hex
    end_others(journal, ann, key)
    later = session_of(journal, ann.email)
    assert end_others(journal, ann, key).repeated
    assert is_in(journal, later.token)
    assert templates(journal, ann.account_id) == ["sessions_ended"]


def test_a_session_of_somebody_else_keeps_nothing_alive(journal: Journal) -> None:
    ann, eve = signed(journal), signed(journal)
    command = EndOtherSessions(account_id=ann.account_id, session_id=eve.session_id)
    end_other_sessions(journal, command, context_at(NOON))
    assert not is_in(journal, ann.token)
    assert is_in(journal, eve.token)


def test_nobody_has_no_sessions(journal: Journal) -> None:
    command = EndOtherSessions(account_id=uuid4(), session_id=uuid4())
    with pytest.raises(NoSuchAccount):
        end_other_sessions(journal, command, context_at(NOON))


def test_24_who_end_the_others_at_once_end_each_session_once(
    journal: Journal,
) -> None:
    ann = signed(journal)
    others = [session_of(journal, ann.email) for _ in range(3)]
    won, _ = at_once(lambda: end_others(journal, ann))
    assert won == 24
    assert topics(journal, ann.account_id).count("sessions.Ended") == len(others)
    assert is_in(journal, ann.token)
