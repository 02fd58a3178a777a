"""A second factor is set up by keyboard alone, asked for, and turned off."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.authenticator import Authenticator, tab_to
from tests.journeys.customer import PHRASE, Customer, mailed, somebody
from tests.running import Running

pytestmark = pytest.mark.browser

ENGLISH = {
    "on": "Two-factor sign-in is on",
    "off": "Two-factor sign-in is off",
    "mailed": "two-factor sign-in was turned off",
}
FRENCH = {
    "on": "La double authentification est activée",
    "off": "La double authentification est désactivée",
    "mailed": "la double authentification a été désactivée",
}
LANGUAGES = [
    pytest.param("en-GB", ENGLISH, id="en"),
    pytest.param("fr-FR", FRENCH, id="fr"),
]


def type_in(page: Page, name: str, text: str) -> None:
    tab_to(page, page.locator(f'main [name="{name}"]'))
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def go_by_keyboard(page: Page, selector: str) -> None:
    tab_to(page, page.locator(selector))
    page.keyboard.press("Enter")


def enrols_by_keyboard(person: Customer, said: str) -> tuple[Authenticator, list[str]]:
    page = person.page
    go_by_keyboard(page, '.nav a[href="/security"]')
    go_by_keyboard(page, 'main a[href="/security/two-factor"]')
    app = Authenticator(page.locator("#seed").inner_text())
    type_in(page, "code", app.code())
    person.sees(said)
    codes = page.locator("#codes li").all_inner_texts()
    tab_to(page, page.locator('main [name="kept"]'))
    page.keyboard.press("Space")
    go_by_keyboard(page, "main form button.pri")
    expect(page.locator("main .tag.ok")).to_be_visible()
    return app, codes


def turns_off(person: Customer, code: str, said: str) -> None:
    person.open("/security/off")
    person.send("/security/off", current_password=PHRASE, code=code)
    person.sees(said)


@pytest.mark.parametrize(("language", "words"), LANGUAGES)
def test_two_factor_is_set_up_without_a_mouse_asked_for_and_turned_off(
    browser: Browser, running: Running, language: str, words: dict[str, str]
) -> None:
    with somebody(browser, running, "Ida", language) as ida:
        ida.sign_up()
        app, codes = enrols_by_keyboard(ida, words["on"])
        assert len(set(codes)) == 10
        ida.sign_out()
        ida.sign_in()
        assert not ida.is_signed_in()
        ida.open("/sign-in/code")
        ida.fill(code=app.code())
        ida.press()
        expect(ida.page.locator(".top .who")).to_contain_text(ida.email)
        turns_off(ida, codes[0], words["off"])
        ida.sign_out()
        ida.sign_in()
        assert ida.is_signed_in()
        mailed(running, ida.email, lambda mail: words["mailed"] in mail["text"])


def test_a_recovery_code_opens_once_and_new_ones_void_the_rest(
    browser: Browser, running: Running
) -> None:
    with somebody(browser, running, "Jon") as jon:
        jon.sign_up()
        _, codes = enrols_by_keyboard(jon, ENGLISH["on"])
        for code, opens in ((codes[0], True), (codes[0], False), (codes[1], True)):
            if jon.is_signed_in():
                jon.sign_out()
            jon.sign_in()
            jon.fill(code=code)
            jon.press()
            assert jon.is_signed_in() is opens
        jon.open("/security/codes")
        jon.send("/security/codes", current_password=PHRASE, code=codes[2])
        fresh = jon.page.locator("#codes li").all_inner_texts()
        assert not set(fresh) & set(codes)
        jon.open("/security/off")
        jon.send("/security/off", current_password=PHRASE, code=codes[3])
        expect(jon.page.locator("#code-error")).to_be_visible()
        turns_off(jon, fresh[0], ENGLISH["off"])
