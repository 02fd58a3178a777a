"""A renewal that is not paid: notices, the block, and two ways back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from ledger.subscription_terms import GRACE
from tests.journeys.customer import GOOD_CARD, Customer, somebody
from tests.journeys.test_every_page import choose
from tests.journeys.travels import DAY, HOUR, Eyes, Sending, books_agree
from tests.web.standing_in import wait_until
from tests.whole import Whole

pytestmark = pytest.mark.browser

FAILS_LATER = "4000 0000 0000 0341"
TIER = "unlimited-1000"


def begins(person: Customer, whole: Whole) -> Sending:
    """Subscribe with a card that pays once, and send."""
    person.sign_up()
    person.subscribe(TIER, FAILS_LATER)
    sending = Sending(whole, person)
    sending.sent("spring", range(40))
    return sending


def wait_for_mails(person: Customer, words: str, wanted: int) -> None:
    """Wait until so many mails say something in their subject, and no more."""
    visitor = person.running.visitor()

    def count() -> int:
        return sum(words in mail["subject"] for mail in visitor.mails(person.email))

    wait_until(lambda: count() >= wanted)
    assert count() == wanted


def is_told_four_times_and_blocked(
    dora: Customer, whole: Whole, sending: Sending, eyes: Eyes
) -> None:
    _, end = sending.period()
    for told, days in enumerate((0, 3, 5, 7), start=1):
        whole.travel(end + days * DAY + 3 * HOUR)
        dora.come_back()
        dora.open_until("/plan", "The renewal is not paid")
        assert sending.may(5)["allowed"]
        wait_for_mails(dora, "the renewal is not paid", told)
    eyes.look()
    whole.travel(end + GRACE + HOUR)
    dora.come_back()
    dora.open_until("/plan", "Sending with it is blocked")
    wait_for_mails(dora, "sending is blocked", 1)
    eyes.look()
    dora.open("/")
    dora.sees("The renewal is not paid")
    answer = sending.may(5)
    assert (answer["allowed"], answer["reason"]) == (False, "renewal_unpaid")
    assert answer["remedies"][0]["act"] == "pay_renewal"
    assert "payment-overdue" in sending.allowed("summer", 5)


def pays_by_hand(dora: Customer, whole: Whole, sending: Sending) -> None:
    """Enter another card, then pay what is due; all that was there is there."""
    dora.open("/plan")
    dora.send("/plan/card")
    dora.page.wait_for_url(whole.payments + "/**")
    dora.pay(GOOD_CARD)
    dora.sees("Sending with it is blocked")
    dora.send("/plan/pay")
    dora.page.wait_for_url(whole.payments + "/**")
    dora.pay(GOOD_CARD)
    dora.page.wait_for_url("**/paid")
    dora.open_until("/plan", "Sending with it is blocked", gone=True)
    expect(dora.page.locator("main .note")).to_have_count(0)
    assert sending.may(5)["allowed"]
    assert sending.allowed("summer", 5) == ""
    assert dora.newest_purchase()["total"] == "€29.00"
    dora.open_until("/usage", "Earlier periods")
    dora.sees("40")


def test_a_renewal_that_is_never_paid_blocks_until_it_is_paid_by_hand(
    browser: Browser, travelling: Whole
) -> None:
    with somebody(browser, travelling, "Dora") as dora:
        sending, eyes = begins(dora, travelling), Eyes(dora.page)
        is_told_four_times_and_blocked(dora, travelling, sending, eyes)
        pays_by_hand(dora, travelling, sending)
        eyes.found_nothing()
    books_agree(travelling)


def test_another_card_pays_a_renewal_at_the_next_try(
    browser: Browser, travelling: Whole
) -> None:
    with somebody(browser, travelling, "Zelie", language="fr-FR") as zelie:
        choose(zelie.page.context, travelling, "dark", "fr")
        sending, eyes = begins(zelie, travelling), Eyes(zelie.page)
        _, end = sending.period()
        travelling.travel(end + 3 * HOUR)
        zelie.come_back()
        zelie.open_until("/plan", "Le renouvellement n’est pas payé")
        eyes.look()
        zelie.send("/plan/card")
        zelie.page.wait_for_url(travelling.payments + "/**")
        zelie.pay(GOOD_CARD)
        zelie.sees("Le renouvellement n’est pas payé")
        travelling.travel(end + 3 * DAY + 3 * HOUR)
        zelie.come_back()
        zelie.open_until("/plan", "Le renouvellement n’est pas payé", gone=True)
        expect(zelie.page.locator("main .note")).to_have_count(0)
        assert zelie.newest_purchase()["total"] == "29,00\xa0€"
        eyes.found_nothing()
    books_agree(travelling)
