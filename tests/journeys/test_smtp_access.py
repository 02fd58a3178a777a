"""SMTP access bought, cancelled and kept, in a real browser and two languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.customer import GOOD_CARD, somebody, spaced
from tests.running import Running

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
