"""Numbers, money and moments as a person reads them, in English and in French.

Everything is whole-number arithmetic; signs, separators, symbols and month names
are those of CLDR.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, tzinfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import (
    format_decimal,
    get_currency_precision,
    get_currency_symbol,
    get_decimal_symbol,
)
from markupsafe import Markup

MINUS = "\u2212"
NO_BREAK = "\u00a0"
UNIT_PRICE_DIGITS = 4
TYPED_NUMBER = re.compile(r"\d{1,12}|\d{1,3}([ \u00a0\u202f,.'\u2019]\d{3}){1,3}")
NOT_COUNTRIES = frozenset(
    ("AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ")
)


def number(value: int, locale: str) -> str:
    """A whole number with its thousands apart: ``10,494`` or ``10 494``."""
    return _signed(value, format_decimal(abs(value), locale=locale))


def change(value: int, locale: str) -> str:
    """A whole number with its sign, plus too, as in ``+120``; nought has none."""
    return f"+{number(value, locale)}" if value > 0 else number(value, locale)


def money(minor: int, currency: str, locale: str) -> str:
    """An amount in minor units of an ISO 4217 currency: ``€75.00`` or ``75,00 €``."""
    digits = get_currency_precision(currency)
    return _priced(minor, digits, currency, locale)


def unit_price(net_minor: int, quantity: int, currency: str, locale: str) -> str:
    """What one of ``quantity`` cost, to four decimals and halves up: ``€0.0075``.

    ``net_minor`` is the price of all of them in minor units; ``quantity`` is above 0.
    """
    shift = 10**UNIT_PRICE_DIGITS
    parts = 10 ** get_currency_precision(currency) * quantity
    rounded = (2 * abs(net_minor) * shift + parts) // (2 * parts)
    signed = -rounded if net_minor < 0 else rounded
    return _priced(signed, UNIT_PRICE_DIGITS, currency, locale)


def percent(value: int, locale: str) -> str:
    """Whole hundredths: ``82%`` or ``82 %``."""
    pattern = Locale.parse(locale).percent_formats[None]
    return f"{number(value, locale)}{pattern.suffix[0]}"


def day_text(moment: date | datetime, locale: str, zone: tzinfo = UTC) -> str:
    """The day of a moment in a zone: ``3 Nov 2026``; French says ``1er janv. 2026``."""
    day = _in_zone(moment, zone)
    text: str = format_date(day, "d MMM y", locale=locale)
    return text.replace("1", "1er", 1) if day.day == 1 and locale == "fr" else text


def short_day_text(moment: date | datetime, locale: str, zone: tzinfo = UTC) -> str:
    """A day without its year, where the year is clear: ``3 Nov``; ``1er nov.``."""
    day = _in_zone(moment, zone)
    text: str = format_date(day, "d MMM", locale=locale)
    return text.replace("1", "1er", 1) if day.day == 1 and locale == "fr" else text


def same_year(one: date | datetime, other: date | datetime, zone: tzinfo = UTC) -> bool:
    """Whether two moments are of the same year in a zone."""
    return _in_zone(one, zone).year == _in_zone(other, zone).year


def clock_text(moment: datetime, zone: tzinfo = UTC) -> str:
    """Hours and minutes in a zone, ``09:12``; in UTC the letters say so."""
    mark = " UTC" if str(zone) == "UTC" else ""
    return f"{_in_zone(moment, zone):%H:%M}{mark}"


def moment_text(moment: datetime, locale: str, zone: tzinfo = UTC) -> str:
    """Day and time of a moment in a zone: ``3 Nov 2026, 09:12``."""
    return f"{day_text(moment, locale, zone)}, {clock_text(moment, zone)}"


def timed(moment: date | datetime, words: str) -> Markup:
    """Words about a moment inside ``<time>``, which carries the full instant in UTC."""
    return Markup('<time datetime="{}">{}</time>').format(_machine(moment), words)


def days_ago(moment: datetime, now: datetime, zone: tzinfo = UTC) -> int:
    """How many midnights of a zone lie between a moment and now: 0 is today."""
    return (now.astimezone(zone).date() - moment.astimezone(zone).date()).days


def typed_number(text: str) -> int | None:
    """The whole number a person typed, grouped or not, else ``None``."""
    if not TYPED_NUMBER.fullmatch(text.strip()):
        return None
    return int(re.sub(r"\D", "", text))


def countries(locale: str) -> list[tuple[str, str]]:
    """ISO 3166 codes and their names, in the order of the names without accents."""
    names = Locale.parse(locale).territories
    known = [
        (code, name)
        for code, name in names.items()
        if len(code) == 2 and code not in NOT_COUNTRIES
    ]
    return sorted(known, key=lambda pair: _plain(pair[1]))


def _signed(value: int, text: str) -> str:
    return f"{MINUS}{text}" if value < 0 else text


def _priced(value: int, digits: int, currency: str, locale: str) -> str:
    whole, rest = divmod(abs(value), 10**digits)
    text = number(whole, locale)
    if digits:
        text = f"{text}{get_decimal_symbol(locale)}{rest:0{digits}d}"
    symbol = get_currency_symbol(currency, locale=locale)
    pattern = Locale.parse(locale).currency_formats["standard"]
    before, after = pattern.prefix[0], pattern.suffix[0]
    if before and symbol[-1].isalpha():
        before += NO_BREAK
    return _signed(value, f"{before}{text}{after}".replace("¤", symbol))


def _in_zone(moment: date | datetime, zone: tzinfo) -> date | datetime:
    return moment.astimezone(zone) if isinstance(moment, datetime) else moment


def _machine(moment: date | datetime) -> str:
    if not isinstance(moment, datetime):
        return moment.isoformat()
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore")
    return letters.decode().lower()
