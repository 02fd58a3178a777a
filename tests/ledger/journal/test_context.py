"""A command's id and body: what makes two commands the same one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.journal import OUTSIDE_BODY
from ledger.journal.context import Once, body_of, command_id
from tests.conftest import NOON, context_at


@dataclass(frozen=True, kw_only=True)
class Address:
    """A part of a command."""

    city: str


@dataclass(frozen=True, kw_only=True)
class Move:
    """A command with a secret in it."""

    zip_code: str
    account_id: UUID
    address: Address
    password: str = field(metadata=OUTSIDE_BODY)


MOVE = Move(
    zip_code="1", account_id=UUID(int=1), address=Address(city="Bern"), password="x"
)


def test_the_body_is_sorted_json_without_secrets() -> None:
    assert body_of(MOVE) == (
        b'{"account_id":"00000000-0000-0000-0000-000000000001",'
        b'"address":{"city":"Bern"},"zip_code":"1"}'
    )


def test_another_secret_is_the_same_body_and_another_field_is_not() -> None:
    assert body_of(replace(MOVE, password="y")) == body_of(MOVE)
    assert body_of(replace(MOVE, zip_code="2")) != body_of(MOVE)


def test_a_command_that_holds_a_stranger_is_our_mistake() -> None:
    with pytest.raises(TypeError, match="may not hold"):
        body_of(replace(MOVE, address=object()))  # type: ignore[arg-type]


def test_a_commands_id_is_the_same_for_ever() -> None:
    assert command_id("customer:ann", "fill_jar", "k") == UUID(
        "06119620-910d-8e87-b121-af4ed652858f"
    )


@given(*[st.text(st.characters(codec="utf-8"), max_size=4)] * 6)
def test_two_commands_share_an_id_only_if_they_are_the_same(
    a: str, b: str, c: str, d: str, e: str, f: str
) -> None:
    same = (a, b, c) == (d, e, f)
    assert (command_id(a, b, c) == command_id(d, e, f)) == same


def test_moving_a_letter_between_principal_and_key_is_another_command() -> None:
    assert command_id("ab", "c", "d") != command_id("a", "bc", "d")


def test_ids_made_for_a_command_are_the_same_at_every_try() -> None:
    once = Once(UUID(int=1), uuid4(), "test", b"")
    first, again = (replace(context_at(NOON), once=once) for _ in range(2))
    assert first.new_id("hold") == again.new_id("hold")
    assert first.new_id("hold") != first.new_id("lot")
