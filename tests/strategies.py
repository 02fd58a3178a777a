"""Small worlds for Hypothesis, and readable names for tests: ids, instants, histories.

Domains are small on purpose: with amounts up to six a boundary is met at every turn.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from ledger.credits import CreditBalance
from ledger.items import Item
from ledger.lots import LotTerms, lot_terms
from ledger.purchase_facts import Payment
from ledger.purchases import Purchase

ANN = UUID(int=1)
BEN = UUID(int=2)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)

amounts = st.integers(1, 6)
moments = st.integers(1, 4).map(lambda days: days * DAY)


def lot(quantity: int, granted_at: datetime = NOON, **terms: Any) -> LotTerms:
    """The terms of a lot that cost 10 cents, and 2 of tax, unless said otherwise."""
    sold: dict[str, Any] = {
        "net_minor": 10,
        "tax_minor": 2,
        "currency": "EUR",
        "source_kind": "purchase",
        "source_id": "order",
    }
    return lot_terms(quantity, granted_at, **sold | terms)


def balance_of(*quantities: int, **terms: Any) -> CreditBalance:
    """A balance of lots 1, 2, ... with these quantities, granted at noon."""
    balance = CreditBalance(account_id=ANN)
    for number, quantity in enumerate(quantities, 1):
        balance.grant(UUID(int=number), lot(quantity, **terms))
    return balance


def holding(credits: int, balance: CreditBalance) -> CreditBalance:
    """The balance with a hold, number 21, that was made at noon."""
    balance.hold(UUID(int=21), credits, "spring", NOON)
    return balance


def item(**fields: Any) -> Item:
    """A pack of 100 credits for 10.00 and 2.00 of tax."""
    pack: dict[str, Any] = {
        "kind": "credits",
        "sku": "pack-100",
        "description": "100 credits",
        "quantity": 1,
        "net_minor": 1000,
        "tax_category": "S",
        "tax_rate_basis_points": 2000,
        "tax_minor": 200,
        "service_from": None,
        "service_until": None,
        "credits": 100,
    }
    made: Item = pack | fields  # type: ignore[assignment]  # the defaults are complete
    return made


def purchase(*items: Item) -> Purchase:
    """A purchase that was just started, of one pack unless said otherwise."""
    return Purchase.start(
        UUID(int=7),
        ANN,
        list(items) or [item()],
        currency="EUR",
        catalogue_version="2026-1",
        language="en",
    )


def payment(charge_id: str) -> Payment:
    """A payment that differs from others by its charge alone."""
    return Payment(
        customer_id="cus", checkout_id="cs", payment_intent_id="pi", charge_id=charge_id
    )
