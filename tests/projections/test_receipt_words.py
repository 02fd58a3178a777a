"""Words of a receipt: the same in both languages, in number if not in sound."""

from __future__ import annotations

from dataclasses import fields

from projections.receipt_words import ENGLISH, FRENCH, NBSP, Words, country_name


def test_no_word_is_missing_in_either_language() -> None:
    for words in (ENGLISH, FRENCH):
        assert all(getattr(words, field.name) != "" for field in fields(Words))
        assert len(set(words.months)) == 12


def test_patterns_have_the_same_places_in_both_languages() -> None:
    for name in ("tax_at", "vat_number", "siren", "period", "page"):
        places = [
            {part.split("}")[0] for part in getattr(words, name).split("{")[1:]}
            for words in (ENGLISH, FRENCH)
        ]
        assert places[0] == places[1] != set()


def test_a_french_colon_keeps_its_space() -> None:
    assert f"Autoliquidation{NBSP}:" in FRENCH.reverse_charge


def test_a_country_is_named_and_what_is_no_code_stays_as_it_is() -> None:
    assert country_name("DE", ENGLISH) == "Germany"
    assert country_name("de", FRENCH) == "Allemagne"
    assert country_name("Scotland", FRENCH) == "Scotland"
    assert country_name("", ENGLISH) == ""
