"""A customer changes his password, or sets another when he has forgotten it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.customer import PHRASE, Customer, mailed_link, somebody
from tests.running import Running

pytestmark = pytest.mark.browser

ANOTHER = "La Loire passe sous la pluie"


def second_browser(browser: Browser, person: Customer) -> Customer:
    page = browser.new_context(locale="en-GB").new_page()
    other = Customer(page, person.running, person.name, person.email)
    other.sign_in()
    assert other.is_signed_in()
    return other


def generated(person: Customer) -> str:
    person.open("/security")
    person.page.locator('[data-generate="password"]').click()
    made = person.page.locator("#password").input_value()
    expect(person.page.locator("#password_again")).to_have_value(made)
    expect(person.page.locator("#live")).not_to_be_empty()
    return made


def test_the_key_icon_makes_a_password_and_the_others_are_signed_out(
    browser: Browser, running: Running
) -> None:
    with somebody(browser, running, "Fay") as fay:
        fay.sign_up()
        other = second_browser(browser, fay)
        made, another = generated(fay), generated(fay)
        assert len(another) == 20
        assert another != made
        fay.send("/security/password", current_password=PHRASE)
        fay.sees("The password was changed")
        assert not other.is_signed_in()
        assert fay.is_signed_in()
        other.sign_in(another)
        assert other.is_signed_in()
        other.page.context.close()


def test_other_sessions_stay_where_the_offer_is_declined(
    browser: Browser, running: Running
) -> None:
    with somebody(browser, running, "Gus") as gus:
        gus.sign_up()
        other = second_browser(browser, gus)
        gus.open("/security")
        gus.page.locator('[name="end_others"]').uncheck()
        new = {"password": ANOTHER, "password_again": ANOTHER}
        gus.send("/security/password", current_password=PHRASE, **new)
        gus.sees("The password was changed")
        assert other.is_signed_in()
        other.page.context.close()


def asks_for_a_link(person: Customer, email: str) -> str:
    person.open("/sign-in")
    person.page.locator('main a[href^="/forgotten"]').click()
    person.fill(email=email)
    person.press()
    expect(person.page.locator("h1")).to_have_text("Look into the mailbox")
    return person.page.locator("main").inner_text().replace(email, "…")


def test_a_forgotten_password_is_replaced_by_mail_and_every_session_ends(
    browser: Browser, running: Running
) -> None:
    with (
        somebody(browser, running, "Hal") as hal,
        somebody(browser, running, "Nobody") as stranger,
    ):
        hal.sign_up()
        said = asks_for_a_link(stranger, hal.email)
        assert said == asks_for_a_link(stranger, "unknown@example.org")
        link = mailed_link(running, hal.email, "/reset/")
        stranger.page.goto(link)
        assert hal.is_signed_in()
        stranger.fill(password=ANOTHER, password_again=ANOTHER)
        stranger.press()
        expect(stranger.page.locator("h1")).to_have_text("The password was changed")
        assert not hal.is_signed_in()
        hal.sign_in()
        expect(hal.page.locator("[role=alert]")).to_be_visible()
        hal.sign_in(ANOTHER)
        assert hal.is_signed_in()
