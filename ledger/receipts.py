"""Receipts and credit notes: numbered once, and what was printed is frozen."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypedDict, cast
from uuid import UUID, uuid5

from ledger.aggregate import Aggregate, Personal, PersonalMap
from ledger.items import Item
from ledger.money import EXPONENTS

RECEIPT = 380
"""The code of a receipt: an invoice in the words of UNCL 1001."""

CREDIT_NOTE = 381
"""The code of a credit note."""

NUMBER = re.compile(r"[A-Za-z0-9+\-_/]{1,35}")
"""What a number may look like."""


class Seller(TypedDict):
    """Who sells, as configured at the time; `version` names that configuration.

    The registration is the seller's number in his country's register of companies.
    `notes` are sentences that each receipt carries.
    """

    version: str
    name: str
    address_lines: list[str]
    postcode: str
    city: str
    country: str
    registration: str | None
    vat_number: str | None
    email: str | None
    time_zone: str
    notes: list[str]


class Line(TypedDict):
    """One line of the document; the net and the tax are those of the whole line.

    A service period is half-open. On a credit note amounts are positive too.
    """

    description: str
    quantity: int
    unit: str
    net_minor: int
    tax_category: str
    tax_rate_basis_points: int
    tax_minor: int
    service_from: datetime | None
    service_until: datetime | None


class Totals(TypedDict):
    """The sums over the lines."""

    net_minor: int
    tax_minor: int
    total_minor: int


class Reference(TypedDict):
    """What a credit note takes back, whole or in part; or the credit note itself,
    where its refund failed and a receipt takes it back.
    """

    receipt_id: UUID
    number: str
    issued_at: datetime


class Writer(TypedDict):
    """What turned the facts into a PDF: the same writer makes the same bytes."""

    renderer: str
    version: str
    template: str


class Printed(TypedDict):
    """All that a document shows: what a renderer is given, and nothing else.

    The year is that of `issued_at` in the seller's time zone. The buyer's keys: kind
    (company or person), name, email, company, address_lines, postcode, city, country,
    vat_number, siren, electronic_address; buyer and label are None once erased.
    """

    series: str
    year: int
    sequence: int
    number: str
    kind: int
    refers_to: Reference | None
    order_number: int
    issued_at: datetime
    language: str
    currency: str
    seller: Seller
    buyer: dict[str, Any] | None
    lines: list[Line]
    totals: Totals
    payment_label: str | None
    paid_at: datetime


def receipt_number(series: str, sequence: int) -> str:
    """The number that is printed: the series and at least six digits."""
    assert sequence > 0
    number = f"{series}-{sequence:06d}"
    assert NUMBER.fullmatch(number), f"{number!r} cannot be a receipt's number"
    return number


def lines_of(items: Iterable[Item], unit: str) -> list[Line]:
    """The lines for items that were bought; the unit is a code of UN/ECE 20."""
    return [
        {
            "description": item["description"],
            "quantity": item["quantity"],
            "unit": unit,
            "net_minor": item["net_minor"],
            "tax_category": item["tax_category"],
            "tax_rate_basis_points": item["tax_rate_basis_points"],
            "tax_minor": item["tax_minor"],
            "service_from": item["service_from"],
            "service_until": item["service_until"],
        }
        for item in items
    ]


def totals_of(lines: Iterable[Line]) -> Totals:
    """The lines added up."""
    lines = list(lines)
    net_minor = sum(line["net_minor"] for line in lines)
    tax_minor = sum(line["tax_minor"] for line in lines)
    return {
        "net_minor": net_minor,
        "tax_minor": tax_minor,
        "total_minor": net_minor + tax_minor,
    }


class Receipt(Aggregate, created_event_name="Issued"):
    """A document of one purchase, in a series without gaps.

    Nothing in it is ever corrected: a credit note refers to what it takes back.
    """

    TOPIC = "receipts"

    class Event(Aggregate.Event):
        TOPIC = "receipts.Event"

    class Issued(Event, Aggregate.Created):
        TOPIC = "receipts.Issued"
        account_id: UUID
        purchase_id: UUID
        series: str
        year: int
        sequence: int
        number: str
        kind: int
        refers_to: Reference | None
        order_number: int
        issued_at: datetime
        language: str
        currency: str
        seller: Seller
        buyer: PersonalMap
        lines: list[Line]
        totals: Totals
        payment_label: Personal
        paid_at: datetime
        writer: Writer
        pdf_sha256: str
        pdf_bytes: int
        document_id: UUID

        def purpose(self) -> str:
            return f"receipts-{self.year}"

        def printed(self) -> Printed:
            """What its document shows, to render it again."""
            shown = {name: getattr(self, name) for name in Printed.__annotations__}
            return cast(Printed, shown)

    @staticmethod
    def create_id(cause_id: UUID) -> UUID:
        """The receipt of a purchase, or the credit note of a refund."""
        return uuid5(cause_id, "receipts")

    def __init__(
        self,
        account_id: UUID,
        purchase_id: UUID,
        number: str,
        kind: int,
        year: int,
        issued_at: datetime,
        document_id: UUID,
        pdf_sha256: str,
        pdf_bytes: int,
    ) -> None:
        self.account_id = account_id
        self.purchase_id = purchase_id
        self.number = number
        self.kind = kind
        self.year = year
        self.issued_at = issued_at
        self.document_id = document_id
        self.pdf_sha256 = pdf_sha256
        self.pdf_bytes = pdf_bytes

    @classmethod
    def issue(
        cls,
        cause_id: UUID,
        printed: Printed,
        *,
        account_id: UUID,
        purchase_id: UUID,
        writer: Writer,
        pdf_sha256: str,
        pdf_bytes: int,
        document_id: UUID,
    ) -> Receipt:
        """Freeze what was printed for a purchase or a refund, and the bytes of it.

        `document_id` is the row of the stored bytes, `pdf_bytes` their number.
        """
        _check(printed)
        assert re.fullmatch("[0-9a-f]{64}", pdf_sha256)
        assert pdf_bytes > 0
        return cls._create(
            cls.Issued,
            id=cls.create_id(cause_id),
            account_id=account_id,
            purchase_id=purchase_id,
            writer=writer,
            pdf_sha256=pdf_sha256,
            pdf_bytes=pdf_bytes,
            document_id=document_id,
            **printed,
        )


def _check(printed: Printed) -> None:
    number = receipt_number(printed["series"], printed["sequence"])
    assert printed["number"] == number
    assert printed["kind"] in (RECEIPT, CREDIT_NOTE)
    assert printed["kind"] == RECEIPT or printed["refers_to"] is not None
    assert printed["lines"]
    assert printed["totals"] == totals_of(printed["lines"])
    assert printed["currency"] in EXPONENTS
    assert abs(printed["year"] - printed["issued_at"].year) <= 1
