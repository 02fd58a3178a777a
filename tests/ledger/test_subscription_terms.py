"""What a period costs, and what a charge for a part of one is made of."""

from __future__ import annotations

from datetime import timedelta

from ledger.catalogue import SmtpYear, TaxRule, Tier
from ledger.money import Money
from ledger.subscription_terms import subscription_item, terms_of, total_of
from tests.strategies import NOON

FRENCH = TaxRule(category="S", basis_points=2000, countries=("FR",))
TIER = Tier(sku="u-1", contacts=1000, currency="EUR", net_minor=999)
SERVICE = (NOON, NOON + timedelta(days=30))


def test_terms_freeze_the_price_and_the_tax_of_the_day() -> None:
    assert terms_of(TIER, FRENCH) == {
        "sku": "u-1",
        "contacts": 1000,
        "currency": "EUR",
        "net_minor": 999,
        "tax_category": "S",
        "tax_rate_basis_points": 2000,
        "tax_minor": 200,
    }
    assert total_of(terms_of(TIER, FRENCH)) == Money(1199, "EUR")


def test_a_year_of_smtp_access_counts_no_contacts() -> None:
    year = SmtpYear(sku="smtp", currency="EUR", net_minor=4900)
    assert terms_of(year, FRENCH)["contacts"] is None


def test_a_whole_period_is_charged_as_it_was_offered() -> None:
    terms = terms_of(TIER, FRENCH)
    item = subscription_item("plan", terms, total_of(terms), "Unlimited", SERVICE)
    assert (item["kind"], item["net_minor"], item["tax_minor"]) == ("plan", 999, 200)
    assert (item["service_from"], item["service_until"]) == SERVICE
    assert item["credits"] is None


def test_a_part_of_a_period_is_split_at_the_same_rate() -> None:
    item = subscription_item("plan", terms_of(TIER, FRENCH), Money(601, "EUR"), "rest")
    assert (item["net_minor"], item["tax_minor"]) == (501, 100)
    assert item["service_from"] is None
