"""From the sign-up to the auditor's answer, in a real browser and two languages."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, expect
from pypdf import PdfReader

from tests.journeys.customer import DECLINED_CARD, GOOD_CARD, Customer, spaced
from tests.running import Running, Served

pytestmark = pytest.mark.browser

ENGLISH = {
    "paid": "Payment received",
    "bought": "2,000",
    "sent": "Spring fair",
    "used": "500 held, 200 released",
    "left": "1,700",
}
FRENCH = {
    "paid": "Paiement reçu",
    "bought": "2\N{NARROW NO-BREAK SPACE}000",
    "sent": "Foire de printemps",
    "used": "libérés : 200",
    "left": "1\N{NARROW NO-BREAK SPACE}700",
}


@contextmanager
def customer(
    browser: Browser, running: Running, language: str, *, javascript: bool
) -> Iterator[Customer]:
    context = browser.new_context(locale=language, java_script_enabled=javascript)
    name, email = f"Zoë Ångström {language}", f"zoe-{language}@example.org".lower()
    yield Customer(context.new_page(), running, name, email)
    context.close()


def buys_and_sees_it(person: Customer, words: dict[str, str]) -> None:
    person.sign_up()
    person.fill_in_details()
    person.choose("credits-2000")
    person.pay(DECLINED_CARD)
    expect(person.page.locator("[role=alert]")).to_be_visible()
    person.pay(GOOD_CARD)
    expect(person.page.locator("h1")).to_have_text(words["paid"])
    expect(person.page.locator("main .hero").first).to_contain_text(words["bought"])


def sending_is_in_the_statement(person: Customer, words: dict[str, str]) -> None:
    sender, account = person.running.sender(), person.running.account_id(person.email)
    sender.send(account, words["sent"], 500, 300)
    held = sender.hold(account, "never sent", 100)
    sender.call("POST", f"/accounts/{account}/holds/{held}/release", {})
    person.open_until("/credits", words["used"])
    statement = person.page.locator("#statement")
    expect(statement).to_contain_text(words["sent"])
    expect(statement).to_contain_text("\N{MINUS SIGN}300")
    expect(person.page.locator("main .hero").first).to_contain_text(words["left"])


def receipt_says_what_was_paid(person: Customer) -> None:
    purchase, pdf = person.newest_purchase(), person.download_receipt()
    printed = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    for text in (*purchase.values(), person.name, person.email):
        assert spaced(text) in spaced(printed)
    mailed = person.mailed_receipt()
    assert hashlib.sha256(mailed).digest() == hashlib.sha256(pdf).digest()


def auditors_agree(running: Served) -> None:
    for question in (("replay", "--against-views"), ("verify",)):
        answer = running.cli("audit", *question)
        assert answer.returncode == 0, answer.stdout + answer.stderr


def test_a_customer_buys_sends_and_reads_his_receipt(
    browser: Browser, running: Running
) -> None:
    with customer(browser, running, "en-GB", javascript=True) as person:
        buys_and_sees_it(person, ENGLISH)
        sending_is_in_the_statement(person, ENGLISH)
        receipt_says_what_was_paid(person)
    auditors_agree(running)


def test_a_french_customer_needs_no_javascript_for_all_of_it(
    browser: Browser, running: Running
) -> None:
    with customer(browser, running, "fr-FR", javascript=False) as person:
        buys_and_sees_it(person, FRENCH)
        assert person.page.locator("html").get_attribute("lang") == "fr"
        sending_is_in_the_statement(person, FRENCH)
        receipt_says_what_was_paid(person)
    auditors_agree(running)
