"""Members of the staff come in by an invitation, a password and a code: all three."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from commands.password_changes import RequestReset, request_reset
from ledger.staff import INVITATION_TERM
from tests.commands.people import PHRASE as CUSTOMERS_PHRASE
from tests.commands.people import mails_of, member, new_email
from tests.conftest import context_at
from tests.web.browsing import Browser
from tests.web.service import Clock
from tests.web.staffing import PHRASE, Joined, code_of, invited, joined, seed_on
from web.wiring import Service

DOOR = "/staff/sign-in"


def joining(
    browser: Browser, token: str, code: str, password: str = PHRASE, again: str = PHRASE
) -> tuple[int, str]:
    path = f"/staff/join/{token}"
    typed = {"password": password, "password_again": again, "code": code}
    answer = browser.send(path, path, **typed)
    return answer.status_code, answer.text


def test_the_link_is_good_for_one_member_and_a_day(
    app: Flask, service: Service, clock: Clock
) -> None:
    _, late = invited(service, "auditor", new_email())
    clock.move(INVITATION_TERM - timedelta(seconds=1))
    assert Browser(app).get(f"/staff/join/{late}").status_code == 200
    clock.move(timedelta(seconds=1))
    assert Browser(app).get(f"/staff/join/{late}").status_code == 410
    used = joined(service, app, clock, "auditor")
    assert Browser(app).get(f"/staff/join/{used.invitation}").status_code == 410
    assert joining(Browser(app), used.invitation, "000000")[0] == 410


def test_a_newer_invitation_ends_the_one_before(
    app: Flask, service: Service, clock: Clock
) -> None:
    email = new_email()
    _, first = invited(service, "auditor", email)
    clock.move(timedelta(minutes=5))
    _, second = invited(service, "support", email)
    assert Browser(app).get(f"/staff/join/{first}").status_code == 410
    assert Browser(app).get(f"/staff/join/{second}").status_code == 200


def test_opening_the_link_changes_nothing_and_names_it_to_no_other_site(
    app: Flask, service: Service
) -> None:
    _, first = invited(service, "auditor", new_email())
    path = f"/staff/join/{first}"
    pages = [Browser(app).get(path) for _ in range(3)]
    assert len({seed_on(page.text) for page in pages}) == 1
    assert pages[0].headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("password", "again"),
    [("short", "short"), ("password12345678", "password12345678"), (PHRASE, "other")],
    ids=["short", "common", "differing"],
)
def test_nobody_joins_with_a_password_that_would_not_do(
    app: Flask, service: Service, clock: Clock, password: str, again: str
) -> None:
    _, token = invited(service, "finance", new_email())
    browser = Browser(app)
    code = code_of(seed_on(browser.get(f"/staff/join/{token}").text), clock)
    assert joining(browser, token, code, password, again)[0] == 422
    assert joining(browser, token, code)[0] == 200


def test_nobody_joins_without_the_code_of_his_authenticator(
    app: Flask, service: Service, clock: Clock
) -> None:
    staff_id, token = invited(service, "finance", new_email())
    browser = Browser(app)
    for code in ("", "000000", "abcdef"):
        assert joining(browser, token, code)[0] == 422
    browser.send(DOOR, DOOR, email="x@example.com", password=PHRASE)
    assert browser.get(f"{DOOR}/code").location == DOOR
    seed = seed_on(browser.get(f"/staff/join/{token}").text)
    status, page = joining(browser, token, code_of(seed, clock))
    assert (status, page.count("<li>") >= 10) == (200, True)
    assert str(staff_id) not in page


def test_the_password_alone_lets_no_member_in(
    app: Flask, clock: Clock, support: Joined
) -> None:
    browser = Browser(app)
    answer = browser.send(DOOR, DOOR, email=support.email, password=PHRASE)
    assert answer.location == f"{DOOR}/code"
    assert browser.client.get_cookie("daybook-staff", "localhost") is None
    assert browser.get("/staff").location.startswith(DOOR)
    wrong = browser.send(f"{DOOR}/code", f"{DOOR}/code", code="000000")
    assert wrong.status_code == 422
    clock.move(timedelta(seconds=30))
    code = code_of(support.seed, clock)
    assert browser.send(f"{DOOR}/code", f"{DOOR}/code", code=code).location == "/staff"


def test_a_code_lets_one_browser_in(app: Flask, clock: Clock, support: Joined) -> None:
    clock.move(timedelta(seconds=30))
    code, outcomes = code_of(support.seed, clock), []
    for _ in range(2):
        browser = Browser(app)
        browser.send(DOOR, DOOR, email=support.email, password=PHRASE)
        answer = browser.send(f"{DOOR}/code", f"{DOOR}/code", code=code)
        outcomes.append(answer.status_code)
    assert outcomes == [303, 422]


def test_a_recovery_code_of_the_member_lets_him_in_once(
    app: Flask, clock: Clock, finance: Joined
) -> None:
    outcomes = []
    for _ in range(2):
        browser = Browser(app)
        browser.send(DOOR, DOOR, email=finance.email, password=PHRASE)
        code = finance.codes[4]
        answer = browser.send(f"{DOOR}/code", f"{DOOR}/code", code=code)
        outcomes.append(answer.status_code)
    assert outcomes == [303, 422]


def test_wrong_unknown_invited_and_customers_are_answered_alike(
    app: Flask, service: Service, support: Joined
) -> None:
    customer, waiting = member(service.journal), new_email()
    invited(service, "support", waiting)
    tried = (
        (support.email, "wrong"),
        (new_email(), PHRASE),
        (waiting, PHRASE),
        (customer.email, CUSTOMERS_PHRASE),
    )
    browser, said = Browser(app), set()
    for email, password in tried:
        answer = browser.send(DOOR, DOOR, email=email, password=password)
        said.add((answer.status_code, answer.text.replace(email, "")))
    assert len(said) == 1
    assert said.pop()[0] == 422


def test_a_member_is_no_customer(app: Flask, service: Service, support: Joined) -> None:
    browser = Browser(app)
    answer = browser.send("/sign-in", "/sign-in", email=support.email, password=PHRASE)
    assert answer.status_code == 422
    context = context_at(service.clock(), ip="192.0.2.8")
    request_reset(service.journal, RequestReset(email=support.email), context)
    mails = mails_of(service.journal, support.staff_id)
    assert {mail["template"] for mail in mails} <= {"staff_invited"}


def test_who_signs_out_is_out_and_nothing_is_left_in_his_browser(
    app: Flask, service: Service, clock: Clock
) -> None:
    leaving = joined(service, app, clock, "support")
    cookie = leaving.browser.client.get_cookie("daybook-staff", "localhost")
    assert cookie is not None
    answer = leaving.browser.send("/staff/sign-out", "/staff")
    assert (answer.status_code, answer.location) == (303, DOOR)
    assert "cache" in answer.headers["Clear-Site-Data"]
    again = Browser(app)
    again.client.set_cookie("daybook-staff", cookie.value)
    assert again.get("/staff").location.startswith(DOOR)


def test_whoever_is_signed_in_needs_no_door(support: Joined) -> None:
    assert support.browser.get(DOOR).location == "/staff"
