"""The demo account: made by driving the service, never by writing rows."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from web.visitor import DECLINED, Astray, Sender, Visitor

EMAIL = "demo@daybook.example"
SKUS = ("credits-2000", "credits-10000")
CAMPAIGNS = (
    ("Autumn open studio", 3850, 3842),
    ("Linocut workshop, reminder", 1110, 1106),
    ("Members\N{RIGHT SINGLE QUOTATION MARK} letter, November", 2000, 1988),
)
HELD = ("Winter catalogue", 2000)
DETAILS = {
    "name": "Helen Gray",
    "company": "Hollis & Gray Studio",
    "address": "4 Mill Lane\nStudio 2",
    "postcode": "2011 AB",
    "city": "Haarlem",
    "country": "NL",
    "vat_number": "NL123456789B01",
    "language": "en",
}


def demo(base: str, environ: Mapping[str, str], var: Path) -> str:
    """Make the demo account once; return how to sign in to it.

    Only where both stand-ins are there: nobody's card and nobody's mailbox.
    """
    mailbox = environ.get("DAYBOOK_MAILBOX_URL")
    if not mailbox or not environ.get("DAYBOOK_PAYMENTS_URL"):
        return ""
    path = var / "demo.json"
    if not path.exists():
        try:
            known = _make(base, mailbox, environ)
        except (Astray, subprocess.CalledProcessError) as trouble:
            return f"The demo account could not be made: {trouble}"
        path.touch(mode=0o600)
        path.write_text(json.dumps(known))
    known = json.loads(path.read_text())
    return (
        f"Demo sign-in: {known['email']} with the password {known['password']}\n"
        f"Demo service key: {known['key_id']}:{known['secret']}"
        f" (account {known['account_id']})"
    )


def _make(base: str, mailbox: str, environ: Mapping[str, str]) -> dict[str, str]:
    password = "-".join(secrets.token_hex(2) for _ in range(5))
    visitor = Visitor(base, mailbox)
    visitor.sign_up("Helen Gray", EMAIL, password, company="Hollis & Gray Studio")
    details = visitor.get("/profile")
    visitor.post("/profile", details, **DETAILS)
    visitor.buy(SKUS[1])
    page = visitor.buy(SKUS[0], **DECLINED)
    visitor.post(visitor.url, page, name="Demo", **_card())
    key = json.loads(
        subprocess.run(
            [sys.executable, "-m", "web.cli", "api-key", "issue",
             "--name", "Demo sending service", "--json"],
            env=dict(environ), check=True, capture_output=True, text=True,
        ).stdout
    )  # fmt: skip
    sender = Sender(base, key["key_id"], key["secret"])
    account_id = _account_id(environ)
    for campaign, recipients, sent in CAMPAIGNS:
        sender.send(account_id, campaign, recipients, sent)
    sender.hold(account_id, *HELD)
    return {**key, "email": EMAIL, "password": password, "account_id": account_id}


def _card() -> dict[str, str]:
    from web.visitor import CARD

    return CARD


def _account_id(environ: Mapping[str, str]) -> str:
    return subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "web.cli", "account", EMAIL],
        env=dict(environ),
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
