"""A walk through pages of the real panel, each with what it drew."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import Flask, Response, g, template_rendered

from commands.factor_resets import StartFactorReset, start_factor_reset
from commands.profiles import unsubscribe_token
from commands.reconciliation_reports import Difference, Report, keep_report
from commands.staff_acts import DisableAccount, disable_account
from ledger.aggregate import SYSTEM
from tests.commands.people import new_email
from tests.commands.signed import somewhere
from tests.web.askers import bearer
from tests.web.browsing import Browser
from tests.web.service import BASE, a_purchase, an_account, followed
from tests.web.signed_in import PHRASE, Inhabitant
from tests.web.staffing import Joined, code_of, joined

NEW = "La Sambre coule vers Namur"
KEY = re.compile(r'href="(/api-keys/[0-9a-f-]{36})"')
LOST = Difference(
    kind="charge",
    name="ch_lost",
    what="amount",
    account_id=SYSTEM,
    ours_minor=1250,
    theirs_minor=1200,
    currency="EUR",
)


@dataclass
class Album:
    """Every page that was drawn, by its template."""

    pages: dict[str, list[str]] = field(default_factory=dict)

    def keep(self, template: str, text: str) -> None:
        self.pages.setdefault(template, []).append(text)


@contextmanager
def drawing(app: Flask) -> Iterator[Album]:
    """Keep every page that the app draws meanwhile."""
    album, on = Album(), [True]

    def note(sender: Any, template: Any, context: Any) -> None:
        del sender, context
        g.drawn = template.name

    def keep(response: Response) -> Response:
        if on[0] and "drawn" in g and response.mimetype == "text/html":
            album.keep(g.drawn, response.get_data(as_text=True))
        return response

    app.after_request_funcs.setdefault(None, []).append(keep)
    template_rendered.connect(note, app)
    try:
        yield album
    finally:
        on[0] = False
        template_rendered.disconnect(note, app)


def guard(ida: Inhabitant) -> None:
    """Walk through what guards the sign-in."""
    see = ida.browser.get
    for path in ("/security", "/security/two-factor", "/security/passkey", "/activity"):
        see(path)
    seed = ida.with_authenticator()
    ida.send("/security/codes", code=ida.code(seed))
    for path in ("/security", "/security/off", "/security/codes"):
        see(path)
    half = Browser(ida.app)
    typed = {"email": ida.person.email, "password": PHRASE}
    half.get(half.send("/sign-in", "/sign-in", **typed).location or "")
    reason = StartFactorReset(account_id=ida.account_id, reason="lost the phone")
    start_factor_reset(ida.service.journal, reason, somewhere(ida.clock()))
    see("/security")
    keep = f"/keep-two-factor/{ida.token('factor_reset_started')}"
    Browser(ida.app).send(keep, keep)
    ida.send("/security/off", code=ida.code(seed))


def move_house(ida: Inhabitant) -> None:
    """Walk through address, newsletter and receipts, and their links."""
    ida.send("/email", email=new_email())
    ida.browser.get("/email")
    stranger = Browser(ida.app)
    for what, token in (
        ("confirm", ida.token("email_change_confirm")),
        ("confirm", ida.token("email_change_notice", "confirm_token")),
        ("undo", "none"),
    ):
        stranger.send(f"/email/{what}/{token}", f"/email/{what}/{token}")
    form = {"receipt_email": "books@example.net", "mode": "instead"}
    ida.send("/email/receipts", "/email", **form)
    link = f"/receipt-address/{ida.token('receipt_address_confirm')}"
    stranger.send(link, link)
    letter = f"/newsletter/{unsubscribe_token(ida.service.journal, ida.account_id)}"
    stranger.send(letter, letter)
    ida.browser.get("/email")


def let_in(ida: Inhabitant) -> None:
    """Walk through keys, the application's link, and a forgotten password."""
    answer = ida.send("/api-keys", name="Zapier", scope="account:read")
    ida.browser.get(KEY.findall(answer.text)[0])
    ida.browser.get("/activity")
    client = ida.app.test_client(use_cookies=False)
    email = ida.account.email
    body = {"email": email, "password": PHRASE, "application": "Mail for Mac"}
    keyed = {"Idempotency-Key": "one"}
    told = client.post("/api/v1/sessions", json=body, headers=keyed, base_url=BASE)
    headers = bearer(told.get_json()["token"]) | {"Idempotency-Key": "two"}
    asked = {"json": {}, "headers": headers, "base_url": BASE}
    link = client.post("/api/v1/panel-links", **asked).get_json()["url"]
    Browser(ida.app).get(link.removeprefix(BASE))
    Browser(ida.app).send("/forgotten", "/forgotten", email=str(email))
    reset = f"/reset/{ida.token('password_reset')}"
    typed = {"password": NEW, "password_again": NEW}
    Browser(ida.app).send(reset, reset, **typed)
    ida.sign_in(email=str(email), password=NEW)
    ida.clock.move(timedelta(minutes=20))
    ida.browser.get(ida.browser.get("/security/passkey").location or "")


def staff_area(ida: Inhabitant) -> Joined:
    """Walk through what staff see."""
    service, app, clock = ida.service, ida.app, ida.clock
    support = joined(service, app, clock, "support")
    finance = joined(service, app, clock, "finance")
    buyer = an_account(service)
    purchase_id = a_purchase(service, buyer)
    followed(service)
    report = Report(day=clock().date(), movements=2, settled=1, differences=[LOST])
    keep_report(service.journal, report, clock())
    account = f"/staff/accounts/{ida.account_id}"
    bought = f"/staff/accounts/{buyer}/purchases/{purchase_id}"
    support.browser.send(f"{bought}/refunds", bought, reason="he asked", credits="3")
    followed(service)
    pages = ("parked", "refused-captures", "refunds")
    for path in (*(f"/staff/{page}" for page in pages), account, bought):
        support.browser.get(path)
    for path in ("/staff", "/staff/reconciliation", bought, f"{account}/credits"):
        finance.browser.get(path)
    return support


def sign_in_of_staff(ida: Inhabitant, support: Joined) -> None:
    """Walk through the staff's doors."""
    fresh = Browser(ida.app)
    ida.clock.move(timedelta(seconds=30))
    typed = {"email": support.email, "password": "La Meuse remonte vers Namur"}
    fresh.send("/staff/sign-in", "/staff/sign-in", **typed)
    door = "/staff/sign-in/code"
    fresh.send(door, door, code=code_of(support.seed, ida.clock))


def leave(ida: Inhabitant, support: Joined) -> None:
    """Walk through a disabled account, and one that is closed."""
    other = ida.account.email
    command = DisableAccount(account_id=ida.account_id, reason="spam")
    disable_account(ida.service.journal, command, somewhere(ida.clock()))
    ida.browser.get("/credits")
    account = f"/staff/accounts/{ida.account_id}"
    support.browser.send(f"{account}/enable", account, reason="a mistake")
    ida.browser.get("/account/close")
    typed = {"email": str(other), "current_password": NEW}
    ida.browser.send("/account/close", "/account/close", **typed)
    support.browser.get(account)


STEPS: tuple[Callable[[Inhabitant], Any], ...] = (guard, move_house, let_in)
