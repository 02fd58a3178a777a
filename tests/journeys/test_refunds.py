"""The refund promise: two people agree, and the books of both sides say the same."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from pypdf import PdfReader

from tests.journeys.customer import (
    GOOD_CARD,
    PHRASE,
    Customer,
    mailed,
    somebody,
    spaced,
)
from tests.journeys.test_every_page import choose
from tests.journeys.test_staff import finds, joins
from tests.journeys.travels import Eyes, Sending, books_agree
from tests.whole import Whole

pytestmark = pytest.mark.browser

BOUGHT, SENT = 25_000, 5_000
UNUSED = BOUGHT - SENT
BACK = "120,00\N{NO-BREAK SPACE}€"
"""What 20,000 of 25,000 credits cost that were sold for 150.00 euros."""
WHY = "Chose a smaller list"


def buys_and_sends(rose: Customer, whole: Whole) -> Sending:
    rose.sign_up()
    rose.choose(f"credits-{BOUGHT}")
    rose.pay(GOOD_CARD)
    sending = Sending(whole, rose)
    sending.sender.send(sending.account_id, "Foire", SENT, SENT)
    rose.newest_purchase()
    return sending


def is_proposed(support: Customer, rose: Customer, eyes: Eyes) -> str:
    """Support proposes, and cannot agree to it; return the purchase's page."""
    finds(support, rose.email)
    support.page.locator("main table a[href*='/purchases/']").first.click()
    support.sees("20,000 unused credits, €120.00")
    purchase = support.page.url.removeprefix(support.running.url)
    support.send(f"{purchase}/refunds", reason=WHY)
    support.open_until(purchase, "Decide on €120.00")
    expect(support.page.locator("main form[action$='/approve']")).to_have_count(0)
    eyes.look()
    return purchase


def waits_for_it(rose: Customer, eyes: Eyes) -> None:
    """What is to go back cannot be sent, and the account not be closed meanwhile."""
    rose.open_until("/credits", "20 000 crédits sont gelés")
    eyes.look()
    rose.open("/account/close")
    rose.send("/account/close", email=rose.email, current_password=PHRASE)
    rose.sees("Un remboursement est en cours")


def is_agreed_to(finance: Customer, purchase: str) -> None:
    finance.open("/staff/refunds")
    finance.sees("A second person has to agree")
    finance.open(purchase)
    finance.page.locator("main form[action$='/approve'] button").click()
    finance.open_until(purchase, "Paid back")


def reads_his_credit_note(rose: Customer) -> str:
    """Download it from the history, and read it with a library of somebody else."""
    note = rose.page.locator("a.dl", has_text="Avoir")
    with rose.page.expect_download() as download:
        note.first.click()
    pages = PdfReader(io.BytesIO(Path(download.value.path()).read_bytes())).pages
    printed = spaced("".join(page.extract_text() for page in pages))
    number = str(note.first.locator(".vh").text_content()).strip()
    for words in ("Avoir", number, spaced(f"\N{MINUS SIGN}{BACK}"), rose.email):
        assert words in printed
    return number


def sees_the_same_everywhere(rose: Customer, eyes: Eyes) -> None:
    """Statement, history and mail say what went back, and what is left."""
    rose.open_until("/purchases", "Avoir")
    receipt = str(rose.page.locator("a.dl").first.locator(".vh").text_content())
    expect(rose.page.locator("tbody tr").nth(1)).to_contain_text(
        f"\N{MINUS SIGN}{BACK}"
    )
    eyes.look()
    number = reads_his_credit_note(rose)
    assert int(number[-6:]) == int(receipt.strip()[-6:]) + 1
    mail = mailed(rose.running, rose.email, lambda mail: number in mail["subject"])
    assert mail["attachments"]
    rose.open_until("/credits", "Remboursé")
    statement = rose.page.locator("#statement tbody tr")
    changes = [changed(row) for row in statement.locator("td.amt").all_inner_texts()]
    assert changes == [0, -UNUSED, -SENT, BOUGHT]
    expect(rose.page.locator("main .hero .fig")).to_contain_text("0")


def changed(text: str) -> int:
    """Read a change of the statement."""
    return int(text.replace("\u202f", "").replace("\N{MINUS SIGN}", "-"))


def test_two_people_give_unused_credits_back_and_all_books_say_so(
    browser: Browser, travelling: Whole
) -> None:
    with (
        somebody(browser, travelling, "Rose", language="fr-FR") as rose,
        somebody(browser, travelling, "Support") as support,
        somebody(browser, travelling, "Finance") as finance,
    ):
        choose(rose.page.context, travelling, "dark", "fr")
        hers, theirs = Eyes(rose.page), Eyes(support.page)
        buys_and_sends(rose, travelling)
        joins(support, "support")
        joins(finance, "finance")
        purchase = is_proposed(support, rose, theirs)
        waits_for_it(rose, hers)
        is_agreed_to(finance, purchase)
        sees_the_same_everywhere(rose, hers)
        hers.found_nothing()
        theirs.found_nothing()
    books_agree(travelling)
