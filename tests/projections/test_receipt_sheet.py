"""What stands on a receipt, in words, before anybody draws."""

from __future__ import annotations

from dataclasses import replace

from projections.receipt_sheet import clean, sheet_of, texts
from tests.projections.receipt_samples import (
    CREDIT_NOTE,
    CREDITS,
    FRENCH,
    PLAIN,
    SELLER,
    TAXED,
    sold_to,
)


def test_a_reverse_charge_has_a_note_and_no_line_of_tax() -> None:
    english, french = sheet_of(PLAIN), sheet_of(FRENCH)
    assert english.sums == ()
    assert english.heads == ("Description", "Quantity", "Unit price", "Amount")
    assert "Reverse charge" in english.notes[0]
    assert "Autoliquidation" in french.notes[0]
    assert not any("VAT 0" in text or "VAT at" in text for text in texts(english))


def test_taxes_are_added_up_by_rate_and_shown_on_each_line() -> None:
    sheet = sheet_of(TAXED)
    assert sheet.sums == (
        ("Net total", "€124.00"),
        ("VAT 20% on €75.00", "€15.00"),
        ("VAT 5.5% on €49.00", "€2.70"),
    )
    assert sheet.total == ("Total paid", "€141.70")
    assert [row.cells[2] for row in sheet.rows] == ["€15.00 (20%)", "€2.70 (5.5%)"]
    assert sheet.notes == ()


def test_two_lines_at_one_rate_are_one_sum() -> None:
    doubled = replace(TAXED, lines=[TAXED.lines[0], TAXED.lines[0]])
    assert sheet_of(doubled).sums[1:] == (("VAT 20% on €150.00", "€30.00"),)


def test_without_tax_and_reverse_charge_the_receipt_says_that_none_is_charged() -> None:
    lines = [{**CREDITS, "tax_category": "O"}]
    assert sheet_of(replace(PLAIN, lines=lines)).notes == ("No VAT is charged.",)


def test_a_credit_note_names_its_receipt_and_is_negative() -> None:
    sheet = sheet_of(CREDIT_NOTE)
    assert sheet.title == "Credit note"
    assert ("For receipt", "2026-000187") in sheet.facts
    assert sheet.rows[0].cells == ("\u22122,667", "€0.0075", "\u2212€20.00")
    assert sheet.total == ("Total refunded", "\u2212€20.00")
    assert sheet_of(replace(CREDIT_NOTE, language="fr")).title == "Avoir"


def test_a_credit_note_frozen_with_negative_amounts_reads_the_same() -> None:
    line = {**CREDIT_NOTE.lines[0], "net_minor": -2_000, "quantity": -2_667}
    frozen = replace(CREDIT_NOTE, lines=[line], net_minor=-2_000, total_minor=-2_000)
    assert sheet_of(frozen) == sheet_of(CREDIT_NOTE)


def test_a_service_period_ends_on_its_last_day() -> None:
    assert [row.below for row in sheet_of(TAXED).rows] == [
        "",
        "3\u00a0Nov\u00a02026 to 2\u00a0Dec\u00a02026",
    ]


def test_what_a_buyer_left_out_leaves_no_gap() -> None:
    bare = dict.fromkeys(("name", "company", "address_lines", "postcode", "city"))
    frozen = sold_to(**bare, country=None, vat_id=None)
    assert sheet_of(frozen).buyer_lines == ("helen@hollisgray.example",)


def test_a_number_for_tax_is_found_under_either_name() -> None:
    frozen = sold_to(vat_id=None, vat_number="FR1", siren="123456789")
    lines = sheet_of(frozen).buyer_lines
    assert lines[-3:] == (
        "SIREN 123456789",
        "VAT number FR1",
        "helen@hollisgray.example",
    )


def test_the_sellers_own_notes_follow() -> None:
    frozen = replace(PLAIN, seller={**SELLER, "notes": ["No discount.", "Thanks."]})
    assert sheet_of(frozen).notes[1:] == ("No discount.", "Thanks.")


def test_what_prints_nothing_is_left_out_but_joiners_stay() -> None:
    assert clean(" A\tB\u2028C\u200b\u202e  D\ufeff ") == "A B C D"
    assert clean("Zoe\u0301") == "Zoé"
    assert clean("می\u200cخواهم") == "می\u200cخواهم"
    assert clean("10\u202f000\u00a0€") == "10\u202f000\u00a0€"
