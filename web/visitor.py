"""A visitor without a screen: drives the service over HTTP, for demo and tests."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.cookiejar
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable
from datetime import datetime
from html import unescape
from typing import Any
from uuid import uuid4

HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"')
LINK = re.compile(r"https?://\S+/verify/\S+")
CARD = {"number": "4242 4242 4242 4242", "expiry": "12 / 39", "cvc": "123"}
DECLINED = {**CARD, "number": "4000 0000 0000 0002"}
WAIT_SECONDS_MAX = 20.0
CONTACT_BYTES = 16


class Astray(Exception):  # noqa: N818 - told with the address
    """The service answered otherwise than a visitor could go on with."""


class Visitor:
    """Keeps cookies, fills in forms, reads mail."""

    def __init__(self, base: str, mailbox: str) -> None:
        self.base, self.mailbox = base.rstrip("/"), mailbox.removesuffix("/mail")
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar)
        self.url = self.base

    def get(self, path: str) -> str:
        """Open a page; return its text."""
        return self._open(urllib.request.Request(self._absolute(path)))  # noqa: S310

    def post(self, path: str, page: str, **fields: str) -> str:
        """Send the form of a page, its hidden fields included; follow the answer."""
        hidden = {name: unescape(value) for name, value in HIDDEN.findall(page)}
        url = self._absolute(path)
        origin = "{0.scheme}://{0.netloc}".format(urllib.parse.urlsplit(url))
        data = urllib.parse.urlencode({**hidden, **fields}).encode()
        asked = urllib.request.Request(url, data, {"Origin": origin})  # noqa: S310
        return self._open(asked)

    def sign_up(self, name: str, email: str, password: str, **more: str) -> None:
        """Ask for an account, open the mailed link, and be signed in."""
        page = self.get("/sign-up")
        self.post("/sign-up", page, name=name, email=email, password=password, **more)
        link = self._mailed_link(email)
        self.post(link, self.get(link), password=password)

    def buy(self, sku: str, **card: str) -> str:
        """Buy a pack with a test card; return the page that the visitor ends on."""
        credits = self.get("/credits")
        checkout = self.post("/purchases", credits, sku=sku)
        return self.post(self.url, checkout, name="Demo", **{**CARD, **card})

    def mails(self, email: str) -> list[dict[str, Any]]:
        """Return the mails to an address, newest first."""
        query = urllib.parse.urlencode({"to": email})
        text = self.get(f"{self.mailbox}/mail.json?{query}")
        found: list[dict[str, Any]] = json.loads(text)["mails"]
        return found

    def _mailed_link(self, email: str) -> str:
        until = time.monotonic() + WAIT_SECONDS_MAX
        while time.monotonic() < until:
            for mail in self.mails(email):
                if found := LINK.search(str(mail.get("text", ""))):
                    return found[0]
            time.sleep(0.1)
        raise Astray(f"no mail with a link came to {email}")

    def _absolute(self, path: str) -> str:
        return path if "://" in path else self.base + path

    def _open(self, request: urllib.request.Request) -> str:
        try:
            with self._opener.open(request, timeout=WAIT_SECONDS_MAX) as answer:
                self.url = answer.geturl()
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            if error.code in (402, 422):
                return error.read().decode()
            raise Astray(f"{request.full_url} answered {error.code}") from error
        except OSError as error:
            raise Astray(f"{request.full_url} did not answer: {error}") from error


class Sender:
    """The sending service: asks for holds and captures with a service key."""

    def __init__(self, base: str, key_id: str, secret: str) -> None:
        self._base = base.rstrip("/")
        token = base64.b64encode(f"{key_id}:{secret}".encode()).decode()
        self._headers = {"Authorization": f"Basic {token}"}

    def call(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Call the API; return what it answers. Raises Astray for a refusal."""
        headers = {**self._headers, "Idempotency-Key": uuid4().hex}
        data = None if body is None else json.dumps(body).encode()
        if data is not None:
            headers["Content-Type"] = "application/json"
        url = f"{self._base}/api/v1{path}"
        request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=WAIT_SECONDS_MAX) as answer:  # noqa: S310
                found: dict[str, Any] = json.loads(answer.read() or b"{}")
                return found
        except urllib.error.HTTPError as error:
            raise Astray(f"{method} {path}: {error.code} {error.read()!r}") from error

    def send(self, account_id: str, campaign: str, recipients: int, sent: int) -> str:
        """Hold credits for a campaign, capture what was sent, release the rest."""
        held = self.hold(account_id, campaign, recipients)
        self.call(
            "POST",
            f"/accounts/{account_id}/holds/{held}/captures",
            {"credits": sent, "final": True},
        )
        return held

    def hold(
        self, account_id: str, campaign: str, recipients: int, kind: str = "credits"
    ) -> str:
        """Hold credits, or have the plan allow a campaign; return the hold's id."""
        body = {"campaign_id": campaign, "recipients": recipients, "kind": kind}
        answer = self.call("POST", f"/accounts/{account_id}/holds", body)
        return str(answer["hold_id"])

    def report(
        self, account_id: str, campaign: str, addresses: Iterable[str], at: datetime
    ) -> dict[str, Any]:
        """Report whom a campaign was sent to, and when; return what was counted."""
        found = self.call("GET", f"/accounts/{account_id}/usage/key")
        key = bytes.fromhex(found["key"])
        body = {
            "account_id": account_id,
            "period_id": found["period_id"],
            "campaign_id": campaign,
            "batch_id": uuid4().hex,
            "sent_at": at.isoformat(),
            "contacts": [contact(key, address) for address in addresses],
        }
        return self.call("POST", "/usage", body)


def contact(key: bytes, address: str) -> str:
    """Return what names a canonical address to nobody who lacks the period's key."""
    digest = hmac.digest(key, address.encode(), hashlib.sha256)
    return digest[:CONTACT_BYTES].hex()
