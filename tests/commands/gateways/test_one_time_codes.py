"""Which codes of an authenticator are good, and which step each belongs to."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from hypothesis import given
from hypothesis import strategies as st
from passlib import totp as passlib_totp  # type: ignore[import-untyped]

from commands.gateways.one_time_codes import (
    is_clock_off,
    matching_step,
    new_seed,
    provisioning_uri,
    seed_text,
)
from tests.conftest import NOON

RFC_SEED = b"12345678901234567890"
SEEDS = st.binary(min_size=20, max_size=20)
MOMENTS = st.integers(min_value=0, max_value=20_000_000_000)
COLLIDING = 910_737
"""The first step with which the RFC's seed repeats a code: the next one has it too."""


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def code_of(seed: bytes, seconds: int) -> str:
    return TOTP(seed, 6, SHA1(), 30).generate(seconds).decode()


@pytest.mark.parametrize(
    ("seconds", "eight_digits"),
    [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ],
)
def test_the_codes_are_those_of_rfc_6238(seconds: int, eight_digits: str) -> None:
    assert matching_step(RFC_SEED, eight_digits[2:], at(seconds)) == seconds // 30


@given(SEEDS, MOMENTS)
def test_two_other_implementations_agree(seed: bytes, seconds: int) -> None:
    theirs = passlib_totp.TOTP(key=seed, format="raw").generate(time=seconds).token
    assert theirs == code_of(seed, seconds)
    assert matching_step(seed, theirs, at(seconds)) in (
        seconds // 30,
        seconds // 30 + 1,  # where the next step has the same code
    )


@given(SEEDS, MOMENTS, st.integers(min_value=-30, max_value=30))
def test_a_code_is_good_one_step_before_and_after_its_own_and_no_longer(
    seed: bytes, seconds: int, away: int
) -> None:
    step = seconds // 30
    code = code_of(seed, max(0, step + away) * 30)
    near = [n for n in (step - 1, step, step + 1) if n >= 0]
    good = [n for n in near if code_of(seed, n * 30) == code]
    assert matching_step(seed, code, at(seconds)) == max(good, default=None)


@pytest.mark.parametrize(
    ("away", "good", "off"),
    [
        (-11, False, False),
        (-10, False, True),
        (-2, False, True),
        (-1, True, False),
        (0, True, False),
        (1, True, False),
        (2, False, True),
        (10, False, True),
        (11, False, False),
    ],
)
def test_a_clock_up_to_five_minutes_off_is_named(
    away: int, good: bool, off: bool
) -> None:
    code = code_of(RFC_SEED, 1_700_000_010 + away * 30)
    assert (matching_step(RFC_SEED, code, at(1_700_000_010)) is not None) is good
    assert is_clock_off(RFC_SEED, code, at(1_700_000_010)) is off


def test_of_two_steps_with_one_code_the_later_is_used_up() -> None:
    code = code_of(RFC_SEED, COLLIDING * 30)
    assert code == code_of(RFC_SEED, (COLLIDING + 1) * 30)
    for seconds in (COLLIDING * 30, (COLLIDING + 2) * 30):
        assert matching_step(RFC_SEED, code, at(seconds)) == COLLIDING + 1


def test_a_step_lasts_from_its_first_second_to_the_next_ones() -> None:
    code = code_of(RFC_SEED, 1_700_000_010)
    assert 1_700_000_010 % 30 == 0
    for seconds in (1_699_999_980, 1_700_000_069.999):
        assert matching_step(RFC_SEED, code, at(seconds)) == 1_700_000_010 // 30
    for seconds in (1_699_999_979.999, 1_700_000_070):
        assert matching_step(RFC_SEED, code, at(seconds)) is None


def test_the_time_zone_of_now_does_not_matter() -> None:
    code = code_of(RFC_SEED, int(NOON.timestamp()))
    for hours in (-11, 0, 14):
        local = NOON.astimezone(timezone(timedelta(hours=hours)))
        assert matching_step(RFC_SEED, code, local) == NOON.timestamp() // 30


def good_code() -> str:
    return code_of(RFC_SEED, int(NOON.timestamp()))


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda code: "",
        lambda code: code[:5],
        lambda code: code + "0",
        lambda code: "0" + code,
        lambda code: code[:3] + " " + code[3:],
        lambda code: " " + code[1:],
        lambda code: "+" + code[1:],
        lambda code: code + "\n",
        lambda code: code + "\0",
        lambda code: "\0" + code[1:],
        lambda code: "".join(chr(0xFF10 + int(digit)) for digit in code),
        lambda code: "".join(chr(0x660 + int(digit)) for digit in code),
        lambda code: "\N{SUPERSCRIPT TWO}" * 6,
        lambda code: "\ud800" * 6,
        lambda code: code * 1_000_000,
    ],
    ids=range(15),
)
def test_only_six_plain_digits_can_be_a_code(spoilt: Callable[[str], str]) -> None:
    assert matching_step(RFC_SEED, good_code(), NOON) is not None
    assert matching_step(RFC_SEED, spoilt(good_code()), NOON) is None
    assert not is_clock_off(RFC_SEED, spoilt(good_code()), NOON)


@given(st.text())
def test_no_text_is_more_than_a_wrong_code(text: str) -> None:
    assert isinstance(matching_step(RFC_SEED, text, NOON), int | None)
    assert isinstance(is_clock_off(RFC_SEED, text, NOON), bool)


def test_a_seed_is_160_bits_by_chance() -> None:
    seeds = {new_seed() for _ in range(50)}
    assert len(seeds) == 50
    assert {len(seed) for seed in seeds} == {20}


@given(SEEDS)
def test_the_typed_seed_is_the_seed(seed: bytes) -> None:
    assert len(seed_text(seed)) == 32
    assert base64.b32decode(seed_text(seed)) == seed


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_the_qr_code_names_account_and_seed_whatever_the_name(account: str) -> None:
    parts = urlsplit(provisioning_uri(RFC_SEED, account))
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert unquote(parts.path) == f"/Daybook:{account}"
    assert parts.fragment == ""
    assert parse_qs(parts.query) == {
        "secret": [seed_text(RFC_SEED)],
        "issuer": ["Daybook"],
    }


def test_an_address_cannot_add_anything_to_the_qr_code() -> None:
    found = provisioning_uri(RFC_SEED, "a?secret=X&issuer=Y#@b.c", issuer="R & D")
    query = "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=R%20%26%20D"
    name = "R%20%26%20D:a%3Fsecret%3DX%26issuer%3DY%23%40b.c"
    assert found == f"otpauth://totp/{name}?{query}"
