"""The process that decodes a stranger's picture, and may do nothing else.

Run by its path, alone: it knows nothing of us, takes its limits as arguments and the
picture on standard input, and writes a new picture to standard output. Before it reads
the first byte it gives up memory, time, files, sockets and children.
"""

from __future__ import annotations

import os
import resource
import sys
import warnings
from io import BytesIO
from typing import NamedTuple

from PIL import (
    Image,
    ImageOps,
    MpoImagePlugin,  # noqa: F401 - a telephone's JPEG of several frames asks for it
    WebPImagePlugin,  # noqa: F401 - it is what else we take
)

# The others are loaded now: later no file can be opened.
Image.preinit()

FORMATS = ("JPEG", "PNG", "WEBP")
TOO_LARGE, BROKEN = 3, 4
"""What the process ends with, other than 0; 1 is a failure of our own."""
ORIENTATION = 0x0112
QUALITY = 85
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How a picture is turned for each EXIF orientation."""


class Limits(NamedTuple):
    """What the process may take, and what a picture may have; all whole numbers."""

    memory_bytes: int
    seconds: int
    picture_bytes: int
    side_max: int
    pixels_max: int
    side: int


class TooLarge(Exception):  # noqa: N818 - said of a picture
    """The picture has more pixels than are decoded."""


def remade(data: bytes, limits: Limits) -> bytes:
    """Return a square WEBP of the picture's middle, on white, without metadata.

    Raises TooLarge before anything is decoded, or whatever Pillow raises.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with _opened(data, limits) as image:
            image.verify()
        with _opened(data, limits) as image:
            side = min(*image.size, limits.side)
            image.draft("RGB", (2 * side, 2 * side))
            image.load()
            turn = UPRIGHT.get(_orientation(image))
            small = _square(image, side)
    canvas = Image.new("RGB", small.size, "white")
    canvas.paste(small, mask=small if small.mode == "RGBA" else None)
    upright = canvas if turn is None else canvas.transpose(turn)
    written = BytesIO()
    upright.save(written, "WEBP", quality=QUALITY)
    return written.getvalue()


def _opened(data: bytes, limits: Limits) -> Image.Image:
    """Read the header only."""
    image = Image.open(BytesIO(data), formats=FORMATS)
    width, height = image.size
    if max(width, height) > limits.side_max or width * height > limits.pixels_max:
        raise TooLarge
    return image


def _orientation(image: Image.Image) -> int:
    """Return what EXIF says, or 1: spoilt EXIF spoils no picture.

    Of a picture that was loaded: a PNG looks for EXIF behind its pixels.
    """
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:
        return 1


def _square(image: Image.Image, side: int) -> Image.Image:
    if image.mode.startswith("I"):  # 16 bits of grey, of which the screen shows 8
        image = image.point(lambda grey: grey / 256).convert("L")
    mode = "RGBA" if image.has_transparency_data else "RGB"
    return ImageOps.fit(image.convert(mode), (side, side))


def _give_up(limits: Limits) -> None:
    """Give up, for good, whatever decoding does not need."""
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(kind, (most, most))


def main(arguments: list[str]) -> None:
    """Remake the picture on standard input and end the process."""
    limits = Limits(*map(int, arguments))
    _give_up(limits)
    try:
        picture = remade(sys.stdin.buffer.read(limits.picture_bytes), limits)
        sys.stdout.buffer.write(picture)
        sys.stdout.buffer.flush()
    except (TooLarge, Image.DecompressionBombWarning, Image.DecompressionBombError):
        os._exit(TOO_LARGE)
    except BaseException:  # also no memory, when nothing else would work
        os._exit(BROKEN)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
