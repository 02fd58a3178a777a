"""A customer gives a script a key: created, used, rotated, revoked."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.calling import basic, call
from tests.journeys.customer import PHRASE, Customer, somebody
from tests.running import Running

pytestmark = pytest.mark.browser

NAME = "Zapier connection"


def shown(person: Customer) -> str:
    """Read ID and secret, which the page shows this once."""
    key_id = person.page.locator("#key-id").inner_text()
    return basic(key_id, person.page.locator("#key-secret").inner_text())


def creates_a_key(person: Customer) -> str:
    person.open("/api-keys")
    person.send("/api-keys", name=NAME, current_password=PHRASE)
    expect(person.page.locator("main .secret")).to_contain_text(NAME)
    header = shown(person)
    person.page.locator("main .secret a.pri").click()
    expect(person.page.locator("#key-secret")).to_have_count(0)
    return header


def test_a_key_is_shown_once_used_rotated_with_overlap_and_revoked(
    browser: Browser, running: Running
) -> None:
    with somebody(browser, running, "Tom") as tom:
        tom.sign_up()
        first = creates_a_key(tom)
        status, told = call(running, "/account", first)
        assert (status, told["email"]) == (200, tom.email)

        tom.page.get_by_role("link", name=f"Edit {NAME}").click()
        path = tom.page.url.removeprefix(running.url)
        tom.send(f"{path}/rotate", current_password=PHRASE)
        second = shown(tom)
        assert second != first
        assert call(running, "/account", first)[0] == 200
        assert call(running, "/account", second)[0] == 200

        tom.open("/activity")
        tom.sees(NAME)
        tom.open("/api-keys")
        tom.page.get_by_role("button", name=f"Revoke key: {NAME}").click()
        tom.sees("The key was revoked")
        assert [call(running, "/account", key)[0] for key in (first, second)] == [
            401
        ] * 2


def test_without_the_password_no_key_is_created_and_the_name_stays(
    browser: Browser, running: Running
) -> None:
    with somebody(browser, running, "Uma") as uma:
        uma.sign_up()
        uma.open("/api-keys")
        uma.send("/api-keys", name=NAME, current_password="another sentence")
        expect(uma.page.locator("#current_password-error")).to_be_visible()
        expect(uma.page.locator("#name")).to_have_value(NAME)
        uma.open("/api-keys")
        expect(uma.page.locator("main tbody")).to_have_count(0)


def test_a_narrowed_key_reads_only_what_is_left_to_it(
    browser: Browser, running: Running
) -> None:
    with somebody(browser, running, "Vic") as vic:
        vic.sign_up()
        vic.open("/api-keys")
        vic.page.locator('[value="credits:read"]').check()
        header = creates_a_key_of_what_is_ticked(vic)
        credits = f"/accounts/{running.account_id(vic.email)}/credits"
        assert call(running, credits, header)[0] == 200
        vic.open("/api-keys")
        vic.page.get_by_role("link", name=f"Edit {NAME}").click()
        vic.page.locator('[value="credits:read"]').uncheck()
        vic.send(vic.page.url.removeprefix(running.url), name=NAME)
        assert call(running, credits, header)[0] == 403
        assert call(running, "/account", header)[0] == 200


def creates_a_key_of_what_is_ticked(person: Customer) -> str:
    person.send("/api-keys", name=NAME, current_password=PHRASE)
    return shown(person)
