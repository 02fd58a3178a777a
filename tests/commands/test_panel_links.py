"""Opening the panel from a signed-in application: one use, one minute, one epoch."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from commands.challenges import posed
from commands.closing import CloseAccount, close_account
from commands.credentials import credentials_of
from commands.live_sessions import live_session
from commands.owners import owner
from commands.panel_links import (
    PANEL_LINK,
    EnterByLink,
    ShownLink,
    enter_by_link,
    make_panel_link,
    panel_link_shown,
)
from commands.session_begins import BegunSession
from commands.session_ends import (
    EndOtherSessions,
    EndSession,
    end_other_sessions,
    end_session,
)
from ledger.journal import Journal
from ledger.refusals import (
    AccountClosed,
    AlreadyAnswered,
    NoSuchAccount,
    TokenGone,
)
from ledger.sessions import BROWSER, DEVICE, Session
from tests.commands.people import counted, signed_up
from tests.commands.signed import SignedIn, signed, topics
from tests.conftest import NOON, context_at

MINUTE, INSTANT = timedelta(minutes=1), timedelta(microseconds=1)


def linked(journal: Journal) -> tuple[SignedIn, str]:
    """Somebody's application, and the link that it asked for."""
    ann = signed(journal, kind=DEVICE)
    return ann, make_panel_link(
        journal, ann.account_id, ann.session_id, context_at(NOON)
    )


def enter(
    journal: Journal,
    token: str,
    after: timedelta = timedelta(),
    key: str | None = None,
) -> BegunSession:
    command = EnterByLink(token=token)
    return enter_by_link(journal, command, context_at(NOON + after, key=key))


def shown(
    journal: Journal, token: str, after: timedelta = timedelta()
) -> ShownLink | None:
    return panel_link_shown(journal, token, context_at(NOON + after))


def test_a_link_begins_a_browser_session_of_the_applications_user(
    journal: Journal,
) -> None:
    ann, token = linked(journal)
    begun = enter(journal, token)
    found = live_session(journal, begun.token, NOON, BROWSER)
    assert found is not None
    assert (found.account_id, found.kind) == (ann.account_id, BROWSER)
    assert begun.session_id != ann.session_id
    assert journal.fresh(Session, begun.session_id).methods == ["device"]


def test_what_guards_the_account_still_asks_for_the_password(journal: Journal) -> None:
    _, token = linked(journal)
    found = live_session(journal, enter(journal, token).token, NOON, BROWSER)
    assert found is not None
    assert not found.is_recent(NOON)


def test_the_links_page_names_the_account_and_changes_nothing(journal: Journal) -> None:
    ann, token = linked(journal)
    before = counted(journal, ann.account_id)
    for _ in range(5):
        assert shown(journal, token) == ShownLink(
            account_id=ann.account_id, email=ann.email, name="Ann"
        )
    assert counted(journal, ann.account_id) == before


def test_a_link_is_good_for_a_minute_to_the_instant(journal: Journal) -> None:
    _, token = linked(journal)
    assert shown(journal, token, MINUTE) is None
    with pytest.raises(TokenGone):
        enter(journal, token, MINUTE)
    assert shown(journal, token, MINUTE - INSTANT) is not None
    enter(journal, token, MINUTE - INSTANT)


def test_a_link_is_used_once_and_no_other_text_is_one(journal: Journal) -> None:
    ann, token = linked(journal)
    eve, _ = linked(journal)
    enter(journal, token)
    before = counted(journal, ann.account_id)
    secret = token.split(".")[1]
    for text in (token, "", token[:-1], f"{eve.account_id}.{secret}", ann.token):
        assert shown(journal, text) is None
        with pytest.raises(TokenGone):
            enter(journal, text)
    assert counted(journal, ann.account_id) == before


def test_the_same_request_again_does_not_show_the_session_twice(
    journal: Journal,
) -> None:
    (ann, token), key = linked(journal), uuid4().hex
    enter(journal, token, key=key)
    with pytest.raises(TokenGone):
        enter(journal, token, key=key)
    again = make_panel_link(journal, ann.account_id, ann.session_id, context_at(NOON))
    with pytest.raises(AlreadyAnswered):
        enter(journal, again, key=key)
    assert topics(journal, ann.account_id).count("sessions.Begun") == 2


def test_a_link_of_an_application_that_was_signed_out_opens_nothing(
    journal: Journal,
) -> None:
    ann, token = linked(journal)
    end = EndSession(account_id=ann.account_id, session_id=ann.session_id)
    end_session(journal, end, context_at(NOON))
    assert shown(journal, token) is None
    with pytest.raises(TokenGone):
        enter(journal, token)


def test_other_credentials_void_the_link(journal: Journal) -> None:
    ann, token = linked(journal)
    others = EndOtherSessions(account_id=ann.account_id, session_id=ann.session_id)
    end_other_sessions(journal, others, context_at(NOON))
    assert live_session(journal, ann.token, NOON, DEVICE) is not None
    assert shown(journal, token) is None
    with pytest.raises(TokenGone):
        enter(journal, token)


def test_closing_the_account_voids_the_link(journal: Journal) -> None:
    ann, token = linked(journal)
    close = CloseAccount(account_id=ann.account_id)
    close_account(journal, close, context_at(NOON))
    assert shown(journal, token) is None
    with pytest.raises(TokenGone):
        enter(journal, token)
    with pytest.raises(AccountClosed):
        make_panel_link(journal, ann.account_id, ann.session_id, context_at(NOON))


def test_only_an_open_account_has_links(journal: Journal) -> None:
    for account_id in (uuid4(), signed_up(journal).account_id):
        with pytest.raises(NoSuchAccount):
            make_panel_link(journal, account_id, uuid4(), context_at(NOON))


def test_a_link_is_bound_to_the_credentials_it_was_made_with(journal: Journal) -> None:
    ann, token = linked(journal)
    found = posed(journal, token, PANEL_LINK, NOON)
    assert found is not None
    assert found.epoch == credentials_of(journal, owner(journal, ann.account_id)).epoch
    assert found.data == {"session_id": str(ann.session_id)}
