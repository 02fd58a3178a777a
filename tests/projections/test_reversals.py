"""Refunds and disputes are entries beside their purchase."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from ledger.journal import Journal
from ledger.receipts import CREDIT_NOTE
from ledger.reversals import DisputeNews, RefundNews
from projections.purchases import PurchaseRow
from projections.reversals import ReversalRow, is_told, returned
from tests.conftest import NOON
from tests.desk import Desk
from tests.shop import issued, paid, started


def row(kind: str, status: str, amount: int = 120) -> ReversalRow:
    return ReversalRow(
        number=1,
        purchase_id=uuid4(),
        key="k",
        kind=kind,
        status=status,
        amount_minor=amount,
        currency="EUR",
        began_at=NOON,
        changed_at=NOON,
        reason=None,
        approvals=0,
        proposed_by=None,
        receipt_id=None,
        receipt_number=None,
        document_id=None,
    )


@pytest.mark.parametrize(
    ("reversals", "status"),
    [
        ([], "paid"),
        ([row("refund", "succeeded", 20)], "partly refunded"),
        ([row("refund", "succeeded")], "refunded"),
        ([row("refund", "sent")], "paid"),
        ([row("refund", "failed")], "paid"),
        ([row("dispute", "open")], "disputed"),
        ([row("dispute", "lost")], "refunded"),
        ([row("dispute", "won")], "paid"),
    ],
)
def test_the_status_of_a_purchase_follows_its_money(
    reversals: list[ReversalRow], status: str
) -> None:
    assert returned("paid", 120, reversals) == status
    assert returned("declined", 120, reversals) == "declined"


def test_what_staff_only_thought_of_is_not_told() -> None:
    assert not is_told(row("refund", "proposed"))
    assert not is_told(row("refund", "rejected"))
    assert is_told(row("refund", "approved"))


def refund(id: str, amount: int, status: Any = "succeeded") -> RefundNews:
    return RefundNews(
        id=id,
        refund_id=None,
        amount_minor=amount,
        status=status,
        code=None,
        created_at=NOON,
    )


def test_each_has_its_latest_state_and_its_credit_note(journal: Journal) -> None:
    desk, account_id = Desk(journal), uuid4()
    purchase = paid(started(account_id), 1)
    purchase.reverse([refund("re_1", 20, "pending"), refund("re_2", 30)], [])
    purchase.reverse([refund("re_1", 20)], [a_dispute("lost")])
    desk.record(account_id, lambda: purchase)
    desk.catch_up()
    found = desk.views.purchases.purchase(account_id, purchase.id)
    assert isinstance(found, PurchaseRow)
    told = {one.key: (one.status, one.amount_minor) for one in found.reversals}
    assert told == {
        "re_1": ("succeeded", 20),
        "re_2": ("succeeded", 30),
        "du_1": ("lost", 120),
    }
    assert found.status == "refunded"
    assert [one.receipt_number for one in found.reversals] == [None] * 3


def a_dispute(status: Any) -> DisputeNews:
    return DisputeNews(
        id="du_1", amount_minor=120, status=status, reason="fraud", opened_at=NOON
    )


def test_a_credit_note_does_not_take_the_place_of_the_receipt(journal: Journal) -> None:
    desk, account_id = Desk(journal), uuid4()
    purchase = paid(started(account_id), 2)
    receipt = issued(purchase, 1)
    reference = {"receipt_id": receipt.id, "number": receipt.number, "issued_at": NOON}
    for one in (purchase, receipt):
        desk.record(account_id, lambda it=one: it)  # type: ignore[misc]
    note = issued(purchase, 2, kind=CREDIT_NOTE, refers_to=reference)
    desk.record(account_id, lambda: note)
    desk.catch_up()
    found = desk.views.purchases.purchase(account_id, purchase.id)
    assert found is not None
    assert found.receipt is not None
    assert found.receipt.number == receipt.number
