"""The second demo account: on the plan Unlimited, with what was sent under it."""

from __future__ import annotations

from datetime import datetime

from web.visitor import CARD, Sender, Visitor

EMAIL = "unlimited@daybook.example"
NAME, COMPANY = "Marc Lefèvre", "Atelier Marais"
TIER = "unlimited-5000"
CAMPAIGNS = (
    ("Open house", range(2860)),
    ("Open house, reminder", range(1400, 3105)),
    ("Winter prints", range(900, 4105)),
)
"""Whom each campaign was sent to; many of them more than once."""


def subscribe(base: str, mailbox: str, password: str) -> None:
    """Open the account, and pay for a month with a test card."""
    visitor = Visitor(base, mailbox)
    visitor.sign_up(NAME, EMAIL, password, company=COMPANY)
    checkout = visitor.post("/plan/subscribe", visitor.get("/plan"), sku=TIER)
    visitor.post(visitor.url, checkout, name=NAME, **CARD)


def send(sender: Sender, account_id: str, now: datetime) -> None:
    """Have each campaign allowed, report whom it was sent to, and end it."""
    for campaign, people in CAMPAIGNS:
        hold = sender.hold(account_id, campaign, len(people), "period")
        addresses = [f"reader-{person}@example.org" for person in people]
        sender.report(account_id, campaign, addresses, now)
        sender.call("POST", f"/accounts/{account_id}/holds/{hold}/release", {})
