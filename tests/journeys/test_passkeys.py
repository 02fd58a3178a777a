"""A passkey of the browser's own virtual authenticator is the second factor."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, expect

from tests.journeys.customer import PHRASE, Customer, somebody
from tests.running import Running

pytestmark = pytest.mark.browser

OPTIONS = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
PRESS = "main button[data-passkey]"


def fingerprint_reader(person: Customer) -> tuple[CDPSession, str]:
    """Give the browser an authenticator that always agrees."""
    devtools = person.page.context.new_cdp_session(person.page)
    devtools.send("WebAuthn.enable")
    found: dict[str, Any] = devtools.send(
        "WebAuthn.addVirtualAuthenticator", {"options": OPTIONS}
    )
    return devtools, str(found["authenticatorId"])


def adds_one(person: Customer, name: str) -> list[str]:
    person.open("/security/passkey")
    person.fill(name=name)
    person.page.locator(PRESS).click()
    expect(person.page.locator("#codes li")).to_have_count(10)
    return person.page.locator("#codes li").all_inner_texts()


def test_a_passkey_signs_in_and_confirms_its_own_removal(
    browser: Browser, running: Running
) -> None:
    with somebody(browser, running, "Kim") as kim:
        kim.sign_up()
        fingerprint_reader(kim)
        adds_one(kim, "blue key")
        kim.open("/security")
        kim.sees("blue key")
        kim.sign_out()

        kim.sign_in()
        kim.page.locator(PRESS).click()
        expect(kim.page.locator(".top .who")).to_contain_text(kim.email)

        kim.open("/security")
        kim.page.locator('main a[href^="/security/off/"]').click()
        kim.page.locator(PRESS).click()
        expect(kim.page.locator("#live")).to_contain_text("The passkey was used")
        kim.fill(current_password=PHRASE)
        kim.page.locator("main form button.bad").click()
        kim.sees("The password alone is asked for")


def test_another_authenticator_is_refused_and_a_recovery_code_still_opens(
    browser: Browser, running: Running
) -> None:
    with somebody(browser, running, "Lea") as lea:
        lea.sign_up()
        devtools, reader = fingerprint_reader(lea)
        codes = adds_one(lea, "")
        lea.sign_out()
        devtools.send("WebAuthn.clearCredentials", {"authenticatorId": reader})
        lea.sign_in()
        lea.page.locator(PRESS).click()
        said = "The browser did not use a passkey."
        expect(lea.page.locator("#live")).to_contain_text(said)
        lea.fill(code=codes[0])
        lea.press()
        assert lea.is_signed_in()
