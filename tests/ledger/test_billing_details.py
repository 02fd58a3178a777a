"""Which texts go on receipts, and in which form."""

from __future__ import annotations

from typing import Any

import pytest

from ledger import billing_details as of
from ledger.refusals import CountryUnknown, Refusal, TextRefused, VatNumberMalformed

GOOD: dict[str, Any] = {
    "name": "Ann",
    "company": "Smith",
    "address_lines": ["1 High Street"],
    "postcode": "75001",
    "city": "Paris",
    "country": "FR",
    "vat_number": "FR40303265045",
}
BAD: dict[str, Any] = {
    "name": " ",
    "company": "x" * 121,
    "address_lines": ["a\tb"],
    "postcode": "1" * 17,
    "city": "\u202eParis",
    "country": "Frankreich",
    "vat_number": "FR1",
}


def test_texts_are_tidied_and_blank_ones_are_none() -> None:
    found = of.billing_details(
        " Zoe\u0308 ", " ", ["", " 1 High Street "], "", None, "fr", "fr 40 303.265-045"
    )
    assert found == {
        "name": "Zoë",
        "company": None,
        "address_lines": ["1 High Street"],
        "postcode": None,
        "city": None,
        "country": "FR",
        "vat_number": "FR40303265045",
    }


def test_what_is_wrong_in_every_way_is_refused_field_by_field() -> None:
    asked = dict(BAD)
    told: list[tuple[type[Refusal], str]] = []
    for field in BAD:
        with pytest.raises(Refusal) as refused:
            of.billing_details(**asked)
        told.append((type(refused.value), getattr(refused.value, "field", field)))
        asked[field] = GOOD[field]
    texts = ["name", "company", "address_lines", "postcode", "city"]
    others = [(CountryUnknown, "country"), (VatNumberMalformed, "vat_number")]
    assert told == [(TextRefused, field) for field in texts] + others
    assert of.billing_details(**asked) == GOOD


def test_six_lines_are_too_many_for_an_address() -> None:
    asked = GOOD | {"address_lines": ["line"] * 6}
    with pytest.raises(TextRefused):
        of.billing_details(**asked)


@pytest.mark.parametrize(
    "typed",
    [
        "a\x00b",
        "a\nb",
        "a\x9bb",
        "\u202eb",
        "a\u2066b",
        "a\u200fb",
        "\ud800",
        "\U000f0000",
    ],
)
def test_characters_that_no_line_of_text_has_are_refused(typed: str) -> None:
    with pytest.raises(TextRefused):
        of.required_text("name", typed)


def test_a_name_that_carries_a_link_is_refused() -> None:
    with pytest.raises(TextRefused):
        of.required_text("name", "win at https://example.com")


@pytest.mark.parametrize("typed", ["A & B <Ltd>", "Ἀθηνᾶ", "山田 太郎", "=cmd()", "😀"])
def test_text_of_any_script_and_with_any_mark_is_kept(typed: str) -> None:
    assert of.required_text("name", typed) == typed


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", None),
        ("example.com", "https://example.com"),
        ("http://example.com/a?b#c", "http://example.com/a?b#c"),
    ],
)
def test_a_website_gets_its_scheme(typed: str, found: str | None) -> None:
    assert of.website_from(typed) == found


@pytest.mark.parametrize(
    "typed", ["javascript://x.y", "ftp://example.com", "a b.com", "http://u@x.y", "x"]
)
def test_what_is_no_page_on_the_web_is_refused(typed: str) -> None:
    with pytest.raises(TextRefused):
        of.website_from(typed)


@pytest.mark.parametrize(
    ("typed", "country", "found"),
    [
        ("DE 123456789", "DE", "DE123456789"),
        ("EL123456789", "GR", "EL123456789"),
        ("NL123456789B01", "BE", "NL123456789B01"),
        ("CHE-116.281.710", "CH", "CHE116281710"),
        ("XI123456789", None, "XI123456789"),
        ("  ", "FR", None),
    ],
)
def test_a_vat_number_has_the_form_of_its_prefix(
    typed: str, country: str | None, found: str | None
) -> None:
    assert of.vat_number_from(typed, country) == found


@pytest.mark.parametrize(
    ("typed", "country"),
    [("123456789", "DE"), ("DE12345678", None), ("123456789", "GR"), ("12;--", "US")],
)
def test_a_vat_number_of_another_form_is_refused(
    typed: str, country: str | None
) -> None:
    with pytest.raises(VatNumberMalformed):
        of.vat_number_from(typed, country)
