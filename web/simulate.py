"""`daybook simulate`: customers by the thousand, through the real commands.

On one day the same seed makes the same customers do the same things at the same
moments, whatever the threads do; in one database each seed is used once.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from commands import credits, purchases
from commands.accounts import ChangeBillingDetails, account_of, change_billing_details
from commands.consequences import all_reactions
from commands.credentials import new_password
from commands.gateways import tokens
from commands.gateways.passwords import Passwords
from commands.reactions import Reactions
from commands.sign_ups import (
    AskForAccount,
    OpenAccount,
    ask_for_account,
    open_account,
)
from ledger.journal import Actor, Context, consumers
from ledger.journal.following import following_connection
from ledger.refusals import InsufficientCredits, NoSuchAccount
from web.database import migrate
from web.operators import Add, database_for, opened, say
from web.receipt_writer import write_receipt
from web.settings import Settings, SettingsTrouble
from web.wiring import Service

THREADS = 6
SPACE = UUID("5f0a7c0e-3a83-4d0e-9a58-5d1f0c9be0aa")
CAMPAIGN_CHANCE, PURCHASE_CHANCE = 0.45, 0.08
DECLINE_CHANCE, GIVE_UP_CHANCE, RELEASE_CHANCE = 0.12, 0.05, 0.06
RECIPIENTS = (40, 1_600)
CITIES = (("1010 AA", "Amsterdam", "NL"), ("75011", "Paris", "FR"), (None, None, None))
CHEAP = Passwords(memory_kib=64, passes=1, at_once=THREADS)
"""Nobody knows these passwords and nobody signs in, so their hashes may be weak."""


def install(add: Add) -> None:
    """Add `simulate` to the command line."""
    simulate = add("simulate", _simulate, "let simulated customers buy and send")
    for name, default in (("accounts", 100), ("days", 10), ("seed", 1)):
        simulate.add_argument(f"--{name}", type=int, default=default)


@dataclass
class Customer:
    """One simulated customer: his chance, his clock, and what he did."""

    service: Service
    seed: int
    number: int
    begins: datetime
    done: Counter[str] = field(default_factory=Counter)
    deeds: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(f"{self.seed}:{self.number}")  # noqa: S311 - a play
        self.id = account_id(self.seed, self.number)
        self.now = self.begins
        self.journal = self.service.journal

    def context(self) -> Context:
        """Return the envelope of his next command, a little later than the last."""
        self.deeds += 1
        self.now += timedelta(seconds=self.chance.uniform(1, 90))
        key = f"{self.id}:{self.deeds}"
        return Context(
            principal=f"simulation:{self.seed}",
            key=key,
            actor=Actor("customer", str(self.id)),
            now=self.now,
            correlation_id=uuid5(self.id, key),
        )

    def signs_up(self) -> None:
        """Open a verified account, and mostly say what receipts print."""
        token = tokens.new_token(self.id)
        ask = AskForAccount(
            account_id=self.id,
            name=f"Customer {self.number}",
            email=f"{self.id.hex}@simulated.example",
            company=None,
            website=None,
            language=self.chance.choice(("en", "fr")),
            secret=new_password(secrets.token_urlsafe(), CHEAP),
            token=token,
            mails_link=False,
        )
        ask_for_account(self.journal, ask, self.context())
        command = OpenAccount(account_id=self.id, digest=token.digest)
        open_account(self.journal, command, self.context())
        postcode, city, country = self.chance.choice(CITIES)
        details = ChangeBillingDetails(
            account_id=self.id,
            name=f"Customer {self.number}",
            company=self.chance.choice((None, f"Studio {self.number}")),
            address_lines=() if city is None else (f"{self.number} High Street",),
            postcode=postcode,
            city=city,
            country=country,
            vat_number=None,
        )
        change_billing_details(self.journal, details, self.context())
        self.done["sign-ups"] += 1

    def lives(self, day: int) -> None:
        """Do what this day brings: perhaps buy, perhaps send."""
        self.now = self.begins + timedelta(days=day, hours=self.chance.uniform(0, 12))
        if self.chance.random() < PURCHASE_CHANCE:
            self.buys()
        if self.chance.random() < CAMPAIGN_CHANCE:
            self.sends(f"campaign {day}", self.chance.randint(*RECIPIENTS))

    def buys(self) -> bool:
        """Choose a pack; be declined now and then; give up or pay."""
        catalogue = self.service.catalogue
        currency = catalogue.currencies[0]
        packs = sorted({p.sku for p in catalogue.packs if p.currency == currency})
        start = purchases.StartPurchase(
            account_id=self.id, sku=self.chance.choice(packs), language="en"
        )
        started = purchases.start_purchase(
            self.journal, start, self.context(), catalogue
        )
        purchase_id = UUID(started.ids["purchase"])
        if self.chance.random() < DECLINE_CHANCE:
            self._is_declined(purchase_id)
        if self.chance.random() < GIVE_UP_CHANCE:
            given_up = purchases.ExpirePurchase(
                account_id=self.id, purchase_id=purchase_id, checkout_id=None
            )
            purchases.expire_purchase(self.journal, given_up, self.context())
            self.done["given up"] += 1
            return False
        self._pays(purchase_id)
        return True

    def sends(self, campaign: str, recipients: int) -> None:
        """Hold for a campaign, buying first where credits are short; then send."""
        hold = credits.HoldCredits(
            account_id=self.id, campaign_id=campaign, credits=recipients
        )
        try:
            held = credits.hold_credits(self.journal, hold, self.context())
        except InsufficientCredits:
            self.done["short"] += 1
            if self.buys():
                self.sends(campaign, recipients)
            return
        hold_id = UUID(held.ids["hold"])
        if self.chance.random() < RELEASE_CHANCE:
            release = credits.ReleaseHold(account_id=self.id, hold_id=hold_id)
            credits.release_hold(self.journal, release, self.context())
            self.done["released"] += 1
            return
        self._captures(hold_id, self.chance.randint(recipients // 2, recipients))

    def _captures(self, hold_id: UUID, sent: int) -> None:
        """Capture what was sent in up to three parts, the last one final."""
        parts = self.chance.randint(1, 3)
        cuts = [sent * n // parts for n in range(parts + 1)]
        for n in range(parts):
            capture = credits.CaptureCredits(
                account_id=self.id,
                hold_id=hold_id,
                credits=cuts[n + 1] - cuts[n],
                final=n == parts - 1,
            )
            credits.capture_credits(self.journal, capture, self.context())
        self.done["campaigns"] += 1

    def _is_declined(self, purchase_id: UUID) -> None:
        command = purchases.DeclinePurchase(
            account_id=self.id,
            purchase_id=purchase_id,
            attempt_id=_mark("pi", purchase_id) + "_1",
            code="card_declined",
        )
        purchases.decline_purchase(self.journal, command, self.context())
        self.done["declined"] += 1

    def _pays(self, purchase_id: UUID) -> None:
        purchase = purchases.purchase_of(self.journal, self.id, purchase_id)
        context = self.context()
        command = purchases.SettlePurchase(
            account_id=self.id,
            purchase_id=purchase_id,
            customer_id=_mark("cus", self.id),
            checkout_id=_mark("cs", purchase_id),
            payment_intent_id=_mark("pi", purchase_id),
            charge_id=_mark("ch", purchase_id),
            amount_minor=purchase.total.minor,
            currency=purchase.currency,
            payment_label="Visa \N{BULLET}\N{BULLET}\N{BULLET}\N{BULLET} 4242",
            paid_at=context.now,
        )
        purchases.settle_purchase(self.journal, command, context)
        self.done["paid"] += 1


def _mark(kind: str, of: UUID) -> str:
    return f"{kind}_{hashlib.sha256(of.bytes).hexdigest()[:24]}"


def simulate(service: Service, accounts: int, days: int, seed: int) -> Counter[str]:
    """Let customers live until today; return what they did, and their commands.

    Raises SettingsTrouble for a seed that was used before.
    """
    if _is_known(service, seed):
        raise SettingsTrouble(f"seed {seed} was simulated here already: take another")
    begins = service.clock() - timedelta(days=days)
    begins = begins.replace(hour=0, minute=0, second=0, microsecond=0)

    def live(number: int) -> Counter[str]:
        customer = Customer(service, seed, number, begins)
        customer.signs_up()
        for day in range(days):
            customer.lives(day)
        customer.done["commands"] = customer.deeds
        return customer.done

    with ThreadPoolExecutor(THREADS) as pool:
        return sum(pool.map(live, range(accounts)), Counter())


def _is_known(service: Service, seed: int) -> bool:
    try:
        account_of(service.journal, account_id(seed, 0))
    except NoSuchAccount:
        return False
    return True


def account_id(seed: int, number: int) -> UUID:
    """Return the id of a simulated customer's account."""
    return uuid5(SPACE, f"{seed}:{number}")


def post(service: Service) -> None:
    """Issue the receipts that are due and bring every view up to date."""
    journal, clock = service.journal, service.clock
    parts = (clock, service.payments, service.seller, write_receipt, service.shop)
    every = all_reactions(journal, *parts)
    reactions = Reactions(journal, service.reader, clock, every)
    while reactions.step():
        pass
    follower = service.views.follower(service.reader)
    with following_connection(service.connections) as connection:
        consumers.register(connection, list(service.views.all))
        while follower.step(connection):
            pass


def _simulate(settings: Settings, parsed: argparse.Namespace) -> int:
    if not settings.is_local:
        raise SettingsTrouble(
            "nobody is simulated where DAYBOOK_BASE_URL is no loopback address"
        )
    with _service(settings) as service:
        begun = time.perf_counter()
        done = simulate(service, parsed.accounts, parsed.days, parsed.seed)
        seconds = time.perf_counter() - begun
        post(service)
    commands = done.pop("commands", 0)
    rest = ", ".join(f"{count:,} {what}" for what, count in sorted(done.items()))
    say(
        f"{parsed.accounts:,} accounts, {parsed.days} days, seed {parsed.seed}:"
        f" {commands:,} commands in {seconds:.1f} s, {commands / seconds:,.0f} a second"
    )
    say(rest)
    return 0


@contextmanager
def _service(settings: Settings) -> Iterator[Service]:
    """Open a service on a database that is made where there is none yet."""
    settings.daybook_var.mkdir(parents=True, exist_ok=True)
    with database_for(settings, make=True) as database:
        migrate(database.owner)
        with opened(settings) as service:
            yield service
