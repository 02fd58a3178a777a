"""A customer at the screen: what he fills in, where he clicks, what he then reads."""

from __future__ import annotations

import re
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.running import Running

PHRASE = "Il pleut sur Brest, encore"
GOOD_CARD = "4242 4242 4242 4242"
DECLINED_CARD = "4000 0000 0000 0002"
LINK = re.compile(r"https?://\S+/verify/\S+")
WAIT_SECONDS_MAX = 30.0


@dataclass
class Customer:
    """Somebody with a browser and a mailbox."""

    page: Page
    running: Running
    name: str
    email: str

    def open(self, path: str) -> None:
        """Go to a page of the panel."""
        self.page.goto(self.running.url + path)

    def open_until(self, path: str, words: str) -> None:
        """Open a page again and again until it says something, as readers do."""
        until = time.monotonic() + WAIT_SECONDS_MAX
        self.open(path)
        while words not in spaced(self.page.locator("main").inner_text()):
            assert time.monotonic() < until, self.page.locator("main").inner_text()
            self.page.reload()

    def fill(self, **fields: str) -> None:
        """Fill in the form of the page, by the fields' names."""
        for name, value in fields.items():
            self.page.locator(f'main [name="{name}"]').fill(value)

    def press(self) -> None:
        """Press the main button of the page's form."""
        self.page.locator("main form button.pri").click()

    def sign_up(self) -> None:
        """Ask for an account, open the mailed link and confirm."""
        self.open("/sign-up")
        self.fill(name=self.name, email=self.email, password=PHRASE)
        self.press()
        expect(self.page.locator("main")).to_contain_text(self.email)
        self.page.goto(mailed_link(self.running, self.email))
        self.fill(password=PHRASE)
        self.press()
        expect(self.page.locator(".top .who")).to_contain_text(self.email)

    def fill_in_details(self) -> None:
        """Say what receipts print."""
        self.open("/profile")
        self.fill(address="4 Mill Lane", postcode="2011 AB", city="Haarlem")
        self.page.locator('main [name="country"]').select_option("NL")
        self.press()
        expect(self.page.locator('main [name="city"]')).to_have_value("Haarlem")

    def choose(self, sku: str) -> None:
        """Choose a pack, and land on the payment page."""
        self.open("/credits")
        self.page.locator(f'button[name="sku"][value="{sku}"]').click()
        self.page.wait_for_url(self.running.payments + "/**")

    def pay(self, number: str) -> None:
        """Pay with a card."""
        self.fill(number=number, expiry="12 / 39", cvc="123", name=self.name)
        self.press()

    def newest_purchase(self) -> dict[str, str]:
        """Read the first line of the history, once its receipt is there."""
        until = time.monotonic() + WAIT_SECONDS_MAX
        self.open("/purchases")
        while not (link := self.page.locator("a.dl").first).is_visible():
            assert time.monotonic() < until, self.running.log_end()
            self.page.reload()
        row = self.page.locator("tbody tr").first
        return {
            "order": row.locator("td").first.inner_text().strip(),
            "receipt": str(link.locator(".vh").text_content()).strip(),
            "total": row.locator("td.amt").inner_text().strip(),
        }

    def download_receipt(self) -> bytes:
        """Click on the receipt of the newest purchase; return the file."""
        with self.page.expect_download() as download:
            self.page.locator("a.dl").first.click()
        return Path(download.value.path()).read_bytes()

    def mailed_receipt(self) -> bytes:
        """Return the PDF that came by mail."""
        mail = mailed(self.running, self.email, lambda mail: bool(mail["attachments"]))
        url = self.running.mailbox + mail["attachments"][0]["url"]
        with urllib.request.urlopen(url) as answer:
            return bytes(answer.read())


def spaced(text: str) -> str:
    """Return a text with spaces of one kind only."""
    return " ".join(text.split())


def mailed(running: Running, email: str, wanted: Any) -> dict[str, Any]:
    """Return the newest mail to an address that is wanted, once it came."""
    until = time.monotonic() + WAIT_SECONDS_MAX
    while time.monotonic() < until:
        for mail in running.visitor().mails(email):
            if wanted(mail):
                return mail
        time.sleep(0.1)
    raise AssertionError(f"no such mail came to {email}: {running.log_end()}")


def mailed_link(running: Running, email: str) -> str:
    """Return the link that confirms an address."""
    mail = mailed(running, email, lambda mail: LINK.search(mail["text"]))
    found = LINK.search(mail["text"])
    assert found is not None
    return found[0]
