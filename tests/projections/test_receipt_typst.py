"""The writer that shapes any script."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

import pypdf
import pytest
from pypdf.generic import ContentStream

from projections import receipt_typst
from projections.receipt_sheet import sheet_of
from tests.projections.receipt_samples import (
    ARABIC,
    JAPANESE,
    MANY_SCRIPTS,
    SAMPLES,
    sold_to,
)


def written(name: str) -> pypdf.PdfReader:
    frozen = SAMPLES[name]
    pdf = receipt_typst.write(sheet_of(frozen), frozen.issued_at)
    return pypdf.PdfReader(io.BytesIO(pdf))


@pytest.mark.parametrize("name", SAMPLES)
def test_no_glyph_drawn_is_the_empty_box(name: str) -> None:
    glyphs = set()
    reader = written(name)
    for page in reader.pages:
        for operands, operator in ContentStream(page["/Contents"], reader).operations:
            shown = operands[0] if operator == b"TJ" else operands
            if operator in (b"Tj", b"TJ"):
                for run in shown:
                    raw = getattr(run, "original_bytes", b"")
                    glyphs |= {raw[i : i + 2] for i in range(0, len(raw), 2)}
    assert len(glyphs) > 30
    assert b"\x00\x00" not in glyphs


def test_a_text_that_cannot_be_drawn_stops_the_writing() -> None:
    frozen = sold_to(name="Ann \ue000")
    with pytest.raises(receipt_typst.NoGlyph):
        receipt_typst.write(sheet_of(frozen), frozen.issued_at)


def test_names_of_every_script_can_be_read_back() -> None:
    said = "".join(page.extract_text() for page in written("many-scripts").pages)
    for part in ("한글", "朱镕基", "👩", "์"):
        assert part in said
    assert "東" not in said
    assert "株式会社ことば印刷" in written("japanese").pages[0].extract_text()


def test_a_word_too_long_is_broken_and_a_usual_address_stays_whole() -> None:
    frozen = sold_to(name="髙橋", email="helen.gray@printmakers.example")
    longer = sold_to(name="髙橋", email="a" * 150 + "@example.org")
    for each, whole in ((frozen, True), (longer, False)):
        pdf = receipt_typst.write(sheet_of(each), each.issued_at)
        said = pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
        assert (each.buyer["email"] in said) is whole
        assert "example" in said.replace("\n", "")


def test_it_has_all_of_these_scripts() -> None:
    alphabet = "Ωж ليلى שלום Հայ ქართ हिन বাং ਪੰ ગુજ ଓଡ଼ தமி తెలు ಕನ್ മല සිං ไทย ລາວ"
    more = "ខ្មែ မြန ኢት ދިވ 髙﨑﨟直骨海 龍龙 朱镕基 喆堃 뷁 ★→☎♥ 👨‍👩‍👧 🇫🇷"
    assert receipt_typst.foreign(alphabet + more) == set()


def test_shared_ideographs_take_the_form_that_the_buyer_reads() -> None:
    chinese, japanese = (
        sold_to(name="直骨", company=None, country=country) for country in ("CN", "JP")
    )
    fonts = [
        receipt_typst.write(sheet_of(frozen), frozen.issued_at)
        for frozen in (chinese, japanese)
    ]
    assert b"NotoSansCJKsc" in fonts[0]
    assert b"NotoSansCJKjp" in fonts[1]


def test_threads_do_not_disturb_each_other() -> None:
    many = [ARABIC, JAPANESE, MANY_SCRIPTS] * 4

    def write(index: int) -> bytes:
        return receipt_typst.write(sheet_of(many[index]), many[index].issued_at)

    alone = [write(index) for index in range(3)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(write, range(len(many)))) == alone * 4
