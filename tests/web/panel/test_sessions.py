"""Signing in and out, and the links by which an application opens the panel."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from commands.panel_links import make_panel_link
from commands.session_ends import EndSession, end_session
from ledger.sessions import DEVICE
from tests.commands.people import PHRASE, member, signed_up
from tests.commands.signed import SignedIn, signed
from tests.conftest import context_at
from tests.web.browsing import Browser, words_of
from tests.web.service import Clock
from tests.web.signed_in import Inhabitant
from web.panel.sessions import HALF_SECONDS
from web.wiring import Service

CHANGING = re.compile(r'value="[^"]*"')
WRONG = "another long password"


@pytest.fixture
def application(service: Service) -> SignedIn:
    """An application that somebody is signed in with."""
    return signed(service.journal, kind=DEVICE)


def link_of(service: Service, application: SignedIn) -> str:
    """The address that opens the panel as the application's user."""
    ids = application.account_id, application.session_id
    token = make_panel_link(service.journal, *ids, context_at(service.clock()))
    return f"/enter/{token}"


def test_a_stranger_is_led_to_the_sign_in_page_and_back_afterwards(
    browser: Browser, service: Service
) -> None:
    answer = browser.get("/credits?before=3")
    assert answer.status_code == 303
    assert answer.location == "/sign-in?next=/credits%3Fbefore%3D3"
    typed = {"email": member(service.journal).email, "password": PHRASE}
    answer = browser.send("/sign-in", answer.location, **typed)
    assert answer.location == "/credits?before=3"


@pytest.mark.parametrize(
    "next_path", ["//evil.example", "https://evil.example/", "/\\evil.example", ""]
)
def test_the_way_back_leads_nowhere_else(
    browser: Browser, service: Service, next_path: str
) -> None:
    typed = {"email": member(service.journal).email, "password": PHRASE}
    answer = browser.send("/sign-in", "/sign-in", next=next_path, **typed)
    assert answer.location == "/"


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(
    browser: Browser, service: Service
) -> None:
    emails = member(service.journal).email, "nobody@example.com"
    told = [
        browser.send("/sign-in", "/sign-in", email=email, password=WRONG)
        for email in emails
    ]
    assert [answer.status_code for answer in told] == [422, 422]
    assert len({CHANGING.sub("", answer.text) for answer in told}) == 1


def test_an_account_that_was_never_confirmed_cannot_be_signed_in_to(
    browser: Browser, service: Service
) -> None:
    typed = {"email": signed_up(service.journal).email, "password": PHRASE}
    assert browser.send("/sign-in", "/sign-in", **typed).status_code == 422


def test_signing_out_ends_the_very_next_request(ida: Inhabitant) -> None:
    kept = ida.browser.client.get_cookie("daybook-session")
    assert kept is not None
    answer = ida.browser.send("/sign-out", "/")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    ida.browser.client.set_cookie("daybook-session", kept.value)
    assert not ida.is_in()


def test_whoever_is_signed_in_is_not_asked_again_at_the_door(ida: Inhabitant) -> None:
    assert ida.browser.get("/sign-in").location == "/"


def test_the_password_alone_opens_nothing_where_two_factor_is_on(
    ida: Inhabitant,
) -> None:
    seed = ida.with_authenticator()
    ida.browser.send("/sign-out", "/")
    assert ida.sign_in(next="/credits").location == "/sign-in/code?next=/credits"
    assert not ida.is_in()
    where = "/sign-in/code?next=/credits"
    wrong = ida.browser.send("/sign-in/code", where, code="000000")
    assert (wrong.status_code, ida.is_in()) == (422, False)
    answer = ida.browser.send("/sign-in/code", where, code=ida.code(seed))
    assert (answer.location, ida.is_in()) == ("/credits", True)
    assert ida.browser.client.get_cookie("daybook-half") is None


def test_half_a_sign_in_is_over_after_ten_minutes(ida: Inhabitant) -> None:
    seed = ida.with_authenticator()
    ida.browser.send("/sign-out", "/")
    ida.sign_in()
    form = ida.browser.get("/sign-in/code")
    assert form.status_code == 200
    ida.clock.move(timedelta(seconds=HALF_SECONDS))
    assert ida.browser.get("/sign-in/code").location == "/sign-in?next=/"
    code = ida.code(seed)
    answer = ida.browser.send("/sign-in/code", "/sign-in", code=code)
    assert "That took too long" in words_of(answer.text)
    assert not ida.is_in()


def test_what_guards_the_account_asks_again_and_goes_on_to_where_one_was(
    ida: Inhabitant,
) -> None:
    page = "/confirm?next=/api-keys"
    wrong = ida.send("/confirm", page, current_password=WRONG)
    assert wrong.status_code == 422
    assert "not the account’s password" in words_of(wrong.text)
    answer = ida.send("/confirm", page)
    assert (answer.status_code, answer.location) == (303, "/api-keys")


def test_an_applications_link_opens_its_users_panel_once(
    browser: Browser, service: Service, application: SignedIn
) -> None:
    path = link_of(service, application)
    for _ in range(2):
        page = browser.get(path)
        assert application.email in words_of(page.text)
        assert page.headers["Referrer-Policy"] == "no-referrer"
    assert browser.get("/").status_code == 303
    assert browser.send(path, path).location == "/"
    assert browser.get("/").status_code == 200
    assert browser.get(path).status_code == 410


def test_an_applications_link_lasts_a_minute(
    browser: Browser, service: Service, application: SignedIn, clock: Clock
) -> None:
    path = link_of(service, application)
    clock.move(timedelta(minutes=1))
    assert browser.get(path).status_code == 410
    assert browser.send(path, "/sign-in").status_code == 410


def test_a_link_dies_with_the_session_that_asked_for_it(
    browser: Browser, service: Service, application: SignedIn
) -> None:
    path = link_of(service, application)
    end = EndSession(
        account_id=application.account_id, session_id=application.session_id
    )
    end_session(service.journal, end, context_at(service.clock()))
    assert browser.get(path).status_code == 410
    assert browser.send(path, "/sign-in").status_code == 410
