"""Payments that the bank takes into question: won, and lost after they were spent."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.customer import GOOD_CARD, Customer, mailed, somebody
from tests.journeys.travels import DAY, Eyes, Sending, books_agree
from tests.whole import Whole

pytestmark = pytest.mark.browser

PACK = "credits-2000"


def buys(person: Customer, whole: Whole) -> str:
    """Buy a pack; return the processor's name of the charge."""
    person.choose(PACK)
    person.pay(GOOD_CARD)
    person.page.wait_for_url(whole.url + "/**")
    return whole.newest_charge()


def is_frozen_and_thawed(
    nils: Customer, whole: Whole, sending: Sending, eyes: Eyes
) -> None:
    dispute = whole.disputed(buys(nils, whole))
    nils.open_until("/credits", "2,000 credits are frozen")
    eyes.look()
    mailed(whole, nils.email, lambda mail: "is disputed" in mail["subject"])
    answer = sending.may(1)
    assert (answer["allowed"], answer["reason"]) == (False, "too_few_credits")
    nils.open("/purchases")
    nils.sees("Disputed at the bank")
    whole.travel(whole.service.clock() + 20 * DAY)
    whole.decide(dispute, "won")
    nils.come_back()
    nils.open_until("/credits", "No longer frozen")
    assert sending.may(2000)["allowed"]
    nils.open("/purchases")
    nils.sees("Dispute, decided for the payment")


def is_lost_after_it_was_sent(
    nils: Customer, whole: Whole, sending: Sending, eyes: Eyes
) -> None:
    """1,500 of 4,000 are left when one of two payments is taken back."""
    charge = buys(nils, whole)
    sending.sender.send(sending.account_id, "Fair", 3500, 3500)
    dispute = whole.disputed(charge)
    nils.open_until("/credits", "500 credits are frozen")
    whole.decide(dispute, "lost")
    nils.open_until("/credits", "1,500 credits are owed")
    eyes.look()
    assert sending.may(1)["short"] == 1
    nils.open("/purchases")
    nils.sees("Dispute, decided against the payment")
    eyes.look()


def next_purchase_fills_it(nils: Customer, whole: Whole, sending: Sending) -> None:
    buys(nils, whole)
    nils.open_until("/credits", "Made up for credits spent")
    expect(nils.page.locator("main .note")).to_have_count(0)
    expect(nils.page.locator("main .hero .fig")).to_contain_text("500")
    assert sending.may(500)["allowed"]
    assert not sending.may(501)["allowed"]


def test_a_dispute_freezes_thaws_takes_and_is_made_up_for(
    browser: Browser, travelling: Whole
) -> None:
    with somebody(browser, travelling, "Nils") as nils:
        nils.sign_up()
        sending, eyes = Sending(travelling, nils), Eyes(nils.page)
        is_frozen_and_thawed(nils, travelling, sending, eyes)
        is_lost_after_it_was_sent(nils, travelling, sending, eyes)
        next_purchase_fills_it(nils, travelling, sending)
        eyes.found_nothing()
    books_agree(travelling)
