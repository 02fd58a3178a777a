"""Automatic top-up, without JavaScript: set up, crossed by a campaign, confirmed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.customer import (
    GOOD_CARD,
    Customer,
    mailed,
    mailed_link,
    somebody,
)
from tests.running import Running

pytestmark = pytest.mark.browser

ASKING_CARD = "4000 0027 6000 3184"
SKU = "credits-2000"


def pays(person: Customer, number: str) -> None:
    """Fill in the card, and answer the bank where it asks."""
    person.page.wait_for_url(person.running.payments + "/**")
    person.pay(number)
    if number == ASKING_CARD:
        person.page.locator('button[value="complete"]').click()
    person.page.wait_for_url(person.running.url + "/**")


def sets_up(person: Customer, number: str) -> None:
    person.sign_up()
    person.choose(SKU)
    pays(person, GOOD_CARD)
    person.open("/credits")
    form = person.page.locator('main form[action="/credits/top-up"]')
    form.locator('[name="top_up_threshold"]').fill("500")
    form.locator('[name="top_up_cap"]').fill("50")
    form.locator('[name="top_up_sku"]').select_option(SKU)
    form.locator("button").click()
    pays(person, number)
    section = person.page.locator("#top-up")
    expect(section).to_contain_text(f"•••• {number[-4:]}")


def a_campaign_goes_out(person: Customer) -> None:
    """1,600 of the 2,000 credits are sent."""
    sender = person.running.sender()
    account = person.running.account_id(person.email)
    path = f"/accounts/{account}/holds"
    wish = {"campaign_id": "spring", "recipients": 1600, "kind": "credits"}
    held = sender.call("POST", path, wish)["hold_id"]
    sent = {"credits": 1600, "final": True}
    sender.call("POST", f"{path}/{held}/captures", sent)


def test_a_campaign_crosses_the_threshold_and_credits_are_there(
    browser: Browser, running: Running
) -> None:
    with somebody(browser, running, "Ida Moss", javascript=False) as person:
        sets_up(person, GOOD_CARD)
        a_campaign_goes_out(person)
        person.open_until("/credits", "Automatic top-up, purchase")
        expect(person.page.locator("main .hero").first).to_contain_text("2,400")
        expect(person.page.locator("#top-up")).to_contain_text("€20.00 of €50.00")
        assert person.newest_purchase()["receipt"].startswith("DB-")


def test_a_bank_that_asks_is_answered_on_the_mailed_page(
    browser: Browser, running: Running
) -> None:
    with somebody(browser, running, "Max Roth", javascript=False) as person:
        sets_up(person, ASKING_CARD)
        a_campaign_goes_out(person)
        person.open_until("/credits", "Your bank wants you to confirm a payment")
        mailed(running, person.email, lambda mail: "Confirm" in mail["subject"])
        person.page.goto(mailed_link(running, person.email, "/c/pay/"))
        pays(person, ASKING_CARD)
        person.open_until("/credits", "Automatic top-up, purchase")
        expect(person.page.locator("main .hero").first).to_contain_text("2,400")
