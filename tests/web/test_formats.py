"""Numbers, money and moments are written as each language writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from web import formats

NINE_TWELVE = datetime(2026, 11, 3, 9, 12, tzinfo=UTC)
NEARLY_MIDNIGHT = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")


@pytest.mark.parametrize(
    ("value", "english", "french"),
    [
        (0, "0", "0"),
        (999, "999", "999"),
        (10494, "10,494", "10\u202f494"),
        (-2500, "\u22122,500", "\u22122\u202f500"),
        (1234567, "1,234,567", "1\u202f234\u202f567"),
    ],
)
def test_a_number_has_its_thousands_apart(
    value: int, english: str, french: str
) -> None:
    assert formats.number(value, "en") == english
    assert formats.number(value, "fr") == french


def test_a_change_carries_its_sign_both_ways_and_nought_carries_none() -> None:
    assert formats.change(1000, "en") == "+1,000"
    assert formats.change(-1988, "fr") == "\u22121\u202f988"
    assert formats.change(0, "en") == "0"


@pytest.mark.parametrize(
    ("minor", "currency", "english", "french"),
    [
        (7500, "EUR", "€75.00", "75,00\u00a0€"),
        (-2000, "EUR", "\u2212€20.00", "\u221220,00\u00a0€"),
        (5, "EUR", "€0.05", "0,05\u00a0€"),
        (123456789, "EUR", "€1,234,567.89", "1\u202f234\u202f567,89\u00a0€"),
        (7500, "CHF", "CHF\u00a075.00", "75,00\u00a0CHF"),
        (7500, "JPY", "¥7,500", "7\u202f500\u00a0JPY"),
        (7500, "KWD", "KWD\u00a07.500", "7,500\u00a0KWD"),
    ],
)
def test_money_is_written_from_minor_units(
    minor: int, currency: str, english: str, french: str
) -> None:
    assert formats.money(minor, currency, "en") == english
    assert formats.money(minor, currency, "fr") == french


@pytest.mark.parametrize(
    ("net_minor", "quantity", "english"),
    [
        (7500, 10000, "€0.0075"),
        (2000, 2000, "€0.0100"),
        (0, 1000, "€0.0000"),
        (9000, 1, "€90.0000"),
        (100, 3, "€0.3333"),
        (200, 3, "€0.6667"),
        (1, 200, "€0.0001"),
        (1, 201, "€0.0000"),
        (-7500, 10000, "\u2212€0.0075"),
    ],
)
def test_a_unit_price_has_four_decimals_and_rounds_halves_up(
    net_minor: int, quantity: int, english: str
) -> None:
    assert formats.unit_price(net_minor, quantity, "EUR", "en") == english


def test_a_unit_price_in_french_has_a_comma_and_the_sign_after() -> None:
    assert formats.unit_price(7500, 10000, "EUR", "fr") == "0,0075\u00a0€"


def test_a_unit_price_knows_currencies_without_minor_units() -> None:
    assert formats.unit_price(3, 2000, "JPY", "en") == "¥0.0015"


def test_a_per_cent_sign_stands_apart_in_french_only() -> None:
    assert formats.percent(82, "en") == "82%"
    assert formats.percent(82, "fr") in {"82\u202f%", "82\u00a0%"}


@pytest.mark.parametrize(
    ("day", "english", "french"),
    [
        (date(2026, 11, 3), "3 Nov 2026", "3 nov. 2026"),
        (date(2026, 1, 1), "1 Jan 2026", "1er janv. 2026"),
        (date(2026, 5, 31), "31 May 2026", "31 mai 2026"),
        (date(2026, 8, 11), "11 Aug 2026", "11 août 2026"),
    ],
)
def test_a_day_is_short_and_the_first_is_an_ordinal_in_french(
    day: date, english: str, french: str
) -> None:
    assert formats.day_text(day, "en") == english
    assert formats.day_text(day, "fr") == french


def test_a_day_whose_year_is_clear_goes_without_it() -> None:
    assert formats.short_day_text(date(2026, 1, 1), "fr") == "1er janv."
    assert formats.short_day_text(NEARLY_MIDNIGHT, "en", LOS_ANGELES) == "31 Dec"
    assert formats.same_year(NEARLY_MIDNIGHT, date(2026, 1, 1))
    assert not formats.same_year(NEARLY_MIDNIGHT, date(2026, 1, 1), PARIS)


def test_a_moment_is_told_in_the_zone_of_the_reader() -> None:
    text = formats.moment_text(NEARLY_MIDNIGHT, "fr", PARIS)

    assert text == "1er janv. 2027, 00:30"
    assert formats.day_text(NEARLY_MIDNIGHT, "en", LOS_ANGELES) == "31 Dec 2026"


def test_a_moment_in_utc_says_so() -> None:
    assert formats.moment_text(NINE_TWELVE, "en") == "3 Nov 2026, 09:12 UTC"
    assert formats.clock_text(NINE_TWELVE, ZoneInfo("UTC")) == "09:12 UTC"
    assert formats.clock_text(NINE_TWELVE, PARIS) == "10:12"


def test_a_time_element_carries_the_full_instant_in_utc_and_escapes_its_words() -> None:
    local = NINE_TWELVE.astimezone(PARIS)

    assert formats.timed(local, "a < b") == (
        '<time datetime="2026-11-03T09:12:00Z">a &lt; b</time>'
    )
    assert (
        formats.timed(date(2026, 12, 3), "x") == '<time datetime="2026-12-03">x</time>'
    )


def test_days_are_counted_by_midnights_of_the_zone() -> None:
    later = datetime(2027, 1, 1, 0, 30, tzinfo=UTC)

    assert formats.days_ago(NEARLY_MIDNIGHT, later) == 1
    assert formats.days_ago(NEARLY_MIDNIGHT, later, PARIS) == 0


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("8000", 8000),
        (" 8,000 ", 8000),
        ("8\u202f000", 8000),
        ("8\u00a0000", 8000),
        ("1 234 567", 1234567),
        ("0", 0),
        ("", None),
        ("8.5", None),
        ("-3", None),
        ("80,00", None),
        ("many", None),
        ("9" * 13, None),
    ],
)
def test_a_typed_number_is_read_with_either_languages_separators(
    typed: str, meant: int | None
) -> None:
    assert formats.typed_number(typed) == meant


@pytest.mark.parametrize("locale", ["en", "fr"])
def test_countries_are_those_of_iso_3166_in_the_order_of_their_letters(
    locale: str,
) -> None:
    codes = [code for code, _ in formats.countries(locale)]

    assert {"FR", "DE", "CH", "US", "AX"} <= set(codes)
    assert not {"EU", "UN", "ZZ", "150"} & set(codes)
    assert 245 <= len(codes) == len(set(codes)) <= 251


def test_a_country_with_an_accent_stands_among_its_letter() -> None:
    names = [name for _, name in formats.countries("fr")]

    assert names.index("Égypte") < names.index("France") < names.index("Zambie")
