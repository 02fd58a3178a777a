"""Texts that somebody types to break a page, a file, a mail or a log."""

from __future__ import annotations

import io
import re
import unicodedata
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from uuid import UUID, uuid4

from flask import Flask
from pypdf import PdfReader

from commands.customer_keys import IssueCustomerKey, issue_customer_key
from commands.gateways.mail import SmtpMailer
from commands.outbox import send_due
from commands.profiles import ChooseNewsletter, choose_newsletter
from commands.receipt_addresses import RequestReceiptAddress, request_receipt_address
from commands.receipts import receipt_bytes, receipt_of
from ledger.api_keys import CUSTOMER_SCOPES
from tests.commands.people import PHRASE, member, new_email
from tests.commands.tenants import a_session
from tests.conftest import context_at
from tests.web.askers import set_elevated
from tests.web.browsing import Browser
from tests.web.service import a_purchase, a_receipt
from tests.web.staffing import Joined
from web import mails
from web.stand_in.letters import Letter, Letters
from web.stand_in.mailbox import MailSink
from web.wiring import Service

HARMLESS = "Ann Lee"
FIT = {
    "html": "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>",
    "entity": "A & B <Ltd> &lt;b&gt; &#65;",
    "closing": "</title></textarea></style></script><!--",
    "attribute": '" autofocus onfocus="alert(1)',
    "template": "{{ 7*7 }}{% raw %}${7*7}",
    "percent": "100 % %s %(name)s %n {0} {name}",
    "sql": "Robert'); DROP TABLE journal;--",
    "reportlab": "<font color=red><b>A</b></font><img src='/etc/passwd'/>",
    "typst": '#image("/etc/passwd") $x$ *b* _i_ @a <l> `c` \\ = H // #let',
    "equals": "=cmd|' /C calc'!A0",
    "plus": "+41 44 000",
    "minus": "-2+3+cmd|' /C calc'!A0",
    "at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "quotes": 'Ann "The" Lee, Jr; x',
    "header": "Bcc: eve@evil.example",
    "long": "W" * 80,
    "chinese": "王小明",
    "hebrew": "שלום",
    "arabic": "ليلى",
    "combining": "Zo\u0308e\u0301",
    "emoji": "Ann \U0001f469\u200d\U0001f680",
    "dotless": "\u0130i\u0131I",
}
"""Odd, and yet what somebody may be called."""
UNFIT = {
    "too long": "W" * 81,
    "line": "Ann\r\nBcc: eve@evil.example",
    "feed": "Ann\n\nLee",
    "tab": "=1\t+1",
    "nul": "Ann\0Lee",
    "escape": "Ann\x1b[2J",
    "override": "Ann \u202eeeL",
    "isolate": "Ann \u2066Lee\u2069",
    "mark": "Ann\u200f Lee",
    "separator": "Ann\u2028Lee",
    "private": "Ann \ue000",
    "link": "win at https://evil.example/",
}
"""What no line of text has, or no receipt can show."""


class Shape(HTMLParser):
    """The tags of a page with their attributes' names, and all that is text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.texts: list[str] = []
        self.values: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.values += [value or "" for _, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        self.tags.append((f"/{tag}", ()))

    def handle_comment(self, data: str) -> None:
        self.tags.append(("!", (data,)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def words(self) -> str:
        """All that is read, and what stands in fields."""
        return told(" ".join((*self.texts, *self.values)))


def told(text: str) -> str:
    """The text as it is compared: composed, and blanks count once."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()


@dataclass
class Shown:
    """One customer who calls himself so, and all that he has of it."""

    text: str
    email: str
    books: str
    account_id: UUID
    receipt_id: UUID
    purchase_id: UUID
    browser: Browser
    status: int


@dataclass
class World:
    """The service, and a customer of every name."""

    service: Service
    app: Flask
    shown: dict[str, Shown]
    letters: list[Letter]
    lines: io.StringIO
    support: Joined


def called(service: Service, app: Flask, text: str) -> Shown:
    """Let somebody take this text for everything that a form asks him."""
    person = member(service.journal, name=HARMLESS if text in UNFIT.values() else text)
    who = person.account_id
    browser = Browser(app, a_session(service, who)[1])
    set_elevated(service, who, 1)
    form = dict.fromkeys(("name", "company", "city", "address"), text)
    answer = browser.send("/profile", "/profile", language="en", **form)
    journal, context = service.journal, context_at(service.clock())
    name = text if answer.status_code == 200 else HARMLESS
    key = IssueCustomerKey(account_id=who, name=name, scopes=CUSTOMER_SCOPES)
    issue_customer_key(journal, key, context)
    books = new_email("books")
    wish = RequestReceiptAddress(account_id=who, email=books, mode="additional")
    request_receipt_address(journal, wish, context)
    wanted = ChooseNewsletter(account_id=who, subscribed=True)
    choose_newsletter(journal, wanted, context)
    purchase_id = a_purchase(service, who)
    receipt_id = a_receipt(service, who, purchase_id)
    calm(service)
    signed_in(app, person.email, text)
    status = answer.status_code
    return Shown(
        text, person.email, books, who, receipt_id, purchase_id, browser, status
    )


def calm(service: Service) -> None:
    """Forget who asked how often."""
    with service.connections.for_account(UUID(int=0)) as connection:
        connection.execute("DELETE FROM attempt_limits")


def signed_in(app: Flask, email: str, text: str) -> None:
    """Sign an application in that calls itself so, and its browser too."""
    body = {"email": email, "password": PHRASE, "application": text[:80]}
    agent = text.replace("\r", "").replace("\n", "").encode().decode("latin-1")
    headers = {"Idempotency-Key": uuid4().hex, "User-Agent": agent}
    client = app.test_client(use_cookies=False)
    client.post("/api/v1/sessions", json=body, headers=headers)


def sent(service: Service, app: Flask, folder: Path) -> list[Letter]:
    """Send all mails through a real server; return what it took."""
    sink, render = MailSink(folder), mails.renderer(app, service)
    sink.start("127.0.0.1", 0)
    out = SmtpMailer("127.0.0.1", sink.port, None, None, "none", "Daybook <d@x.test>")
    while send_due(service.journal, render, out, service.clock()):
        pass
    sink.stop()
    return list(Letters(folder).newest_first())


def letters_of(world: World, name: str) -> list[Letter]:
    one = world.shown[name]
    his = ((one.email,), (one.books,))
    return [letter for letter in world.letters if letter.recipients in his]


def pdf_of(world: World, one: Shown) -> PdfReader:
    journal = world.service.journal
    receipt = receipt_of(journal, one.account_id, one.receipt_id)
    return PdfReader(io.BytesIO(receipt_bytes(journal, receipt)))


def bare(text: str) -> str:
    """Letters alone, in the form in which fonts have them."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
