"""How recovery codes are drawn, written, kept, and read when they are typed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands import limits
from commands.gateways.passwords import (
    PASSWORDS,
    HashUnusable,
    Passwords,
    PasswordsBusy,
)
from commands.gateways.recovery_codes import (
    DIGITS,
    CodeSet,
    hashed,
    match,
    new_codes,
)
from tests.commands.people import CHEAP

CODES = (
    "0O1I-LAB9-ZXYV-0000",
    "7K3M-QW2E-RT5Y-P8AS",
    "DFGH-JKZX-CVBN-M012",
)
SET = hashed(CODES, CHEAP)


class Counting(Passwords):
    """Cheap passwords that remember how many were hashed."""

    def __init__(self) -> None:
        super().__init__(memory_kib=64, passes=1)
        self.count = 0

    def derive(self, *given: object, **more: object) -> bytes:
        self.count += 1
        return super().derive(*given, **more)  # type: ignore[arg-type]


def test_ten_codes_are_drawn_in_groups_and_no_two_are_alike() -> None:
    codes = [code for _ in range(30) for code in new_codes()]
    assert len(set(codes)) == 300
    form = re.compile(f"[{DIGITS}]{{4}}(-[{DIGITS}]{{4}}){{3}}")
    assert all(form.fullmatch(code) for code in codes)
    assert set("".join(codes)) == {*DIGITS, "-"}
    assert len(DIGITS) == 32


def test_each_code_is_found_by_its_number() -> None:
    codes = new_codes()
    stored = hashed(codes, CHEAP)
    assert len(stored.digests) == 10
    assert [match(code, stored, CHEAP) for code in codes] == list(range(10))
    assert [match(code, stored, CHEAP) for code in new_codes()] == [None] * 10


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("01iiabababababab", None),
        ("0011-1AB9-ZXYV-0000", 0),
        ("ooll iab9 zxyv oooo", 0),
        ("7k3mqw2ert5yp8as", 1),
        ("  7K3M QW2E\tRT5Y P8AS\r\n", 1),
        ("7K3M–QW2E\N{NON-BREAKING HYPHEN}RT5Y\N{NO-BREAK SPACE}P8AS", 1),
        ("7-K-3-M-Q-W-2-E-R-T-5-Y-P-8-A-S", 1),
        ("dfgh-jkzx-cvbn-moi2", 2),
        ("DFGH-JKZX-CVBN-M013", None),
    ],
    ids=range(9),
)
def test_a_code_is_read_as_people_type_it(typed: str, number: int | None) -> None:
    assert match(typed, SET, CHEAP) == number


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "-",
        CODES[1][:-1],
        CODES[1] + "0",
        "7K3M-QW2E-RT5Y-P8AU",
        "7K3M-QW2E-RT5Y-P8A\0",
        "7K3M-QW2E-RT5Y-P8A\N{FULLWIDTH LATIN CAPITAL LETTER S}",
        "7K3M-QW2E-RT5Y-P8A\N{LATIN SMALL LETTER LONG S}",
        "7K3M-QW2E-RT5Y-P8\N{LATIN SMALL LETTER SHARP S}",
        "\ud800" * 16,
        CODES[1] + " " * 46,
        "0" * 10_000_000,
    ],
    ids=range(12),
)
def test_what_can_be_no_code_is_refused_before_it_is_hashed(typed: str) -> None:
    passwords = Counting()
    assert match(typed, SET, passwords) is None
    assert passwords.count == 0


@given(st.text(DIGITS, min_size=16, max_size=16))
def test_the_look_alikes_are_one_code(code: str) -> None:
    stored = hashed([code], CHEAP)
    typed = code.replace("0", "o").replace("1", "l")
    assert match(typed, stored, CHEAP) == 0


@given(st.text(max_size=80))
def test_no_text_is_more_than_a_wrong_code(text: str) -> None:
    assert match(text, SET, CHEAP) is None


def test_a_guess_costs_one_hash_however_many_codes_there_are() -> None:
    passwords = Counting()
    stored = hashed(new_codes(), passwords)
    passwords.count = 0
    assert match("0000-0000-0000-0000", stored, passwords) is None
    assert passwords.count == 1


def test_a_guess_costs_as_much_as_a_password() -> None:
    stored = hashed(new_codes()[:1])
    assert stored.cost == (19_456, 2, 1)
    spent = []
    password = PASSWORDS.hash("It rains in Brest")
    guesses: list[Callable[[], object]] = [
        lambda: match("0000-0000-0000-0000", stored),
        lambda: PASSWORDS.verify("It rains in Rome", password),
    ]
    for guess in guesses:
        begun = time.process_time()
        assert not any(guess() for _ in range(5))
        spent.append(time.process_time() - begun)
    assert 0.5 < spent[0] / spent[1] < 2


def test_the_same_codes_are_kept_differently_each_time() -> None:
    again = hashed(CODES, CHEAP)
    assert again.salt != SET.salt
    assert not set(again.digests) & set(SET.digests)
    assert [match(code, again, CHEAP) for code in CODES] == [0, 1, 2]


def test_what_is_kept_says_no_code_and_reads_back_as_it_was() -> None:
    text = msgspec.json.encode(SET)
    assert msgspec.json.decode(text, type=CodeSet) == SET
    for code in CODES:
        assert code.encode() not in text
        assert code.replace("-", "").encode() not in text


def test_codes_stay_good_when_the_cost_of_hashes_is_raised() -> None:
    dearer = Passwords(memory_kib=128, passes=2)
    assert match(CODES[1], SET, dearer) == 1
    assert hashed(CODES, dearer).cost == (128, 2, limits.ARGON2_LANES)


def test_a_set_that_costs_too_much_is_not_computed() -> None:
    for cost in (
        SET.cost._replace(memory_kib=4_194_304),
        SET.cost._replace(passes=999),
        SET.cost._replace(lanes=99),
    ):
        dear = msgspec.structs.replace(SET, cost=cost)
        with pytest.raises(HashUnusable):
            match(CODES[0], dear, CHEAP)


def test_guesses_wait_for_their_turn_like_passwords() -> None:
    passwords = Passwords(memory_kib=64, passes=1, at_once=1, wait_seconds=0.01)
    with passwords._turn(), pytest.raises(PasswordsBusy):
        match(CODES[0], SET, passwords)
    assert match(CODES[0], SET, passwords) == 0
