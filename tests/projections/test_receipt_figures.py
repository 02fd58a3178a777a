"""Figures of a receipt: exact, and in the manner of its language."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from projections import receipt_figures as figures
from projections.receipt_words import ENGLISH, FRENCH


@pytest.mark.parametrize(
    ("minor", "currency", "english", "french"),
    [
        (7_500, "EUR", "€75.00", "75,00\u00a0€"),
        (-2_000, "EUR", "\u2212€20.00", "\u221220,00\u00a0€"),
        (123_456_789, "USD", "$1,234,567.89", "1\u202f234\u202f567,89\u00a0$US"),
        (750, "JPY", "¥750", "750\u00a0JPY"),
        (1_005, "KWD", "KWD\u00a01.005", "1,005\u00a0KWD"),
        (5, "CHF", "CHF\u00a00.05", "0,05\u00a0CHF"),
        (0, "GBP", "£0.00", "0,00\u00a0£GB"),
    ],
)
def test_an_amount_has_the_decimals_of_its_currency(
    minor: int, currency: str, english: str, french: str
) -> None:
    assert figures.amount(minor, currency, "en") == english
    assert figures.amount(minor, currency, "fr") == french


@pytest.mark.parametrize(
    ("minor", "quantity", "currency", "price"),
    [
        (7_500, 10_000, "EUR", "€0.0075"),
        (100, 3, "EUR", "€0.3333"),
        (200, 3, "EUR", "€0.6667"),
        (1, 200, "EUR", "€0.0001"),
        (1, 201, "EUR", "€0.0000"),
        (-4_900, 1, "EUR", "\u2212€49.0000"),
        (7_500, 10_000, "JPY", "¥0.7500"),
        (7_500, 10_000, "KWD", "KWD\u00a00.0008"),
    ],
)
def test_a_unit_price_has_four_decimals_and_a_half_goes_up(
    minor: int, quantity: int, currency: str, price: str
) -> None:
    assert figures.unit_price(minor, quantity, currency, "en") == price


def test_a_rate_has_no_idle_zeros() -> None:
    rates = [figures.rate(points, ENGLISH) for points in (2_000, 550, 1_925, 5)]
    assert rates == ["20%", "5.5%", "19.25%", "0.05%"]
    assert figures.rate(550, FRENCH) == "5,5\u202f%"


def test_the_first_of_a_french_month_is_an_ordinal() -> None:
    first, second = date(2027, 1, 1), date(2027, 8, 2)
    assert figures.day(first, FRENCH) == "1er\u00a0janv.\u00a02027"
    assert figures.day(second, FRENCH) == "2\u00a0août\u00a02027"
    assert figures.day(first, ENGLISH) == "1\u00a0Jan\u00a02027"


def test_a_moment_is_on_the_day_of_the_sellers_zone() -> None:
    evening = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert figures.local_day(evening, "Europe/Paris") == date(2027, 1, 1)
    assert figures.local_day(evening, None) == date(2026, 12, 31)


def test_an_exclusive_end_is_shown_as_the_last_day_before_it() -> None:
    assert figures.last_day("2026-12-03", "Europe/Paris") == date(2026, 12, 2)
    midnight_in_paris = "2026-12-02T23:00:00+00:00"
    assert figures.last_day(midnight_in_paris, "Europe/Paris") == date(2026, 12, 2)
    assert figures.first_day(midnight_in_paris, "Europe/Paris") == date(2026, 12, 3)
    assert figures.first_day("2026-12-03", None) == date(2026, 12, 3)
