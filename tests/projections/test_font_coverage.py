"""A font's own word on what it can draw."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from reportlab.pdfbase.ttfonts import TTFontFile  # type: ignore[import-untyped]

import projections
from projections.font_coverage import characters_of

FONTS = Path(projections.__file__).with_name("fonts")


@pytest.mark.parametrize(
    "file", sorted(FONTS.glob("*.ttf")), ids=lambda file: file.stem
)
def test_another_reader_finds_the_same_characters(file: Path) -> None:
    found = TTFontFile(str(file)).charToGlyph
    expected = {chr(code) for code, glyph in found.items() if glyph}
    assert characters_of(file.read_bytes()) == expected


def test_the_ideograph_font_has_what_its_coding_has() -> None:
    font = characters_of((FONTS / "NotoSansCJKsc-Regular.otf").read_bytes())
    assert {chr(code) for code in range(0x4E00, 0x9FA6)} <= font
    assert "\U00020bb7" not in font


def test_a_file_without_a_character_map_is_no_font() -> None:
    with pytest.raises(LookupError):
        characters_of(struct.pack(">LHHHH", 0x00010000, 0, 0, 0, 0))
