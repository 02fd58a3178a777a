"""What becomes of a picture, and what the process that makes it can still do."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from commands.gateways.picture_child import Limits, TooLarge, remade
from commands.gateways.pictures import Pictures
from tests.commands.gateways.drawn import (
    black,
    corners,
    decoded,
    encoded,
    named,
    plain,
    png,
)

LIMITS = Limits(
    memory_bytes=512 * 1_048_576,
    seconds=5,
    picture_bytes=2 * 1_048_576,
    side_max=4_096,
    pixels_max=12_000_000,
    side=512,
)


def made(data: bytes) -> Image.Image:
    return decoded(remade(data, LIMITS))


def seen(image: Image.Image) -> list[str]:
    """The colours of the four corners, by rows."""
    near, far = image.width // 4, image.width * 3 // 4
    places = [(near, near), (far, near), (near, far), (far, far)]
    return [named(image.convert("RGB").getpixel(place)) for place in places]


@pytest.mark.parametrize(
    ("size", "side"),
    [((1, 1), 1), ((40, 30), 30), ((511, 900), 511), ((900, 512), 512)],
)
def test_a_picture_becomes_a_square_and_never_grows(
    size: tuple[int, int], side: int
) -> None:
    image = made(plain(size=size))
    assert (image.format, image.size, image.mode) == ("WEBP", (side, side), "RGB")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_the_middle_is_what_is_kept(form: str) -> None:
    image = Image.new("RGB", (1_200, 600), "blue")
    image.paste("red", (300, 0, 900, 600))
    found = made(encoded(image, form))
    edges = [found.getpixel((x, 256)) for x in (4, 256, 507)]
    assert [named(color) for color in edges] == ["red"] * 3


@pytest.mark.parametrize(
    ("orientation", "colors"),
    [
        (1, ["red", "lime", "blue", "white"]),
        (2, ["lime", "red", "white", "blue"]),
        (3, ["white", "blue", "lime", "red"]),
        (4, ["blue", "white", "red", "lime"]),
        (5, ["red", "blue", "lime", "white"]),
        (6, ["blue", "red", "white", "lime"]),
        (7, ["white", "lime", "blue", "red"]),
        (8, ["lime", "white", "red", "blue"]),
        (0, ["red", "lime", "blue", "white"]),
        (9, ["red", "lime", "blue", "white"]),
    ],
)
def test_a_picture_is_turned_as_the_camera_was_held(
    orientation: int, colors: list[str]
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    for form in ("JPEG", "PNG", "WEBP"):
        assert seen(made(encoded(corners(), form, exif=exif))) == colors


def test_spoilt_exif_spoils_no_picture() -> None:
    for exif in (b"Exif\0\0MM\0*\0\0\0\x08\xff\xff", b"Exif\0\0II", b"nothing"):
        data = encoded(corners(), "JPEG", exif=exif)
        assert seen(made(data)) == ["red", "lime", "blue", "white"]


@pytest.mark.parametrize(
    ("mode", "color", "found"),
    [
        ("1", 1, "white"),
        ("L", 255, "white"),
        ("LA", (0, 255), "black"),
        ("LA", (0, 0), "white"),
        ("RGBA", (255, 0, 0, 255), "red"),
        ("RGBA", (255, 0, 0, 0), "white"),
        ("I;16", 0, "black"),
        ("I;16", 65_535, "white"),
        ("I;16", 200, "black"),
    ],
)
def test_every_kind_of_pixel_is_shown_on_white(
    mode: str, color: object, found: str
) -> None:
    assert seen(made(plain(mode, color=color))) == [found] * 4


def test_what_a_palette_leaves_transparent_is_white() -> None:
    image = Image.new("P", (40, 40), 1)
    image.putpalette([255, 0, 0, 0, 0, 255])
    assert seen(made(encoded(image))) == ["blue"] * 4
    assert seen(made(encoded(image, transparency=1))) == ["white"] * 4


def test_a_picture_for_print_is_shown() -> None:
    image = Image.new("CMYK", (40, 40), (0, 255, 255, 0))
    assert seen(made(encoded(image, "JPEG"))) == ["red"] * 4


@pytest.mark.parametrize("form", ["PNG", "WEBP", "MPO"])
def test_of_a_moving_picture_the_first_frame_is_kept(form: str) -> None:
    frames = [Image.new("RGB", (64, 64), color) for color in ("red", "lime", "blue")]
    data = encoded(frames[0], form, save_all=True, append_images=frames[1:])
    image = made(data)
    assert seen(image) == ["red"] * 4
    assert getattr(image, "n_frames", 1) == 1


@pytest.mark.parametrize(
    "size", [(4_097, 1), (1, 4_097), (3_465, 3_464), (2**31 - 1, 2**31 - 1)]
)
def test_too_many_pixels_are_not_decoded(size: tuple[int, int]) -> None:
    data = png(*size, b"")  # no pixels at all: decoding would find it broken
    with pytest.raises((TooLarge, Image.DecompressionBombError)):
        remade(data, LIMITS)


def test_the_largest_picture_is_taken() -> None:
    assert made(png(4_096, 2_929, black(4_096, 2_929))).size == (512, 512)


def test_the_process_has_given_everything_up_before_it_reads() -> None:
    with Pictures().started() as process:
        given = _limits_of(process.pid)
        shown = Path(f"/proc/{process.pid}/environ").read_bytes()
        process.kill()
    most = LIMITS.memory_bytes
    assert given["Max address space"] == (most, most)
    assert given["Max cpu time"] == (5, 5)
    for nothing in ("core file size", "file size", "open files", "processes"):
        assert given[f"Max {nothing}"] == (0, 0)
    assert shown == b""


def _limits_of(pid: int) -> dict[str, tuple[int, int]]:
    """Read the limits of a process as soon as it has none of processes."""
    until = time.monotonic() + 10
    found: dict[str, tuple[int, int]] = {}
    while found.get("Max processes") != (0, 0) and time.monotonic() < until:
        found = {}
        for line in Path(f"/proc/{pid}/limits").read_text().splitlines()[1:]:
            soft, hard = line[26:].split()[:2]
            if soft.isdigit() and hard.isdigit():
                found[line[:26].strip()] = int(soft), int(hard)
    return found


def test_what_was_given_up_cannot_be_used() -> None:
    code = """
import sys
sys.path.insert(0, sys.argv[1])
import socket
from commands.gateways.picture_child import Limits, _give_up
_give_up(Limits(512 * 1048576, 5, 1, 1, 1, 1))
for deed in (socket.socket, lambda: open("/etc/passwd"), lambda: bytearray(2**29)):
    try:
        deed()
    except (OSError, MemoryError) as trouble:
        print(type(trouble).__name__)
"""
    root = Path(__file__).parents[3]
    command = [sys.executable, "-I", "-c", code, str(root)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["OSError", "OSError", "MemoryError"]
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 0
