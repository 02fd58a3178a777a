"""What the list of receipts shows after these facts."""

from __future__ import annotations

from uuid import uuid4

import pytest

from ledger.journal import Journal
from tests.conftest import NOON
from tests.desk import Desk
from tests.shop import issued, paid, started


@pytest.fixture
def desk(journal: Journal) -> Desk:
    return Desk(journal)


def test_receipts_and_credit_notes_stand_newest_first(desk: Desk) -> None:
    purchase = paid(started(uuid4()), 20_001)
    receipt = issued(purchase, 11)
    refers_to = {"receipt_id": receipt.id, "number": receipt.number, "issued_at": NOON}
    note = issued(purchase, 12, kind=381, refers_to=refers_to)
    for aggregate in (purchase, receipt, note):
        desk.record(purchase.account_id, lambda a=aggregate: a)  # type: ignore[misc]
    desk.catch_up()
    page = desk.views.receipts.page(purchase.account_id)
    assert [(row.receipt_number, row.kind, row.refers_to) for row in page.rows] == [
        (note.number, 381, receipt.number),
        (receipt.number, 380, None),
    ]
    assert (page.total, page.rows[0].total_minor, page.older) == (2, 120, None)


def test_one_receipt_names_its_document_and_digest_to_its_own_account_only(
    desk: Desk,
) -> None:
    purchase = paid(started(uuid4()), 20_002)
    receipt = issued(purchase, 13)
    desk.record(purchase.account_id, lambda: purchase)
    desk.record(purchase.account_id, lambda: receipt)
    desk.catch_up()
    row = desk.views.receipts.receipt(purchase.account_id, receipt.id)
    assert row is not None
    assert (row.document_id, row.pdf_sha256) == (receipt.document_id, "0f" * 32)
    assert (row.order_number, row.pdf_bytes, row.year) == (20_002, 20_000, 2026)
    assert desk.views.receipts.receipt(uuid4(), receipt.id) is None
