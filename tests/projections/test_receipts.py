"""A receipt is a function from what was frozen to bytes, whatever the machine."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pypdf
import pytest

from ledger.receipts import Printed
from projections.receipts import (
    SHAPING,
    SIMPLE,
    Frozen,
    Unprintable,
    WriterGone,
    frozen_of,
    receipt_pdf,
    unprintable,
    writer_for,
)
from tests.projections.receipt_samples import (
    ARABIC,
    BUYER,
    CREDITS,
    GREEK,
    HOSTILE,
    HOSTILE_COMPANY,
    HOSTILE_NAME,
    JAPANESE,
    PLAIN,
    SAMPLES,
    SELLER,
    sold_to,
    with_lines,
)

ROOT = Path(__file__).parents[2]
GOLDEN = json.loads(
    Path(__file__).with_name("golden").joinpath("receipts.json").read_text()
)

# Another zlib level, no C accelerator, other defaults: none may reach the bytes.
ODD_MACHINE = """
import sys, zlib
plain = zlib.compress
zlib.compress = lambda data, *args, **kwargs: plain(data, 1)
zlib.Z_DEFAULT_COMPRESSION = 1
sys.modules["rl_accel"] = None
sys.modules["_rl_accel"] = None
"""
PRINT_ALL = """
import hashlib, json, reportlab.lib.rl_accel
from projections.receipts import receipt_pdf
from tests.projections.receipt_samples import SAMPLES
hashes = {n: hashlib.sha256(receipt_pdf(f)).hexdigest() for n, f in SAMPLES.items()}
print(json.dumps(hashes))
"""


def text_of(pdf: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return "\n".join(page.extract_text() for page in pages)


def words_of(pdf: bytes) -> str:
    return " ".join(text_of(pdf).split())


@pytest.mark.parametrize("name", SAMPLES)
def test_each_sample_has_the_writer_and_the_bytes_it_always_had(name: str) -> None:
    frozen = SAMPLES[name]
    sha256 = hashlib.sha256(receipt_pdf(frozen)).hexdigest()
    assert GOLDEN[name] == {"writer": writer_for(frozen), "sha256": sha256}


@pytest.mark.parametrize("time_zone", ["Pacific/Kiritimati", "America/St_Johns"])
def test_an_odd_machine_writes_the_same_bytes(tmp_path: Path, time_zone: str) -> None:
    (tmp_path / "sitecustomize.py").write_text(ODD_MACHINE)
    odd = {
        "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}",
        "PYTHONHASHSEED": str(len(time_zone)),
        "PYTHONUTF8": "0",
        "LC_ALL": "C",
        "TZ": time_zone,
        "SOURCE_DATE_EPOCH": "1",
        "RL_pageCompression": "1",
        "RL_ttfAsciiReadable": "1",
        "RL_canvas_basefontname": "Courier",
        "HOME": str(tmp_path),
    }
    command = [sys.executable, "-c", PRINT_ALL]
    said = subprocess.check_output(command, env=odd, cwd=tmp_path)
    assert json.loads(said) == {name: each["sha256"] for name, each in GOLDEN.items()}


def test_another_frozen_moment_is_another_document() -> None:
    later = replace(PLAIN, issued_at=PLAIN.issued_at + timedelta(seconds=1))
    assert receipt_pdf(later) != receipt_pdf(PLAIN)


def test_latin_greek_and_cyrillic_are_written_by_reportlab() -> None:
    names = ("en", "fr", "credit-note", "greek", "cyrillic", "hostile")
    assert {writer_for(SAMPLES[name]) for name in names} == {SIMPLE}


def test_any_other_script_and_stacked_accents_are_shaped_by_typst() -> None:
    assert writer_for(ARABIC) == SHAPING
    assert writer_for(JAPANESE) == SHAPING
    assert writer_for(sold_to(name="q\u0303")) == SHAPING


def test_decomposed_letters_print_as_the_composed_ones() -> None:
    composed, decomposed = sold_to(name="Zoé"), sold_to(name="Zoe\u0301")
    assert receipt_pdf(decomposed) == receipt_pdf(composed)


def test_the_recorded_writer_may_be_asked_for_by_name() -> None:
    assert receipt_pdf(GREEK, SIMPLE) == receipt_pdf(GREEK)
    assert receipt_pdf(GREEK, SHAPING) != receipt_pdf(GREEK)


def test_a_writer_that_is_not_installed_is_refused_by_name() -> None:
    with pytest.raises(WriterGone) as refusal:
        receipt_pdf(PLAIN, "reportlab-4.0.0/receipt-1")
    assert refusal.value.writer == "reportlab-4.0.0/receipt-1"


def test_a_character_without_a_glyph_is_named_and_never_an_empty_box() -> None:
    for name in ("Ann \ue000", "Ann \x07", "Ann \U00020bb7"):
        with pytest.raises(Unprintable) as refusal:
            receipt_pdf(sold_to(name=name))
        assert refusal.value.characters == name[-1]


def test_a_writer_that_lacks_a_character_does_not_leave_it_out() -> None:
    with pytest.raises(Unprintable, match="حسن") as refusal:
        receipt_pdf(sold_to(name="حسن", company=None), SIMPLE)
    assert set(refusal.value.characters) == set("حسن")


def test_a_form_can_ask_beforehand_what_would_not_print() -> None:
    assert unprintable("Ελένη & 髙橋 ليلى 👩‍💻\u200b") == ""
    assert unprintable("A\ue000B\U00020bb7") == "\ue000\U00020bb7"


@pytest.mark.parametrize("writer", [SIMPLE, SHAPING])
def test_every_field_can_be_read_back(writer: str) -> None:
    said = words_of(receipt_pdf(PLAIN, writer))
    for part in (
        *("Receipt", "2026-000187", "1187", "3 Nov 2026", "2 Nov 2026"),
        *("Hollis Mailing SAS", "12 rue des Tilleuls", "75011 Paris"),
        *("RCS Paris 123 456 789", "VAT number FR00123456789"),
        *("Helen Gray", "Hollis & Gray Printmakers", "14 rue des Graveurs"),
        *("2nd floor", "69001 Lyon", "France", "VAT number FR00987654321"),
        *("helen@hollisgray.example", "Visa ending 4242", "E-mail credits"),
        *("10,000", "€0.0075", "€75.00", "Total paid", "Page 1 of 1"),
        "Reverse charge: the recipient accounts for the tax.",
    ):
        assert part in said


@pytest.mark.parametrize("writer", [SIMPLE, SHAPING])
def test_markup_and_code_print_as_they_were_typed(writer: str) -> None:
    said = words_of(receipt_pdf(HOSTILE, writer))
    assert HOSTILE_NAME in said
    assert HOSTILE_COMPANY in said
    assert "root:" not in said


@pytest.mark.parametrize("writer", [SIMPLE, SHAPING])
def test_forty_lines_take_two_pages_with_the_heads_on_both(writer: str) -> None:
    pdf = receipt_pdf(with_lines(40), writer)
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    assert [("Unit price" in page) for page in pages] == [True, True]
    assert ["Page 1 of 2" in pages[0], "Page 2 of 2" in pages[1]] == [True, True]
    assert all(f"Campaign {n}." in "\n".join(pages) for n in range(1, 41))
    assert "€3,000.00" in pages[1]
    assert "Total paid" not in pages[0]


@pytest.mark.parametrize("name", SAMPLES)
def test_only_our_own_fonts_are_used_and_each_is_embedded(name: str) -> None:
    pdf = pypdf.PdfReader(io.BytesIO(receipt_pdf(SAMPLES[name])))
    fonts = [f.get_object() for page in pdf.pages for f in fonts_of(page).values()]
    assert fonts
    for font in fonts:
        font = font.get("/DescendantFonts", [font])[0].get_object()
        assert "Noto" in font["/BaseFont"]
        assert {"/FontFile2", "/FontFile3"} & set(font["/FontDescriptor"])


def fonts_of(page: pypdf.PageObject) -> pypdf.generic.DictionaryObject:
    fonts = page["/Resources"]["/Font"]  # type: ignore[index]
    assert isinstance(fonts, pypdf.generic.DictionaryObject)
    return fonts


def test_the_document_is_dated_named_and_labelled_by_its_content() -> None:
    for writer in (SIMPLE, SHAPING):
        pdf = pypdf.PdfReader(io.BytesIO(receipt_pdf(PLAIN, writer)))
        assert pdf.metadata is not None
        assert pdf.metadata.title == "Receipt 2026-000187"
        assert pdf.metadata.creation_date == PLAIN.issued_at
        assert str(pdf.root_object["/Lang"]) == "en"


@pytest.mark.skipif(not shutil.which("qpdf"), reason="qpdf is not installed")
@pytest.mark.parametrize("name", ["taxed", "forty-lines", "many-scripts"])
def test_a_strict_reader_finds_nothing_to_say(name: str, tmp_path: Path) -> None:
    (tmp_path / "receipt.pdf").write_bytes(receipt_pdf(SAMPLES[name]))
    subprocess.check_output(["qpdf", "--check", tmp_path / "receipt.pdf"])


def printed() -> Printed:
    facts: dict[str, Any] = {
        "series": "2026",
        "year": 2026,
        "sequence": 187,
        "number": "2026-000187",
        "kind": 380,
        "refers_to": None,
        "order_number": 1187,
        "issued_at": PLAIN.issued_at,
        "language": "en",
        "currency": "EUR",
        "seller": {**SELLER, "vat_number": SELLER["vat_id"], "notes": []},
        "buyer": BUYER,
        "lines": [{**CREDITS, "service_from": None, "service_until": None}],
        "totals": {"net_minor": 7_500, "tax_minor": 0, "total_minor": 7_500},
        "payment_label": "Visa ending 4242",
        "paid_at": PLAIN.paid_at,
    }
    return cast(Printed, facts)


def test_what_the_ledger_froze_prints_as_its_primitives_do() -> None:
    assert receipt_pdf(frozen_of(printed())) == receipt_pdf(PLAIN)


def test_a_ledgers_credit_note_names_the_receipt_and_its_period_has_days() -> None:
    start, until = (datetime(2026, month, 3, tzinfo=UTC) for month in (11, 12))
    facts = printed()
    facts["refers_to"] = {
        "receipt_id": UUID(int=1),
        "number": "2026-000100",
        "issued_at": start,
    }
    facts["lines"][0] |= {"service_from": start, "service_until": until}
    said = words_of(receipt_pdf(frozen_of(facts)))
    assert "For receipt 2026-000100" in said
    assert "3 Nov 2026 to 3 Dec 2026" in said


def test_an_erased_buyer_leaves_a_receipt_that_still_prints() -> None:
    facts = printed()
    facts["buyer"] = facts["payment_label"] = None
    frozen: Frozen = frozen_of(facts)
    said = words_of(receipt_pdf(frozen))
    assert "Billed to" in said
    assert "Helen" not in said
    assert "€75.00" in said
