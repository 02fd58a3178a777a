"""Account activity: a cross ends a session on its next request, without a question."""

from __future__ import annotations

import re
from uuid import uuid4

from tests.commands.people import member
from tests.commands.signed import session_of
from tests.web.browsing import words_of
from tests.web.signed_in import Inhabitant


def sessions_on(page: str) -> list[str]:
    return re.findall(r'name="session" value="([0-9a-f-]{36})"', page)


def test_every_browser_is_listed_and_the_own_one_is_marked(ida: Inhabitant) -> None:
    ida.another()
    page = ida.browser.get("/activity")
    assert len(sessions_on(page.text)) == 1
    assert "This session" in words_of(page.text)


def test_the_other_session_is_refused_on_its_very_next_request(ida: Inhabitant) -> None:
    other = ida.another()
    assert other.is_in()
    [session] = sessions_on(ida.browser.get("/activity").text)
    answer = ida.browser.send("/activity/end", "/activity", session=session)
    assert answer.status_code == 200
    assert not other.is_in()
    assert ida.is_in()
    words = words_of(answer.text)
    assert "The session was ended" in words
    assert "change the password and look through the API keys" in words


def test_a_cross_twice_or_on_somebody_elses_session_changes_nothing(
    ida: Inhabitant,
) -> None:
    stranger = member(ida.service.journal)
    theirs = session_of(ida.service.journal, stranger.email)
    for session in (str(uuid4()), str(theirs.session_id), "no id"):
        answer = ida.browser.send("/activity/end", "/activity", session=session)
        assert answer.status_code == 200
        assert "The session was ended" not in words_of(answer.text)
    assert ida.is_in()


def test_all_others_are_signed_out_and_this_one_stays(ida: Inhabitant) -> None:
    others = [ida.another(), ida.another()]
    answer = ida.browser.send("/activity/end-others", "/activity")
    assert "All other applications were signed out" in words_of(answer.text)
    assert [other.is_in() for other in others] == [False, False]
    assert ida.is_in()


def test_opening_the_page_ends_nothing(ida: Inhabitant) -> None:
    other = ida.another()
    assert ida.browser.get("/activity/end").status_code == 405
    assert other.is_in()
