"""SMTP access bought, cancelled, kept and lapsed, in a browser and two languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.customer import GOOD_CARD, mailed, somebody, spaced
from tests.journeys.travels import DAY, HOUR, Sending, books_agree
from tests.running import Running
from tests.whole import Whole

pytestmark = pytest.mark.browser

ENGLISH = {
    "paid": "Payment received",
    "show": "Show SMTP access",
    "price": "€90.00",
    "active": "Active",
    "ends": "It ends on",
    "item": "SMTP access",
}
FRENCH = {
    "paid": "Paiement reçu",
    "show": "Afficher l’accès SMTP",
    "price": "90,00 €",
    "active": "Actif",
    "ends": "Cela se termine le",
    "item": "Accès SMTP",
}


@pytest.mark.parametrize(("language", "words"), [("en", ENGLISH), ("fr", FRENCH)])
def test_a_year_is_bought_cancelled_and_kept(
    browser: Browser, running: Running, language: str, words: dict[str, str]
) -> None:
    name = f"Bo Lind {language}"
    with somebody(browser, running, name, language=language) as person:
        person.sign_up()
        person.open("/smtp")
        assert words["price"] in spaced(person.page.locator("main").inner_text())
        person.press()
        person.page.wait_for_url(running.payments + "/**")
        person.pay(GOOD_CARD)
        expect(person.page.locator("h1")).to_have_text(words["paid"])
        person.page.locator("main a", has_text=words["show"]).click()
        person.sees(words["active"])
        person.send("/smtp/end")
        person.sees(words["ends"])
        person.send("/smtp/undo")
        expect(person.page.locator('form[action="/smtp/end"]')).to_be_visible()
        bought = person.newest_purchase()
        assert bought["receipt"].startswith("DB-")
        person.sees(words["item"])


def test_a_renewal_is_near_and_the_cancelled_year_lapses(
    browser: Browser, travelling: Whole
) -> None:
    with somebody(browser, travelling, "Bea Lind", language="fr") as bea:
        bea.sign_up()
        bea.open("/smtp")
        bea.press()
        bea.pay(GOOD_CARD)
        bea.sees("Paiement reçu")
        sending = Sending(travelling, bea)
        end = sending.smtp_until()
        assert end is not None
        travelling.travel(end - 13 * DAY)
        mailed(travelling, bea.email, lambda mail: "résiliez avant" in mail["text"])
        bea.come_back()
        bea.open("/smtp")
        bea.send("/smtp/end")
        bea.sees("Cela se termine le")
        assert sending.smtp_until() == end
        travelling.travel(end + 3 * HOUR)
        bea.come_back()
        bea.open_until("/smtp", "Acheter l’accès SMTP")
        mailed(travelling, bea.email, lambda mail: "s’est terminé" in mail["text"])
        assert sending.smtp_until() is None
    books_agree(travelling)
