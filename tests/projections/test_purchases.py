"""What the purchase history shows after these facts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from ledger.journal import Journal
from ledger.purchase_facts import Payment
from ledger.purchases import Purchase
from projections.purchases import PurchaseRow
from tests.conftest import NOON
from tests.desk import Desk
from tests.shop import PACK, issued, paid, started
from web.database import Database


@pytest.fixture
def desk(journal: Journal) -> Desk:
    return Desk(journal)


def shown(desk: Desk, purchase: Purchase) -> PurchaseRow:
    desk.record(purchase.account_id, lambda: purchase)
    desk.catch_up()
    row = desk.views.purchases.purchase(purchase.account_id, purchase.id)
    assert row is not None
    return row


def test_a_purchase_that_was_started_is_being_processed(desk: Desk) -> None:
    row = shown(desk, started(uuid4()))
    assert (row.status, row.order_number, row.paid_at) == ("processing", None, None)
    assert (row.net_minor, row.tax_minor, row.total_minor) == (100, 20, 120)
    assert (row.items[0]["kind"], row.items[0]["credits"]) == ("credits", 50)
    assert (row.started_at, row.number, row.receipt) == (NOON, 1, None)


def test_declining_tells_why_until_a_new_checkout_or_the_payment(desk: Desk) -> None:
    purchase = started(uuid4())
    purchase.decline("a1", "insufficient_funds")
    declined = shown(desk, purchase)
    purchase.open_checkout("c2", NOON + timedelta(hours=1))
    opened = shown(desk, purchase)
    bought = shown(desk, paid(purchase, 10_001))
    assert (declined.status, declined.decline_code) == (
        "declined",
        "insufficient_funds",
    )
    assert (opened.status, opened.decline_code) == ("processing", None)
    assert (bought.status, bought.order_number) == ("paid", 10_001)


def test_what_expired_or_was_given_up_says_so(desk: Desk) -> None:
    expired, cancelled = started(uuid4()), started(uuid4())
    expired.expire(None)
    cancelled.cancel()
    assert shown(desk, expired).status == "expired"
    assert shown(desk, cancelled).status == "cancelled"


def test_the_receipt_stands_at_its_purchase_and_a_credit_note_does_not(
    desk: Desk,
) -> None:
    purchase = paid(started(uuid4()), 10_002)
    shown(desk, purchase)
    receipt = issued(purchase, 1)
    desk.record(purchase.account_id, lambda: receipt)
    refers_to = {
        "receipt_id": receipt.id,
        "number": receipt.number,
        "issued_at": receipt.issued_at,
    }
    note = issued(purchase, 2, kind=381, refers_to=refers_to)
    desk.record(purchase.account_id, lambda: note)
    desk.catch_up()
    row = desk.views.purchases.purchase(purchase.account_id, purchase.id)
    assert row is not None
    assert row.receipt is not None
    assert (row.receipt.number, row.receipt.receipt_id) == (receipt.number, receipt.id)
    assert row.receipt.document_id == receipt.document_id


def test_the_payment_label_lies_sealed_and_is_gone_with_the_key(
    desk: Desk, database: Database
) -> None:
    purchase = paid(started(uuid4()), 10_003, "Visa ending 4242")
    assert shown(desk, purchase).payment_label == "Visa ending 4242"
    with psycopg.connect(database.auditor) as connection:
        stored = connection.execute(
            "SELECT p::text FROM purchase_history p WHERE account_id = %s",
            (purchase.account_id,),
        ).fetchone()
    assert stored is not None
    assert "4242" not in stored[0]
    desk.journal.vault.destroy(purchase.account_id, "profile")
    row = desk.views.purchases.purchase(purchase.account_id, purchase.id)
    assert row is not None
    assert (row.payment_label, row.order_number) == (None, 10_003)


def test_the_history_is_paged_newest_first_and_says_where_it_stands(desk: Desk) -> None:
    account, made = uuid4(), list[UUID]()
    for _ in range(5):
        purchase = started(account)
        made.append(purchase.id)
        recorded = desk.record(account, lambda p=purchase: p)  # type: ignore[misc]
    desk.catch_up()
    first = desk.views.purchases.page(account, size=2)
    second = desk.views.purchases.page(account, size=2, before=first.older)
    assert [row.purchase_id for row in [*first.rows, *second.rows]] == made[:0:-1]
    assert (second.first, second.last, second.total) == (3, 4, 5)
    assert first.place.position >= recorded.position
    assert (first.place.cell, first.place.epoch) == (1, 1)


def test_another_accounts_purchase_is_unknown(desk: Desk) -> None:
    purchase = started(uuid4())
    shown(desk, purchase)
    assert desk.views.purchases.purchase(uuid4(), purchase.id) is None


def test_what_was_paid_for_a_time_says_which(desk: Desk) -> None:
    until = NOON + timedelta(days=30)
    plan: Any = {**PACK, "kind": "plan", "credits": None}
    rest = {"currency": "EUR", "catalogue_version": "1"}
    purchase = Purchase.start(uuid4(), uuid4(), [PACK, plan], language="en", **rest)
    payment = Payment(
        customer_id="c", checkout_id="", payment_intent_id="p", charge_id="h"
    )
    purchase.pay(
        10_001,
        payment,
        amount=purchase.total,
        payment_label=None,
        paid_at=NOON,
        service=(NOON, until),
    )
    pack, month = shown(desk, purchase).items
    assert pack["service_from"] is None
    assert month["service_from"] == NOON.isoformat()
    assert month["service_until"] == until.isoformat()
