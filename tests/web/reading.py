"""A customer who does things and reads what her pages say of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from commands.credits import CaptureCredits, HoldCredits, capture_credits, hold_credits
from commands.purchases import StartPurchase, start_purchase
from tests.conftest import context_at
from tests.web.askers import a_session
from tests.web.browsing import Browser
from tests.web.service import Clock, followed
from web.wiring import Service


@dataclass
class Ann:
    """A customer, her browser, and what she does."""

    service: Service
    clock: Clock
    browser: Browser
    account_id: UUID

    def do(self, handle: Any, command: Any, *more: Any) -> UUID:
        """Have a command handled; the id of what it made, if any."""
        context = context_at(self.clock())
        recorded = handle(self.service.journal, command, context, *more)
        return UUID(next(iter(recorded.ids.values()), str(uuid4())))

    def start(self) -> UUID:
        """Start a purchase that is not paid yet."""
        command = StartPurchase(
            account_id=self.account_id, sku="credits-2000", language="en"
        )
        return self.do(start_purchase, command, self.service.catalogue)

    def send(self, campaign: str, held: int, sent: int) -> None:
        """Hold credits for a campaign and capture so many."""
        hold = HoldCredits(
            account_id=self.account_id, campaign_id=campaign, credits=held
        )
        hold_id = self.do(hold_credits, hold)
        capture = CaptureCredits(
            account_id=self.account_id, hold_id=hold_id, credits=sent, final=True
        )
        self.do(capture_credits, capture)

    def move(self, step: timedelta) -> None:
        """Let time pass, and sign in again if that was long."""
        self.clock.move(step)
        token = a_session(self.service, self.account_id)
        self.browser.client.set_cookie("daybook-session", token)

    def read(self, path: str) -> str:
        """Read a page once every view has followed."""
        followed(self.service)
        return self.browser.read(path)
