"""What is printed on receipts: texts of a person or company, checked and tidied."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import TypedDict

from ledger.refusals import CountryUnknown, TextRefused, VatNumberMalformed

LENGTHS = {
    "name": 80,
    "company": 120,
    "website": 200,
    "address_lines": 80,
    "postcode": 16,
    "city": 80,
}
"""Characters of each text; what a receipt's column holds on two lines."""
ADDRESS_LINES_MAX = 5
CODES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO
BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ
DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP
GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG
KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML
MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE
PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL
SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM
US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
"""
COUNTRIES = frozenset(CODES.split())
"""ISO 3166-1 alpha-2, and XK, which stands for Kosovo until it has a code."""
VAT_FORMS = {
    "AT": r"U\d{8}",
    "BE": r"[01]\d{9}",
    "BG": r"\d{9,10}",
    "CY": r"\d{8}[A-Z]",
    "CZ": r"\d{8,10}",
    "DE": r"\d{9}",
    "DK": r"\d{8}",
    "EE": r"\d{9}",
    "EL": r"\d{9}",
    "ES": r"[A-Z0-9]\d{7}[A-Z0-9]",
    "FI": r"\d{8}",
    "FR": r"[A-HJ-NP-Z0-9]{2}\d{9}",
    "HR": r"\d{11}",
    "HU": r"\d{8}",
    "IE": r"\d[A-Z0-9+*]\d{5}[A-Z]{1,2}",
    "IT": r"\d{11}",
    "LT": r"(\d{9}|\d{12})",
    "LU": r"\d{8}",
    "LV": r"\d{11}",
    "MT": r"\d{8}",
    "NL": r"[A-Z0-9+*]{12}",
    "PL": r"\d{10}",
    "PT": r"\d{9}",
    "RO": r"\d{2,10}",
    "SE": r"\d{12}",
    "SI": r"\d{8}",
    "SK": r"\d{10}",
    "XI": r"(\d{9}|\d{12}|(GD|HA)\d{3})",
}
"""The forms of VAT numbers in the European Union's exchange, after their prefix."""
ELSEWHERE = re.compile(r"[A-Z0-9]{4,20}")
SPACING = re.compile(r"[\s./-]")
DIRECTION_MARKS = frozenset("\u061c\u200e\u200f\u2028\u2029")


class BillingDetails(TypedDict):
    """What a receipt says about the buyer beside his address for mail."""

    name: str
    company: str | None
    address_lines: list[str]
    postcode: str | None
    city: str | None
    country: str | None
    vat_number: str | None


def billing_details(
    name: str,
    company: str | None,
    address_lines: Sequence[str],
    postcode: str | None,
    city: str | None,
    country: str | None,
    vat_number: str | None,
) -> BillingDetails:
    """Return the details, tidied; blank ones are None.

    Raises TextRefused for the first wrong field, CountryUnknown, VatNumberMalformed,
    in this order.
    """
    found: BillingDetails = {
        "name": required_text("name", name),
        "company": optional_text("company", company),
        "address_lines": _lines(address_lines),
        "postcode": optional_text("postcode", postcode),
        "city": optional_text("city", city),
        "country": None,
        "vat_number": None,
    }
    found["country"] = country_from(country)
    found["vat_number"] = vat_number_from(vat_number, found["country"])
    return found


def required_text(field: str, typed: str) -> str:
    """Return the text, tidied. Raises TextRefused when it is empty or unfit."""
    text = optional_text(field, typed)
    if text is None:
        raise TextRefused(field)
    return text


def optional_text(field: str, typed: str | None) -> str | None:
    """Return the text in NFC without blanks around it, or None when nothing is left.

    Raises TextRefused when it is too long, or holds what no line of text has: control
    characters, marks that turn the direction, halves of characters, addresses of pages
    in a name.
    """
    text = unicodedata.normalize("NFC", typed or "").strip()
    if len(text) > LENGTHS[field] or any(map(_unfit, text)):
        raise TextRefused(field)
    if field in ("name", "company") and "://" in text:
        raise TextRefused(field)
    return text or None


def website_from(typed: str | None) -> str | None:
    """Return an http or https address, `https://` put before a bare host, or None.

    Raises TextRefused.
    """
    text = optional_text("website", typed)
    if text is None:
        return None
    if "://" not in text:
        text = f"https://{text}"
    if not re.fullmatch(r"https?://[^\s/?#@]+\.[^\s/?#@]+([/?#]\S*)?", text, re.I):
        raise TextRefused("website")
    return text


def country_from(typed: str | None) -> str | None:
    """Return the code of the country, or None. Raises CountryUnknown."""
    code = (typed or "").strip().upper()
    if code and code not in COUNTRIES:
        raise CountryUnknown(code[:8])
    return code or None


def vat_number_from(typed: str | None, country: str | None) -> str | None:
    """Return the number without spacing, its prefix first, or None.

    A number with a prefix of the European Union must have that state's form, and a
    buyer in a state of the Union must give one; elsewhere letters and digits do.
    Raises VatNumberMalformed.
    """
    number = SPACING.sub("", typed or "").upper()
    if not number:
        return None
    form = VAT_FORMS.get(number[:2])
    if form is not None:
        fits = re.fullmatch(form, number[2:], re.ASCII)
    elif country == "GR" or country in VAT_FORMS:
        fits = None
    else:
        fits = ELSEWHERE.fullmatch(number)
    if fits is None:
        raise VatNumberMalformed
    return number


def _lines(typed: Sequence[str]) -> list[str]:
    lines = [optional_text("address_lines", line) for line in typed]
    found = [line for line in lines if line is not None]
    if len(found) > ADDRESS_LINES_MAX:
        raise TextRefused("address_lines")
    return found


def _unfit(character: str) -> bool:
    kind = unicodedata.category(character)
    turns = unicodedata.bidirectional(character) in (
        "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI",
    )  # fmt: skip
    return kind in ("Cc", "Cs", "Co", "Cn") or turns or character in DIRECTION_MARKS
