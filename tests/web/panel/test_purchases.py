"""Buying: led to the processor's page and back, once for each click that counts."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from commands.credits import balance_of
from commands.purchases import purchase_of
from commands.receipts import receipt_of
from tests.web.browsing import Browser, customer, words_of
from tests.web.service import (
    Clock,
    a_purchase,
    a_receipt,
    an_account,
    service_on,
)
from tests.web.standing_in import StandIn, wait_until
from web import create_app
from web.database import Database
from web.panel.checkout_pages import CHECKOUT_LASTS
from web.wiring import Service

DECLINED = {"number": "4000 0000 0000 9995"}
NOW = datetime.now(UTC).replace(second=30, microsecond=0)


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture(scope="module")
def service(database: Database, clock: Clock, running: StandIn) -> Iterator[Service]:
    with service_on(database, clock, running.url) as service, following(service):
        yield service


@contextmanager
def following(service: Service) -> Iterator[None]:
    """Keep the views up to date, as the worker does."""
    stop = threading.Event()
    follower = service.views.follower(service.reader)
    thread = threading.Thread(target=follower.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@dataclass
class Buyer:
    """A customer with a browser, who buys and pays."""

    browser: Browser
    account_id: UUID
    running: StandIn

    def buy(self, sku: str = "credits-2000") -> str:
        """Choose a pack; the address that it leads to."""
        answer = self.browser.send("/purchases", "/credits", sku=sku)
        assert answer.status_code == 303
        return str(answer.location)

    def pay(self, page: str, **card: str) -> str:
        """Fill in the processor's page; the path that it leads back to."""
        status, headers, _ = self.running.fill(page, **card)
        return headers["Location"].split("8000")[1] if status == 303 else ""

    def purchase_ids(self, count: int = 1) -> list[str]:
        """The ids of all purchases once the history has so many."""
        wait_until(lambda: len(self._listed()) == count)
        return self._listed()

    def _listed(self) -> list[str]:
        page = self.browser.get("/purchases").text
        return re.findall(r'class="lead plain"><a href="/purchases/([^"]*)"', page)


@pytest.fixture(scope="module")
def app(service: Service) -> Flask:
    return create_app(service)


@pytest.fixture
def ann(service: Service, app: Flask, running: StandIn) -> Buyer:
    return Buyer(*customer(service, app), running)


def again(ann: Buyer, purchase_id: str) -> TestResponse:
    return ann.browser.send(f"/purchases/{purchase_id}/pay", "/credits")


def test_a_pack_that_is_paid_is_there_when_the_customer_comes_back(
    ann: Buyer, service: Service
) -> None:
    page = ann.buy()
    assert page.startswith(ann.running.url + "/c/pay/")
    back = ann.pay(page)
    for _ in range(3):
        told = ann.browser.read(back)
        assert "Payment received" in told
        assert re.search(r"Available to send\W* 2,000\b", told)
    assert balance_of(service.journal, ann.account_id).available(NOW) == 2000


def test_a_form_that_is_sent_twice_buys_once(ann: Buyer, service: Service) -> None:
    form = {"sku": "credits-2000", "command_id": str(uuid4())}
    for _ in range(2):
        assert ann.browser.send("/purchases", "/credits", **form).status_code == 303
    assert len(ann.purchase_ids()) == 1


def test_a_declined_card_is_told_and_the_purchase_can_be_paid_again(
    ann: Buyer, service: Service
) -> None:
    assert ann.pay(ann.buy(), **DECLINED) == ""
    (purchase_id,) = ann.purchase_ids()
    ann.browser.get(f"/purchases/{purchase_id}/returned")
    told = ann.browser.read(f"/purchases/{purchase_id}/returned")
    assert "Nothing was charged" in told
    assert "The bank says that the card has too few funds." in told
    page = str(again(ann, purchase_id).location)
    ann.browser.get(ann.pay(page))
    assert "Paid on" in ann.browser.read(f"/purchases/{purchase_id}")
    assert ann.purchase_ids() == [purchase_id]


def test_the_page_of_a_checkout_is_open_for_an_hour_and_speaks_as_the_buyer(
    ann: Buyer, service: Service, clock: Clock
) -> None:
    ann.browser.send("/language", "/", language="fr")
    page = ann.buy()
    assert '<html lang="fr">' in ann.running.ask("GET", page[len(ann.running.url) :])[2]
    where = f"/v1/checkout/sessions/{page.rsplit('/', 1)[1]}"
    told = ann.running.ask("GET", where, Authorization="Bearer sk_test_x")[2]
    ends = datetime.fromtimestamp(json.loads(told)["expires_at"], UTC)
    assert ends == clock().replace(second=0) + CHECKOUT_LASTS


def test_paying_again_what_is_paid_leads_to_the_purchase(
    ann: Buyer, service: Service
) -> None:
    purchase_id = a_purchase(service, ann.account_id)
    answer = again(ann, str(purchase_id))
    assert (answer.status_code, answer.location) == (303, f"/purchases/{purchase_id}")


@pytest.mark.parametrize("sku", ["", "credits-1", "credits-2000\x00", "'; --"])
def test_a_pack_that_is_not_sold_is_not_found_and_starts_nothing(
    ann: Buyer, service: Service, sku: str
) -> None:
    answer = ann.browser.send("/purchases", "/credits", sku=sku)
    assert answer.status_code == 404
    assert ann.purchase_ids(0) == []


def test_a_purchase_is_kept_while_the_processor_cannot_be_reached(
    database: Database, running: StandIn
) -> None:
    with service_on(database, Clock(NOW)) as service, following(service):
        ann = Buyer(*customer(service, create_app(service)), running)
        answer = ann.browser.send("/purchases", "/credits", sku="credits-2000")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        (purchase_id,) = ann.purchase_ids()
        told = ann.browser.read(f"/purchases/{purchase_id}")
        assert "The payment is not confirmed yet" in told
        assert purchase_of(service.journal, ann.account_id, UUID(purchase_id))


def test_coming_back_while_the_processor_is_away_says_that_it_takes_a_while(
    ann: Buyer, service: Service, database: Database
) -> None:
    back = ann.pay(ann.buy())
    with service_on(database, Clock(NOW)) as away:
        browser = Browser(create_app(away))
        browser.client.set_cookie(
            "daybook-session",
            ann.browser.client.get_cookie("daybook-session").value,  # type: ignore[union-attr]
        )
        assert "Payment is being confirmed" in browser.read(back)


def test_a_receipt_is_downloaded_as_it_was_issued(ann: Buyer, service: Service) -> None:
    purchase_id = a_purchase(service, ann.account_id)
    where = f"/purchases/{purchase_id}"
    wait_until(lambda: "receipt is being written" in ann.browser.get(where).text)
    receipt_id = a_receipt(service, ann.account_id, purchase_id)
    receipt = receipt_of(service.journal, ann.account_id, receipt_id)
    answer = ann.browser.get(f"/receipts/{receipt_id}.pdf")
    assert hashlib.sha256(answer.data).hexdigest() == receipt.pdf_sha256
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="receipt-{receipt.number}.pdf"'
    )
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    link = f'href="/receipts/{receipt_id}.pdf"'
    wait_until(lambda: link in ann.browser.get("/purchases").text)


def test_another_accounts_purchase_and_receipt_are_as_unknown_as_none(
    ann: Buyer, service: Service
) -> None:
    stranger = an_account(service)
    purchase = a_purchase(service, stranger)
    receipt = a_receipt(service, stranger, purchase)
    wait_until(lambda: service.views.purchases.purchase(stranger, purchase))
    pages = []
    for purchase_id, receipt_id in ((purchase, receipt), (uuid4(), uuid4())):
        for path in (
            f"/purchases/{purchase_id}",
            f"/purchases/{purchase_id}/returned",
            f"/receipts/{receipt_id}.pdf",
        ):
            answer = ann.browser.get(path)
            assert answer.status_code == 404
            pages.append(words_of(answer.text).split("Request")[0])
        assert again(ann, str(purchase_id)).status_code == 404
    assert pages[:3] == pages[3:]
