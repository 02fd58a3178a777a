"""The plan Unlimited: subscribed to, used up, moved up and down, and left."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.customer import GOOD_CARD, Customer, mailed, somebody
from tests.journeys.test_every_page import choose
from tests.journeys.travels import (
    DAY,
    HOUR,
    Eyes,
    Sending,
    bars_of,
    books_agree,
    rows_of,
)
from tests.whole import Whole

pytestmark = pytest.mark.browser

SMALL, BIG = "unlimited-1000", "unlimited-5000"
SMALL_MINOR, BIG_MINOR = 2900, 4900


def begins(una: Customer, whole: Whole) -> Sending:
    """Buy credits, which stay; then subscribe."""
    una.sign_up()
    una.choose("credits-2000")
    una.pay(GOOD_CARD)
    una.page.wait_for_url(una.running.url + "/**")
    una.subscribe(SMALL)
    una.sees("Unlimited plan, up to 1,000 contacts")
    return Sending(whole, una)


def uses_it_up(una: Customer, whole: Whole, sending: Sending, eyes: Eyes) -> None:
    """Reach all contacts of the tier within nine days, and be warned in time."""
    start, _ = sending.period()
    assert sending.sent("spring", range(500)) == 500
    una.open_until("/usage", "500 of 1,000")
    una.sees("2,000 credits are left from before")
    whole.travel(start + 3 * DAY)
    una.come_back()
    assert sending.sent("spring again", range(300, 820)) == 820
    una.open_until("/usage", "82% of this tier is used")
    eyes.look()
    mailed(whole, una.email, lambda mail: "80%" in mail["subject"])
    whole.travel(start + 9 * DAY + 7 * HOUR)
    una.come_back()
    assert sending.may(180)["allowed"]
    assert sending.sent("summer", range(100, 1000)) == 1000
    una.open_until("/usage", "All 1,000 contacts of this tier are used")
    mailed(whole, una.email, lambda mail: "All 1,000" in mail["subject"])


def is_refused_and_offered_more(una: Customer, sending: Sending, eyes: Eyes) -> None:
    answer = sending.may(10)
    assert (answer["allowed"], answer["reason"]) == (False, "tier_used_up")
    [bigger, wait] = answer["remedies"]
    assert (bigger["act"], bigger["sku"], wait["act"]) == ("bigger_tier", BIG, "wait")
    assert "tier-used-up" in sending.allowed("autumn", 10)
    una.open("/usage")
    table = rows_of(una.page)
    eyes.look()
    assert bars_of(una.page) == table
    sent = {day: count for day, count in table.items() if count != "0"}
    assert sent == {"31 Jan": "500", "3 Feb": "320", "9 Feb": "180"}


def moves_up(una: Customer, whole: Whole, sending: Sending, eyes: Eyes) -> None:
    """Confirm to the cent what is shown; then the campaign is allowed."""
    start, until = sending.period()
    rest, whole_period = until - whole.service.clock(), until - start
    today = cents(BIG_MINOR, rest, whole_period) - cents(
        SMALL_MINOR, rest, whole_period
    )
    amount = f"€{today // 100}.{today % 100:02}"
    una.page.locator("main .note a", has_text="Move to 5,000 contacts").click()
    una.sees(f"Change and pay {amount}")
    una.sees("€49.00")
    eyes.look()
    una.press()
    una.sees("Up to 5,000 contacts")
    assert una.newest_purchase()["total"] == amount
    assert sending.allowed("autumn", 10) == ""
    una.open_until("/usage", "1,000 of 5,000")


def cents(minor: int, part: timedelta, whole: timedelta) -> int:
    """Return so much of a price, to the nearest cent."""
    seconds = round(part.total_seconds())
    return (2 * minor * seconds // round(whole.total_seconds()) + 1) // 2


def test_a_tier_is_used_up_and_a_bigger_one_paid_to_the_cent(
    browser: Browser, travelling: Whole
) -> None:
    with somebody(browser, travelling, "Una") as una:
        sending, eyes = begins(una, travelling), Eyes(una.page)
        uses_it_up(una, travelling, sending, eyes)
        is_refused_and_offered_more(una, sending, eyes)
        moves_up(una, travelling, sending, eyes)
        eyes.found_nothing()
        expect(una.page.locator("main .note")).to_have_count(0)
    books_agree(travelling)


def steps_down(luc: Customer, eyes: Eyes) -> None:
    """Let a smaller tier wait for the next period; undo it, and let it wait."""
    for undone in (True, False):
        luc.open(f"/plan/change?sku={SMALL}")
        luc.sees("Rien n’est débité aujourd’hui")
        luc.press()
        luc.sees("Le palier inférieur commence avec la prochaine période")
        if undone:
            luc.send("/plan/keep")
            expect(luc.page.locator("main .note")).to_have_count(0)
    eyes.look()


def is_renewed(luc: Customer, whole: Whole, sending: Sending) -> None:
    """The renewal is a purchase of its own: an order number, a receipt, a mail."""
    first, (_, until) = luc.newest_purchase(), sending.period()
    whole.travel(until + 3 * HOUR)
    luc.come_back()
    luc.open_until("/purchases", "29,00 €")
    renewed = luc.newest_purchase()
    assert renewed["order"] > first["order"]
    assert renewed["receipt"] > first["receipt"]
    mailed(whole, luc.email, lambda mail: renewed["receipt"] in str(mail))
    luc.open("/plan")
    luc.sees("Jusqu’à 1\u202f000 contacts")
    luc.open_until("/usage", "0 sur 1 000")
    luc.sees("5\u202f000 contacts")


def leaves(luc: Customer, whole: Whole, sending: Sending, eyes: Eyes) -> None:
    """Switch to pay per email, undo it, and switch; credits are as before."""
    luc.open("/plan")
    luc.send("/plan/end")
    luc.sees("Plus rien n’est débité")
    eyes.look()
    luc.send("/plan/undo")
    expect(luc.page.locator("main .note")).to_have_count(0)
    luc.send("/plan/end")
    _, until = sending.period()
    whole.travel(until + 3 * HOUR)
    luc.come_back()
    luc.open_until("/plan", "Paiement à l\u2019e\u2011mail")
    mailed(whole, luc.email, lambda mail: "s’est terminé" in mail["text"])
    luc.open("/credits")
    expect(luc.page.locator("main .hero").first).to_contain_text("2\u202f000")
    answer = sending.may(2001)
    assert (answer["reason"], answer["short"]) == ("too_few_credits", 1)
    assert sending.allowed("été", 2000, "credits") == ""


def test_a_smaller_tier_waits_then_the_plan_is_left_for_credits(
    browser: Browser, travelling: Whole
) -> None:
    with somebody(browser, travelling, "Luc", language="fr-FR") as luc:
        choose(luc.page.context, travelling, "dark", "fr")
        luc.sign_up()
        luc.choose("credits-2000")
        luc.pay(GOOD_CARD)
        luc.subscribe(BIG)
        luc.sees("Paiement reçu")
        sending, eyes = Sending(travelling, luc), Eyes(luc.page)
        sending.sent("hiver", range(30))
        steps_down(luc, eyes)
        is_renewed(luc, travelling, sending)
        leaves(luc, travelling, sending, eyes)
        eyes.found_nothing()
    books_agree(travelling)
