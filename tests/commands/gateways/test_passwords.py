"""Which passwords are taken, how they are hashed, and what that may cost."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest
from argon2.low_level import Type, hash_secret_raw

from commands.gateways.passwords import (
    PASSWORDS,
    Cost,
    HashUnusable,
    Passwords,
    PasswordsBusy,
)
from ledger.refusals import WeakPassword
from tests.commands.people import CHEAP, PHRASE

SALT_AND_HASH = "uXcOQWjNeS+FkDImRMgZAw$Jq1n78hdfs8uJglzj++gZU8gcPpNMDZnuzBvK6+YDfg"


def test_a_hash_is_argon2id_at_the_numbers_given() -> None:
    found = PASSWORDS.hash(PHRASE)
    assert found.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PASSWORDS.verify(PHRASE, found)
    assert not PASSWORDS.verify(PHRASE + ".", found)
    assert not PASSWORDS.needs_rehash(found)


def test_a_hash_of_other_costs_is_to_be_made_anew() -> None:
    assert PASSWORDS.needs_rehash(CHEAP.hash(PHRASE))


def test_composed_and_decomposed_letters_are_one_password() -> None:
    assert CHEAP.verify("Zoe\u0308 rentre à vélo", CHEAP.hash("Zoë rentre à vélo"))


def test_nothing_is_cut_off() -> None:
    long = "a" * 900
    assert not CHEAP.verify(long + "b", CHEAP.hash(long + "c"))
    assert not CHEAP.verify("a\0b", CHEAP.hash("a\0c"))
    longest = "ab" * 512
    assert CHEAP.verify(longest, CHEAP.hash(longest))
    assert not CHEAP.verify(longest + "c", CHEAP.hash(longest))


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("x" * 14, "short"),
        ("passwordpassword", "common"),
        ("Ann Smith, Ann Smith!", "context"),
        ("xK9 " * 65, "long"),
        ("\N{GRINNING FACE}" * 300, "long"),
        ("\ud800" * 20, "long"),
    ],
)
def test_a_password_is_refused_for_a_reason(password: str, reason: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        CHEAP.check(password, ["Ann Smith"])
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    "password", ["Il pleut ici :)", "Ж" * 3 + "уравль летит", "kettle moon " * 21]
)
def test_from_15_to_256_characters_of_any_kind_are_taken(password: str) -> None:
    CHEAP.check(password)


@pytest.mark.parametrize("password", ["x" * 1025, "\ud800", ""])
def test_what_can_be_no_password_does_not_fit(password: str) -> None:
    assert not CHEAP.verify(password, CHEAP.hash(PHRASE))


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "nothing",
        f"$argon2id$v=19$m=4194304,t=2,p=1${SALT_AND_HASH}",
        f"$argon2id$v=19$m=19456,t=999,p=1${SALT_AND_HASH}",
        f"$argon2id$v=19$m=19456,t=2,p=99${SALT_AND_HASH}",
        f"$argon2i$v=19$m=19456,t=2,p=1${SALT_AND_HASH}",
    ],
)
def test_a_stored_hash_that_costs_too_much_is_not_computed(stored: str) -> None:
    begun = time.perf_counter()
    with pytest.raises(HashUnusable):
        CHEAP.verify(PHRASE, stored)
    assert time.perf_counter() - begun < 1


def test_what_is_derived_is_what_argon2_derives() -> None:
    salt, cost = b"0123456789abcdef", Cost(128, 3, 1)
    theirs = hash_secret_raw(b"code", salt, 3, 128, 1, 32, Type.ID)
    assert CHEAP.derive(b"code", salt, cost) == theirs
    assert CHEAP.derive(b"code", salt[::-1], cost) != theirs
    assert CHEAP.derive(b"Code", salt, cost) != theirs
    assert CHEAP.derive(b"code", salt, Cost(128, 4, 1)) != theirs


@pytest.mark.parametrize(
    "cost", [Cost(262_145, 2, 1), Cost(64, 11, 1), Cost(64, 1, 9)], ids=range(3)
)
def test_nothing_is_derived_that_costs_too_much(cost: Cost) -> None:
    with pytest.raises(HashUnusable):
        CHEAP.derive(b"code", b"0123456789abcdef", cost)


def test_no_password_is_nobodys() -> None:
    assert not any(CHEAP.verify(word, None) for word in ("", "nobody's", PHRASE))


def test_nobodys_password_costs_as_much_as_somebodys() -> None:
    stored = PASSWORDS.hash(PHRASE)
    PASSWORDS.verify(PHRASE, None)
    spent = []
    for hashed in (stored, None):
        begun = time.process_time()
        for _ in range(5):
            assert PASSWORDS.verify(PHRASE, hashed) is (hashed is not None)
        spent.append(time.process_time() - begun)
    assert 0.5 < spent[0] / spent[1] < 2


def test_a_new_process_may_begin_with_nobodys_password() -> None:
    code = "from commands.gateways.passwords import PASSWORDS as p; p.verify('x', None)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_who_waits_too_long_for_his_turn_is_told_to_come_back() -> None:
    slow = Passwords(memory_kib=65_536, passes=8, at_once=1, wait_seconds=0.01)
    begun, refused = threading.Event(), threading.Event()

    def keep_busy() -> None:
        while not refused.is_set():
            begun.set()
            slow.hash(PHRASE)

    thread = threading.Thread(target=keep_busy)
    thread.start()
    begun.wait()
    time.sleep(0.05)
    try:
        with pytest.raises(PasswordsBusy):
            any(slow.verify(PHRASE, None) for _ in range(100))
    finally:
        refused.set()
        thread.join()
    assert slow.verify(PHRASE, slow.hash(PHRASE))
