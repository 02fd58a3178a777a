"""The billing plan and SMTP access, clicked through at a real stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from commands.gateways.payments import StripePayments
from commands.plans import subscription_of
from commands.subscription_settling import ask_about_subscriptions
from ledger.subscriptions import Subscription
from tests.commands.subscribing import BIG, FAILS_LATER, SMALL, selling
from tests.web.service import Clock, followed
from tests.web.signed_in import Inhabitant, inhabitant
from tests.web.standing_in import SECRET, StandIn, stand_in
from tests.web.subscribing import Subscriber
from web.database import Database
from web.wiring import TEST_KEY

HOUR = timedelta(hours=1)


@dataclass
class Panel:
    """Ida in her panel, and the processor behind it."""

    ida: Inhabitant
    running: StandIn
    bank: Subscriber

    def post(self, act: str, page: str = "/plan", **typed: str) -> Any:
        return self.ida.browser.send(f"{page}/{act}", page, **typed)

    def subscribe(self, page: str = "/plan", card: str = "4242424242424242") -> str:
        """Click, pay, come back; what the page that thanks says."""
        where = self.post("subscribe", page, sku=SMALL).location
        back = self.running.fill(where, number=card)[1]["Location"]
        here = back.removeprefix("http://localhost:8000")
        self.ida.browser.get(here)
        followed(self.ida.service)
        return self.ida.reads(here)

    def travel(self, moment: datetime) -> None:
        self.bank.advance(int(moment.timestamp()))
        self.ida.clock.now = moment
        service = self.ida.service
        ask_about_subscriptions(service.journal, service.payments, moment)
        self.ida.sign_in()

    def found(self, product: Any = "plan") -> Subscription:
        journal = self.ida.service.journal
        return subscription_of(journal, self.ida.account_id, product, fresh=True)

    def end(self) -> datetime:
        found = self.found().period
        assert found is not None
        return found[1]


@pytest.fixture
def panel(empty_database: Database) -> Iterator[Panel]:
    clock = Clock()
    with stand_in() as running, inhabitant(empty_database, clock) as ida:
        running.switch(deliver="never")
        service = ida.service
        service.catalogue = selling(service.catalogue)
        service.payments = StripePayments(TEST_KEY, SECRET, base_address=running.url)
        yield Panel(ida, running, Subscriber(running, int(clock().timestamp())))


def test_a_tier_is_subscribed_to_in_a_few_clicks(panel: Panel) -> None:
    assert "Pay per email" in panel.ida.reads("/plan")
    thanks = panel.subscribe()
    assert "Payment received" in thanks
    assert "Unlimited plan, up to 1,000 contacts" in thanks
    page = panel.ida.reads("/plan")
    for words in (
        "Up to 1,000 contacts",
        "€29.00 on",
        "Visa •••• 4242",
        "Present tier",
    ):
        assert words in page


def test_a_second_click_while_one_runs_leads_back(panel: Panel) -> None:
    panel.subscribe()
    answer = panel.post("subscribe", sku=BIG)
    assert (answer.status_code, answer.location) == (303, "/plan")


def test_a_page_that_was_left_open_is_closed_by_the_next(panel: Panel) -> None:
    first = panel.post("subscribe", sku=SMALL).location
    second = panel.post("subscribe", sku=BIG).location
    assert panel.running.fill(first)[0] == 410
    assert panel.running.fill(second)[0] == 303


def test_a_bigger_tier_is_shown_and_then_paid_to_the_cent(panel: Panel) -> None:
    panel.subscribe()
    address = f"/plan/change?sku={BIG}"
    shown = panel.ida.reads(address)
    assert "Change and pay €20.00" in shown
    panel.ida.browser.send("/plan/change", address)
    assert "Up to 5,000 contacts" in panel.ida.reads("/plan")
    terms = panel.found().terms
    assert terms is not None
    assert terms["sku"] == BIG


def test_what_is_not_as_shown_is_shown_again(panel: Panel) -> None:
    panel.subscribe()
    address = f"/plan/change?sku={BIG}"
    for wrong in ({"today_minor": "1"}, {"at": "soon"}, {"today_minor": "x"}):
        answer = panel.ida.browser.send("/plan/change", address, **wrong)
        assert answer.location == address
    assert len(panel.found().purchases) == 1


def test_a_card_that_does_not_pay_is_told(panel: Panel) -> None:
    panel.subscribe(card=FAILS_LATER)
    address = f"/plan/change?sku={BIG}"
    answer = panel.ida.browser.send("/plan/change", address)
    assert answer.status_code == 422
    assert "The card was declined; nothing was charged." in answer.text


def test_a_smaller_tier_waits_and_is_undone(panel: Panel) -> None:
    panel.subscribe()
    for sku in (BIG, SMALL):
        address = f"/plan/change?sku={sku}"
        panel.ida.browser.send("/plan/change", address)
    assert "The smaller tier begins with the next period" in panel.ida.reads("/plan")
    assert panel.ida.browser.get(f"/plan/change?sku={SMALL}").location == "/plan"
    panel.post("keep")
    assert panel.found().scheduled is None


def test_a_tier_that_is_not_sold_leads_back(panel: Panel) -> None:
    panel.subscribe()
    assert panel.ida.browser.get("/plan/change?sku=none").location == "/plan"


def test_the_switch_to_pay_per_email_waits_and_is_undone(panel: Panel) -> None:
    panel.subscribe()
    panel.post("end")
    assert "Nothing more is charged" in panel.ida.reads("/plan")
    panel.post("undo")
    assert panel.found().status(panel.ida.clock()) == "active"


def test_an_overdue_renewal_is_told_and_paid_with_another_card(panel: Panel) -> None:
    panel.subscribe(card=FAILS_LATER)
    panel.travel(panel.end() + 3 * HOUR)
    assert "The renewal is not paid" in panel.ida.reads("/plan")
    card = panel.post("card").location
    assert panel.running.fill(card)[1]["Location"] == "http://localhost:8000/plan"
    page = panel.running.ask("GET", panel.post("pay").location)[1]["Location"]
    panel.running.fill(page)
    panel.travel(panel.ida.clock() + 24 * HOUR)
    assert panel.found().status(panel.ida.clock()) == "active"
    assert panel.post("pay").location == "/plan"


def test_smtp_access_is_bought_cancelled_and_kept(panel: Panel) -> None:
    assert "€99.00" in panel.ida.reads("/smtp")
    assert "Show SMTP access" in panel.subscribe("/smtp")
    assert "Active" in panel.ida.reads("/smtp")
    panel.post("end", "/smtp")
    assert "Keep SMTP access" in panel.ida.reads("/smtp")
    panel.post("undo", "/smtp")
    assert panel.found("smtp").status(panel.ida.clock()) == "active"


def test_what_is_not_sold_has_no_section(panel: Panel) -> None:
    assert 'href="/plan"' in panel.ida.browser.get("/credits").text
    service = panel.ida.service
    service.catalogue = replace(service.catalogue, tiers=(), smtp=())
    page = panel.ida.browser.get("/credits").text
    assert 'href="/plan"' not in page
    assert 'href="/smtp"' not in page
    assert "SMTP access is not on offer" in panel.ida.reads("/smtp")
