"""Which pictures are taken, and that a hostile one harms nobody."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from commands.gateways import picture_child
from commands.gateways.pictures import (
    REASONS,
    Pictures,
    PicturesBusy,
    picture_from,
)
from ledger.refusals import PictureRefused
from tests.commands.gateways.drawn import (
    black,
    chunk,
    corners,
    decoded,
    encoded,
    plain,
    png,
)

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
UNPACKING = chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(100_000_000), 9))
"""A text of a hundred megabytes in a hundred kilobytes."""
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n"
FITS = b"SIMPLE  =                    T".ljust(80) + b"END".ljust(2_800)


def reason(data: bytes, pictures: Pictures | None = None) -> str:
    """Why a picture is refused."""
    with pytest.raises(PictureRefused) as refused:
        picture_from(data, pictures or Pictures())
    return refused.value.reason


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "MPO"])
def test_a_picture_is_made_anew(form: str) -> None:
    found = picture_from(encoded(corners(), form))
    assert decoded(found).format == "WEBP"
    assert decoded(found).size == (64, 64)


def test_the_same_picture_is_made_the_same() -> None:
    data = encoded(corners(), "JPEG")
    assert picture_from(data) == picture_from(data)


def test_what_the_camera_added_is_gone() -> None:
    exif = Image.Exif()
    exif[0x010E] = "CANARY description"
    exif.get_ifd(0x8825)[29] = "2024:01:01 CANARY"  # the date of the GPS position
    exif.get_ifd(0x8825)[2] = (48.0, 23.0, 24.0)
    profile = b"CANARY profile".ljust(128)
    for form in ("JPEG", "PNG", "WEBP"):
        data = encoded(corners(), form, exif=exif, icc_profile=profile)
        assert decoded(data).getexif()[0x010E] == "CANARY description"
        assert decoded(data).info["icc_profile"] == profile
        found = picture_from(data)
        assert b"CANARY" not in found
        assert not decoded(found).getexif()
        assert not {"exif", "icc_profile", "xmp"} & set(decoded(found).info)
        assert found[12:16] in (b"VP8 ", b"VP8L")  # the form without metadata


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_what_follows_a_picture_is_gone(form: str) -> None:
    tail = b"<html><script>alert('CANARY')</script></html>"
    found = picture_from(encoded(corners(), form) + tail)
    assert b"CANARY" not in found
    assert len(found) == int.from_bytes(found[4:8], "little") + 8


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG",
        SVG,
        EPS,
        FITS,
        gzip.compress(FITS),
        encoded(corners(), "GIF"),
        encoded(corners(), "BMP"),
        encoded(corners(), "TIFF"),
        encoded(corners(), "PDF"),
        encoded(corners(), "PPM"),
        b"GIF89a" + encoded(corners()),
        b"RIFF\x24\0\0\0WAVEfmt ",
    ],
    ids=range(13),
)
def test_other_kinds_are_refused_by_their_first_bytes(data: bytes) -> None:
    assert reason(data, Pictures(at_once=1, seconds=0)) == "kind"


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n" + EPS,
        b"\xff\xd8\xff" + SVG,
        b"RIFF\x10\0\0\0WEBP" + SVG,
        png(8, 8),
        png(8, 8, chunk(b"IDAT", b"no zlib")),
        png(8, 8, black(8, 8)[:-1] + b"x"),
        png(0, 8, black(8, 8)),
        png(8, 8, black(8, 8), depth=3),
        png(8, 8, UNPACKING, black(8, 8)),
    ],
    ids=range(10),
)
def test_a_header_alone_is_no_picture(data: bytes) -> None:
    assert reason(data) == "broken"


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_half_a_picture_is_broken(form: str) -> None:
    whole = encoded(Image.effect_noise((64, 64), 90), form)
    for part in (2, 3, 10):
        assert reason(whole[: len(whole) * (part - 1) // part]) in ("broken", "kind")


def test_more_bytes_than_two_mebibytes_are_not_looked_at() -> None:
    data = encoded(corners())
    assert picture_from(data + bytes(2 * 1_048_576 - len(data)))
    over = data + bytes(2 * 1_048_576 - len(data) + 1)
    assert reason(over, Pictures(seconds=0)) == "large"


def test_81_megapixels_in_ten_kilobytes_are_refused_at_once() -> None:
    bomb = png(9_000, 9_000, black(9_000, 9_000))
    assert len(bomb) < 11_000
    begun = time.perf_counter()
    assert reason(bomb) == "size"
    assert time.perf_counter() - begun < 1.5


def test_a_bomb_in_another_form_is_refused_too() -> None:
    for form in ("JPEG", "WEBP"):
        image = Image.new("L", (6_000, 4_000))
        assert reason(encoded(image, form)) == "size"


def test_the_memory_of_the_process_is_limited() -> None:
    data = plain("RGBA", (4_000, 3_000))
    assert picture_from(data)
    assert reason(data, Pictures(memory_bytes=128 * 1_048_576)) == "broken"
    small = plain("RGBA", (100, 100))
    assert picture_from(small, Pictures(memory_bytes=128 * 1_048_576))


def test_a_process_that_takes_too_long_is_ended() -> None:
    pictures = Pictures(seconds=0.001, at_once=1, wait_seconds=0.01)
    begun = time.perf_counter()
    for _ in range(3):
        assert reason(plain(size=(3_000, 3_000)), pictures) == "broken"
    assert time.perf_counter() - begun < 3


def descriptors(process: int | str) -> set[str]:
    return {path.name for path in Path(f"/proc/{process}/fd").iterdir()}


class Watched(Pictures):
    """Pictures whose process is ended from outside as soon as it runs."""

    def started(self) -> subprocess.Popen[bytes]:
        self.process = super().started()
        self.process.kill()
        return self.process


def test_a_process_that_is_killed_leaves_nothing_behind() -> None:
    pictures, before = Watched(at_once=1), descriptors("self")
    threads = threading.active_count()
    assert reason(plain(), pictures) == "broken"
    assert pictures.process.returncode == -9
    assert not Path(f"/proc/{pictures.process.pid}").exists()
    assert descriptors("self") == before
    assert threading.active_count() == threads


class Taken(Pictures):
    """Pictures whose process does what a picture told it."""

    def __init__(self, code: str, seconds: float = 5) -> None:
        super().__init__(seconds=seconds)
        self._code = f"from os import write\nimport sys, time\n{code}"

    def started(self) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        command = [sys.executable, "-I", "-c", self._code]
        return subprocess.Popen(command, stdin=pipe, stdout=pipe)


@pytest.mark.parametrize(
    "code",
    [
        "write(1, b'GIF89a')",
        "write(1, b'RIFF\\6\\0\\0\\0WEBP<script>')",
        "while True: write(1, bytes(65536))",
        "sys.stdin.buffer.read(); sys.exit(7)",
        "pass",
    ],
)
def test_what_a_process_returns_is_not_believed(code: str) -> None:
    begun = time.perf_counter()
    assert reason(plain(), Taken(code)) == "broken"
    assert time.perf_counter() - begun < 4


@pytest.mark.parametrize(
    "code", ["time.sleep(60)", "sys.stdin.close(); time.sleep(60)"]
)
def test_a_process_that_hangs_is_ended(code: str) -> None:
    begun = time.perf_counter()
    data = encoded(corners()) + bytes(1_000_000)
    assert reason(data, Taken(code, seconds=0.5)) == "broken"
    assert time.perf_counter() - begun < 4


def test_a_process_that_cannot_be_run_is_our_trouble_and_not_the_pictures() -> None:
    with pytest.raises(RuntimeError):
        picture_from(plain(), Taken("import nothing_of_that_name"))


def test_the_process_inherits_no_descriptor() -> None:
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    pipe = Path(f"/proc/self/fd/{writing}").readlink()
    with Pictures().started() as process:
        held = [path.readlink() for path in Path(f"/proc/{process.pid}/fd").iterdir()]
        process.kill()
    os.close(reading)
    os.close(writing)
    assert pipe not in held
    assert Path("/dev/null") in held


def test_more_than_two_pictures_at_once_wait_and_then_are_told_to_come_back() -> None:
    pictures = Pictures(at_once=2, wait_seconds=0.05)
    with pictures._turn(), pictures._turn(), pytest.raises(PicturesBusy):
        picture_from(plain(), pictures)
    assert picture_from(plain(), pictures)


def test_the_exit_codes_mean_what_the_process_means() -> None:
    assert REASONS == {
        picture_child.TOO_LARGE: "size",
        picture_child.BROKEN: "broken",
    }


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["PNG", "JPEG", "WEBP"]), st.data())
def test_a_spoilt_picture_is_made_or_refused_and_nothing_else(
    form: str, data: st.DataObject
) -> None:
    whole = bytearray(encoded(corners(), form))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(12, len(whole) - 1))
        whole[place] = data.draw(st.integers(0, 255))
    try:
        found = picture_from(bytes(whole))
    except PictureRefused as refused:
        said = refused.reason
    else:
        said = decoded(found).format or ""
    assert said in ("WEBP", "broken", "size")
