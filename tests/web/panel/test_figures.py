"""What the pages show of an account's credits, purchases and first steps."""

from __future__ import annotations

import re
from datetime import timedelta

from commands.credits import (
    HoldCredits,
    SetLowBalanceThreshold,
    hold_credits,
    set_low_balance_threshold,
)
from tests.web.reading import Ann
from tests.web.service import a_purchase, followed

HOSTILE = "<script>alert(1)</script>'\"&\u202e"


def test_a_new_account_is_told_its_first_steps_until_all_are_done(ann: Ann) -> None:
    told = ann.read("/")
    assert "No credits bought yet" in told
    for step in ("Fill in name and billing details", "Set a low-balance notice"):
        assert step in told
        assert f"{step} (done)" not in told
    a_purchase(ann.service, ann.account_id)
    limit = SetLowBalanceThreshold(account_id=ann.account_id, credits=5)
    ann.do(set_low_balance_threshold, limit)
    told = ann.read("/")
    for done in ("Buy credits", "Set a low-balance notice"):
        assert f"{done} (done)" in told


def test_the_figures_of_credits_add_up_on_every_page(ann: Ann) -> None:
    a_purchase(ann.service, ann.account_id)
    hold = HoldCredits(account_id=ann.account_id, campaign_id="spring", credits=300)
    ann.do(hold_credits, hold)
    assert "1,700 available, 300 held" in ann.read("/")
    told = ann.read("/credits")
    assert "Held for 1 campaign" in told
    assert re.search(r"Available to send.{0,3} 1,700", told)


def test_the_statement_names_campaigns_and_what_came_back(ann: Ann) -> None:
    a_purchase(ann.service, ann.account_id)
    ann.send("Autumn open studio", 300, 250)
    told = ann.read("/credits")
    assert "Autumn open studio" in told
    assert "\N{MINUS SIGN}250" in told
    assert "1,750" in told


def test_a_campaigns_name_is_text_whatever_it_holds(ann: Ann) -> None:
    a_purchase(ann.service, ann.account_id)
    ann.send(HOSTILE, 3, 2)
    hold = HoldCredits(account_id=ann.account_id, campaign_id=HOSTILE, credits=1)
    ann.do(hold_credits, hold)
    followed(ann.service)
    page = ann.browser.get("/credits").text
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 2


def test_what_was_sent_is_counted_since_the_first_of_the_readers_month(
    ann: Ann,
) -> None:
    a_purchase(ann.service, ann.account_id)
    ann.send("spring", 300, 250)
    assert "Sent this month 250 1 campaign" in ann.read("/")
    ann.move(timedelta(days=7, hours=11, minutes=30))
    assert "Sent this month 250" in ann.read("/")
    ann.browser.client.set_cookie("daybook-zone", "Europe/Paris")
    assert "Sent this month 0 0 campaigns" in ann.read("/")


def test_a_bought_lot_is_refundable_for_thirty_days(ann: Ann) -> None:
    a_purchase(ann.service, ann.account_id)
    words = "Refundable until"
    assert words in ann.read("/credits")
    ann.move(timedelta(days=30) - timedelta(seconds=1))
    assert words in ann.read("/credits")
    ann.move(timedelta(seconds=1))
    assert words not in ann.read("/credits")


def test_the_packs_are_those_of_the_accounts_currency_smallest_first(ann: Ann) -> None:
    page = ann.browser.get("/credits").text
    skus = re.findall(r'name="sku" value="([^"]*)"', page)
    numbers = [int(sku.split("-")[1]) for sku in skus]
    assert numbers == sorted(numbers)
    assert "€" in page
    assert "$" not in page
