"""The demo accounts: made by driving the service, never by writing rows."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from web import seed_plan
from web.visitor import CARD, DECLINED, Astray, Sender, Visitor
from web.wiring import utc_now

EMAIL = "demo@daybook.example"
SKUS = ("credits-2000", "credits-10000")
CAMPAIGNS = (
    ("Autumn open studio", 3850, 3842),
    ("Linocut workshop, reminder", 1110, 1106),
    ("Members\N{RIGHT SINGLE QUOTATION MARK} letter, November", 2000, 1988),
)
HELD = ("Winter catalogue", 2000)
DOMAIN = "hollis-gray-studio.com"
"""It waits for its records: without resolvers nobody is asked, whosever it is."""
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
    """Make the demo accounts once; return how to sign in to them.

    Only where both stand-ins are there: nobody's card and nobody's mailbox.
    """
    mailbox = environ.get("DAYBOOK_MAILBOX_URL")
    if not mailbox or not environ.get("DAYBOOK_PAYMENTS_URL"):
        return ""
    lines = []
    try:
        known = _once(var / "demo.json", lambda: _make(base, mailbox, environ))
        lines.append(
            f"Demo service key: {known['key_id']}:{known['secret']}"
            f" (account {known['account_id']})"
        )
        lines.insert(0, _sign_in(known))
        sender = Sender(base, known["key_id"], known["secret"])
        plan = _once(
            var / "demo-plan.json", lambda: _make_plan(base, mailbox, environ, sender)
        )
        lines.insert(1, _sign_in(plan, " on Unlimited"))
    except (Astray, subprocess.CalledProcessError) as trouble:
        lines.append(f"A demo account could not be made: {trouble}")
    return "\n".join(lines)


def _once(path: Path, make: Callable[[], dict[str, str]]) -> dict[str, str]:
    """Return what was made and noted in a file; make and note it the first time."""
    if not path.exists():
        made = make()
        path.touch(mode=0o600)
        path.write_text(json.dumps(made))
    known: dict[str, str] = json.loads(path.read_text())
    return known


def _sign_in(known: Mapping[str, str], plan: str = "") -> str:
    email, password = known["email"], known["password"]
    return f"Demo sign-in{plan}: {email} with the password {password}"


def _new_password() -> str:
    return "-".join(secrets.token_hex(2) for _ in range(5))


def _make(base: str, mailbox: str, environ: Mapping[str, str]) -> dict[str, str]:
    password = _new_password()
    visitor = Visitor(base, mailbox)
    visitor.sign_up("Helen Gray", EMAIL, password, company="Hollis & Gray Studio")
    details = visitor.get("/profile")
    visitor.post("/profile", details, **DETAILS)
    visitor.post("/domains", visitor.get("/domains"), domain=DOMAIN)
    visitor.buy(SKUS[1])
    page = visitor.buy(SKUS[0], **DECLINED)
    visitor.post(visitor.url, page, name="Demo", **CARD)
    key = json.loads(
        subprocess.run(
            [sys.executable, "-m", "web.cli", "api-key", "issue",
             "--name", "Demo sending service", "--json"],
            env=dict(environ), check=True, capture_output=True, text=True,
        ).stdout
    )  # fmt: skip
    sender = Sender(base, key["key_id"], key["secret"])
    account_id = _account_id(environ, EMAIL)
    for campaign, recipients, sent in CAMPAIGNS:
        sender.send(account_id, campaign, recipients, sent)
    sender.hold(account_id, *HELD)
    return {**key, "email": EMAIL, "password": password, "account_id": account_id}


def _make_plan(
    base: str, mailbox: str, environ: Mapping[str, str], sender: Sender
) -> dict[str, str]:
    password = _new_password()
    seed_plan.subscribe(base, mailbox, password)
    account_id = _account_id(environ, seed_plan.EMAIL)
    seed_plan.send(sender, account_id, utc_now())
    return {"email": seed_plan.EMAIL, "password": password}


def _account_id(environ: Mapping[str, str], email: str) -> str:
    return subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "web.cli", "account", email],
        env=dict(environ),
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
