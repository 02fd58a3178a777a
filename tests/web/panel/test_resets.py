"""A forgotten password: one answer for all, one use, and every session ended."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.commands.people import new_email
from tests.web.browsing import words_of
from tests.web.signed_in import PHRASE, Inhabitant

NEW = "La Sambre coule vers Namur"


def asked(ida: Inhabitant, email: str | None = None) -> str:
    form = {"email": email or ida.person.email}
    answer = ida.browser.send("/forgotten", "/forgotten", **form)
    assert answer.status_code == 200
    return words_of(answer.text).replace(form["email"], "<address>")


def reset(ida: Inhabitant, token: str, **typed: str) -> tuple[int, str]:
    form = {"password": NEW, "password_again": NEW} | typed
    answer = ida.browser.send(f"/reset/{token}", f"/reset/{token}", **form)
    return answer.status_code, words_of(answer.text)


def test_the_answer_is_the_same_whether_somebody_has_the_address(
    ida: Inhabitant,
) -> None:
    assert asked(ida) == asked(ida, new_email())


def test_a_reset_ends_every_session_and_the_new_password_opens(ida: Inhabitant) -> None:
    other = ida.another()
    asked(ida)
    status, words = reset(ida, ida.token("password_reset"))
    assert status == 200, words
    assert not ida.is_in()
    assert not other.is_in()
    assert ida.sign_in(password=PHRASE).status_code == 422
    assert ida.sign_in(password=NEW).status_code == 303
    assert ida.mails("password_reset_done")


def test_a_link_works_once(ida: Inhabitant) -> None:
    asked(ida)
    token = ida.token("password_reset")
    reset(ida, token)
    assert reset(ida, token)[0] == 410


def test_opening_the_link_changes_nothing(ida: Inhabitant) -> None:
    asked(ida)
    token = ida.token("password_reset")
    for _ in range(3):
        assert ida.browser.get(f"/reset/{token}").status_code == 200
    assert reset(ida, token)[0] == 200


def test_a_link_ends_after_its_minutes(ida: Inhabitant) -> None:
    asked(ida)
    token = ida.token("password_reset")
    ida.clock.move(timedelta(minutes=60))
    assert reset(ida, token)[0] == 410


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"password_again": "something else"}, "The two passwords differ"),
        ({"password": "short", "password_again": "short"}, "15"),
    ],
)
def test_a_weak_password_is_refused_and_the_link_stays_good(
    ida: Inhabitant, typed: dict[str, str], said: str
) -> None:
    asked(ida)
    token = ida.token("password_reset")
    status, words = reset(ida, token, **typed)
    assert (status, said in words) == (422, True)
    assert reset(ida, token)[0] == 200


def test_two_factor_is_still_asked_for_afterwards(ida: Inhabitant) -> None:
    ida.with_authenticator()
    asked(ida)
    reset(ida, ida.token("password_reset"))
    assert "code" in (ida.sign_in(password=NEW).location or "")


def test_a_link_that_is_none_leads_to_a_page_that_says_so(ida: Inhabitant) -> None:
    assert ida.browser.get("/reset/nothing").status_code == 410
    assert ida.browser.get("/keep-two-factor/nothing").status_code == 200
    answer = ida.browser.send("/keep-two-factor/nothing", "/keep-two-factor/nothing")
    assert answer.status_code == 410
