"""What the processor's balance says and what our journal says, both ways."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import stripe

from commands.gateways.processor import Movement
from commands.reconciliation import Entry, differences, reconcile, reconcile_due
from commands.reconciliation_reports import Report
from ledger.aggregate import SYSTEM
from tests.commands.money import Till
from tests.conftest import NOON

ANOTHERS: Any = {
    "mode": "payment",
    "line_items": [
        {
            "quantity": 1,
            "price_data": {
                "currency": "eur",
                "unit_amount": 700,
                "product_data": {"name": "A mug"},
            },
        }
    ],
    "success_url": "http://localhost:8000/back",
}


def run(till: Till) -> Report:
    service = till.service
    day = till.clock().date()
    return reconcile(
        service.journal, service.reader, service.payments, day, till.clock()
    )


def test_a_day_on_which_all_was_told_has_no_difference(till: Till) -> None:
    till.refund_at_desk(300)
    dispute = till.bank("disputes", charge=till.charge, amount=500)
    till.bank(f"disputes/{dispute['id']}", outcome="lost")
    till.settle()
    report = run(till)
    assert (report.movements, report.settled, report.differences) == (3, 0, [])


def test_what_nobody_told_us_is_settled_and_counted(till: Till) -> None:
    refund = till.refund_at_desk(300)
    till.bank(f"refunds/{refund['id']}/fail")
    dispute = till.bank("disputes", charge=till.charge)
    till.bank(f"disputes/{dispute['id']}", outcome="lost")
    till.bank(f"disputes/{dispute['id']}", outcome="reinstated")
    report = run(till)
    assert report.settled > 0
    assert [one.kind for one in report.differences if one.what == "amount"] == []
    assert till.figures().available == 2000
    again = run(till)
    assert again.settled == 0


def test_a_payment_whose_news_was_lost_is_settled_from_the_balance(till: Till) -> None:
    checkout = till.opened()
    till.stand_in.fill(checkout.url)
    report = run(till)
    assert (report.settled, report.differences) == (1, [])
    assert till.figures().available == 4000


def test_a_payment_of_nobody_stays_a_difference_by_its_name(till: Till) -> None:
    here: Any = {"api": till.stand_in.url}
    shop = stripe.StripeClient("sk_test_another", base_addresses=here).v1
    session = shop.checkout.sessions.create(ANOTHERS)
    assert session.url is not None
    till.stand_in.fill(session.url)
    charge = shop.charges.list({"limit": 1}).data[0].id
    for _ in range(2):
        report = run(till)
        [one] = report.differences
        assert (one.name, one.what, one.theirs_minor) == (charge, "missing here", 700)
        assert report.settled == 0


def test_the_report_is_kept_and_a_second_run_replaces_it(till: Till) -> None:
    till.refund_at_desk(300)
    run(till)
    run(till)
    with till.service.connections.for_account(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT movements, settled, differences FROM reconciliations"
        ).fetchall()
    assert rows == [(2, 1, 0)]


def test_yesterday_is_compared_once_by_itself(till: Till) -> None:
    service = till.service
    till.clock.move(timedelta(days=1, hours=2))
    asked = (service.journal, service.reader, service.payments, till.clock())
    assert reconcile_due(*asked) == 1
    assert reconcile_due(*asked) == 0


def test_a_day_is_half_open_in_utc(till: Till) -> None:
    till.clock.move(timedelta(days=1))
    assert run(till).movements == 0


def entry(amount: int) -> Entry:
    return Entry(
        kind="charge",
        name="ch_1",
        account_id=SYSTEM,
        amount_minor=amount,
        currency="EUR",
    )


def movement(amount: int) -> Movement:
    return Movement(
        kind="charge",
        name="ch_1",
        charge="ch_1",
        account_id=None,
        purchase_id=None,
        amount_minor=amount,
        currency="EUR",
        created_at=NOON,
    )


def test_each_way_of_differing_is_named() -> None:
    key = ("charge", "ch_1")

    def what(ours: Any, theirs: Any) -> list[str]:
        return [one.what for one in differences(ours, theirs)]

    assert what({key: entry(5)}, {key: movement(5)}) == []
    assert what({key: entry(5)}, {key: movement(6)}) == ["amount"]
    assert what({key: entry(5)}, {}) == ["missing there"]
    assert what({}, {key: movement(5)}) == ["missing here"]
