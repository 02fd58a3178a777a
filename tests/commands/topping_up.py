"""Somebody whose credits are topped up at the stand-in, and time for both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from commands.checkouts import ask_about_open
from commands.consequences import all_reactions
from commands.credits import (
    CaptureCredits,
    HoldCredits,
    balance_of,
    capture_credits,
    credits_of,
    hold_credits,
)
from commands.gateways.payments import StripePayments
from commands.inbox import handle_inbox
from commands.reactions import Reactions
from commands.top_up_cards import lead_to_card_page, settle_card
from commands.top_up_charges import ask_about_top_ups
from commands.top_up_notes import top_up_of
from commands.top_ups import (
    TurnOffTopUp,
    TurnOnTopUp,
    change_top_up,
    end_top_up,
)
from ledger.purchases import Purchase
from ledger.top_ups import TopUp
from tests.commands.people import mails_of
from tests.conftest import context_at
from tests.web.service import Clock, a_purchase, an_account, service_on
from tests.web.standing_in import SECRET, StandIn, stand_in
from tests.web.subscribing import Subscriber
from web.database import Database
from web.receipt_writer import write_receipt
from web.wiring import TEST_KEY, Service

NOVEMBER = datetime(2026, 11, 24, 9, tzinfo=UTC)
PAYS, ASKS, FAILS = "4242424242424242", "4000002760003184", "4000000000000341"
SKU, PACK, PRICE = "credits-2000", 2000, 2000
BACK = "http://localhost:8000/credits"


class Topper:
    """An account with 2,000 credits, a card at the stand-in, and the worker's hands."""

    def __init__(
        self,
        service: Service,
        running: StandIn,
        clock: Clock,
        account_id: UUID | None = None,
    ) -> None:
        self.service, self.running, self.clock = service, running, clock
        self.bank = Subscriber(running, int(clock().timestamp()))
        self.account_id = account_id or an_account(service)
        a_purchase(service, self.account_id)

    @property
    def stand_in(self) -> StandIn:
        return self.running

    @property
    def top_up(self) -> TopUp:
        return top_up_of(self.service.journal, self.account_id)

    @property
    def available(self) -> int:
        context = context_at(self.clock())
        return credits_of(
            self.service.journal, self.account_id, context
        ).figures.available

    def turn_on(self, threshold: int = 500, cap: int = 10_000, sku: str = SKU) -> None:
        """Agree to terms in the panel."""
        command = TurnOnTopUp(
            account_id=self.account_id, threshold=threshold, sku=sku, cap_minor=cap
        )
        service = self.service
        parts = (service.journal, service.payments, service.catalogue)
        change_top_up(*parts, command, context_at(self.clock()))

    def turn_off(self, *, forget: bool = False) -> None:
        command = TurnOffTopUp(account_id=self.account_id, forget=forget)
        service, context = self.service, context_at(self.clock())
        end_top_up(service.journal, service.payments, command, context)

    def page(self) -> str:
        """Open the page for a card; its address."""
        service, context = self.service, context_at(self.clock())
        parts = (service.journal, service.payments, self.account_id)
        return lead_to_card_page(*parts, BACK, context)

    def enter(self, number: str = PAYS) -> str:
        """Enter a card on a page of its own, and come back; the page's id."""
        url = self.page()
        self.fill(url, number)
        page = self.top_up.page
        assert page is not None
        service = self.service
        parts = (service.journal, service.payments, self.account_id)
        settle_card(*parts, page[0], self.clock())
        return page[0]

    def fill(self, url: str, number: str = PAYS) -> None:
        answer = self.running.fill(url, number=number)
        assert answer[0] == 303, answer
        if answer[1]["Location"].endswith("/3ds"):
            self.running.post(url + "/3ds", "outcome=complete")

    def set_up(self, number: str = PAYS, **terms: Any) -> None:
        """Have it on, with a card."""
        self.turn_on(**terms)
        self.enter(number)
        self.work()

    def spend(self, credits: int) -> None:
        """Send to so many; nothing follows yet."""
        journal, context = self.service.journal, context_at(self.clock())
        hold = HoldCredits(
            account_id=self.account_id, campaign_id="spring", credits=credits
        )
        held = hold_credits(journal, hold, context)
        capture = CaptureCredits(
            account_id=self.account_id, hold_id=UUID(held.ids["hold"]), credits=credits
        )
        capture_credits(journal, capture, context_at(self.clock()))

    def spend_down_to(self, credits: int) -> None:
        self.spend(self.available - credits)

    def work(self) -> None:
        """Let the worker do all that follows from what is recorded."""
        service = self.service
        parts = (self.clock, service.payments, service.seller, write_receipt)
        every = all_reactions(service.journal, *parts, service.shop)
        reactions = Reactions(service.journal, service.reader, self.clock, every)
        while reactions.step():
            pass

    def travel(self, moment: datetime) -> None:
        """Let both clocks stand at a later moment."""
        self.bank.advance(int(moment.timestamp()))
        self.clock.now = moment

    def look(self) -> int:
        """What the janitor does, and what follows."""
        service = self.service
        parts = (service.journal, service.payments, service.shop, self.clock())
        count = ask_about_top_ups(*parts)
        ask_about_open(service.journal, service.payments, self.clock())
        self.work()
        return count

    def hear(self) -> None:
        """Handle the webhooks that came."""
        service = self.service
        while handle_inbox(service.journal, service.payments, self.clock()):
            pass

    def charges(self) -> list[Any]:
        """What the processor has charged, or tried to, oldest first."""
        listed: Any = self.bank.v1.charges.list({"limit": 100}).data
        return [one.to_dict() for one in listed][::-1]

    def paid(self) -> list[int]:
        """The amounts of charges that were paid, oldest first."""
        return [one["amount"] for one in self.charges() if one["paid"]]

    def mails(self, prefix: str = "top_up") -> list[str]:
        """The templates of mails written so far, oldest first."""
        found = mails_of(self.service.journal, self.account_id)
        names = [str(mail["template"]) for mail in found]
        return [name for name in names if name.startswith(prefix)]

    def told(self, template: str) -> dict[str, Any]:
        """The values of the newest mail of a kind."""
        found = mails_of(self.service.journal, self.account_id)
        values = [mail["values"] for mail in found if mail["template"] == template]
        return dict(values[-1])

    def purchase(self, purchase_id: UUID) -> Purchase:
        return self.service.journal.fresh(Purchase, purchase_id)

    def watching(self) -> int | None:
        balance = balance_of(self.service.journal, self.account_id, closed_too=True)
        return balance.top_up


@contextmanager
def topper_on(database: Database, clock: Clock) -> Iterator[Topper]:
    """A new one, at a stand-in that tells nobody anything by itself."""
    with (
        stand_in() as running,
        service_on(database, clock, running.url) as service,
    ):
        running.switch(deliver="never")
        service.payments = StripePayments(TEST_KEY, SECRET, base_address=running.url)
        yield Topper(service, running, clock)
