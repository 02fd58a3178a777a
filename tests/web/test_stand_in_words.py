"""The checkout page's words in two languages, and money as each of them writes it."""

from __future__ import annotations

import string

import pytest

from web.stand_in.words import (
    DECLINES,
    PAGE,
    decline_message,
    money,
    spaced,
    spoken,
    word,
)

NARROW = "\u202f"
NO_BREAK = "\u00a0"


@pytest.mark.parametrize(
    ("minor", "currency", "english", "french"),
    [
        (123450, "eur", "€1,234.50", f"1{NARROW}234,50{NO_BREAK}€"),
        (5, "eur", "€0.05", f"0,05{NO_BREAK}€"),
        (500, "jpy", "¥500", f"500{NO_BREAK}¥"),
        (1_234_567, "kwd", f"KWD{NO_BREAK}1,234.567",
         f"1{NARROW}234,567{NO_BREAK}KWD"),
        (100, "cad", "CA$1.00", f"1,00{NO_BREAK}CA$"),
        (100, "chf", f"CHF{NO_BREAK}1.00", f"1,00{NO_BREAK}CHF"),
    ],
    ids=["thousands", "cents", "jpy", "kwd", "cad", "chf"],
)  # fmt: skip
def test_money_is_written_as_each_language_does(
    minor: int, currency: str, english: str, french: str
) -> None:
    assert money(minor, currency, "en") == english
    assert money(minor, currency, "fr") == french


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        (["fr-CA", "en"], "fr"),
        (["de", "FR"], "fr"),
        (["de", "it"], "en"),
        (["en-GB", "fr"], "en"),
        ([], "en"),
    ],
    ids=["first", "second", "neither", "english", "none"],
)
def test_the_first_language_that_both_speak_is_taken(
    wanted: list[str], language: str
) -> None:
    assert spoken(wanted) == language


@pytest.mark.parametrize("key", PAGE)
def test_both_languages_leave_the_same_gaps_to_fill(key: str) -> None:
    gaps = [{g[1] for g in string.Formatter().parse(said)} for said in PAGE[key]]
    assert gaps[0] == gaps[1]


def test_what_is_put_into_a_sentence_is_not_read_as_a_gap() -> None:
    assert word("back", "en", host="{amount}") == "Back to {amount}"


def test_french_signs_never_begin_a_line() -> None:
    for key in PAGE:
        said = spaced(PAGE[key][1], "fr")
        assert " ;" not in said
        assert " :" not in said
    assert spaced("Error : x ; y", "en") == "Error : x ; y"


@pytest.mark.parametrize("code", [None, "", "do_not_honor", "__class__"])
def test_a_decline_that_nobody_knows_reads_as_a_plain_one(code: str | None) -> None:
    plain = DECLINES["generic_decline"]
    assert decline_message(code, "en") == plain[0]
    assert decline_message(code, "fr") == spaced(plain[1], "fr")


def test_every_decline_says_that_nothing_was_charged() -> None:
    for english, french in DECLINES.values():
        assert "othing was charged" in english
        assert "ien n’a été débité" in french


def test_each_word_is_said_in_the_language_that_was_asked_for() -> None:
    assert word("pay", "en", amount="€5") == "Pay €5"
    assert word("pay", "fr", amount="5 €") == "Payer 5 €"
    for key, (english, french) in PAGE.items():
        gaps = {g[1]: "x" for g in string.Formatter().parse(english) if g[1]}
        assert word(key, "en", **gaps) == english.format(**gaps)
        assert word(key, "fr", **gaps) == spaced(french, "fr").format(**gaps)
