"""What a receipt freezes, and what can never become one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from ledger.receipts import (
    CREDIT_NOTE,
    RECEIPT,
    Printed,
    Receipt,
    Seller,
    lines_of,
    receipt_number,
    totals_of,
)
from tests.specification import fact, given, replayed
from tests.strategies import ANN, NOON, item

PURCHASE, REFUND, DOCUMENT = UUID(int=7), UUID(int=8), UUID(int=9)
SELLER: Seller = {
    "version": "1",
    "name": "Daybook",
    "address_lines": ["1 High Street"],
    "postcode": "1000",
    "city": "Town",
    "country": "FR",
    "registration": None,
    "vat_number": None,
    "email": None,
    "time_zone": "Europe/Paris",
    "notes": ["Reverse charge"],
}
FILE: dict[str, Any] = {
    "account_id": ANN,
    "purchase_id": PURCHASE,
    "writer": {"renderer": "reportlab", "version": "5.1.0", "template": "1"},
    "pdf_sha256": "0f" * 32,
    "pdf_bytes": 20_000,
    "document_id": DOCUMENT,
}


def printed(**fields: Any) -> Printed:
    lines = lines_of([item(), item(net_minor=1, tax_minor=0)], "C62")
    shown: dict[str, Any] = {
        "series": "DB-2026",
        "year": 2026,
        "sequence": 1,
        "number": "DB-2026-000001",
        "kind": RECEIPT,
        "refers_to": None,
        "order_number": 1,
        "issued_at": NOON,
        "language": "en",
        "currency": "EUR",
        "seller": SELLER,
        "buyer": {"kind": "person", "name": "Ann", "address_lines": ["2 Low Street"]},
        "lines": lines,
        "totals": totals_of(lines),
        "payment_label": "Visa 4242",
        "paid_at": NOON,
    }
    made: Printed = shown | fields  # type: ignore[assignment]  # complete by defaults
    return made


def issued(**fields: Any) -> Receipt:
    return Receipt.issue(PURCHASE, printed(**fields), **FILE)


def test_issuing_freezes_all_that_was_printed_and_the_bytes_digest() -> None:
    given(None).when(lambda _: issued()).then(fact(Receipt.Issued, **printed(), **FILE))


def test_what_was_printed_can_be_taken_from_the_fact_again() -> None:
    (event,) = issued().pending_events
    assert isinstance(event, Receipt.Issued)
    assert event.printed() == printed()


def test_a_purchase_has_one_receipt_and_a_refund_a_credit_note_of_its_own() -> None:
    assert issued().id == Receipt.create_id(PURCHASE) != Receipt.create_id(REFUND)


def test_the_persons_data_are_sealed_with_the_key_of_the_sellers_year() -> None:
    eve = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    (event,) = issued(issued_at=eve, year=2027).pending_events
    assert isinstance(event, Receipt.Issued)
    assert event.purpose() == "receipts-2027"


def test_a_credit_note_refers_to_the_receipt_that_it_takes_back() -> None:
    reference = {"receipt_id": PURCHASE, "number": "DB-2025-000009", "issued_at": NOON}
    note = issued(kind=CREDIT_NOTE, refers_to=reference)
    assert replayed(note.pending_events).kind == CREDIT_NOTE


def test_lines_show_what_was_bought_and_totals_add_them_up() -> None:
    lines = lines_of([item(), item(net_minor=1, tax_minor=0)], "C62")
    assert [line["net_minor"] for line in lines] == [1000, 1]
    assert lines[0]["unit"] == "C62"
    assert totals_of(lines) == {
        "net_minor": 1001,
        "tax_minor": 200,
        "total_minor": 1201,
    }


def test_a_number_is_its_series_and_at_least_six_digits() -> None:
    assert receipt_number("DB-2026", 1) == "DB-2026-000001"
    assert receipt_number("DB-2026", 1_234_567) == "DB-2026-1234567"


@pytest.mark.parametrize(
    ("series", "sequence"),
    [("DB 2026", 1), ("DB-2026", 0), ("D" * 29, 1), ("Été", 1)],
    ids=["a space", "zero", "36 characters", "an accent"],
)
def test_a_number_that_no_receipt_may_have_is_never_made(
    series: str, sequence: int
) -> None:
    with pytest.raises(AssertionError):
        receipt_number(series, sequence)


def test_a_number_may_have_thirty_five_characters() -> None:
    assert len(receipt_number("D" * 28, 1)) == 35


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": "DB-2026-000002"},
        {"kind": 386},
        {"kind": CREDIT_NOTE},
        {"lines": []},
        {"totals": {"net_minor": 1, "tax_minor": 0, "total_minor": 1}},
        {"currency": "eur"},
        {"year": 2028},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_what_contradicts_itself_is_never_issued(wrong: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        issued(**wrong)
