"""Automatic top-up, clicked through at a real stand-in, without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from commands.gateways.payments import StripePayments
from commands.top_up_notes import top_up_of
from ledger.top_ups import TopUp
from tests.commands.topping_up import ASKS, FAILS, PAYS, Topper
from tests.web.service import Clock, followed
from tests.web.signed_in import Inhabitant, inhabitant
from tests.web.standing_in import SECRET, StandIn, stand_in
from web.database import Database
from web.wiring import TEST_KEY

WISH = {"top_up_threshold": "500", "top_up_sku": "credits-2000", "top_up_cap": "100"}


@dataclass
class Panel:
    """Ida in her panel, what she spends, and the processor behind it."""

    ida: Inhabitant
    running: StandIn
    worker: Topper

    def post(self, act: str = "", **typed: str) -> Any:
        return self.ida.browser.send(f"/credits/top-up{act}", "/credits", **typed)

    def reads(self) -> str:
        followed(self.ida.service)
        return self.ida.reads("/credits")

    def set_up(self, number: str = PAYS, **changed: str) -> None:
        """Fill the form, enter a card, come back."""
        self.enter(self.post(**{**WISH, **changed}).location, number)

    def enter(self, page: str, number: str) -> None:
        self.worker.fill(page, number)
        here = "/credits/top-up/returned"
        assert self.ida.browser.get(here).location.endswith("/credits#top-up")

    def low(self) -> None:
        self.worker.spend_down_to(1)
        self.worker.work()

    def found(self) -> TopUp:
        journal = self.ida.service.journal
        return top_up_of(journal, self.ida.account_id)


@pytest.fixture
def panel(empty_database: Database) -> Iterator[Panel]:
    clock = Clock()
    with stand_in() as running, inhabitant(empty_database, clock) as ida:
        running.switch(deliver="never")
        service = ida.service
        service.payments = StripePayments(TEST_KEY, SECRET, base_address=running.url)
        worker = Topper(service, running, clock, ida.account_id)
        yield Panel(ida, running, worker)


def test_it_is_set_up_in_a_form_and_on_a_page_and_buys_by_itself(panel: Panel) -> None:
    assert "Turn on and enter a card" in panel.reads()
    panel.set_up()
    page = panel.reads()
    assert "Visa •••• 4242" in page
    assert "€0.00 of €100.00" in page
    panel.low()
    page = panel.reads()
    assert "€20.00 of €100.00" in page
    assert "Automatic top-up, purchase" in page
    assert panel.worker.available == 2001


def test_what_is_mistyped_is_said_by_the_field_and_stays(panel: Panel) -> None:
    answer = panel.post(
        top_up_threshold="few", top_up_sku="credits-10000", top_up_cap="<b>"
    )
    assert answer.status_code == 422
    assert "Nothing was saved: 2 fields need a correction" in answer.text
    assert "Type a whole number of credits." in answer.text
    assert "Type an amount, such as 150." in answer.text
    assert 'value="few"' in answer.text
    assert 'value="&lt;b&gt;"' in answer.text
    assert '<option value="credits-10000" selected>' in answer.text
    assert panel.found().status == "off"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"top_up_cap": "19.99"}, "One pack costs €20.00 already."),
        ({"top_up_threshold": "2001"}, "Choose a pack of at least 2,001 credits."),
        ({"top_up_sku": "none"}, "Choose one of the packs."),
        ({"top_up_threshold": "0"}, "Type a whole number of credits."),
    ],
)
def test_what_cannot_be_agreed_to_is_said_by_the_field(
    panel: Panel, wrong: dict[str, str], said: str
) -> None:
    answer = panel.post(**{**WISH, **wrong})
    assert (answer.status_code, said in answer.text) == (422, True)


def test_it_is_turned_off_and_the_card_removed_by_one_click_each(panel: Panel) -> None:
    panel.set_up()
    panel.post("/off", forget="")
    assert (panel.found().status, panel.found().card is None) == ("off", False)
    assert "Saved card" in panel.reads()
    panel.post("/off", forget="yes")
    assert panel.found().card is None
    assert "Saved card" not in panel.reads()


def test_a_refused_card_is_told_and_another_takes_its_place(panel: Panel) -> None:
    panel.set_up(FAILS)
    panel.low()
    assert "It is tried again on" in panel.reads()
    panel.enter(panel.post("/card").location, PAYS)
    panel.worker.work()
    assert "Visa •••• 4242" in panel.reads()
    assert panel.worker.available == 2001


def test_a_payment_to_be_confirmed_leads_to_its_purchase(panel: Panel) -> None:
    panel.set_up(ASKS)
    panel.low()
    page = panel.reads()
    assert "Your bank wants you to confirm a payment" in page
    it = panel.found().open
    assert it is not None
    here = f"/purchases/{it.purchase_id}"
    assert f'href="{here}"' in panel.ida.browser.get("/credits").text
    where = panel.ida.browser.send(f"{here}/pay", here).location
    mailed = panel.worker.told("top_up_confirm")["page"]
    assert where != mailed
    assert panel.running.fill(mailed)[0] == 410
    panel.worker.fill(where, ASKS)
    panel.ida.browser.get(f"{here}/returned")
    assert (panel.worker.available, panel.found().open) == (2001, None)


def test_a_pause_says_why_and_saving_resumes(panel: Panel) -> None:
    panel.set_up(FAILS)
    panel.low()
    for days in (1, 3):
        panel.worker.travel(panel.ida.clock() + timedelta(days=days, minutes=1))
        panel.worker.look()
    panel.ida.sign_in()
    page = panel.reads()
    assert "The saved card was declined." in page
    assert "Save terms and resume" in page
    panel.post(**WISH)
    assert panel.found().status == "on"


def test_a_french_reader_is_told_in_french(panel: Panel) -> None:
    panel.set_up(FAILS)
    panel.low()
    answer = panel.ida.browser.get("/credits", Accept_Language="fr")
    assert "Recharge automatique" in answer.text
    assert "La carte n’a pas payé votre recharge automatique" in answer.text


def test_a_card_is_asked_for_once_there_is_something_to_pay(panel: Panel) -> None:
    answer = panel.post("/card")
    assert answer.location.endswith("/credits#top-up")
    assert panel.found().page is None
