"""A customer sees who is signed in and ends what he does not recognise."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.calling import application, call
from tests.journeys.customer import Customer, somebody
from tests.running import Running

pytestmark = pytest.mark.browser


def same_person(browser: Browser, person: Customer, agent: str) -> Customer:
    """Sign in with a second browser."""
    page = browser.new_context(locale="en-GB", user_agent=agent).new_page()
    other = Customer(page, person.running, person.name, person.email)
    other.sign_in()
    assert other.is_signed_in()
    return other


FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"


def test_the_cross_ends_another_browser_at_its_very_next_request(
    browser: Browser, running: Running
) -> None:
    with somebody(browser, running, "Quinn") as quinn:
        quinn.sign_up()
        other = same_person(browser, quinn, FIREFOX)
        quinn.open("/activity")
        row = quinn.page.locator("main tbody tr", has_text="Firefox 140, Windows")
        row.get_by_role("button", name="End session").click()
        expect(quinn.page.locator("main [role=status] a")).to_have_text(
            "Change password"
        )
        expect(row).to_have_count(0)
        assert not other.is_signed_in()
        assert quinn.is_signed_in()
        other.page.context.close()


def test_all_others_are_signed_out_the_application_too(
    browser: Browser, running: Running
) -> None:
    with somebody(browser, running, "Rex") as rex:
        rex.sign_up()
        other, token = (
            same_person(browser, rex, FIREFOX),
            application(running, rex.email),
        )
        assert call(running, "/account", token)[0] == 200
        rex.open("/activity")
        rex.sees("Daybook for Mac")
        rex.send("/activity/end-others")
        expect(rex.page.locator("main tbody").first.locator("tr")).to_have_count(1)
        assert not other.is_signed_in()
        assert call(running, "/account", token)[0] == 401
        other.page.context.close()


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "plain"])
def test_the_application_opens_the_panel_by_a_link_that_works_once(
    browser: Browser, running: Running, javascript: bool
) -> None:
    with (
        somebody(browser, running, "Sue") as sue,
        somebody(browser, running, "Her screen", javascript=javascript) as screen,
    ):
        sue.sign_up()
        token = application(running, sue.email)
        status, link = call(running, "/panel-links", token, {})
        assert status == 201
        screen.page.goto(link["url"])
        if not javascript:
            screen.sees(sue.email)
            assert not screen.page.context.cookies(running.url + "/session")[2:]
            screen.press()
        expect(screen.page.locator(".top .who")).to_contain_text(sue.email)
        sue.page.goto(link["url"])
        expect(sue.page.locator("h1")).to_have_text("This link is over")
