"""What the page of credits shows after these facts, and that it adds up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from ledger.journal import Journal
from ledger.purchase_facts import Payment
from ledger.purchases import Purchase
from projections.credit_figures import Credits
from tests.conftest import NOON
from tests.desk import Desk, Purse
from web.database import Database

DAY = timedelta(days=1)


@pytest.fixture
def desk(journal: Journal) -> Desk:
    return Desk(journal)


@pytest.fixture
def purse(desk: Desk) -> Purse:
    return Purse(desk)


def shown(purse: Purse, now: datetime = NOON, **page: Any) -> Credits:
    purse.desk.catch_up()
    return purse.desk.views.credits.credits(purse.account_id, now, **page)


def told(lines: Any) -> list[tuple[str, int, int]]:
    return [(line.kind, line.change, line.balance) for line in lines]


def test_an_account_without_facts_has_nothing(desk: Desk) -> None:
    credits = desk.views.credits.credits(uuid4(), NOON)
    assert (credits.total, credits.threshold, credits.low_balance) == (0, None, None)
    assert (credits.statement.rows, credits.statement.total) == ([], 0)


def test_what_is_held_stays_in_the_balance_and_is_not_available(purse: Purse) -> None:
    purse.grant(10)
    hold = uuid4()
    purse.do(lambda b: b.hold(hold, 4, "spring", NOON), NOON)
    credits = shown(purse)
    assert (credits.total, credits.held, credits.available) == (10, 4, 6)
    assert told(credits.statement.rows) == [("granted", 10, 10)]
    (held,) = credits.holds
    assert (held.campaign, held.uncaptured, held.since) == ("spring", 4, NOON)
    assert held.ends_at == NOON + 7 * DAY


def test_a_closed_hold_tells_on_its_last_capture_what_came_back(purse: Purse) -> None:
    purse.grant(10)
    hold = uuid4()
    purse.do(lambda b: b.hold(hold, 6, "spring", NOON), NOON)
    purse.do(lambda b: b.capture(hold, 2, NOON), NOON)
    purse.do(lambda b: b.capture(hold, 1, NOON, final=True), NOON)
    credits = shown(purse)
    lines = credits.statement.rows
    assert told(lines) == [
        ("captured", -1, 7),
        ("captured", -2, 8),
        ("granted", 10, 10),
    ]
    assert [(line.held, line.released) for line in lines] == [
        (6, 3),
        (None, None),
        (None, None),
    ]
    assert (credits.holds, credits.held) == ([], 0)


def test_a_hold_that_is_captured_whole_releases_nothing(purse: Purse) -> None:
    purse.grant(5)
    hold = uuid4()
    purse.do(lambda b: b.hold(hold, 5, "spring", NOON), NOON)
    purse.do(lambda b: b.capture(hold, 5, NOON), NOON)
    credits = shown(purse)
    assert (credits.statement.rows[0].held, credits.statement.rows[0].released) == (
        5,
        0,
    )
    assert (credits.lots, credits.total) == ([], 0)


def test_lots_stand_in_burn_order_and_add_up_to_the_balance(purse: Purse) -> None:
    purse.grant(8, note="Sent twice")
    purse.grant(3, expires_at=NOON + DAY, source_kind="promotion", note="Ten years")
    purse.do(lambda b: b.hold(uuid4(), 5, "spring", NOON), NOON)
    credits = shown(purse)
    assert [(one.lot.label, one.held, one.left) for one in credits.lots] == [
        ("Ten years", 3, 3),
        ("Sent twice", 2, 8),
    ]
    assert sum(one.held for one in credits.lots) == credits.held
    assert sum(one.left for one in credits.lots) == credits.total


def test_credits_expire_to_the_instant_before_any_fact_says_so(purse: Purse) -> None:
    purse.grant(8)
    purse.grant(3, expires_at=NOON + DAY, source_kind="promotion")
    before = shown(purse, NOON + DAY - timedelta(microseconds=1))
    after = shown(purse, NOON + DAY)
    assert (before.total, after.total) == (11, 8)
    line = after.statement.rows[0]
    assert (line.kind, line.change, line.balance, line.at) == (
        "expired",
        -3,
        8,
        NOON + DAY,
    )
    assert (line.position, line.source, after.statement.total) == (None, "promotion", 3)


def test_what_comes_back_after_its_lot_expired_is_lost_when_it_comes_back(
    purse: Purse,
) -> None:
    hold = uuid4()
    purse.grant(3, expires_at=NOON + DAY)
    purse.do(lambda b: b.hold(hold, 2, "spring", NOON), NOON)
    later = shown(purse, NOON + 8 * DAY).statement.rows
    assert [(line.at - NOON, line.change) for line in later[:2]] == [
        (7 * DAY, -2),
        (DAY, -1),
    ]
    purse.do(lambda b: b.release(hold, NOON + 2 * DAY), NOON + 2 * DAY)
    recorded = shown(purse, NOON + 8 * DAY).statement.rows
    assert [(line.at - NOON, line.change, line.number) for line in recorded[:2]] == [
        (2 * DAY, -2, 3),
        (DAY, -1, 2),
    ]
    assert None not in [line.position for line in recorded]


def test_a_lot_that_is_not_effective_yet_is_coming_and_not_in_the_total(
    purse: Purse,
) -> None:
    purse.grant(3, effective_at=NOON + DAY)
    credits = shown(purse)
    assert (credits.total, credits.coming, credits.lots) == (0, 3, [])
    assert shown(purse, NOON + DAY).total == 3


def test_the_low_balance_is_told_below_the_threshold_only(purse: Purse) -> None:
    purse.grant(8)
    purse.do(lambda b: b.set_threshold(8), NOON)
    assert shown(purse).low_balance is None
    purse.do(lambda b: b.hold(uuid4(), 1, "spring", NOON), NOON)
    assert shown(purse).low_balance == 8


def test_pages_of_the_statement_follow_each_other_in_both_directions(
    purse: Purse,
) -> None:
    for credits in range(1, 8):
        purse.grant(credits)
    newest = shown(purse, size=3).statement
    middle = shown(purse, size=3, before=newest.older).statement
    oldest = shown(purse, size=3, before=middle.older).statement
    assert [line.change for line in newest.rows] == [7, 6, 5]
    assert [line.change for line in middle.rows] == [4, 3, 2]
    assert (middle.first, middle.last, middle.total) == (4, 6, 7)
    assert ([line.change for line in oldest.rows], oldest.older) == ([1], None)
    assert shown(purse, size=3, before=oldest.newer).statement.rows == middle.rows
    assert shown(purse, size=3, before=middle.newer).statement.rows == newest.rows
    assert newest.newer is None


def test_what_was_sent_is_counted_from_a_day_on_by_campaign(purse: Purse) -> None:
    purse.grant(20)
    for day, campaign in enumerate(["a", "b", "b"]):
        now, hold = NOON + day * DAY, uuid4()
        purse.do(lambda b, h=hold, c=campaign, n=now: b.hold(h, 3, c, n), now)  # type: ignore[misc]
        purse.do(lambda b, h=hold, n=now: b.capture(h, 2, n), now)  # type: ignore[misc]
    purse.desk.catch_up()
    view = purse.desk.views.credits
    assert vars(view.sent(purse.account_id, NOON)) == {"credits": 6, "campaigns": 2}
    late = view.sent(purse.account_id, NOON + DAY)
    assert (late.credits, late.campaigns) == (4, 1)


def test_a_bought_lot_names_its_order(desk: Desk, purse: Purse) -> None:
    purchase = Purchase.start(
        uuid4(),
        purse.account_id,
        [ITEM],
        currency="EUR",
        catalogue_version="1",
        language="en",
    )
    payment = Payment(
        customer_id="c", checkout_id="d", payment_intent_id="p", charge_id="h"
    )
    purchase.pay(
        10_007, payment, amount=purchase.total, payment_label=None, paid_at=NOON
    )
    desk.record(purse.account_id, lambda: purchase)
    purse.grant(50, source_kind="purchase", source_id=str(purchase.id))
    credits = shown(purse)
    assert credits.lots[0].lot.order_number == 10_007
    assert credits.statement.rows[0].order_number == 10_007


ITEM: Any = {
    "kind": "credits",
    "sku": "pack-50",
    "description": "50 e-mail credits",
    "quantity": 1,
    "net_minor": 100,
    "tax_category": "S",
    "tax_rate_basis_points": 0,
    "tax_minor": 0,
    "service_from": None,
    "service_until": None,
    "credits": 50,
}


def test_an_impossible_fact_stops_the_account_and_spoils_nothing(
    purse: Purse, database: Database
) -> None:
    purse.grant(5)
    shown(purse)
    with psycopg.connect(database.service, autocommit=True) as connection:
        connection.execute(
            "UPDATE credit_lots SET remaining = 1 WHERE account_id = %s",
            (purse.account_id,),
        )
    hold = uuid4()
    purse.do(lambda b: b.hold(hold, 2, "spring", NOON), NOON)
    purse.do(lambda b: b.capture(hold, 2, NOON), NOON)
    credits = shown(purse)
    assert credits.parked
    assert told(credits.statement.rows) == [("granted", 5, 5)]
