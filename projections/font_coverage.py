"""Which characters a font has, read from its own character map."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_BY_SEGMENT, _BY_GROUP = 4, 12
_LOOKED_UP = 0xFFFF
_SURROGATES = range(0xD800, 0xE000)


def characters_of(font: bytes) -> frozenset[str]:
    """The characters of a TrueType or OpenType font that have a glyph of their own."""
    table = _table(font, b"cmap")
    (count,) = struct.unpack_from(">H", table, 2)
    codes: set[int] = set()
    for index in range(count):
        (offset,) = struct.unpack_from(">L", table, 4 + 8 * index + 4)
        (layout,) = struct.unpack_from(">H", table, offset)
        if layout == _BY_SEGMENT:
            codes.update(_segments(table[offset:]))
        elif layout == _BY_GROUP:
            codes.update(_groups(table[offset:]))
    return frozenset(chr(code) for code in codes if code not in _SURROGATES)


def _table(font: bytes, tag: bytes) -> bytes:
    (count,) = struct.unpack_from(">H", font, 4)
    for index in range(count):
        name, _, offset, length = struct.unpack_from(">4sLLL", font, 12 + 16 * index)
        if name == tag:
            return font[offset : offset + length]
    raise LookupError(tag)


def _segments(table: bytes) -> Iterator[int]:
    (doubled,) = struct.unpack_from(">H", table, 6)
    for at in range(14, 14 + doubled, 2):
        (end,) = struct.unpack_from(">H", table, at)
        (start,) = struct.unpack_from(">H", table, at + doubled + 2)
        (delta,) = struct.unpack_from(">H", table, at + 2 * doubled + 2)
        here = at + 3 * doubled + 2
        (shift,) = struct.unpack_from(">H", table, here)
        for code in range(start, min(end, _LOOKED_UP - 1) + 1):
            glyph = code
            if shift:
                (glyph,) = struct.unpack_from(
                    ">H", table, here + shift + 2 * (code - start)
                )
            if (glyph and shift) or (not shift and (glyph + delta) & 0xFFFF):
                yield code


def _groups(table: bytes) -> Iterator[int]:
    (count,) = struct.unpack_from(">L", table, 12)
    for index in range(count):
        first, last, glyph = struct.unpack_from(">LLL", table, 16 + 12 * index)
        yield from (code for code in range(first, last + 1) if glyph + code - first)
