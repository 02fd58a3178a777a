"""Staff come in by a link, find an account, disable and enable it; looks are kept."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.authenticator import Authenticator
from tests.journeys.calling import application, call
from tests.journeys.customer import Customer, mailed, mailed_link, somebody
from tests.running import Running, Served

pytestmark = pytest.mark.browser

PHRASE = "La Meuse remonte vers Namur"
REASON = "Three complaints about spam"


def invited(running: Served, email: str, role: str) -> str:
    """Invite a member; return the one-use link, which is printed and mailed."""
    said = running.invite(email, role)
    link = mailed_link(running, email, "/staff/join/")
    assert link.rpartition("/")[2] in said
    return link


def joins(member: Customer, role: str) -> None:
    """Set password and second factor, then sign in with both."""
    link = invited(member.running, member.email, role)
    member.page.goto(link)
    seed = member.page.locator("#seed").inner_text()
    app = Authenticator(seed, member.running.now)
    member.fill(password=PHRASE, password_again=PHRASE, code=app.code())
    member.press()
    expect(member.page.locator("#codes li")).to_have_count(10)
    member.page.goto(link)
    expect(member.page.locator("h1")).to_have_text("This link is over")
    member.open("/staff/sign-in")
    member.fill(email=member.email, password=PHRASE)
    member.press()
    member.fill(code=app.code())
    member.press()
    expect(member.page.locator(".top .who")).to_contain_text(member.email)


def finds(member: Customer, email: str) -> str:
    member.open("/staff")
    member.page.locator('[name="q"]').fill(email)
    member.page.locator("main form[role=search] .btn").click()
    expect(member.page.locator("h1")).to_have_text(email)
    return member.page.url.removeprefix(member.running.url)


def was_looked_at(helper: Customer) -> None:
    looks = helper.page.locator("main table", has_text="Looks of staff")
    expect(looks.locator("tbody tr").first).to_contain_text(helper.email)


def test_support_disables_an_account_with_a_reason_and_opens_it_again(
    browser: Browser, running: Running
) -> None:
    with (
        somebody(browser, running, "Wim") as wim,
        somebody(browser, running, "Helper") as helper,
    ):
        wim.sign_up()
        token = application(running, wim.email)
        joins(helper, "support")
        account = finds(helper, wim.email)
        helper.send(f"{account}/disable")
        expect(helper.page.locator("#reason-error")).to_be_visible()
        helper.send(f"{account}/disable", reason=REASON)
        helper.sees("The account is disabled")
        wim.open("/")
        expect(wim.page.locator("h1")).to_have_text("This account is disabled")
        assert call(running, "/account", token)[0] == 403
        mailed(running, wim.email, lambda mail: "disabled" in mail["text"])
        helper.send(f"{account}/enable", reason="It was somebody else")
        helper.sees("The account is open again")
        assert wim.is_signed_in()
        assert call(running, "/account", token)[0] == 200
        was_looked_at(helper)


def test_an_auditor_looks_and_finds_nothing_to_press(
    browser: Browser, running: Running
) -> None:
    with (
        somebody(browser, running, "Xia") as xia,
        somebody(browser, running, "Auditor") as auditor,
    ):
        xia.sign_up()
        joins(auditor, "auditor")
        finds(auditor, xia.email)
        expect(auditor.page.locator("main form")).to_have_count(0)
        auditor.open("/staff/refused-captures")
        auditor.sees("No capture was refused")
        auditor.open("/")
        assert "/sign-in" in auditor.page.url
