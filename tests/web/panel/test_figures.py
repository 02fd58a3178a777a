"""What the pages show of an account's credits, purchases and first steps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask

from commands.credits import (
    CaptureCredits,
    HoldCredits,
    SetLowBalanceThreshold,
    capture_credits,
    hold_credits,
    set_low_balance_threshold,
)
from commands.purchases import (
    CancelPurchase,
    DeclinePurchase,
    StartPurchase,
    cancel_purchase,
    decline_purchase,
    start_purchase,
)
from tests.conftest import NOON, Cluster, context_at
from tests.web.askers import a_session
from tests.web.browsing import Browser, customer
from tests.web.service import Clock, a_purchase, followed, service_on
from web import create_app
from web.wiring import Service

HOSTILE = "<script>alert(1)</script>'\"&\u202e"


@dataclass
class Ann:
    """A customer, her browser, and what she does."""

    service: Service
    clock: Clock
    browser: Browser
    account_id: UUID

    def do(self, handle: Any, command: Any, *more: Any) -> UUID:
        """Have a command handled; the id of what it made, if any."""
        context = context_at(self.clock())
        recorded = handle(self.service.journal, command, context, *more)
        return UUID(next(iter(recorded.ids.values()), str(uuid4())))

    def start(self) -> UUID:
        """Start a purchase that is not paid yet."""
        command = StartPurchase(
            account_id=self.account_id, sku="credits-2000", language="en"
        )
        return self.do(start_purchase, command, self.service.catalogue)

    def send(self, campaign: str, held: int, sent: int) -> None:
        """Hold credits for a campaign and capture so many."""
        hold = HoldCredits(
            account_id=self.account_id, campaign_id=campaign, credits=held
        )
        hold_id = self.do(hold_credits, hold)
        capture = CaptureCredits(
            account_id=self.account_id, hold_id=hold_id, credits=sent, final=True
        )
        self.do(capture_credits, capture)

    def move(self, step: timedelta) -> None:
        """Let time pass, and sign in again if that was long."""
        self.clock.move(step)
        token = a_session(self.service, self.account_id)
        self.browser.client.set_cookie("daybook-session", token)

    def read(self, path: str) -> str:
        """Read a page once every view has followed."""
        followed(self.service)
        return self.browser.read(path)


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def service(cluster: Cluster, clock: Clock) -> Iterator[Service]:
    with service_on(cluster.new_database(), clock) as service:
        yield service


@pytest.fixture(scope="module")
def app(service: Service) -> Flask:
    return create_app(service)


@pytest.fixture
def ann(service: Service, app: Flask, clock: Clock) -> Ann:
    clock.now = NOON
    browser, account_id = customer(service, app)
    return Ann(service, clock, browser, account_id)


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


def test_a_long_history_is_shown_in_pages(ann: Ann) -> None:
    for _ in range(26):
        ann.start()
    told = ann.read("/purchases")
    assert "1–25 of 26" in told
    assert "Older" in told
    page = ann.browser.get("/purchases").text
    older = re.search(r'href="(/purchases\?before=\d+)"', page)
    assert older is not None
    told = ann.browser.read(older[1])
    assert "26–26 of 26" in told
    assert "Newer" in told


def test_a_page_that_cannot_be_is_never_a_failure(ann: Ann) -> None:
    for query in ("-1", "0x1", "٣", "1e3", "9" * 30, "", "1;--", "%00", "0"):
        for path in ("/purchases", "/credits"):
            for name in ("before", "after"):
                answer = ann.browser.get(f"{path}?{name}={query}")
                assert answer.status_code == 200, (path, name, query)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("insufficient_funds", "The bank says that the card has too few funds."),
        ("expired_card", "The card has expired."),
        ("authentication_failed", "The bank could not confirm that it was you."),
        ("something_new", "The bank gave no reason; another card may do."),
    ],
)
def test_a_declined_purchase_says_why_and_can_be_paid_again(
    ann: Ann, code: str, words: str
) -> None:
    purchase_id = ann.start()
    decline = DeclinePurchase(
        account_id=ann.account_id, purchase_id=purchase_id, attempt_id="a", code=code
    )
    ann.do(decline_purchase, decline)
    told = ann.read(f"/purchases/{purchase_id}")
    assert "The card was declined; nothing was charged." in told
    assert words in told
    assert "Pay again" in told


def test_a_purchase_that_was_given_up_reads_as_left_and_is_closed(ann: Ann) -> None:
    purchase_id = ann.start()
    cancel = CancelPurchase(account_id=ann.account_id, purchase_id=purchase_id)
    ann.do(cancel_purchase, cancel)
    told = ann.read(f"/purchases/{purchase_id}")
    assert "The payment page was left; nothing was charged." in told
    assert "Pay again" not in told
    assert "The payment page was left" in ann.read("/purchases")


def test_an_order_number_comes_with_the_payment(ann: Ann) -> None:
    waits, paid = ann.start(), a_purchase(ann.service, ann.account_id)
    assert "Given when it is paid" in ann.read(f"/purchases/{waits}")
    told = ann.read(f"/purchases/{paid}")
    assert re.search(r"Order number \d+", told)
    assert "Visa •••• 4242" in told
