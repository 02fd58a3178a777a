"""A customer takes all his data along and closes the account."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.calling import application, call
from tests.journeys.customer import GOOD_CARD, PHRASE, Customer, mailed, somebody
from tests.journeys.travels import Sending, books_agree
from tests.running import Running
from tests.web.standing_in import wait_until
from tests.whole import Whole

DECIDED_FIRST = "A payment is disputed at the bank. That is decided first."
pytestmark = pytest.mark.browser


def downloads_everything(person: Customer) -> zipfile.ZipFile:
    person.open("/activity")
    person.page.locator('main a[href="/account/close"]').click()
    with person.page.expect_download() as download:
        person.page.locator("main a[download]").click()
    return zipfile.ZipFile(Path(download.value.path()))


def closes(person: Customer) -> None:
    person.open("/account/close")
    wrong = {"email": "somebody@example.org", "current_password": PHRASE}
    person.send("/account/close", **wrong)
    expect(person.page.locator("#email-error")).to_be_visible()
    person.send("/account/close", email=person.email, current_password=PHRASE)
    expect(person.page.locator("h1")).to_have_text("The account is closed")


def has_plenty(wanda: Customer, whole: Whole) -> tuple[str, str]:
    """Credits, the plan and a hold; return the subscription, and a dispute."""
    wanda.sign_up()
    wanda.choose("credits-2000")
    wanda.pay(GOOD_CARD)
    wanda.page.wait_for_url(whole.url + "/**")
    charge = whole.newest_charge()
    wanda.subscribe("unlimited-1000")
    sending = Sending(whole, wanda)
    assert sending.allowed("spring", 30) == ""
    dispute = whole.disputed(charge)
    mailed(whole, wanda.email, lambda mail: "is disputed" in mail["subject"])
    return whole.plan_of(sending.account_id), dispute


def test_closing_waits_for_the_bank_and_then_ends_what_would_be_charged(
    browser: Browser, travelling: Whole
) -> None:
    with somebody(browser, travelling, "Wanda") as wanda:
        subscription, dispute = has_plenty(wanda, travelling)
        wanda.open("/account/close")
        wanda.sees("Unlimited")
        form = {"email": wanda.email, "current_password": PHRASE}
        wanda.send("/account/close", **form)
        wanda.sees(DECIDED_FIRST)
        travelling.decide(dispute, "won")
        wanda.open_until("/purchases", "Dispute, decided for the payment")
        wanda.open("/account/close")
        wanda.sees("2,000")
        wanda.send("/account/close", **form)
        expect(wanda.page.locator("h1")).to_have_text("The account is closed")
        wait_until(lambda: travelling.status_of(subscription) == "canceled")
        assert not wanda.is_signed_in()
    books_agree(travelling)


def test_everything_is_downloaded_then_the_account_is_closed_for_good(
    browser: Browser, running: Running
) -> None:
    with somebody(browser, running, "Yves") as yves:
        yves.sign_up()
        yves.choose("credits-2000")
        yves.pay(GOOD_CARD)
        yves.newest_purchase()
        token = application(running, yves.email)
        with downloads_everything(yves) as archive:
            assert archive.testzip() is None
            names = archive.namelist()
            texts = [archive.read(name) for name in names if name.endswith(".json")]
        assert any(name.endswith(".pdf") for name in names)
        assert any(yves.email in json.dumps(json.loads(text)) for text in texts)

        closes(yves)
        assert call(running, "/account", token)[0] in (401, 403)
        assert not yves.is_signed_in()
        yves.sign_in()
        expect(yves.page.locator("[role=alert]")).to_be_visible()
        mailed(running, yves.email, lambda mail: "closed" in mail["text"])
