"""Which sessions are live, where they were seen, and how all of them end at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from commands.credentials import credentials_of
from commands.gateways.tokens import new_token
from commands.guards import disabled_row
from commands.limits import CLIENT_CHARACTERS_MAX, RECENT_SECONDS
from commands.live_sessions import (
    Signed,
    endings,
    is_live,
    live_session,
    sealed_origin,
    session_row,
    sessions_of,
)
from commands.owners import owner
from commands.session_begins import BegunSession, OpenSession, begun
from commands.session_ends import EndSession, end_session
from ledger.journal import Journal, VersionConflict
from ledger.sessions import BROWSER, DEVICE, STAFF
from tests.commands.people import member, rows_of
from tests.conftest import NOON, context_at

MINUTE, INSTANT = timedelta(minutes=1), timedelta(microseconds=1)
DAY = timedelta(days=1)
HERE, THERE = "192.0.2.7", "198.51.100.9"


def opened(
    journal: Journal,
    account_id: UUID,
    kind: str = BROWSER,
    now: datetime = NOON,
    application: str | None = None,
    methods: tuple[str, ...] = ("password",),
) -> BegunSession:
    """Begin a session from here."""
    account = owner(journal, account_id)
    command = OpenSession(
        account_id=account_id,
        kind=kind,
        methods=methods,
        epoch=credentials_of(journal, account).epoch,
        token=new_token(account_id),
        application=application,
    )
    return begun(journal, command, context_at(now, ip=HERE))


def seen(journal: Journal, session: BegunSession) -> timedelta:
    rows = rows_of(journal, "sessions", session.account_id)
    (row,) = [row for row in rows if row["session_id"] == session.session_id]
    at: datetime = row["seen_at"]
    return at - NOON


@pytest.mark.parametrize("kind", [BROWSER, DEVICE, STAFF])
def test_a_token_opens_only_what_its_kind_opens(journal: Journal, kind: str) -> None:
    session = opened(journal, member(journal).account_id, kind)
    for asked in (BROWSER, DEVICE, STAFF):
        found = live_session(journal, session.token, NOON, asked)
        assert (found is not None) is (asked == kind)


@pytest.mark.parametrize(
    ("kind", "idle", "whole"),
    [
        (BROWSER, 60 * MINUTE, DAY),
        (DEVICE, 30 * DAY, 90 * DAY),
        (STAFF, 30 * MINUTE, DAY / 2),
    ],
    ids=[BROWSER, DEVICE, STAFF],
)
def test_each_kind_has_its_terms_to_the_instant(
    journal: Journal, kind: str, idle: timedelta, whole: timedelta
) -> None:
    session = opened(journal, member(journal).account_id, kind)
    token, now = session.token, NOON
    assert live_session(journal, token, NOON + idle, kind) is None
    while now + idle - INSTANT < NOON + whole:
        now += idle - INSTANT
        assert live_session(journal, token, now, kind) is not None
    last = NOON + whole - INSTANT
    assert live_session(journal, token, last, kind) is not None
    assert live_session(journal, token, NOON + whole, kind) is None


def test_another_place_is_noted_at_once_and_the_same_to_the_minute(
    journal: Journal,
) -> None:
    person = member(journal)
    session = opened(journal, person.account_id)
    told = []
    for seconds, ip in ((10, HERE), (20, THERE), (30, THERE), (80, THERE)):
        at = NOON + timedelta(seconds=seconds)
        live_session(journal, session.token, at, ip=ip, client="Chromium")
        (found,) = sessions_of(journal, person.account_id, at)
        told.append((seen(journal, session).seconds, found.ip, found.client))
    assert told == [
        (0, HERE, "Firefox"),
        (20, THERE, "Chromium"),
        (20, THERE, "Chromium"),
        (80, THERE, "Chromium"),
    ]


def test_a_clock_that_went_back_does_not_make_a_session_older(
    journal: Journal,
) -> None:
    session = opened(journal, member(journal).account_id)
    live_session(journal, session.token, NOON + 5 * MINUTE)
    live_session(journal, session.token, NOON, ip=THERE)
    assert seen(journal, session) == 5 * MINUTE


def test_a_disabled_account_is_named_on_the_next_request(journal: Journal) -> None:
    session = opened(journal, member(journal).account_id)
    for disabled in (True, False):
        change = disabled_row(session.account_id, disabled=disabled)
        with journal.connections.for_account(session.account_id) as connection:
            connection.execute(change.sql, change.params)
        found = live_session(journal, session.token, NOON)
        assert found is not None
        assert found.disabled is disabled


def test_a_session_begun_without_the_password_was_never_asked_for_it(
    journal: Journal,
) -> None:
    session = opened(journal, member(journal).account_id, methods=("device",))
    found = live_session(journal, session.token, NOON)
    assert found is not None
    assert found.elevated_at is None
    assert not found.is_recent(NOON)


def test_the_password_is_recent_for_ten_minutes_to_the_instant() -> None:
    signed = Signed(
        account_id=uuid4(),
        session_id=uuid4(),
        kind=BROWSER,
        begun_at=NOON,
        seen_at=NOON,
        elevated_at=NOON,
    )
    until = NOON + timedelta(seconds=RECENT_SECONDS)
    assert signed.is_recent(until - INSTANT)
    assert not signed.is_recent(until)


def test_the_live_sessions_are_listed_the_latest_first(journal: Journal) -> None:
    person, other = member(journal), member(journal)
    opened(journal, other.account_id)
    browser = opened(journal, person.account_id)
    device = opened(
        journal, person.account_id, DEVICE, NOON + MINUTE, "Direct Mail on a Mac"
    )
    ended = opened(journal, person.account_id)
    end_session(
        journal,
        EndSession(account_id=person.account_id, session_id=ended.session_id),
        context_at(NOON),
    )
    found = sessions_of(journal, person.account_id, NOON + 2 * MINUTE)
    assert [one.session_id for one in found] == [device.session_id, browser.session_id]
    assert [one.application for one in found] == ["Direct Mail on a Mac", None]
    assert [(one.ip, one.client) for one in found] == [(HERE, "Firefox")] * 2
    live_session(journal, browser.token, NOON + 2 * MINUTE)
    again = sessions_of(journal, person.account_id, NOON + 2 * MINUTE)
    assert again[0].session_id == browser.session_id
    left = sessions_of(journal, person.account_id, NOON + 2 * DAY)
    assert [one.session_id for one in left] == [device.session_id]


def test_whether_a_session_may_ask_is_told_of_this_account_alone(
    journal: Journal,
) -> None:
    session, other = (opened(journal, member(journal).account_id) for _ in "ab")
    one, now = (session.account_id, session.session_id), NOON + 60 * MINUTE
    assert is_live(journal, *one, now - INSTANT)
    assert not is_live(journal, *one, now)
    assert not is_live(journal, session.account_id, other.session_id, NOON)
    assert not is_live(journal, other.account_id, session.session_id, NOON)


def test_all_sessions_but_one_end_and_a_further_one_is_noticed(
    journal: Journal,
) -> None:
    person, other = member(journal), member(journal)
    kept, *ended = (opened(journal, person.account_id) for _ in range(3))
    opened(journal, other.account_id)
    found, (change,) = endings(
        journal, person.account_id, NOON, "revoked", "customer", kept.session_id
    )
    assert {one.id for one in found} == {one.session_id for one in ended}
    assert all(one.ended for one in found)
    assert change.rows == 2
    assert isinstance(change.refusal, VersionConflict)
    opened(journal, person.account_id)
    with journal.connections.for_account(person.account_id) as connection:
        hit = connection.execute(change.sql, change.params).rowcount
    assert hit == change.rows + 1


def test_where_no_session_is_nothing_ends(journal: Journal) -> None:
    person = member(journal)
    assert endings(journal, person.account_id, NOON, "revoked", "staff") == ([], [])
    opened(journal, person.account_id)
    over = NOON + DAY
    assert endings(journal, person.account_id, over, "revoked", "staff") == ([], [])


def test_an_origin_is_sealed_for_its_session_and_cut_short(journal: Journal) -> None:
    person, session_id = member(journal), uuid4()
    sealed, key_id = sealed_origin(
        journal, person.account_id, session_id, NOON, HERE, "F" * 1000
    )
    assert HERE.encode() not in bytes(sealed)
    vault = journal.vault
    data = vault.open(person.account_id, key_id, sealed, session_id.bytes)
    assert data is not None
    assert data.count(b"F") == CLIENT_CHARACTERS_MAX
    with pytest.raises(ValueError, match="do not fit"):
        vault.open(person.account_id, key_id, sealed, uuid4().bytes)
    nothing = sealed_origin(journal, person.account_id, session_id, NOON, None, "")
    assert nothing == (None, None)


def test_a_row_keeps_the_digest_of_its_token_and_no_more(journal: Journal) -> None:
    person = member(journal)
    token, session_id = new_token(person.account_id), uuid4()
    row = session_row(
        journal, session_id, token, BROWSER, context_at(NOON), None, elevated=False
    )
    assert row[:4] == (person.account_id, session_id, token.digest, BROWSER)
    assert token.secret not in row
    assert row[-1] is None
