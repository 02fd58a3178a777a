"""The catalogue as data: what is read, and what is told about mistakes."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ledger.catalogue import (
    Catalogue,
    CatalogueUnusable,
    Pack,
    TaxRule,
    catalogue_from,
)
from ledger.money import Money
from ledger.refusals import NoSuchPack, NotSold

DATA: dict[str, Any] = {
    "version": "2026-1",
    "currencies": ["EUR", "USD"],
    "packs": [
        {"sku": "pack-100", "credits": 100, "currency": "EUR", "net_minor": 999},
        {
            "sku": "pack-100",
            "credits": 100,
            "currency": "USD",
            "net_minor": 1100,
            "featured": True,
        },
    ],
    "taxes": [
        {"category": "S", "basis_points": 2000, "countries": ["FR"]},
        {"category": "AE", "basis_points": 0},
    ],
}


def data() -> dict[str, Any]:
    return copy.deepcopy(DATA)


def mistakes(wrong: Any) -> list[str]:
    with pytest.raises(CatalogueUnusable) as caught:
        catalogue_from(wrong)
    return caught.value.mistakes


def test_packs_and_taxes_are_read_as_they_are_written() -> None:
    euro = Pack(sku="pack-100", credits=100, currency="EUR", net_minor=999)
    dollar = Pack(
        sku="pack-100", credits=100, currency="USD", net_minor=1100, featured=True
    )
    assert catalogue_from(data()) == Catalogue(
        version="2026-1",
        currencies=("EUR", "USD"),
        packs=(euro, dollar),
        taxes=(
            TaxRule(category="S", basis_points=2000, countries=("FR",)),
            TaxRule(category="AE", basis_points=0),
        ),
    )


def test_a_pack_is_found_by_its_name_and_currency() -> None:
    catalogue = catalogue_from(data())
    assert catalogue.pack("pack-100", "USD").net_minor == 1100
    assert [pack.net_minor for pack in catalogue.packs_in("EUR")] == [999]


def test_a_pack_that_is_not_sold_is_refused() -> None:
    with pytest.raises(NoSuchPack) as caught:
        catalogue_from(data()).pack("pack-1", "EUR")
    assert (caught.value.sku, caught.value.currency) == ("pack-1", "EUR")


@pytest.mark.parametrize(
    ("country", "category"), [("FR", "S"), ("DE", "AE"), (None, "AE")]
)
def test_the_first_rule_for_the_buyers_country_taxes_him(
    country: str | None, category: str
) -> None:
    assert catalogue_from(data()).tax_for(country).category == category


def test_the_total_of_a_pack_is_its_price_and_the_tax_on_it() -> None:
    catalogue = catalogue_from(data())
    pack, rule = catalogue.pack("pack-100", "EUR"), catalogue.tax_for("FR")
    assert pack.tax(rule) == Money(200, "EUR")
    assert pack.total(rule) == Money(1199, "EUR")


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        ("sku", "Pack 1", "packs[0].sku: expected lower-case letters, digits and"),
        ("credits", 0, "packs[0].credits: expected a whole number from 1 to"),
        ("credits", True, "packs[0].credits: expected a whole number from 1 to"),
        ("net_minor", 9.99, "packs[0].net_minor: expected a whole number from 1 to"),
        ("currency", "euro", "packs[0].currency: expected an ISO 4217 code, not"),
        ("currency", "JPY", "packs[0].currency: JPY is not listed"),
        ("featured", "yes", "packs[0].featured: expected true or false, not 'yes'"),
        ("price", 9, "packs[0].price: is not known"),
        ("sku", None, "packs[0].sku: expected lower-case letters, digits and"),
    ],
)
def test_a_mistake_in_a_pack_is_told_with_its_place(
    place: str, value: Any, told: str
) -> None:
    wrong = data()
    wrong["packs"][0][place] = value
    assert mistakes(wrong)[0].startswith(told)


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("version", "", "version: expected some text, not ''"),
        ("currencies", [], "currencies: expected a list of ISO 4217 codes, not []"),
        ("currencies", ["EUR"], "packs[1].currency: USD is not listed"),
        ("currencies", ["EUR", "USD", "GBP"], "currencies: no pack is sold in GBP"),
        ("currencies", ["EUR", "EUR"], "currencies: expected a list of ISO 4217"),
        ("packs", [], "packs: expected at least one table"),
        ("packs", [3], "packs[0]: expected a table, not 3"),
        ("taxes", DATA["taxes"][:1], "taxes: the last rule, and no other, must name"),
        ("taxes", DATA["taxes"][::-1], "taxes: the last rule, and no other, must"),
        ("tyres", [], "tyres: is not known"),
    ],
)
def test_a_mistake_in_the_whole_is_told_with_its_place(
    key: str, value: Any, told: str
) -> None:
    assert mistakes(data() | {key: value})[0].startswith(told)


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("category", "X", "taxes[0].category: expected one of S, Z, E, AE"),
        ("basis_points", 10_001, "taxes[0].basis_points: expected a whole number"),
        ("countries", ["fr"], "taxes[0].countries: expected a list of two-letter"),
        ("rate", 20, "taxes[0].rate: is not known"),
    ],
)
def test_a_mistake_in_a_tax_rule_is_told_with_its_place(
    key: str, value: Any, told: str
) -> None:
    wrong = data()
    wrong["taxes"][0][key] = value
    assert mistakes(wrong)[0].startswith(told)


def test_a_pack_is_listed_once_in_a_currency() -> None:
    wrong = data()
    wrong["packs"].append(wrong["packs"][0])
    assert mistakes(wrong) == ["packs[2].sku: pack-100 was there before"]


def test_all_mistakes_are_told_at_once() -> None:
    wrong = data()
    wrong["packs"][0]["credits"] = 0
    del wrong["version"]
    assert len(mistakes(wrong)) == 2
    with pytest.raises(
        CatalogueUnusable, match="version: expected some text, not nothing"
    ):
        catalogue_from(wrong)


def tier(sku: str, contacts: int, net_minor: int, currency: str = "EUR") -> Any:
    return {
        "sku": sku,
        "contacts": contacts,
        "currency": currency,
        "net_minor": net_minor,
    }


TIERS = [tier("u-1", 1000, 900), tier("u-2", 5000, 2900), tier("u-1", 1000, 990, "USD")]
YEARS = [
    {"sku": "smtp", "currency": "EUR", "net_minor": 4900},
    {"sku": "smtp", "currency": "USD", "net_minor": 5500},
]


def test_tiers_and_smtp_years_are_sold_once_they_are_written_down() -> None:
    assert catalogue_from(data()).tiers_in("EUR") == ()
    catalogue = catalogue_from(data() | {"tiers": TIERS, "smtp": YEARS})
    assert [one.contacts for one in catalogue.tiers_in("EUR")] == [1000, 5000]
    assert catalogue.tier("u-2", "EUR").net_minor == 2900
    assert catalogue.smtp_year("USD").total(catalogue.tax_for("FR")).minor == 6600


@pytest.mark.parametrize(("sku", "currency"), [("u-3", "EUR"), ("u-2", "USD")])
def test_a_tier_that_is_not_sold_is_refused(sku: str, currency: str) -> None:
    with pytest.raises(NotSold):
        catalogue_from(data() | {"tiers": TIERS}).tier(sku, currency)


def test_a_year_that_is_not_sold_is_refused() -> None:
    with pytest.raises(NotSold):
        catalogue_from(data()).smtp_year("EUR")


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("tiers", [{}], "tiers[0].sku: expected lower-case letters, digits and"),
        ("tiers", TIERS[:2], "tiers: none is sold in USD"),
        ("tiers", [TIERS[0], *TIERS], "tiers[1].sku: u-1 was there before"),
        ("tiers", TIERS[1::-1] + TIERS[2:], "tiers: in EUR, u-1 must be for more"),
        (
            "tiers",
            [*TIERS, tier("u-3", 9000, 2900)],
            "tiers: in EUR, u-3 must be for more contacts than u-2 and cost more",
        ),
        ("smtp", YEARS[:1], "smtp: USD must have one year, and no other"),
        ("smtp", [*YEARS, {**YEARS[0], "sku": "s"}], "smtp: EUR must have one"),
    ],
)
def test_a_mistake_in_what_is_subscribed_to_is_told(
    key: str, value: Any, told: str
) -> None:
    assert mistakes(data() | {key: value})[0].startswith(told)
