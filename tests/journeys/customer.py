"""A customer at the screen: what he fills in, where he clicks, what he then reads."""

from __future__ import annotations

import itertools
import re
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.running import Served

PHRASE = "Il pleut sur Brest, encore"
GOOD_CARD = "4242 4242 4242 4242"
DECLINED_CARD = "4000 0000 0000 0002"
WAIT_SECONDS_MAX = 30.0
ACT_MILLISECONDS_MAX = 10_000
MACHINES = itertools.count(1)
"""Everybody comes from a machine of his own, so that none uses up another's tries."""


@dataclass
class Customer:
    """Somebody with a browser and a mailbox."""

    page: Page
    running: Served
    name: str
    email: str

    def open(self, path: str) -> None:
        """Go to a page of the panel."""
        self.page.goto(self.running.url + path)

    def main(self) -> str:
        """Read the page that is open, with spaces of one kind."""
        return spaced(self.page.locator("main").inner_text())

    def come_back(self) -> None:
        """Sign in again after a long time."""
        if not self.is_signed_in():
            self.sign_in()

    def open_until(self, path: str, words: str, *, gone: bool = False) -> None:
        """Open a page again and again until it says something, as readers do.

        Or until it says it no more.
        """
        until = time.monotonic() + WAIT_SECONDS_MAX
        self.open(path)
        while (words in self.main()) == gone:
            assert time.monotonic() < until, self.main()
            self.page.reload()

    def fill(self, **fields: str) -> None:
        """Fill in the form of the page, by the fields' names."""
        for name, value in fields.items():
            self.page.locator(f'main [name="{name}"]').fill(value)

    def press(self) -> None:
        """Press the main button of the page's form."""
        self.page.locator("main form button.pri").click()

    def send(self, path: str, **fields: str) -> None:
        """Fill in and send that form of the page that goes to a path."""
        form = self.page.locator(f'main form[action="{path}"]')
        for name, value in fields.items():
            form.locator(f'[name="{name}"]').fill(value)
        form.locator('button:not([type="button"])').click()

    def sees(self, words: str) -> None:
        """Wait until the page says something."""
        expect(self.page.locator("main")).to_contain_text(words)

    def sign_in(self, password: str = PHRASE) -> None:
        """Show address and password."""
        self.open("/sign-in")
        self.fill(email=self.email, password=password)
        self.press()

    def sign_out(self) -> None:
        """Leave the panel by the button at its top."""
        self.page.locator(".top .who form button").click()
        expect(self.page.locator(".top .who")).to_have_count(0)

    def is_signed_in(self) -> bool:
        """Tell whether the panel opens, by asking for its first page."""
        self.open("/")
        return "/sign-in" not in self.page.url

    def follow(self, path: str, email: str = "") -> None:
        """Open the mailed link that leads to a path."""
        self.page.goto(mailed_link(self.running, email or self.email, path))

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

    def subscribe(self, sku: str, number: str = GOOD_CARD) -> None:
        """Choose a tier of the plan and pay its first month."""
        self.open("/plan")
        self.page.locator(f'button[name="sku"][value="{sku}"]').click()
        self.page.wait_for_url(self.running.payments + "/**")
        self.pay(number)
        self.page.wait_for_url(self.running.url + "/**")

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


def mailed(running: Served, email: str, wanted: Any) -> dict[str, Any]:
    """Return the newest mail to an address that is wanted, once it came."""
    until = time.monotonic() + WAIT_SECONDS_MAX
    while time.monotonic() < until:
        for mail in running.visitor().mails(email):
            if wanted(mail):
                return mail
        time.sleep(0.1)
    came = [mail["subject"] for mail in running.visitor().mails(email)]
    raise AssertionError(f"no such mail to {email}, but {came}: {running.log_end()}")


def mailed_link(running: Served, email: str, path: str = "/verify/") -> str:
    """Return the link in the newest mail that has one to a path."""
    link = re.compile(rf"https?://\S+{path}\S+")
    mail = mailed(running, email, lambda mail: link.search(mail["text"]))
    found = link.search(mail["text"])
    assert found is not None
    return found[0]


@contextmanager
def somebody(
    browser: Browser,
    running: Served,
    name: str,
    language: str = "en-GB",
    *,
    javascript: bool = True,
) -> Iterator[Customer]:
    """A person with a browser, a machine and an address of his own."""
    machine = next(MACHINES)
    context = browser.new_context(
        locale=language,
        java_script_enabled=javascript,
        extra_http_headers={"X-Forwarded-For": f"198.51.100.{machine}"},
    )
    context.set_default_timeout(ACT_MILLISECONDS_MAX)
    email = f"{name.split()[0]}-{machine}@example.org".lower()
    yield Customer(context.new_page(), running, name, email)
    context.close()
