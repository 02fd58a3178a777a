"""The writer for Latin, Greek and Cyrillic letters."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import projections
from projections import receipt_reportlab
from projections.font_coverage import characters_of
from projections.receipt_sheet import sheet_of
from tests.projections.receipt_samples import PLAIN, SAMPLES, with_lines

FONTS = Path(projections.__file__).with_name("fonts")


def test_its_alphabet_has_a_glyph_in_both_weights() -> None:
    everything = "".join(map(chr, range(0x20, 0x30000)))
    alphabet = set(everything) - receipt_reportlab.foreign(everything)
    assert alphabet > set("AZaz09€ŚłØřŒΩωЖйіїẞ№−’…\u202f\u00a0")
    for weight in ("Regular", "Bold"):
        font = (FONTS / f"NotoSans-{weight}.ttf").read_bytes()
        assert alphabet <= characters_of(font)


def test_marks_that_must_be_placed_and_controls_are_foreign_to_it() -> None:
    assert receipt_reportlab.foreign("a\u0303\u200d\n") == {"\u0303", "\u200d", "\n"}


def test_streams_stand_uncompressed_in_the_file() -> None:
    pdf = receipt_reportlab.write(sheet_of(PLAIN), PLAIN.issued_at)
    assert b"/Filter" not in pdf
    assert b"Helvetica" not in pdf


def test_threads_do_not_disturb_each_other() -> None:
    many = [with_lines(3), SAMPLES["greek"], SAMPLES["cyrillic"], PLAIN] * 6

    def write(index: int) -> bytes:
        frozen = many[index]
        return receipt_reportlab.write(sheet_of(frozen), frozen.issued_at)

    alone = [write(index) for index in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(write, range(len(many)))) == alone * 6
