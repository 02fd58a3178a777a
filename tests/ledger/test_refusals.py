"""How the ledger says no: with evidence a caller can use, and none that leaks."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any, get_type_hints
from uuid import UUID

import pytest

from ledger import refusals
from ledger.refusals import (
    Conflict,
    Forbidden,
    HoldExpired,
    InsufficientCredits,
    Invalid,
    NotFound,
    Refusal,
    Throttled,
    TooManyAttempts,
    WrongCredentials,
)

BRANCHES = (Invalid, Conflict, NotFound, Forbidden, Throttled)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SAMPLES: dict[Any, object] = {
    int: 3,
    str: "word",
    UUID: UUID(int=1),
    datetime: NOON,
    bool: True,
    UUID | str: "word",
    UUID | None: UUID(int=1),
}


def leaves() -> Iterator[type[Refusal]]:
    for kind in vars(refusals).values():
        is_refusal = isinstance(kind, type) and issubclass(kind, Refusal)
        if is_refusal and kind not in (Refusal, *BRANCHES):
            yield kind


LEAVES = sorted(leaves(), key=lambda leaf: leaf.__name__)
each_leaf = pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.__name__)


def evidence(leaf: type[Any]) -> dict[str, object]:
    hints = get_type_hints(leaf)
    return {field.name: SAMPLES[hints[field.name]] for field in fields(leaf)}


@each_leaf
def test_a_refusal_keeps_its_evidence_and_two_alike_stay_two(leaf: type[Any]) -> None:
    assert is_dataclass(leaf)
    told = evidence(leaf)
    one, other = leaf(**told), leaf(**told)
    assert {name: getattr(one, name) for name in told} == told
    assert one != other
    assert len({one, other}) == 2


@each_leaf
def test_a_refusal_can_be_raised_and_caught_by_its_branch(leaf: type[Any]) -> None:
    (branch,) = (one for one in BRANCHES if issubclass(leaf, one))
    with pytest.raises(branch) as refused:
        raise leaf(**evidence(leaf))
    assert type(refused.value) is leaf


@pytest.mark.parametrize(
    ("asked", "available", "short"), [(4, 3, 1), (1, 0, 1), (10, 0, 10)]
)
def test_too_few_credits_say_how_many_lack(
    asked: int, available: int, short: int
) -> None:
    assert InsufficientCredits(asked=asked, available=available).short == short


@pytest.mark.parametrize(
    ("asked", "available", "short"), [(4, 3, 1), (4, 4, 0), (4, 9, 0)]
)
def test_a_hold_that_ended_lacks_what_is_not_available_and_never_less_than_nothing(
    asked: int, available: int, short: int
) -> None:
    refusal = HoldExpired(UUID(int=1), NOON, asked=asked, available=available)
    assert refusal.short == short


def test_a_wrong_password_says_nothing_about_which_part_was_wrong() -> None:
    assert fields(WrongCredentials) == ()
    assert str(WrongCredentials()) == ""


def test_who_asks_too_often_is_told_when_to_come_back() -> None:
    assert TooManyAttempts(30).retry_seconds == 30


def test_the_branches_are_no_errors_of_python() -> None:
    for branch in BRANCHES:
        assert branch.__bases__ == (Refusal,)
    assert Refusal.__bases__ == (Exception,)


def test_a_refusal_survives_the_way_between_processes() -> None:
    for leaf in (HoldExpired(UUID(int=1), NOON, 4, 3), InsufficientCredits(4, 3)):
        again = pickle.loads(pickle.dumps(leaf))
        assert (type(again), vars(again)) == (type(leaf), vars(leaf))
