"""Amounts and numbers as people type them."""

from __future__ import annotations

import pytest
from flask import Flask

from web.panel.top_up_figures import NUMBER_MAX, amount_typed, minor_in, number_in


@pytest.mark.parametrize(
    ("typed", "minor"),
    [
        ("150", 15_000),
        ("150.5", 15_050),
        ("150,50", 15_050),
        ("1.500", 150_000),
        ("1,500.25", 150_025),
        ("1 500,25", 150_025),
        ("€150", 15_000),
        ("150 €", 15_000),
        ("150 EUR", 15_000),
        ("0.99", 99),
    ],
)
def test_an_amount_is_read_as_people_write_it(typed: str, minor: int) -> None:
    assert minor_in(typed, "EUR") == minor


def test_a_currency_without_cents_has_whole_amounts() -> None:
    assert minor_in("1.500", "JPY") == 1500
    assert minor_in("1.500", "TND") == 1500
    with pytest.raises(ValueError, match=r"1\.5"):
        minor_in("1.5", "JPY")


@pytest.mark.parametrize(
    "typed", ["", "much", "-1", "1.5.0", "1..5", "150 USD", "1e3", "1,5000"]
)
def test_anything_else_is_no_amount(typed: str) -> None:
    with pytest.raises(ValueError, match=r"^[^_]*$") as refused:
        minor_in(typed, "EUR")
    assert str(refused.value) in typed


def test_a_number_has_an_upper_bound() -> None:
    assert number_in(str(NUMBER_MAX)) == NUMBER_MAX
    with pytest.raises(ValueError, match="1000000001"):
        number_in(str(NUMBER_MAX + 1))


@pytest.mark.parametrize(
    ("language", "texts"), [("en", ["150", "150.05"]), ("fr", ["150", "150,05"])]
)
def test_an_amount_stands_in_the_form_as_it_would_be_typed(
    app: Flask, language: str, texts: list[str]
) -> None:
    with app.test_request_context("/", headers={"Accept-Language": language}):
        shown = [amount_typed(minor, "EUR") for minor in (15_000, 15_005)]
        assert shown == texts
        assert amount_typed(1500, "JPY") == "1500"
    assert [minor_in(text, "EUR") for text in texts] == [15_000, 15_005]
