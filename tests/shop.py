"""Purchases, receipts, accounts and sessions, recorded for tests of the views."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from ledger.accounts import Account
from ledger.purchase_facts import Payment
from ledger.purchases import Purchase
from ledger.receipts import RECEIPT, Receipt, lines_of, totals_of
from ledger.sessions import Session
from tests.conftest import NOON
from tests.desk import Desk

PACK: Any = {
    "kind": "credits",
    "sku": "pack-50",
    "description": "50 e-mail credits",
    "quantity": 1,
    "net_minor": 100,
    "tax_category": "S",
    "tax_rate_basis_points": 2_000,
    "tax_minor": 20,
    "service_from": None,
    "service_until": None,
    "credits": 50,
}
SELLER: Any = {
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
    "notes": [],
}


PRINTED: Any = {
    "series": "DB-2026",
    "year": 2026,
    "kind": RECEIPT,
    "refers_to": None,
    "issued_at": NOON,
    "language": "en",
    "currency": "EUR",
    "seller": SELLER,
    "buyer": {"kind": "person", "name": "Ann"},
    "payment_label": None,
    "paid_at": NOON,
}


def started(account_id: UUID) -> Purchase:
    """Return a purchase of one pack that was just started."""
    return Purchase.start(
        uuid4(),
        account_id,
        [PACK],
        currency="EUR",
        catalogue_version="1",
        language="en",
    )


def paid(purchase: Purchase, order_number: int, label: str | None = None) -> Purchase:
    """Pay it at noon with a charge of its own."""
    payment = Payment(
        customer_id="c",
        checkout_id="d",
        payment_intent_id=f"p{order_number}",
        charge_id=f"h{order_number}",
    )
    purchase.pay(
        order_number,
        payment,
        amount=purchase.total,
        payment_label=label,
        paid_at=NOON,
    )
    return purchase


def issued(purchase: Purchase, sequence: int, **printed: Any) -> Receipt:
    """Return the receipt of a paid purchase, or with other fields a credit note."""
    lines = lines_of(purchase.items, "C62")
    shown: Any = {
        **PRINTED,
        "sequence": sequence,
        "number": f"DB-2026-{sequence:06d}",
        "order_number": purchase.order_number,
        "lines": lines,
        "totals": totals_of(lines),
    }
    return Receipt.issue(
        uuid4(),
        shown | printed,
        account_id=purchase.account_id,
        purchase_id=purchase.id,
        writer={"renderer": "reportlab", "version": "5.1.0", "template": "1"},
        pdf_sha256="0f" * 32,
        pdf_bytes=20_000,
        document_id=uuid4(),
    )


def sign_up(desk: Desk, account_id: UUID, now: datetime = NOON) -> Account:
    """Record Ann's sign-up."""
    account = Account.sign_up(
        account_id,
        now,
        email="ann@example.org",
        name="Ann",
        company="Hollis & Gray",
        website="hollis.example",
        language="en",
        secret_id=uuid4(),
        secret_mac="",
        secret_mac_key_id=uuid4(),
    )
    desk.record(account_id, lambda: account, now)
    return account


def sign_in(desk: Desk, account_id: UUID, minutes: int, ip: str | None = None) -> UUID:
    """Record a sign-in so many minutes after noon; return the session's id."""
    session = Session.begin(
        uuid4(), account_id, kind="browser", methods=["password"], credential_epoch=1
    )
    now = NOON + timedelta(minutes=minutes)
    desk.record(account_id, lambda: session, now, ip)
    return session.id
