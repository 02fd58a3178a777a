"""Receipts in Latin, Greek and Cyrillic letters, drawn by reportlab.

Texts are drawn as they are and never read as markup, so a company may be called
`<img src="/etc/passwd">`; nothing here opens an address or a file that a text names.
"""

from __future__ import annotations

import hashlib
import io
import json
import unicodedata
from dataclasses import astuple
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import Lock

import reportlab  # type: ignore[import-untyped]
from reportlab.lib.colors import HexColor  # type: ignore[import-untyped]
from reportlab.lib.utils import TimeStamp  # type: ignore[import-untyped]
from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]
from reportlab.pdfbase.ttfonts import TTFont  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

from projections.receipt_layout import (
    BOLD,
    HEIGHT,
    REGULAR,
    WIDTH,
    Page,
    Rule,
    pages_of,
)
from projections.receipt_sheet import Sheet, texts

VERSION: str = reportlab.__version__

_FONTS = Path(__file__).with_name("fonts")
_FILES = {REGULAR: "NotoSans-Regular.ttf", BOLD: "NotoSans-Bold.ttf"}

# A font keeps a reading position while it is cut down for a document, so two threads
# cannot use it at the same time.
_drawing = Lock()


@cache
def _fonts() -> dict[str, TTFont]:
    fonts = {}
    for face, file in _FILES.items():
        name = f"receipt-{face}"
        font = TTFont(name, str(_FONTS / file), asciiReadable=0, shapable=False)
        pdfmetrics.registerFont(font)
        assert pdfmetrics.getFont(name) is font, f"another {file} was there before"
        fonts[face] = font
    return fonts


@cache
def _alphabet() -> frozenset[str]:
    """Characters of both weights that stand alone: combining marks need shaping."""
    weights = (font.face.charToGlyph for font in _fonts().values())
    codes = set.intersection(*(set(weight) for weight in weights))
    alphabet = {chr(code) for code in codes if code >= ord(" ")}
    return frozenset(
        each
        for each in alphabet
        if not unicodedata.category(each).startswith(("M", "C"))
    )


def foreign(part: Sheet | str) -> set[str]:
    """The characters of a sheet or of a text that this writer cannot draw."""
    return set("".join(texts(part))) - _alphabet()


def write(sheet: Sheet, issued_at: datetime) -> bytes:
    """The PDF of a sheet whose characters are all in this writer's alphabet."""
    with _drawing:
        fonts = _fonts()
        pages = pages_of(
            sheet, lambda text, face, size: fonts[face].stringWidth(text, size)
        )
        return _drawn(sheet, pages, issued_at)


def _drawn(sheet: Sheet, pages: list[Page], issued_at: datetime) -> bytes:
    sink = io.BytesIO()
    canvas = Canvas(
        sink,
        pagesize=(WIDTH, HEIGHT),
        pageCompression=0,
        invariant=1,
        initialFontName=_fonts()[REGULAR].fontName,
        pdfVersion=(1, 7),
        lang=sheet.language,
    )
    canvas.setTitle(f"{sheet.title} {sheet.number}")
    canvas.setAuthor(sheet.seller_name)
    canvas.setCreator("Daybook")
    canvas.setSubject("")
    canvas.setViewerPreference("DisplayDocTitle", "true")
    _stamp(canvas, sheet, issued_at)
    for page in pages:
        _draw(canvas, page)
        canvas.showPage()
    canvas.save()
    return sink.getvalue()


def _stamp(canvas: Canvas, sheet: Sheet, issued_at: datetime) -> None:
    """Date and name the document after its content, not after the machine's clock."""
    moment = issued_at.astimezone(UTC)
    stamp = TimeStamp(1)
    stamp.t, stamp.lt = moment.timestamp(), moment.timetuple()
    stamp.YMDhms = tuple(moment.timetuple())[:6]
    stamp.dhh = stamp.dmm = 0
    canvas._doc._timeStamp = stamp
    content = json.dumps([moment.isoformat(), astuple(sheet)]).encode()
    name = hashlib.sha256(content).hexdigest()[:32]
    canvas._doc._ID = f"\n[<{name}><{name}>]\n".encode()


def _draw(canvas: Canvas, page: Page) -> None:
    fonts = _fonts()
    for mark in page.marks:
        if isinstance(mark, Rule):
            canvas.setStrokeColor(HexColor(mark.colour))
            canvas.setLineWidth(mark.thickness)
            canvas.line(mark.x, HEIGHT - mark.y, mark.to_x, HEIGHT - mark.to_y)
            continue
        style = mark.style
        canvas.setFont(fonts[style.face].fontName, style.size)
        canvas.setFillColor(HexColor(style.colour))
        canvas.drawString(mark.x, HEIGHT - mark.y, mark.text)
