"""Receipts in any script, shaped and set by typst from the fonts in `fonts/`.

The texts are handed over as data, never as source, and the only folder that the
compiler may read holds nothing but fonts. PDF/A and PDF/UA are demanded of every
file: the compiler then refuses a character without a glyph instead of drawing an
empty box.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import Lock

import typst

from projections.font_coverage import characters_of
from projections.receipt_sheet import Sheet, texts

VERSION = version("typst")

_FONTS = Path(__file__).with_name("fonts")
_TEMPLATE = Path(__file__).with_name("receipt.typ")
_STANDARDS: list[typst.PDFStandard] = ["a-3a", "ua-1"]

_FAMILIES = (
    "Noto Sans",
    "Noto Sans Arabic",
    "Noto Sans Armenian",
    "Noto Sans Bengali",
    "Noto Sans Devanagari",
    "Noto Sans Ethiopic",
    "Noto Sans Georgian",
    "Noto Sans Gujarati",
    "Noto Sans Gurmukhi",
    "Noto Sans Hebrew",
    "Noto Sans Kannada",
    "Noto Sans Khmer",
    "Noto Sans Lao",
    "Noto Sans Malayalam",
    "Noto Sans Myanmar",
    "Noto Sans Oriya",
    "Noto Sans Sinhala",
    "Noto Sans Tamil",
    "Noto Sans Telugu",
    "Noto Sans Thaana",
    "Noto Sans Thai",
)
_JAPANESE = ("Noto Sans CJK JP", "Noto Sans CJK SC")
_CHINESE = ("Noto Sans CJK SC", "Noto Sans CJK JP")
_LAST = ("Noto Sans CJK KR", "Noto Sans Math", "Noto Sans Symbols2", "Noto Emoji")
_KANA = range(0x3041, 0x3100)

# What these draw is a change of their neighbours, so no font need have them.
_INVISIBLE = frozenset("\u200c\u200d\u200e\u200f\u061c\ufe0e\ufe0f")

_UNDRAWN = re.compile('the text `"(.+?)"` could not be displayed')

_compiling = Lock()


@dataclass(eq=False)
class NoGlyph(Exception):  # noqa: N818 - it says what was missing
    """A text that cannot be drawn, though the fonts have each of its characters."""

    text: str


@cache
def _compiler() -> typst.Compiler:
    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(_FONTS)],
    )
    return typst.Compiler(root=_FONTS, font_paths=fonts)


@cache
def _template() -> bytes:
    return _TEMPLATE.read_bytes()


@cache
def _alphabet() -> frozenset[str]:
    files = sorted(_FONTS.glob("Noto*"))
    return _INVISIBLE.union(*(characters_of(file.read_bytes()) for file in files))


def foreign(part: Sheet | str) -> set[str]:
    """The characters of a sheet or of a text that this writer cannot draw."""
    return set("".join(texts(part))) - _alphabet()


def write(sheet: Sheet, issued_at: datetime) -> bytes:
    """The PDF of a sheet; raises `NoGlyph` rather than draw an empty box."""
    inputs = {
        "sheet": json.dumps(asdict(sheet)),
        "families": json.dumps([*_FAMILIES, *_han(sheet), *_LAST]),
    }
    with _compiling:
        try:
            pdf = _compiler().compile(
                _template(),
                format="pdf",
                sys_inputs=inputs,
                pdf_standards=_STANDARDS,
                timestamp=issued_at.astimezone(UTC),
            )
        except typst.TypstError as error:
            undrawn = _UNDRAWN.search(error.message)
            if undrawn is None:
                raise
            raise NoGlyph(undrawn[1]) from error
    assert isinstance(pdf, bytes)
    return pdf


def _han(sheet: Sheet) -> tuple[str, ...]:
    """Japanese forms of shared ideographs if the buyer reads Japanese, else Chinese."""
    kana = any(ord(character) in _KANA for character in "".join(texts(sheet)))
    return _JAPANESE if kana or sheet.buyer_country == "JP" else _CHINESE
