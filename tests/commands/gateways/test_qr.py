"""That a QR code says its text, and suits a page without inline style.

The code is read as a telephone reads it, from the drawn squares: ISO 18004 by hand,
without correcting errors, because there are none.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.gateways.one_time_codes import provisioning_uri
from commands.gateways.qr import QUIET_ZONE, qr_svg

SVG = "{http://www.w3.org/2000/svg}"
Modules = list[list[bool]]
DATA_BYTES = {
    1: [16],
    2: [28],
    3: [44],
    4: [32, 32],
    5: [43, 43],
    6: [27] * 4,
    7: [31] * 4,
    8: [38, 38, 39, 39],
    9: [36, 36, 36, 37, 37],
    10: [43, 43, 43, 43, 44],
}
"""Of each block at level M, by version."""
ALIGNED = {1: [], 7: [6, 22, 38], 8: [6, 24, 42], 9: [6, 26, 46], 10: [6, 28, 50]}
ALIGNED |= {version: [6, version * 4 + 10] for version in range(2, 7)}
MASKS = (
    lambda y, x: (y + x) % 2,
    lambda y, x: y % 2,
    lambda y, x: x % 3,
    lambda y, x: (y + x) % 3,
    lambda y, x: (y // 2 + x // 3) % 2,
    lambda y, x: y * x % 2 + y * x % 3,
    lambda y, x: (y * x % 2 + y * x % 3) % 2,
    lambda y, x: ((y + x) % 2 + y * x % 3) % 2,
)


def drawn(svg: str) -> Modules:
    """Which units of the picture are black, the quiet zone included."""
    root = ElementTree.fromstring(svg)
    side = int(root.attrib["viewBox"].split()[3])
    path = root[-1].attrib["d"]
    found = [[False] * side for _ in range(side)]
    x = y = 0.0
    for sign, numbers in re.findall(r"([Mmh])([^Mmh]*)", path):
        values = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        if sign == "h":
            for column in range(int(x), int(x + values[0])):
                found[int(y)][column] = True
            x += values[0]
        else:
            x, y = values if sign == "M" else (x + values[0], y + values[1])
    return found


def read(svg: str) -> bytes:
    """Read a code of level M and of bytes, up to version 10."""
    picture = drawn(svg)
    code = [row[QUIET_ZONE:-QUIET_ZONE] for row in picture[QUIET_ZONE:-QUIET_ZONE]]
    size = len(code)
    version = (size - 17) // 4
    told = "".join(str(int(code[8][x])) for x in range(5))
    level, mask = divmod(int(told, 2) ^ 0b10101, 8)
    assert level == 0b00  # M
    bits = "".join(
        str(int(code[y][x] ^ (MASKS[mask](y, x) == 0)))
        for y, x in _path(size)
        if not _is_fixed(version, size, y, x)
    )
    words = [int(bits[at : at + 8], 2) for at in range(0, len(bits) - 7, 8)]
    stream = "".join(f"{word:08b}" for word in _in_order(words, DATA_BYTES[version]))
    width = 8 if version < 10 else 16
    assert stream[:4] == "0100"  # bytes
    count, start = int(stream[4 : 4 + width], 2), 4 + width
    return bytes(
        int(stream[start + 8 * at : start + 8 * at + 8], 2) for at in range(count)
    )


def _path(size: int) -> list[tuple[int, int]]:
    """The modules in the order of reading: pairs of columns, up and down in turn."""
    rights = [x for x in range(size - 1, 0, -2) if x > 6]
    rights += [5, 3, 1]
    found = []
    for turn, right in enumerate(rights):
        rows = range(size) if turn % 2 else range(size - 1, -1, -1)
        found += [(y, x) for y in rows for x in (right, right - 1)]
    return found


def _is_fixed(version: int, size: int, y: int, x: int) -> bool:
    """Whether a module is part of the pattern and not of the text."""
    finder = (y < 9 and (x < 9 or x >= size - 8)) or (y >= size - 8 and x < 9)
    places = ALIGNED[version]
    aligned = any(
        abs(y - row) < 3 and abs(x - column) < 3
        for row in places
        for column in places
        if (row, column) not in ((6, 6), (6, places[-1]), (places[-1], 6))
    )
    about = version > 6 and ((y < 6 and x >= size - 11) or (x < 6 and y >= size - 11))
    return finder or aligned or about or 6 in (y, x)


def _in_order(words: list[int], sizes: list[int]) -> list[int]:
    """Take the blocks apart that are dealt out like cards."""
    blocks: list[list[int]] = [[] for _ in sizes]
    dealt = iter(words)
    for turn in range(max(sizes)):
        for block, size in zip(blocks, sizes, strict=True):
            if turn < size:
                block.append(next(dealt))
    return [word for block in blocks for word in block]


def test_the_code_says_what_an_authenticator_needs() -> None:
    uri = provisioning_uri(b"12345678901234567890", "ann.müller@example.com")
    assert read(qr_svg(uri)) == uri.encode()


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=50))
def test_the_code_says_its_text_in_utf_8(text: str) -> None:
    text += "é"  # so that bytes are written, and no shorter alphabet
    assert read(qr_svg(text)) == text.encode()


@pytest.mark.parametrize("length", [14, 26, 42, 62, 84, 106, 122, 152, 180, 213])
def test_every_size_can_be_read(length: int) -> None:
    full, fuller = "x" * length, "x" * (length + 1)
    assert read(qr_svg(full)) == full.encode()
    if length < 213:
        assert read(qr_svg(fuller)) == fuller.encode()
        assert len(drawn(qr_svg(fuller))) == len(drawn(qr_svg(full))) + 4


def test_it_is_black_on_white_with_four_units_of_quiet() -> None:
    svg = qr_svg("otpauth://totp/Daybook:ann")
    white, black = ElementTree.fromstring(svg)
    side = len(drawn(svg))
    assert white.attrib == {"fill": "#fff", "d": f"M0 0h{side}v{side}h-{side}z"}
    assert black.attrib["stroke"] == "#000"
    for row in (*drawn(svg)[:4], *drawn(svg)[-4:]):
        assert not any(row)
    assert not any(any(row[:4]) or any(row[-4:]) for row in drawn(svg))
    assert drawn(svg)[4][4:11] == [True] * 7


def test_a_page_without_inline_style_can_show_it() -> None:
    root = ElementTree.fromstring(qr_svg("<script>&\"'"))
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {"svg", "path"}
    names = {name for element in root.iter() for name in element.attrib}
    assert names == {"viewBox", "fill", "stroke", "d"}


def test_too_much_text_is_no_code() -> None:
    assert qr_svg("x" * 2_331)
    with pytest.raises(ValueError, match="too large"):
        qr_svg("x" * 2_332)
