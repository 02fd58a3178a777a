"""Pictures for tests, drawn or put together by hand."""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import Any

from PIL import Image


def encoded(image: Image.Image, form: str = "PNG", **more: Any) -> bytes:
    written = BytesIO()
    image.save(written, form, **more)
    return written.getvalue()


def plain(mode: str = "RGB", size: tuple[int, int] = (40, 30), color: Any = 0) -> bytes:
    """A PNG of one colour."""
    return encoded(Image.new(mode, size, color))


def decoded(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def chunk(name: bytes, data: bytes) -> bytes:
    """One chunk of a PNG."""
    body = name + data
    return len(data).to_bytes(4) + body + zlib.crc32(body).to_bytes(4)


def png(width: int, height: int, *chunks: bytes, depth: int = 1) -> bytes:
    """A grey PNG whose header says this, with these chunks and no others."""
    header = width.to_bytes(4) + height.to_bytes(4) + bytes([depth, 0, 0, 0, 0])
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + b"".join(chunks) + chunk(b"IEND", b"")


def black(width: int, height: int) -> bytes:
    """The pixels of a black PNG of one bit each."""
    rows = bytes((width + 7) // 8 + 1) * height
    return chunk(b"IDAT", zlib.compress(rows, 9))


def corners() -> Image.Image:
    """Red above left, green above right, blue below left, white below right."""
    image = Image.new("RGB", (64, 64), "white")
    image.paste("red", (0, 0, 32, 32))
    image.paste("lime", (32, 0, 64, 32))
    image.paste("blue", (0, 32, 32, 64))
    return image


def named(color: Any) -> str:
    """The name of the pure colour that is nearest."""
    names = {"000": "black", "111": "white", "100": "red", "010": "lime"}
    signs = "".join("1" if part > 127 else "0" for part in color)
    return (names | {"001": "blue"}).get(signs, signs)
