"""Language and appearance: remembered by the browser, and by the account."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from ledger.accounts import Account
from tests.web.browsing import Browser, customer
from tests.web.service import BASE, Clock
from web.wiring import Service


@pytest.fixture
def browser(app: Flask, clock: Clock) -> Browser:
    """A browser whose network has asked for nothing in the last minutes."""
    clock.move(timedelta(minutes=5))
    return Browser(app)


def test_language_and_appearance_are_remembered(browser: Browser) -> None:
    browser.send("/language", "/sign-in", language="fr")
    browser.send("/theme", "/sign-in", theme="dark")
    assert '<html lang="fr" data-theme="dark">' in browser.get("/sign-in").text


def test_the_system_decides_again_once_it_is_asked_to(browser: Browser) -> None:
    browser.send("/theme", "/sign-in", theme="light")
    browser.send("/theme", "/sign-in", theme="")
    assert '<html lang="en">' in browser.get("/sign-in").text
    assert browser.client.get_cookie("daybook-theme") is None


@pytest.mark.parametrize(
    "code", ["", "de", "FR", "fr\r\nSet-Cookie: x=1", "../../etc", "<b>", "\x00"]
)
def test_a_language_that_we_do_not_speak_is_english(
    browser: Browser, code: str
) -> None:
    answer = browser.send("/language", "/sign-in", language=code)
    assert answer.status_code == 303
    cookie = browser.client.get_cookie("daybook-language")
    assert cookie is not None
    assert cookie.value == "en"


@pytest.mark.parametrize("theme", ["sepia", "DARK", 'dark" onload="x', "\r\nx: y"])
def test_an_appearance_that_does_not_exist_is_forgotten(
    browser: Browser, theme: str
) -> None:
    browser.send("/theme", "/sign-in", theme="dark")
    assert browser.send("/theme", "/sign-in", theme=theme).status_code == 303
    assert "data-theme" not in browser.get("/sign-in").text


@pytest.mark.parametrize(
    "back",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/x\r\nSet-Cookie: x=1",
        "/\x00",
        "evil.example",
        "",
    ],
    ids=range(9),
)
@pytest.mark.parametrize("form", ["/language", "/theme"])
def test_the_way_back_never_leads_elsewhere(
    browser: Browser, form: str, back: str
) -> None:
    answer = browser.send(form, "/sign-in", back=back)
    assert (answer.status_code, answer.location) == (303, "/")
    assert browser.client.get_cookie("x") is None


def test_the_way_back_leads_to_the_page_that_was_left(browser: Browser) -> None:
    back = "/sign-in?next=/credits%3Fbefore%3D3"
    assert browser.send("/theme", "/sign-in", back=back).location == back


def test_the_choice_is_kept_for_a_year_and_no_script_reads_it(
    browser: Browser,
) -> None:
    browser.send("/language", "/sign-in", language="fr")
    cookie = browser.client.get_cookie("daybook-language")
    assert cookie is not None
    assert (cookie.max_age, cookie.http_only) == (400 * 86_400, True)
    assert (cookie.same_site, cookie.secure) == ("Lax", False)


def test_an_account_is_written_to_in_the_language_that_its_owner_chose(
    service: Service, app: Flask
) -> None:
    browser, account_id = customer(service, app)
    for chosen, kept in (("fr", "fr"), ("tlh", "en")):
        browser.send("/language", "/", language=chosen)
        assert service.journal.fresh(Account, account_id).language == kept


def test_another_site_changes_no_preference(browser: Browser) -> None:
    headers = {"Origin": "https://evil.example"}
    for path in ("/language", "/theme"):
        data = {"language": "fr", "theme": "dark"}
        answer = browser.client.post(path, data=data, base_url=BASE, headers=headers)
        assert answer.status_code == 403
        assert "daybook-language" not in str(answer.headers)
