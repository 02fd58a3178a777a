"""Which passwords would be guessed first."""

from __future__ import annotations

import pytest

from commands import limits
from commands.gateways.blocklist import common, is_common, is_made_of


def test_the_list_holds_thousands_that_are_long_enough_to_be_chosen() -> None:
    found = common()
    assert len(found) > 9_000
    assert min(map(len, found)) >= limits.PASSWORD_CHARACTERS_MIN
    assert all(text == text.casefold() for text in found)


@pytest.mark.parametrize(
    "password",
    [
        "PolniyPizdec0211",
        "1qaz2wsx3edc4rfv",
        "passwordpassword",
        "P@ssw0rdP@ssw0rd!",
        "Password!Password!2026",
        "aaaaabbbbbccccc",
        "abcabcabcabcabc",
        "qwertyuiopasdfghjkl",
        "0987654321098765",
        "mnbvcxzlkjhgfdsa1",
        "letmein-letmein-letmein",
        "azertyuiopqsdfghjklm",
        "Summer2026Summer2026",
    ],
)
def test_what_guessers_try_is_common(password: str) -> None:
    assert is_common(password)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "Il pleut sur Brest",
        "xkXk2-qsP9_w4Zt",
        "my dog eats sunshine",
        "Ἀθηνᾶ γλαυκῶπις θεά",
        "password, but 41 more kettles",
    ],
)
def test_a_sentence_or_chance_is_not(password: str) -> None:
    assert not is_common(password)
    assert not is_made_of(password, ["Ann Smith", "ann.smith", "example"])


@pytest.mark.parametrize(
    "password",
    [
        "ann.smith@example.com",
        "AnnSmithExample1",
        "5m1th 5m1th 5m1th 5",
        "daybook-newsletter",
        "Smith & Daughters 7",
    ],
)
def test_ones_own_words_make_no_password(password: str) -> None:
    words = ["Ann Smith", "ann.smith", "example", "Smith & Daughters"]
    assert is_made_of(password, words)
