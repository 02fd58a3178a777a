"""Which sessions are listed after these facts."""

from __future__ import annotations

from uuid import uuid4

import pytest

from ledger.journal import Journal
from ledger.sessions import Session
from tests.desk import Desk
from tests.shop import sign_in


@pytest.fixture
def desk(journal: Journal) -> Desk:
    return Desk(journal)


def test_sessions_stand_newest_first_until_they_end(desk: Desk) -> None:
    account = uuid4()
    begun = [sign_in(desk, account, minutes) for minutes in range(3)]
    session = desk.journal.fresh(Session, begun[1])
    session.end("signed_out", "customer")
    desk.record(account, lambda: session)
    desk.catch_up()
    sessions = desk.views.sessions.live(account)
    assert [row.session_id for row in sessions.rows] == [begun[2], begun[0]]
    assert (sessions.rows[0].kind, sessions.rows[0].methods) == (
        "browser",
        ["password"],
    )


def test_where_a_session_came_from_is_shown_until_that_key_is_destroyed(
    desk: Desk,
) -> None:
    account = uuid4()
    sign_in(desk, account, 0, ip="192.0.2.7")
    desk.catch_up()
    (row,) = desk.views.sessions.live(account).rows
    assert (row.ip, row.client) == ("192.0.2.7", "Firefox")
    desk.journal.vault.destroy(account, "security-2026")
    (row,) = desk.views.sessions.live(account).rows
    assert (row.ip, row.client) == (None, None)
