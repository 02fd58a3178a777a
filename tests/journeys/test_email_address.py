"""A customer's address changes when both mailboxes agree, and can be taken back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.customer import (
    GOOD_CARD,
    PHRASE,
    Customer,
    mailed,
    mailed_link,
    somebody,
)
from tests.running import Running

pytestmark = pytest.mark.browser

ENGLISH = {
    "asked": "A link was mailed to the new address",
    "waits": "Open the link in both mailboxes",
    "half": "One side has confirmed",
    "changed": "The address was changed",
    "undone": "The old address is back",
    "gone": "This link is over",
}
FRENCH = {
    "asked": "Un lien a été envoyé à la nouvelle adresse",
    "waits": "Ouvrez le lien dans les deux boîtes",
    "half": "Une adresse sur deux est confirmée",
    "changed": "L’adresse a été changée",
    "undone": "L’ancienne adresse est rétablie",
    "gone": "Ce lien n’est plus valable",
}
LANGUAGES = [
    pytest.param("en-GB", ENGLISH, id="en"),
    pytest.param("fr-FR", FRENCH, id="fr"),
]


def asks_for(person: Customer, new: str, words: dict[str, str]) -> None:
    person.open("/email")
    person.send("/email", email=new, current_password=PHRASE)
    person.sees(words["asked"])
    person.sees(words["waits"])


def confirms(person: Customer, email: str, said: str) -> None:
    person.follow("/email/confirm/", email)
    person.press()
    expect(person.page.locator("h1")).to_have_text(said)


def opening_links_changes_nothing(person: Customer, new: str) -> None:
    for mailbox in (person.email, new):
        person.follow("/email/confirm/", mailbox)
    person.follow("/email/cancel/")
    expect(person.page.locator("main form button")).to_be_visible()
    person.open("/email")
    expect(person.page.locator(".top .who")).to_contain_text(person.email)


@pytest.mark.parametrize(("language", "words"), LANGUAGES)
def test_an_address_moves_once_both_mailboxes_have_confirmed_and_comes_back(
    browser: Browser, running: Running, language: str, words: dict[str, str]
) -> None:
    with somebody(browser, running, "Ada", language) as ada:
        ada.sign_up()
        old, new = ada.email, f"new-{ada.email}"
        asks_for(ada, new, words)
        opening_links_changes_nothing(ada, new)

        confirms(ada, old, words["half"])
        confirms(ada, new, words["changed"])
        ada.open("/email")
        expect(ada.page.locator(".top .who")).to_contain_text(new)

        ada.follow("/email/undo/", old)
        ada.page.locator("main form button").click()
        expect(ada.page.locator("h1")).to_have_text(words["undone"])
        assert not ada.is_signed_in()
        ada.sign_in()
        expect(ada.page.locator("[role=alert]")).to_be_visible()


def test_the_old_mailbox_can_keep_its_address_and_the_other_link_is_over(
    browser: Browser, running: Running
) -> None:
    with somebody(browser, running, "Bea") as bea:
        bea.sign_up()
        new = f"new-{bea.email}"
        asks_for(bea, new, ENGLISH)
        link = mailed_link(running, new, "/email/confirm/")
        bea.follow("/email/cancel/")
        bea.press()
        expect(bea.page.locator("h1")).to_have_text("The address stays as it is")
        bea.page.goto(link)
        expect(bea.page.locator("h1")).to_have_text(ENGLISH["gone"])


def test_an_address_that_is_taken_is_answered_like_one_that_is_free(
    browser: Browser, running: Running
) -> None:
    with (
        somebody(browser, running, "Cleo") as cleo,
        somebody(browser, running, "Dan") as dan,
    ):
        dan.sign_up()
        cleo.sign_up()
        asks_for(cleo, dan.email, ENGLISH)
        told = mailed(running, dan.email, lambda mail: "/verify/" not in mail["text"])
        assert cleo.email not in told["text"]


def test_receipts_reach_the_accountant_once_he_has_confirmed(
    browser: Browser, running: Running
) -> None:
    with somebody(browser, running, "Eva") as eva:
        eva.sign_up()
        accountant = f"books-{eva.email}"
        eva.open("/email")
        eva.page.locator("main summary").click()
        answer = {"receipt_email": accountant, "current_password": PHRASE}
        eva.send("/email/receipts", **answer)
        eva.sees("has not confirmed yet")
        eva.follow("/receipt-address/", accountant)
        eva.press()
        eva.open("/email")
        eva.sees(f"Receipts go to {accountant} too.")
        eva.choose("credits-2000")
        eva.pay(GOOD_CARD)
        for mailbox in (eva.email, accountant):
            mailed(running, mailbox, lambda mail: bool(mail["attachments"]))
