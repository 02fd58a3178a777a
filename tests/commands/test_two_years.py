"""Two years of a subscription from a 31st of January, whoever tells of them.

Renewals, a card that no longer pays, a block, a bigger tier and a smaller one, an end
that is undone: told by the janitor alone or by events that come twice, shuffled, late
and not at all, the books are the same, and the processor's.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from commands.gateways.payments import StripePayments
from commands.gateways.stripe_objects import event_of
from commands.inbox import handle_inbox, receive
from commands.plan_changes import (
    ChangeTier,
    card_page,
    change_tier,
    end_subscription,
    preview_tier,
)
from commands.reconciliation import reconcile
from ledger.subscription_terms import GRACE
from projections.audit import compare, replay
from projections.purchases import PurchaseRow
from tests.commands.subscribing import BIG, FAILS_LATER, PAYS, SMALL, Member
from tests.conftest import Cluster, context_at
from tests.web.service import Clock, followed, service_on
from tests.web.standing_in import SECRET, stand_in
from web.wiring import TEST_KEY

START = datetime(2027, 1, 31, 9, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SEEDS = [1, 2]
PAID = [2900] * 11 + [1000] + [4900] * 4 + [2900] * 9
"""What was charged, in order: the twelfth is the difference for half a month."""

Teller = Callable[[Member], None]


def janitor(member: Member) -> None:
    """Nobody tells; we ask."""
    member.look()


@dataclass
class Postman:
    """Brings events twice, shuffled, some days late, and loses some."""

    seed: int
    seen: set[str] = field(default_factory=set)
    bag: list[dict[str, object]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def __call__(self, member: Member) -> None:
        told = json.loads(member.stand_in.ask("GET", "/_stand_in/events")[2])
        new = [one for one in told["events"] if one["id"] not in self.seen]
        self.seen |= {one["id"] for one in new}
        self.bag += [one for one in new * 2 if self.chance.random() < 0.7]
        self.chance.shuffle(self.bag)
        late = self.chance.randrange(len(self.bag) + 1)
        now, service = member.clock(), member.service
        for event in self.bag[late:]:
            payload = json.dumps(event).encode()
            receive(service.journal, event_of(event), payload, now)
        del self.bag[late:]
        while handle_inbox(service.journal, service.payments, now):
            pass
        member.look()


@contextmanager
def someone(cluster: Cluster) -> Iterator[Member]:
    clock = Clock(START)
    with (
        stand_in() as running,
        service_on(cluster.new_database(), clock, running.url) as service,
    ):
        running.switch(deliver="never")
        service.payments = StripePayments(TEST_KEY, SECRET, base_address=running.url)
        yield Member(service, running, clock)


def renew(member: Member, tell: Teller, times: int = 1) -> None:
    for _ in range(times):
        member.travel(member.end() + 3 * HOUR)
        tell(member)


def card(member: Member, number: str) -> None:
    service = member.service
    parts = (service.journal, service.payments, member.account_id)
    page = card_page(*parts, "plan", "http://localhost:8000/plan")
    assert member.stand_in.fill(page, number=number)[0] == 303


def fail_and_recover(member: Member, tell: Teller) -> None:
    """The card fails; another one pays at the second try."""
    card(member, FAILS_LATER)
    end = member.end()
    member.travel(end + 3 * HOUR)
    tell(member)
    assert member.subscription().serves(member.clock())
    card(member, PAYS)
    member.travel(end + 3 * DAY + 15 * HOUR)
    tell(member)


def block_and_pay(member: Member, tell: Teller) -> None:
    """Nothing pays until sending is blocked; then the invoice is paid by hand."""
    card(member, FAILS_LATER)
    end = member.end()
    for days in (0, 3, 5, 7):
        member.travel(end + days * DAY + 15 * HOUR)
        tell(member)
    member.travel(end + GRACE + 13 * HOUR)
    tell(member)
    assert not member.subscription().serves(member.clock())
    owed = member.service.payments.subscription(member.id()).invoices[-1]
    page = member.stand_in.ask("GET", f"/i/{owed.id}")[1]["Location"]
    member.stand_in.fill(page)
    card(member, PAYS)
    member.travel(member.clock() + DAY)
    tell(member)
    assert member.subscription().serves(member.clock())


def change(member: Member, sku: str) -> None:
    service = member.service
    parts = (service.journal, service.payments, service.catalogue)
    shown = preview_tier(*parts, member.account_id, sku, member.clock())
    command = ChangeTier(
        account_id=member.account_id,
        sku=sku,
        at=shown.at,
        today_minor=shown.today_minor,
    )
    change_tier(*parts, command, context_at(member.clock()))


def two_years(member: Member, tell: Teller) -> None:
    member.subscribe()
    renew(member, tell, 4)
    fail_and_recover(member, tell)
    renew(member, tell, 3)
    block_and_pay(member, tell)
    renew(member, tell)
    start, end = member.subscription().period or (START, START)
    member.travel(start + (end - start) / 2)
    change(member, BIG)
    renew(member, tell, 4)
    change(member, SMALL)
    renew(member, tell, 4)
    parts = (member.service.journal, member.service.payments, member.account_id)
    end_subscription(*parts, "plan", member.clock())
    end_subscription(*parts, "plan", member.clock(), ending=False)
    renew(member, tell, 5)


@pytest.mark.parametrize("tell", [janitor, *(Postman(seed) for seed in SEEDS)])
def test_the_books_are_the_same_whoever_tells(cluster: Cluster, tell: Teller) -> None:
    with someone(cluster) as member:
        two_years(member, tell)
        followed(member.service)
        assert paid(member) == PAID
        assert agrees(member)
        assert periods(member)[:4] == ["01-31", "02-28", "03-31", "04-30"]
        assert differences(member) == []


def shown(member: Member) -> list[PurchaseRow]:
    """The purchases as the panel lists them, oldest first."""
    page = member.service.views.purchases.page(member.account_id, size=100)
    return [*page.rows][::-1]


def paid(member: Member) -> list[int]:
    rows = shown(member)
    rows.sort(key=lambda row: row.paid_at or START)
    return [row.total_minor for row in rows]


def periods(member: Member) -> list[str]:
    return [row.items[0]["service_from"][5:10] for row in shown(member)]


def agrees(member: Member) -> bool:
    """Whether journal and views say the same of the account."""
    service, now = member.service, member.clock()
    with service.connections.for_account(member.account_id) as connection:
        found = replay(service.reader, connection, now, member.account_id)
        [books] = list(found)
    return compare(service.views, books, now) == []


def differences(member: Member) -> list[object]:
    """What the processor's books say otherwise, of any day on which money moved."""
    service, now = member.service, member.clock()
    rows = shown(member)
    days = {row.paid_at.date() for row in rows if row.paid_at}
    parts = (service.journal, service.reader, service.payments)
    reports = [reconcile(*parts, day, now) for day in sorted(days)]
    assert sum(report.movements for report in reports) == len(rows)
    return [one for report in reports for one in report.differences]
