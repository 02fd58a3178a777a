"""Amounts, quantities, rates and dates as a receipt prints them.

Written out here and not taken from a locale library, whose data changes from version
to version: a receipt that is rendered again must have the same bytes.
"""

from __future__ import annotations

import importlib.resources
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from ledger.money import EXPONENTS
from projections.receipt_words import MINUS, NBSP, SYMBOLS, WORDS, Words

UNIT_PRICE_DECIMALS = 4


def whole(number: int, words: Words) -> str:
    """A whole number with groups of three digits: `10,494`."""
    digits = f"{abs(number):,}".replace(",", words.separator)
    return MINUS + digits if number < 0 else digits


def _decimal(scaled: int, decimals: int, words: Words) -> str:
    integer, fraction = divmod(abs(scaled), 10**decimals)
    tail = f"{words.decimal}{fraction:0{decimals}d}" if decimals else ""
    return whole(integer, words) + tail


def _with_symbol(digits: str, negative: bool, currency: str, language: str) -> str:
    sign = MINUS if negative else ""
    symbol = SYMBOLS[language].get(currency, currency)
    if language == "fr":
        return f"{sign}{digits}{NBSP}{symbol}"
    gap = NBSP if symbol[-1].isalpha() else ""
    return f"{sign}{symbol}{gap}{digits}"


def amount(minor: int, currency: str, language: str) -> str:
    """Whole minor units as money: `€75.00`, `20,00 €`, `¥750`."""
    digits = _decimal(minor, EXPONENTS[currency], WORDS[language])
    return _with_symbol(digits, minor < 0, currency, language)


def unit_price(minor: int, quantity: int, currency: str, language: str) -> str:
    """What one of `quantity` costs, with four decimals of the major unit.

    A half of the last decimal is rounded away from zero.
    """
    scaled = abs(minor) * 10**UNIT_PRICE_DECIMALS
    divisor = abs(quantity) * 10 ** EXPONENTS[currency]
    price = (2 * scaled + divisor) // (2 * divisor)
    digits = _decimal(price, UNIT_PRICE_DECIMALS, WORDS[language])
    return _with_symbol(digits, minor * quantity < 0, currency, language)


def rate(basis_points: int, words: Words) -> str:
    """A tax rate without idle zeros: 2,000 basis points are `20%`, 550 `5.5%`."""
    integer, fraction = divmod(basis_points, 100)
    tail = f"{fraction:02d}".rstrip("0")
    return f"{integer}{words.decimal + tail if tail else ''}{words.per_cent}"


def day(when: date, words: Words) -> str:
    """A calendar day: `3 Nov 2026`, `1er janv. 2027`."""
    number = words.first_of_month if when.day == 1 else str(when.day)
    return f"{number}{NBSP}{words.months[when.month - 1]}{NBSP}{when.year}"


@cache
def zone(name: str) -> ZoneInfo:
    """The time zone of that name, from the packaged data and never the machine's."""
    place = importlib.resources.files("tzdata").joinpath("zoneinfo", *name.split("/"))
    with place.open("rb") as data:
        return ZoneInfo.from_file(data, key=name)


def local_day(instant: datetime, zone_name: str | None) -> date:
    """The calendar day of an instant where the seller is; in UTC if he says nothing."""
    return instant.astimezone(zone(zone_name) if zone_name else UTC).date()


def last_day(until: str, zone_name: str | None) -> date:
    """The last day before an exclusive end: an ISO date, or an ISO instant."""
    if "T" in until:
        end = datetime.fromisoformat(until) - timedelta(microseconds=1)
        return local_day(end, zone_name)
    return date.fromisoformat(until) - timedelta(days=1)


def first_day(start: str, zone_name: str | None) -> date:
    """The day of an inclusive start: an ISO date, or an ISO instant."""
    if "T" in start:
        return local_day(datetime.fromisoformat(start), zone_name)
    return date.fromisoformat(start)
