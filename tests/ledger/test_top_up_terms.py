"""What can be agreed to, when a card is tried again, and where a month ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from ledger.catalogue import Pack, TaxRule
from ledger.refusals import CapBelowPack, PackBelowThreshold
from ledger.top_up_terms import (
    OpenTopUp,
    month_of,
    next_month,
    next_try,
    top_up_terms,
)
from tests.strategies import NOON

PACK = Pack(sku="c-10", credits=10, currency="EUR", net_minor=100)
RULE = TaxRule(category="S", basis_points=2000)
PARIS = ZoneInfo("Europe/Paris")
DAY = timedelta(days=1)


def test_the_price_with_tax_is_what_is_agreed_to() -> None:
    assert top_up_terms(10, PACK, RULE, 120) == {
        "threshold": 10,
        "sku": "c-10",
        "credits": 10,
        "currency": "EUR",
        "total_minor": 120,
        "cap_minor": 120,
    }


def test_a_pack_must_be_enough_and_the_cap_must_pay_for_it() -> None:
    with pytest.raises(PackBelowThreshold) as small:
        top_up_terms(11, PACK, RULE, 119)
    assert (small.value.credits, small.value.threshold) == (10, 11)
    with pytest.raises(CapBelowPack) as cap:
        top_up_terms(10, PACK, RULE, 119)
    assert (cap.value.cap_minor, cap.value.total_minor) == (119, 120)


def test_a_card_is_tried_three_times_and_a_lost_one_once() -> None:
    tries = [next_try("insufficient_funds", count, NOON) for count in (1, 2, 3)]
    assert tries == [NOON + DAY, NOON + 3 * DAY, None]
    assert next_try("lost_card", 1, NOON) is None


@pytest.mark.parametrize(
    ("moment", "month", "next_at"),
    [
        ("2026-10-31T22:59:59Z", "2026-10", "2026-10-31T23:00:00Z"),
        ("2026-10-31T23:00:00Z", "2026-11", "2026-11-30T23:00:00Z"),
        ("2027-03-31T21:59:59Z", "2027-03", "2027-03-31T22:00:00Z"),
        ("2026-12-31T22:59:59Z", "2026-12", "2026-12-31T23:00:00Z"),
        ("2026-12-31T23:00:00Z", "2027-01", "2027-01-31T23:00:00Z"),
    ],
)
def test_months_are_those_of_the_stated_zone(
    moment: str, month: str, next_at: str
) -> None:
    at = datetime.fromisoformat(moment)
    assert month_of(at, PARIS) == month
    assert next_month(at, PARIS) == datetime.fromisoformat(next_at)
    assert month_of(at, UTC) == moment[:7]


def test_a_purchase_is_due_at_its_next_attempt_and_never_once_handed_over() -> None:
    it = OpenTopUp(purchase_id=UUID(int=1), amount_minor=1, next_attempt_at=NOON)
    assert not it.is_due(NOON - timedelta(microseconds=1))
    assert it.is_due(NOON)
    other = OpenTopUp(purchase_id=UUID(int=1), amount_minor=1, by_holder=True)
    assert not other.is_due(NOON)
