"""What we sell and how it is taxed: data from configuration, checked once at start."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.money import BASIS_POINTS, EXPONENTS, Money, tax_minor
from ledger.refusals import NoSuchPack

TAX_CATEGORIES = ("S", "Z", "E", "AE", "K", "G", "O", "L", "M")
"""The codes of EN 16931 (UNCL 5305); AE is reverse charge."""


Check = tuple[str, Callable[[Any], bool]]
"""What is expected, in words, and whether a value is that."""


def _list_of(pattern: str) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, list)
        and all(isinstance(one, str) and re.fullmatch(pattern, one) for one in value)
    )


def whole(least: int, most: int = 10**12) -> Check:
    return (
        f"a whole number from {least} to {most}",
        lambda value: type(value) is int and least <= value <= most,
    )


TEXT: Check = ("some text", lambda value: isinstance(value, str) and value != "")
FLAG: Check = ("true or false", lambda value: isinstance(value, bool))
SKU: Check = (
    "lower-case letters, digits and hyphens",
    lambda value: isinstance(value, str) and bool(re.fullmatch("[a-z0-9-]+", value)),
)
CURRENCY: Check = (
    "an ISO 4217 code",
    lambda value: isinstance(value, str) and value in EXPONENTS,
)
CURRENCIES: Check = (
    "a list of ISO 4217 codes",
    lambda value: _list_of("[A-Z]{3}")(value) and 0 < len(value) == len(set(value)),
)
COUNTRIES: Check = ("a list of two-letter country codes", _list_of("[A-Z]{2}"))
CATEGORY: Check = (
    f"one of {', '.join(TAX_CATEGORIES)}",
    lambda value: isinstance(value, str) and value in TAX_CATEGORIES,
)


class CatalogueUnusable(Exception):  # noqa: N818 - named for the fact, like a refusal
    """The catalogue cannot be sold from; every mistake in it is listed."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("The catalogue cannot be used:\n" + "\n".join(mistakes))
        self.mistakes = list(mistakes)


@dataclass(frozen=True, kw_only=True)
class TaxRule:
    """A category and a rate for buyers in some countries; in all, where none is named.

    `countries` are ISO 3166 codes of two letters.
    """

    category: str
    basis_points: int
    countries: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Pack:
    """A number of e-mail credits at a price before tax."""

    sku: str
    credits: int
    currency: str
    net_minor: int
    featured: bool = False

    def tax(self, rule: TaxRule) -> Money:
        return Money(tax_minor(self.net_minor, rule.basis_points), self.currency)

    def total(self, rule: TaxRule) -> Money:
        """What the buyer pays."""
        return Money(self.net_minor, self.currency) + self.tax(rule)


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """One version of it. The first currency and the first matching tax rule win."""

    version: str
    currencies: tuple[str, ...]
    packs: tuple[Pack, ...]
    taxes: tuple[TaxRule, ...]

    def packs_in(self, currency: str) -> tuple[Pack, ...]:
        """The packs on offer in a currency, in the catalogue's order."""
        return tuple(pack for pack in self.packs if pack.currency == currency)

    def pack(self, sku: str, currency: str) -> Pack:
        """The pack of that name. Raises NoSuchPack."""
        for pack in self.packs_in(currency):
            if pack.sku == sku:
                return pack
        raise NoSuchPack(sku=sku, currency=currency)

    def tax_for(self, country: str | None) -> TaxRule:
        """The rule for a buyer there; the general one where no country is known."""
        return next(
            rule
            for rule in self.taxes
            if not rule.countries or country in rule.countries
        )


def catalogue_from(data: Mapping[str, Any]) -> Catalogue:
    """A catalogue from loaded configuration.

    Raises CatalogueUnusable, whose message names each mistake by its place.
    """
    reader = _Reader(data, "")
    catalogue = Catalogue(
        version=reader.take("version", TEXT),
        currencies=tuple(reader.take("currencies", CURRENCIES) or ()),
        packs=tuple(_pack(part) for part in reader.tables("packs")),
        taxes=tuple(_tax(part) for part in reader.tables("taxes")),
    )
    mistakes = reader.done() or _contradictions(catalogue)
    if mistakes:
        raise CatalogueUnusable(mistakes)
    return catalogue


def _pack(reader: _Reader) -> Pack:
    pack = Pack(
        sku=reader.take("sku", SKU),
        credits=reader.take("credits", whole(1)),
        currency=reader.take("currency", CURRENCY),
        net_minor=reader.take("net_minor", whole(1)),
        featured=reader.take("featured", FLAG, False),
    )
    reader.done()
    return pack


def _tax(reader: _Reader) -> TaxRule:
    rule = TaxRule(
        category=reader.take("category", CATEGORY),
        basis_points=reader.take("basis_points", whole(0, BASIS_POINTS)),
        countries=tuple(reader.take("countries", COUNTRIES, [])),
    )
    reader.done()
    return rule


def _contradictions(catalogue: Catalogue) -> list[str]:
    mistakes = []
    seen: set[tuple[str, str]] = set()
    for number, pack in enumerate(catalogue.packs):
        if pack.currency not in catalogue.currencies:
            mistakes.append(f"packs[{number}].currency: {pack.currency} is not listed")
        if (pack.sku, pack.currency) in seen:
            mistakes.append(f"packs[{number}].sku: {pack.sku} was there before")
        seen.add((pack.sku, pack.currency))
    for currency in catalogue.currencies:
        if not catalogue.packs_in(currency):
            mistakes.append(f"currencies: no pack is sold in {currency}")
    general = [
        number for number, rule in enumerate(catalogue.taxes, 1) if not rule.countries
    ]
    if general != [len(catalogue.taxes)]:
        mistakes.append("taxes: the last rule, and no other, must name no countries")
    return mistakes


class _Reader:
    """Takes values out of one table and collects what is wrong with them."""

    def __init__(
        self, table: Any, place: str, mistakes: list[str] | None = None
    ) -> None:
        self.mistakes = [] if mistakes is None else mistakes
        self.place = place
        self.rest = dict(table) if isinstance(table, Mapping) else {}
        if not isinstance(table, Mapping):
            self.mistakes.append(f"{place[:-1]}: expected a table, not {table!r}")

    def take(self, key: str, check: Check, default: Any = None) -> Any:
        """The value, or the default where it is left out or wrong."""
        expected, is_right = check
        if key not in self.rest and default is not None:
            return default
        value = self.rest.pop(key, None)
        if is_right(value):
            return value
        found = "nothing" if value is None else repr(value)
        self.mistakes.append(f"{self.place}{key}: expected {expected}, not {found}")
        return default

    def tables(self, key: str) -> list[_Reader]:
        value = self.rest.pop(key, None)
        if not isinstance(value, list) or not value:
            self.mistakes.append(f"{self.place}{key}: expected at least one table")
            return []
        return [
            _Reader(table, f"{self.place}{key}[{number}].", self.mistakes)
            for number, table in enumerate(value)
        ]

    def done(self) -> list[str]:
        self.mistakes.extend(f"{self.place}{key}: is not known" for key in self.rest)
        return self.mistakes
