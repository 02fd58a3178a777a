"""What we sell and how it is taxed: data from configuration, checked once at start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ledger.configuration import (
    CATEGORY,
    COUNTRIES,
    CURRENCIES,
    CURRENCY,
    FLAG,
    SKU,
    TEXT,
    Reader,
    whole,
)
from ledger.money import BASIS_POINTS, Money, tax_minor
from ledger.refusals import NoSuchPack, NotSold


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
class Offer:
    """Something sold at a price before tax, in minor units of its currency."""

    sku: str
    currency: str
    net_minor: int

    def tax(self, rule: TaxRule) -> Money:
        return Money(tax_minor(self.net_minor, rule.basis_points), self.currency)

    def total(self, rule: TaxRule) -> Money:
        """What the buyer pays."""
        return Money(self.net_minor, self.currency) + self.tax(rule)


@dataclass(frozen=True, kw_only=True)
class Pack(Offer):
    """A number of e-mail credits."""

    credits: int
    featured: bool = False


@dataclass(frozen=True, kw_only=True)
class Tier(Offer):
    """A month of the plan Unlimited, for so many distinct contacts in it."""

    contacts: int


@dataclass(frozen=True, kw_only=True)
class SmtpYear(Offer):
    """A year of SMTP access."""


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """One version of it. The first currency and the first matching tax rule win."""

    version: str
    currencies: tuple[str, ...]
    packs: tuple[Pack, ...]
    taxes: tuple[TaxRule, ...]
    tiers: tuple[Tier, ...] = ()
    smtp: tuple[SmtpYear, ...] = ()

    def packs_in(self, currency: str) -> tuple[Pack, ...]:
        """The packs on offer in a currency, in the catalogue's order."""
        return tuple(pack for pack in self.packs if pack.currency == currency)

    def pack(self, sku: str, currency: str) -> Pack:
        """The pack of that name. Raises NoSuchPack."""
        for pack in self.packs_in(currency):
            if pack.sku == sku:
                return pack
        raise NoSuchPack(sku=sku, currency=currency)

    def tiers_in(self, currency: str) -> tuple[Tier, ...]:
        """The tiers of the plan Unlimited in a currency, the smallest first."""
        return tuple(tier for tier in self.tiers if tier.currency == currency)

    def tier(self, sku: str, currency: str) -> Tier:
        """The tier of that name. Raises NotSold."""
        for tier in self.tiers_in(currency):
            if tier.sku == sku:
                return tier
        raise NotSold(sku=sku, currency=currency)

    def smtp_year(self, currency: str) -> SmtpYear:
        """The year of SMTP access in a currency. Raises NotSold."""
        for year in self.smtp:
            if year.currency == currency:
                return year
        raise NotSold(sku="smtp", currency=currency)

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
    reader = Reader(data, "")
    catalogue = Catalogue(
        version=reader.take("version", TEXT),
        currencies=tuple(reader.take("currencies", CURRENCIES) or ()),
        packs=tuple(_pack(part) for part in reader.tables("packs")),
        taxes=tuple(_tax(part) for part in reader.tables("taxes")),
        tiers=tuple(_tier(part) for part in reader.tables("tiers", 0)),
        smtp=tuple(_smtp_year(part) for part in reader.tables("smtp", 0)),
    )
    mistakes = reader.done() or _contradictions(catalogue)
    if mistakes:
        raise CatalogueUnusable(mistakes)
    return catalogue


def _pack(reader: Reader) -> Pack:
    pack = Pack(
        **_price(reader),
        credits=reader.take("credits", whole(1)),
        featured=reader.take("featured", FLAG, False),
    )
    reader.done()
    return pack


def _tier(reader: Reader) -> Tier:
    tier = Tier(**_price(reader), contacts=reader.take("contacts", whole(1)))
    reader.done()
    return tier


def _smtp_year(reader: Reader) -> SmtpYear:
    year = SmtpYear(**_price(reader))
    reader.done()
    return year


def _price(reader: Reader) -> dict[str, Any]:
    return {
        "sku": reader.take("sku", SKU),
        "currency": reader.take("currency", CURRENCY),
        "net_minor": reader.take("net_minor", whole(1)),
    }


def _tax(reader: Reader) -> TaxRule:
    rule = TaxRule(
        category=reader.take("category", CATEGORY),
        basis_points=reader.take("basis_points", whole(0, BASIS_POINTS)),
        countries=tuple(reader.take("countries", COUNTRIES, [])),
    )
    reader.done()
    return rule


def _contradictions(catalogue: Catalogue) -> list[str]:
    mistakes = [
        *_repeated("packs", catalogue.packs, catalogue),
        *_repeated("tiers", catalogue.tiers, catalogue),
        *_repeated("smtp", catalogue.smtp, catalogue),
    ]
    for currency in catalogue.currencies:
        if not catalogue.packs_in(currency):
            mistakes.append(f"currencies: no pack is sold in {currency}")
        mistakes.extend(_steps(catalogue, currency))
        if catalogue.smtp and [y.currency for y in catalogue.smtp].count(currency) != 1:
            mistakes.append(f"smtp: {currency} must have one year, and no other")
    general = [
        number for number, rule in enumerate(catalogue.taxes, 1) if not rule.countries
    ]
    if general != [len(catalogue.taxes)]:
        mistakes.append("taxes: the last rule, and no other, must name no countries")
    return mistakes


def _repeated(
    name: str, offers: Sequence[Offer], catalogue: Catalogue
) -> Iterator[str]:
    seen: set[tuple[str, str]] = set()
    for number, offer in enumerate(offers):
        if offer.currency not in catalogue.currencies:
            yield f"{name}[{number}].currency: {offer.currency} is not listed"
        if (offer.sku, offer.currency) in seen:
            yield f"{name}[{number}].sku: {offer.sku} was there before"
        seen.add((offer.sku, offer.currency))


def _steps(catalogue: Catalogue, currency: str) -> Iterator[str]:
    """A change to a bigger tier is charged at once, so that it must cost more."""
    tiers = catalogue.tiers_in(currency)
    if catalogue.tiers and not tiers:
        yield f"tiers: none is sold in {currency}"
    for smaller, bigger in pairwise(tiers):
        grows = smaller.contacts < bigger.contacts
        if not grows or smaller.net_minor >= bigger.net_minor:
            yield (
                f"tiers: in {currency}, {bigger.sku} must be for more contacts"
                f" than {smaller.sku} and cost more"
            )
