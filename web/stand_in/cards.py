"""The test cards one can pay with, and what their bank answers."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime


@dataclass(frozen=True)
class Card:
    """A known test number; `code` and `decline_code` only where the bank declines."""

    number: str
    brand: str
    code: str | None = None
    decline_code: str | None = None
    asks_3d_secure: bool = False
    fails_later: bool = False
    """Whether it cannot be charged again without its holder."""

    @property
    def last4(self) -> str:
        return self.number[-4:]


CARDS = {
    card.number: card
    for card in (
        Card("4242424242424242", "visa"),
        Card("4000056655665556", "visa"),
        Card("5555555555554444", "mastercard"),
        Card("378282246310005", "amex"),
        Card("4000000000000002", "visa", "card_declined", "generic_decline"),
        Card("4000000000009995", "visa", "card_declined", "insufficient_funds"),
        Card("4000000000009987", "visa", "card_declined", "lost_card"),
        Card("4000000000000069", "visa", "expired_card", "expired_card"),
        Card("4000000000000127", "visa", "incorrect_cvc", "incorrect_cvc"),
        Card("4000000000000119", "visa", "processing_error", "processing_error"),
        Card("4000002500003155", "visa", asks_3d_secure=True),
        Card("4000002760003184", "visa", asks_3d_secure=True, fails_later=True),
        Card("4000000000000341", "visa", fails_later=True),
        Card(
            "4000008260003178",
            "visa",
            "card_declined",
            "insufficient_funds",
            asks_3d_secure=True,
        ),
    )
}
NOT_A_TEST_CARD = ("card_declined", "test_mode_live_card")

SHOWN = (
    ("4242424242424242", "pays"),
    ("4000000000000002", "generic_decline"),
    ("4000000000009995", "insufficient_funds"),
    ("4000000000000069", "expired_card"),
    ("4000002500003155", "3d_secure"),
    ("4000000000000341", "fails_later"),
)
"""The numbers listed on the page, with the word for what each does."""

BRANDS = (("4", "visa"), ("5", "mastercard"), ("3", "amex"))


def digits(typed: str) -> str:
    """What was typed without the spaces and hyphens people put between digits."""
    return re.sub(r"[\s\u00a0\u202f-]", "", typed)


def card_of(number: str) -> Card:
    """The test card of this number; any other number is declined."""
    brand = next((name for first, name in BRANDS if number.startswith(first)), "visa")
    return CARDS.get(number) or Card(number, brand, *NOT_A_TEST_CARD)


def off_session(card: Card) -> Card | None:
    """The card as it declines a charge without its holder; None where it pays."""
    if card.fails_later and card.asks_3d_secure:
        code = "authentication_required"
        return replace(card, code=code, decline_code=code)
    if card.fails_later:
        return replace(card, code="card_declined", decline_code="generic_decline")
    return card if card.code else None


def well_formed(number: str) -> bool:
    """Whether the number has a card's length and its check digit is right."""
    if not re.fullmatch(r"[0-9]{12,19}", number):
        return False
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def expiry_of(typed: str) -> tuple[int, int] | None:
    """Month and four-digit year of `12/34` and its like, or None."""
    found = re.fullmatch(r"\s*([0-9]{1,2})\s*/?\s*([0-9]{2}|20[0-9]{2})\s*", typed)
    if found is None or not 1 <= int(found[1]) <= 12:
        return None
    return int(found[1]), 2000 + int(found[2]) % 100


def is_past(expiry: tuple[int, int], now: int) -> bool:
    """Whether the card's last month is over at `now`, in seconds since 1970."""
    today = datetime.fromtimestamp(now, UTC)
    return (expiry[1], expiry[0]) < (today.year, today.month)
