"""What stands on a receipt: every text of it, before anybody draws."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from projections import receipt_figures as figures
from projections.receipt_words import WORDS, Words, country_name

RECEIPT, CREDIT_NOTE = 380, 381
REVERSE_CHARGE = "AE"

# Joiners and direction marks change how their neighbours look or stand; every other
# invisible character is left out, since it prints nothing.
_JOINERS = {"\u200c", "\u200d", "\u200e", "\u200f", "\u061c"}
_TAGS = range(0xE0020, 0xE0080)
_KEPT_SPACES = {"\u00a0", "\u202f", "\u3000"}


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """What was frozen when a receipt was issued; amounts are whole minor units.

    `kind` is 380 for a receipt, 381 for a credit note, whose amounts print negative
    whichever sign was frozen. Moments carry their zone; days are those of the
    seller's `time_zone` (UTC without one). A line's `service_from` and exclusive
    `service_until` are ISO days or instants. A seller's `notes` print below the total.
    A VAT number is under `vat_number` or, as e-invoices name it, `vat_id`.
    """

    series: str
    number: str
    kind: int
    refers_to: str | None
    order_number: str
    issued_at: datetime
    language: str
    currency: str
    seller: dict[str, Any]
    buyer: dict[str, Any]
    lines: list[dict[str, Any]]
    net_minor: int
    tax_minor: int
    total_minor: int
    payment_label: str
    paid_at: datetime


@dataclass(frozen=True, kw_only=True)
class Row:
    """One charge: its description, the line below it, and one text for each column."""

    description: str
    below: str
    cells: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """All texts of a receipt in reading order, ready for any writer."""

    language: str
    title: str
    number: str
    seller_name: str
    seller_lines: tuple[str, ...]
    billed_to: str
    buyer_lines: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    sums: tuple[tuple[str, str], ...]
    total: tuple[str, str]
    notes: tuple[str, ...]
    page: str
    buyer_country: str


def texts(part: object) -> Iterator[str]:
    """Every text of a sheet, or of any part of it."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, tuple):
        for each in part:
            yield from texts(each)
    elif isinstance(part, Sheet | Row):
        for field in fields(part):
            yield from texts(getattr(part, field.name))


def clean(text: str) -> str:
    """NFC on one line, single spaces, without characters that print nothing."""
    kept = (_seen(character) for character in unicodedata.normalize("NFC", text))
    return re.sub(" +", " ", "".join(kept)).strip(" ")


def _seen(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Zs", "Zl", "Zp"}:
        return character if character in _KEPT_SPACES else " "
    if character in "\t\n\v\f\r\x85":
        return " "
    if category == "Cf" and character not in _JOINERS and ord(character) not in _TAGS:
        return ""
    return character


def sheet_of(frozen: Frozen) -> Sheet:
    """The texts of what was frozen, in its language."""
    words = WORDS[frozen.language]
    is_credit = frozen.kind == CREDIT_NOTE
    taxed = frozen.tax_minor != 0
    return Sheet(
        language=frozen.language,
        title=words.credit_note if is_credit else words.receipt,
        number=clean(frozen.number),
        seller_name=clean(frozen.seller.get("name") or ""),
        seller_lines=_seller_lines(frozen.seller, words),
        billed_to=words.billed_to,
        buyer_lines=_buyer_lines(frozen.buyer, words),
        facts=_facts(frozen, words),
        heads=_heads(words, taxed),
        rows=tuple(_row(frozen, line, words, taxed) for line in frozen.lines),
        sums=_sums(frozen, words) if taxed else (),
        total=(
            words.total_refunded if is_credit else words.total_paid,
            _money(frozen, frozen.total_minor),
        ),
        notes=_notes(frozen, words),
        page=words.page,
        buyer_country=clean(frozen.buyer.get("country") or "").upper(),
    )


def _sign(frozen: Frozen) -> int:
    return -1 if frozen.kind == CREDIT_NOTE and frozen.total_minor > 0 else 1


def _money(frozen: Frozen, minor: int) -> str:
    return figures.amount(_sign(frozen) * minor, frozen.currency, frozen.language)


def _address(party: dict[str, Any], words: Words) -> list[str]:
    town = " ".join(filter(None, (party.get("postcode"), party.get("city"))))
    country = country_name(party.get("country") or "", words)
    return [*(party.get("address_lines") or ()), town, country]


def _lines(candidates: list[str | None]) -> tuple[str, ...]:
    cleaned = (clean(text or "") for text in candidates)
    return tuple(text for text in cleaned if text)


def _labelled(pattern: str, number: str | None) -> str | None:
    return pattern.format(number=number) if number else None


def _vat_number(party: dict[str, Any], words: Words) -> str | None:
    number = party.get("vat_number") or party.get("vat_id")
    return _labelled(words.vat_number, number)


def _seller_lines(seller: dict[str, Any], words: Words) -> tuple[str, ...]:
    vat_number = _vat_number(seller, words)
    registered = [seller.get("registration"), vat_number, seller.get("email")]
    return _lines([*_address(seller, words), *registered])


def _buyer_lines(buyer: dict[str, Any], words: Words) -> tuple[str, ...]:
    return _lines(
        [
            buyer.get("name"),
            buyer.get("company"),
            *_address(buyer, words),
            _labelled(words.siren, buyer.get("siren")),
            _vat_number(buyer, words),
            buyer.get("email"),
        ]
    )


def _facts(frozen: Frozen, words: Words) -> tuple[tuple[str, str], ...]:
    zone = frozen.seller.get("time_zone")
    is_credit = frozen.kind == CREDIT_NOTE
    paid = words.refunded_on if is_credit else words.paid_on
    facts = [
        (words.refers_to, clean(frozen.refers_to or "")),
        (words.order_number, clean(frozen.order_number)),
        (words.date, figures.day(figures.local_day(frozen.issued_at, zone), words)),
        (paid, figures.day(figures.local_day(frozen.paid_at, zone), words)),
        (words.payment_method, clean(frozen.payment_label)),
    ]
    return tuple((label, value) for label, value in facts if value)


def _heads(words: Words, taxed: bool) -> tuple[str, ...]:
    start = (words.description, words.quantity, words.unit_price)
    return (*start, words.tax, words.net) if taxed else (*start, words.amount)


def _row(frozen: Frozen, line: dict[str, Any], words: Words, taxed: bool) -> Row:
    quantity, net = line["quantity"], line["net_minor"]
    cells = [
        figures.whole(_sign(frozen) * quantity, words),
        figures.unit_price(net, quantity, frozen.currency, frozen.language),
        _money(frozen, net),
    ]
    if taxed:
        rate = figures.rate(line["tax_rate_basis_points"], words)
        cells.insert(2, f"{_money(frozen, line['tax_minor'])} ({rate})")
    return Row(
        description=clean(line["description"]),
        below=_period(line, frozen.seller.get("time_zone"), words),
        cells=tuple(cells),
    )


def _period(line: dict[str, Any], zone: str | None, words: Words) -> str:
    start, until = line.get("service_from"), line.get("service_until")
    if not start or not until:
        return ""
    first, last = figures.first_day(start, zone), figures.last_day(until, zone)
    return words.period.format(
        first=figures.day(first, words), last=figures.day(last, words)
    )


def _sums(frozen: Frozen, words: Words) -> tuple[tuple[str, str], ...]:
    by_rate: dict[int, tuple[int, int]] = {}
    for line in frozen.lines:
        net, tax = by_rate.get(line["tax_rate_basis_points"], (0, 0))
        by_rate[line["tax_rate_basis_points"]] = (
            net + line["net_minor"],
            tax + line["tax_minor"],
        )
    taxes = [
        (
            words.tax_at.format(
                rate=figures.rate(basis_points, words), net=_money(frozen, net)
            ),
            _money(frozen, tax),
        )
        for basis_points, (net, tax) in sorted(by_rate.items(), reverse=True)
    ]
    return ((words.net_total, _money(frozen, frozen.net_minor)), *taxes)


def _notes(frozen: Frozen, words: Words) -> tuple[str, ...]:
    own = tuple(clean(note) for note in frozen.seller.get("notes") or ())
    if any(line["tax_category"] == REVERSE_CHARGE for line in frozen.lines):
        return (words.reverse_charge, *own)
    return own if frozen.tax_minor else (words.no_tax, *own)
