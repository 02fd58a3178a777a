"""Money and tax in whole minor units."""

from __future__ import annotations

from typing import Any

import pytest
from babel.numbers import list_currencies
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import EXPONENTS, Money, tax_minor, tax_within


def test_amounts_of_one_currency_add_up_and_subtract() -> None:
    assert Money(1205, "EUR") + Money(-5, "EUR") == Money(1200, "EUR")
    assert Money(1205, "EUR") - Money(1300, "EUR") == Money(-95, "EUR")


def test_amounts_of_two_currencies_are_never_added() -> None:
    with pytest.raises(AssertionError, match=r"12\.05 EUR and 0\.01 USD do not add up"):
        Money(1205, "EUR") + Money(1, "USD")


@pytest.mark.parametrize("minor", [1.0, "1", True, None])
def test_an_amount_is_a_whole_number_and_nothing_else(minor: Any) -> None:
    with pytest.raises(AssertionError, match="no whole number"):
        Money(minor, "EUR")


@pytest.mark.parametrize("currency", ["eur", "EURO", "XXX", ""])
def test_a_currency_is_one_that_can_be_paid_in(currency: str) -> None:
    with pytest.raises(AssertionError, match="no ISO 4217 code"):
        Money(1, currency)


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [
        (1205, "EUR", "12.05 EUR"),
        (-5, "EUR", "-0.05 EUR"),
        (1205, "JPY", "1205 JPY"),
        (1205, "KWD", "1.205 KWD"),
    ],
)
def test_an_amount_is_written_with_its_currencys_own_digits(
    minor: int, currency: str, written: str
) -> None:
    assert str(Money(minor, currency)) == written


def test_every_code_is_known_to_the_tables_that_the_screen_is_written_with() -> None:
    assert set(EXPONENTS) <= list_currencies()
    assert set(EXPONENTS.values()) == {0, 2, 3}


@pytest.mark.parametrize(
    ("net", "basis_points", "tax"),
    [
        (1000, 2000, 200),
        (1, 2000, 0),
        (1, 5000, 1),
        (1, 4999, 0),
        (-1, 5000, -1),
        (999, 2000, 200),
        (999, 0, 0),
    ],
)
def test_half_a_minor_unit_of_tax_is_rounded_away_from_zero(
    net: int, basis_points: int, tax: int
) -> None:
    assert tax_minor(net, basis_points) == tax


@given(net=st.integers(0, 60), basis_points=st.integers(0, 10_000))
def test_tax_is_within_half_a_unit_of_the_exact_and_mirrors_at_zero(
    net: int, basis_points: int
) -> None:
    assert abs(tax_minor(net, basis_points) * 10_000 - net * basis_points) <= 5_000
    assert tax_minor(-net, basis_points) == -tax_minor(net, basis_points)


@given(net=st.integers(0, 10**9), basis_points=st.integers(0, 10_000))
def test_the_tax_within_a_total_is_the_tax_that_was_added(
    net: int, basis_points: int
) -> None:
    total = net + tax_minor(net, basis_points)
    assert abs(tax_within(total, basis_points) - tax_minor(net, basis_points)) <= 1


@pytest.mark.parametrize(
    ("total", "basis_points", "tax"), [(120, 2000, 20), (3, 2000, 1), (7, 0, 0)]
)
def test_the_tax_within_a_total_is_rounded(
    total: int, basis_points: int, tax: int
) -> None:
    assert tax_within(total, basis_points) == tax
