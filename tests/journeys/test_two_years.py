"""Two years of a subscription from a 31st of January, clicked through and read back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.journeys.customer import GOOD_CARD, Customer, somebody
from tests.journeys.test_dunning import FAILS_LATER
from tests.journeys.travels import DAY, HOUR, Sending, books_agree
from tests.whole import Whole

pytestmark = pytest.mark.browser

SMALL, BIG = "unlimited-1000", "unlimited-5000"
DAYS = "31 28 31 30 3 30 31 31 30 31 30 31 31 29 31 30 31 30 31 31 30 31 30 31"
"""When each period was paid: as it began, but the fifth at the second try. 2024 is a
leap year."""
PAID = ["29.00"] * 11 + ["10.00"] + ["49.00"] * 6 + ["29.00"] * 7


def renewed(whole: Whole, sending: Sending, times: int) -> None:
    for _ in range(times):
        whole.travel(sending.period()[1] + 3 * HOUR)


def card(mara: Customer, whole: Whole, number: str) -> None:
    """Have another card charged from now on."""
    mara.come_back()
    mara.open("/plan")
    mara.send("/plan/card")
    mara.page.wait_for_url(whole.payments + "/**")
    mara.pay(number)
    mara.page.wait_for_url(whole.url + "/plan")


def fails_and_recovers(mara: Customer, whole: Whole, sending: Sending) -> None:
    """The card no longer pays; another one does at the second try."""
    card(mara, whole, FAILS_LATER)
    end = sending.period()[1]
    whole.travel(end + 3 * HOUR)
    assert sending.may(5)["allowed"]
    card(mara, whole, GOOD_CARD)
    whole.travel(end + 3 * DAY + 3 * HOUR)


def changes(mara: Customer, whole: Whole, sku: str) -> None:
    """Have another tier from the middle of the period on, or from the next."""
    mara.come_back()
    mara.open(f"/plan/change?sku={sku}")
    mara.press()
    mara.page.wait_for_url(whole.url + "/plan")


def lives_two_years(mara: Customer, whole: Whole, sending: Sending) -> None:
    # Nobody tells, so that what is asked for by itself is enough.
    whole.bank.switch(deliver="never")
    renewed(whole, sending, 3)
    fails_and_recovers(mara, whole, sending)
    renewed(whole, sending, 6)
    start, until = sending.period()
    whole.travel(start + (until - start) / 2)
    changes(mara, whole, BIG)
    renewed(whole, sending, 6)
    changes(mara, whole, SMALL)
    renewed(whole, sending, 7)
    mara.come_back()
    mara.open("/plan")
    mara.send("/plan/end")
    whole.travel(sending.period()[1] + 3 * HOUR)


def history(mara: Customer) -> list[tuple[str, str]]:
    """Read all purchases, oldest first: when each was paid, and what it cost."""
    mara.come_back()
    mara.open_until("/purchases", "Receipt")
    found: list[tuple[str, str]] = []
    while True:
        for row in mara.page.locator("main tbody tr").all():
            day = row.locator("time").first.inner_text()
            found.append((day, row.locator("td.amt").inner_text()))
        older = mara.page.locator("main .pager a", has_text="Older")
        if not older.count():
            return found[::-1]
        older.click()


def test_two_years_are_paid_to_the_cent_and_on_the_right_days(
    browser: Browser, travelling: Whole
) -> None:
    with somebody(browser, travelling, "Mara") as mara:
        mara.sign_up()
        mara.subscribe(SMALL)
        sending = Sending(travelling, mara)
        lives_two_years(mara, travelling, sending)
        found = history(mara)
        assert [total for _, total in found] == [f"€{total}" for total in PAID]
        days = [day.split()[0] for day, total in found if total != "€10.00"]
        assert days == DAYS.split()
        mara.open("/plan")
        mara.sees("Pay per email")
    books_agree(travelling)
