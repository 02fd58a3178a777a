"""How a domain's signing keys stand, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from web import formats
from web.words import current_language, current_zone, gettext

NUMBERS = {"dm1": "1", "dm2": "2"}
"""Selectors as the page numbers the signatures that lead to them."""


class Key(Protocol):
    """A key as far as it is told of."""

    @property
    def state(self) -> str:
        """Where it is in its life."""

    @property
    def since(self) -> datetime:
        """Since when it is there."""


def key_words(keys: Mapping[str, Key]) -> list[str]:
    """Return a sentence for each key, none for one that was removed."""
    told = (_words(NUMBERS[one], keys[one]) for one in sorted(keys))
    return [sentence for sentence in told if sentence]


def _words(number: str, key: Key) -> str:
    day = formats.day_text(key.since, current_language(), current_zone())
    values = {"number": number, "date": day}
    if key.state == "active":
        return gettext("Key %(number)s has signed since %(date)s.", **values)
    if key.state == "staged":
        return gettext(
            "Key %(number)s has been published since %(date)s, and signs when it is its"
            " turn.",
            **values,
        )
    if key.state == "retiring":
        return gettext(
            "Key %(number)s has not signed since %(date)s. It stays published for a"
            " while, so that mail on its way still passes.",
            **values,
        )
    if key.state == "revoked":
        return gettext(
            "Key %(number)s was withdrawn on %(date)s.",
            **values,
        )
    return ""
