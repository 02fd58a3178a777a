"""Two months of automatic top-up: the books are the same whoever tells of it.

A card that pays, one that is declined, one whose bank asks, a cap that is reached and a
new month: told by the janitor alone, or by events twice, shuffled, late and lost.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from commands.reconciliation import reconcile
from projections.audit import compare, replay
from tests.commands.test_two_years import SEEDS, Postman
from tests.commands.topping_up import ASKS, FAILS, NOVEMBER, PAYS, Topper
from tests.web.service import followed

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PAID = [2000] * 4
Teller = Callable[[Topper], object]


def janitor(topper: Topper) -> None:
    """Nobody tells; we ask."""
    topper.look()


def told_by(seed: int) -> Teller:
    postman = Postman(seed)
    return lambda topper: postman(topper)  # type: ignore[arg-type]


def low(topper: Topper, tell: Teller) -> None:
    topper.spend_down_to(1)
    topper.work()
    topper.travel(topper.clock() + HOUR)
    tell(topper)


def two_months(topper: Topper, tell: Teller) -> None:
    topper.set_up(PAYS, cap=3 * 2000)
    low(topper, tell)
    topper.enter(FAILS)
    low(topper, tell)
    topper.travel(topper.clock() + DAY)
    tell(topper)
    topper.enter(PAYS)
    tell(topper)
    topper.enter(ASKS)
    low(topper, tell)
    topper.fill(topper.told("top_up_confirm")["page"], ASKS)
    topper.travel(topper.clock() + HOUR)
    tell(topper)
    topper.enter(PAYS)
    low(topper, tell)
    topper.travel(NOVEMBER + 10 * DAY)
    for _ in range(2):
        tell(topper)
        topper.travel(topper.clock() + DAY)


@pytest.mark.parametrize("tell", [janitor, *(told_by(seed) for seed in SEEDS)])
def test_the_books_are_the_same_whoever_tells(topper: Topper, tell: Teller) -> None:
    two_months(topper, tell)
    assert (topper.paid(), topper.available) == (PAID, 2001)
    assert topper.top_up.spent_in("2026-12") == 2000
    assert topper.top_up.spent_in("2026-11") == 0
    mails = ["top_up_declined", "top_up_declined", "top_up_confirm", "top_up_capped"]
    assert topper.mails() == mails
    assert len(topper.mails("receipt")) == 1 + len(PAID)
    assert disagreements(topper) == []


def disagreements(topper: Topper) -> list[object]:
    """What journal, views and the processor's books say differently of the account."""
    service, now = topper.service, topper.clock()
    followed(service)
    with service.connections.for_account(topper.account_id) as connection:
        [books] = replay(service.reader, connection, now, topper.account_id)
    found: list[object] = [*compare(service.views, books, now)]
    parts = (service.journal, service.reader, service.payments)
    for number in range(1, 12):
        day = (NOVEMBER + number * DAY).date()
        found += reconcile(*parts, day, now).differences
    return found
