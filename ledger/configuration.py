"""Reading configuration: every mistake in it is found, and named by its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ledger.money import EXPONENTS

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


class Reader:
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

    def tables(self, key: str, least: int = 1) -> list[Reader]:
        value = self.rest.pop(key, [])
        if not isinstance(value, list) or len(value) < least:
            self.mistakes.append(f"{self.place}{key}: expected at least one table")
            return []
        return [
            Reader(table, f"{self.place}{key}[{number}].", self.mistakes)
            for number, table in enumerate(value)
        ]

    def done(self) -> list[str]:
        self.mistakes.extend(f"{self.place}{key}: is not known" for key in self.rest)
        return self.mistakes
