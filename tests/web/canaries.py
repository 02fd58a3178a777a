"""One customer's whole life, driven through the real service, with marked secrets."""

from __future__ import annotations

import re
from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from urllib.parse import quote
from uuid import uuid4

from flask import Flask, Response, request

from commands.credentials import claimant_of, kept
from commands.gateways.mail import Mail
from commands.outbox import send_due
from commands.signing_keys import SIGNING_KEY
from ledger.addresses import address_from
from tests.commands.keyholders import KeyHolder
from tests.commands.people import new_email
from tests.web.askers import basic, bearer
from tests.web.browsing import Browser, hidden
from tests.web.service import BASE, Clock, a_key, followed
from tests.web.staffing import CODES, code_of, joined, seed_on
from tests.web.staffing import PHRASE as STAFF_PASSWORD
from web import mails
from web.wiring import Service

PASSWORD = "Onze kanarie zingt in de mijn"
NEXT_PASSWORD = "Een andere kanarie zwijgt stil"
MISTYPED = "Onze kanarei zingt in de mijn"
SECRET = re.compile(r"dms_[0-9A-Za-z]{49}")
LINK = re.compile(rf"{re.escape(BASE)}/[\w/-]+?/([0-9a-f-]{{36}}\.[\w-]{{43}})")
CHALLENGE = re.compile(r'"challenge": ?"([\w-]+)"')


@dataclass
class Answer:
    """What was answered to whom: the whole of it, headers as well."""

    endpoint: str
    status: int
    body: bytes
    headers: str


@dataclass
class Life:
    """What was drawn or typed as secret, by name, and all that anybody was told."""

    service: Service
    app: Flask
    clock: Clock
    email: str = field(default_factory=new_email)
    secrets: dict[str, str] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)

    def __post_init__(self) -> None:
        # What stands first runs last, so that it sees what all others have set.
        self.app.after_request_funcs.setdefault(None, []).insert(0, self._note)
        self.browser = Browser(self.app)

    def _note(self, response: Response) -> Response:
        response.direct_passthrough = False
        found = Answer(
            request.endpoint or "",
            response.status_code,
            response.get_data(),
            str(response.headers),
        )
        self.answers.append(found)
        return response

    def send(self, mail: Mail) -> None:
        """Take a mail, as a mail server does."""
        self.mails.append(mail)

    def mailed(self) -> None:
        """Send what waits in the outbox."""
        render = mails.renderer(self.app, self.service)
        while send_due(self.service.journal, render, self, self.clock.now):
            pass

    def link(self, name: str, path: str) -> str:
        """Return the newest mailed link below a path; its token is a secret."""
        self.mailed()
        found = [
            match
            for mail in self.mails
            for match in LINK.finditer(mail.text)
            if match[0].startswith(f"{BASE}{path}")
        ]
        self.secrets[name] = found[-1][1]
        return found[-1][0].removeprefix(BASE)

    def code(self) -> str:
        """Return the authenticator's next code; each is taken once."""
        self.clock.move(timedelta(seconds=30))
        return code_of(self.secrets["seed"], self.clock)

    def cookie(self, name: str, kind: str = "session") -> None:
        """Remember what a cookie holds."""
        found = self.browser.client.get_cookie(f"daybook-{kind}", "localhost")
        assert found is not None, kind
        self.secrets[name] = found.value


def lived(service: Service, app: Flask, clock: Clock) -> Life:
    """Live from the sign-up to a staff's look, and note every secret on the way."""
    life = Life(service, app, clock)
    life.secrets |= {"password": PASSWORD, "mistyped password": MISTYPED}
    for step in (_sign_up, _two_factor, _passkey, _keys, _device, _address, _signing):
        step(life)
    for step in (_receipts, _reset, _second_factor, _staff, _all_pages):
        step(life)
    life.mailed()
    followed(service)
    return life


def _sign_up(life: Life) -> None:
    browser = life.browser
    browser.send(
        "/sign-up", "/sign-up", name="Ann", email=life.email, password=PASSWORD
    )
    link = life.link("sign-up link", "/verify/")
    browser.send(link, link, password=MISTYPED)
    browser.send(link, link, password=PASSWORD)
    life.cookie("session of the sign-up")
    browser.send(
        "/security/password",
        "/security",
        current_password=MISTYPED,
        password=NEXT_PASSWORD,
        password_again=NEXT_PASSWORD,
    )


def _two_factor(life: Life) -> None:
    page = life.browser.get("/security/two-factor").text
    fields = hidden(page)
    life.secrets["seed"] = seed_on(page)
    life.secrets["enrolment"] = fields["enrolment"]
    typed = {"enrolment": fields["enrolment"]}
    life.browser.send("/security/two-factor", "/security", code="000000", **typed)
    done = life.browser.send(
        "/security/two-factor", "/security", code=life.code(), **typed
    )
    for number, code in enumerate(CODES.findall(done.text)):
        life.secrets[f"recovery code {number}"] = code


def _passkey(life: Life) -> None:
    page = life.browser.get("/security/passkey").text
    life.secrets["passkey enrolment"] = hidden(page)["enrolment"]
    life.secrets["passkey challenge"] = CHALLENGE.findall(unescape(page))[0]


def _keys(life: Life) -> None:
    proof = {"current_password": PASSWORD, "code": life.code()}
    form = {"name": "Zapier", "scope": "account:read", **proof}
    page = life.browser.send("/api-keys", "/api-keys", **form).text
    life.secrets["key secret"] = SECRET.findall(page)[0]
    key_id = re.findall(r"/api-keys/([0-9a-f-]{36})", page)[0]
    life.cookie("session that was elevated")
    proof["code"] = life.code()
    where = f"/api-keys/{key_id}"
    page = life.browser.send(f"{where}/rotate", where, **proof).text
    life.secrets["key secret after"] = SECRET.findall(page)[0]
    client = life.app.test_client(use_cookies=False)
    for name in ("key secret", "key secret after"):
        headers = basic(key_id, life.secrets[name])
        assert client.get("/api/v1/account", headers=headers).status_code == 200
    leaked = {"secret": life.secrets["key secret"]}
    client.post("/api/v1/leaked-keys", json=leaked)


def _signing(life: Life) -> None:
    """Have a mail signed; a part of the key's secret stands for the whole."""
    service = life.service
    holder = claimant_of(service.journal, address_from(life.email).canonical)
    assert holder is not None
    keys = KeyHolder(service, holder.id)
    keys.hold("canary.com")
    keys.sign_from(life.clock.now)
    key = keys.keys.keys["dm1"]
    found = kept(service.journal, holder.id, SIGNING_KEY, key.binding)
    assert found is not None
    part = found.constant[600:632]
    life.secrets["signing key"] = urlsafe_b64encode(part).decode().rstrip("=")
    body = {"domain": "canary.com", "header_hash": b64encode(bytes(32)).decode()}
    where = f"/api/v1/accounts/{holder.id}/signatures"
    client = life.app.test_client(use_cookies=False)
    answer = client.post(where, json=body, headers=a_key(service))
    assert answer.status_code == 200


def _device(life: Life) -> None:
    client = life.app.test_client(use_cookies=False)
    asked = {
        "email": life.email,
        "password": PASSWORD,
        "code": life.code(),
        "application": "Mail for Mac",
    }
    headers = {"Idempotency-Key": uuid4().hex}
    told = client.post("/api/v1/sessions", json=asked, headers=headers).get_json()
    life.secrets["device token"] = told["token"]
    as_device = bearer(told["token"])
    made = client.post("/api/v1/panel-links", headers=as_device).get_json()
    path = made["url"].removeprefix(BASE)
    life.secrets["panel link"] = path.rpartition("/")[2]
    other = Browser(life.app)
    other.send(path, path)
    found = other.client.get_cookie("daybook-session", "localhost")
    assert found is not None
    life.secrets["session by panel link"] = found.value
    client.post("/api/v1/people/lookup", json={"email": life.email}, headers=as_device)


def _address(life: Life) -> None:
    typed = {"email": new_email("next"), "current_password": PASSWORD}
    life.browser.send("/email", "/email", code=life.code(), **typed)
    life.link("link of the old address", "/email/cancel/")
    link = life.link("link of the new address", "/email/confirm/")
    life.browser.send(link, link)
    life.browser.get(life.link("undo link", "/email/undo/"))
    life.email = typed["email"]


def _receipts(life: Life) -> None:
    typed = {"receipt_email": new_email("books"), "mode": "additional"}
    typed |= {"current_password": PASSWORD, "code": life.code()}
    life.browser.send("/email/receipts", "/email", **typed)
    life.browser.get(life.link("receipt address link", "/receipt-address/"))


def _reset(life: Life) -> None:
    life.browser.send("/forgotten", "/forgotten", email=life.email)
    link = life.link("reset link", "/reset/")
    life.browser.send(link, link, password=PASSWORD, password_again=PASSWORD)
    life.browser.send(link, link, password=MISTYPED, password_again=PASSWORD)


def _second_factor(life: Life) -> None:
    life.browser.send("/sign-out", "/")
    door = "/sign-in"
    life.browser.send(door, door, email=life.email, password=MISTYPED)
    life.browser.send(door, door, email=life.email, password=PASSWORD)
    life.cookie("half a sign-in", "half")
    life.browser.send(f"{door}/code", f"{door}/code", code="000000")
    used = life.secrets["recovery code 3"]
    life.browser.send(f"{door}/code", f"{door}/code", code=used)
    life.cookie("session by recovery code")


def _staff(life: Life) -> None:
    member = joined(life.service, life.app, life.clock, "support")
    cookie = member.browser.client.get_cookie("daybook-staff", "localhost")
    assert cookie is not None
    life.secrets |= {"staff seed": member.seed, "invitation": member.invitation}
    life.secrets |= {"staff session": cookie.value, "staff password": STAFF_PASSWORD}
    life.secrets |= {f"staff code {n}": code for n, code in enumerate(member.codes)}
    found = member.browser.get(f"/staff?q={quote(life.email)}")
    account = found.location
    member.browser.send(f"{account}/two-factor", account, reason="lost the phone")
    member.browser.send("/staff/sign-out", "/staff")
    life.browser.get(life.link("link that keeps two-factor", "/keep-two-factor/"))


def _all_pages(life: Life) -> None:
    for rule in life.app.url_map.iter_rules():
        if not rule.arguments and "GET" in (rule.methods or ()):
            life.browser.get(rule.rule)
    proof = {"current_password": PASSWORD, "code": life.code()}
    life.browser.send("/confirm", "/confirm", **proof)
    life.browser.send("/email/newsletter", "/email", newsletter="1")
    life.browser.get("/account/data.zip")
