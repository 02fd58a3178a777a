"""A key counts as seen when every resolver has exactly it."""

from __future__ import annotations

import pytest

from commands.gateways.dns import Resolvers
from commands.gateways.signing import new_key_pair
from commands.key_sightings import sight_of
from ledger.zone import key_value
from tests.fakes import Names

ZONE, NAME = "mail.daybook.test", "dm1.k.dkim"
KEY = new_key_pair().public
TEXT = key_value(KEY)
HOST = f"{NAME}.{ZONE}"


@pytest.fixture
def names() -> Names:
    names = Names()
    names.publish(HOST, "TXT", TEXT)
    return names


def test_it_is_seen_where_all_resolvers_have_it(names: Names) -> None:
    assert sight_of(names, ZONE)(NAME, KEY) is True
    assert {(one.host, one.type) for one in names.asked} == {(HOST, "TXT")}


@pytest.mark.parametrize("values", [(), (key_value(""),), (TEXT, TEXT[:-9])])
def test_nothing_another_key_or_several_are_not_it(
    names: Names, values: tuple[str, ...]
) -> None:
    names.publish(HOST, "TXT", *values)
    assert sight_of(names, ZONE)(NAME, KEY) is False


def test_where_the_resolvers_differ_nobody_knows(names: Names) -> None:
    names.seen_by_one.add(HOST)
    assert sight_of(names, ZONE)(NAME, KEY) is None


@pytest.mark.parametrize("status", ["timeout", "server_failure"])
def test_who_does_not_answer_says_nothing(names: Names, status: str) -> None:
    names.trouble[HOST] = status
    assert sight_of(names, ZONE)(NAME, KEY) is None


def test_without_resolvers_nobody_knows() -> None:
    assert sight_of(Resolvers([]), ZONE)(NAME, KEY) is None
