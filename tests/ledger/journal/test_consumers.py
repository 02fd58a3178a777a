"""Positions move by compare-and-set, accounts wait by name and generation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import Connection

from ledger.journal import Fact, Journal, Reader, consumers
from ledger.journal.consumers import Standing, Surprise
from tests.conftest import NOON, context_at
from tests.jars import LabelJar, label_jar
from web.database import Database


@pytest.fixture
def connection(empty_database: Database) -> Iterator[Connection[Any]]:
    with psycopg.connect(empty_database.service, autocommit=True) as connection:
        consumers.register(connection, ["a", "b"])
        yield connection


@pytest.fixture
def fact(empty_journal: Journal, connection: Connection[Any]) -> Fact:
    command = LabelJar(account_id=uuid4(), jar_id=uuid4())
    label_jar(empty_journal, command, context_at(NOON))
    reader = Reader(empty_journal.connections, empty_journal.facts)
    (fact,) = reader.batch(connection, 0, 10)
    return fact


def test_a_consumer_starts_before_the_first_fact_and_is_registered_once(
    connection: Connection[Any],
) -> None:
    consumers.register(connection, ["b", "a"])
    found = consumers.standings(connection, ["a", "b"])
    assert found == [Standing("a", 1, 0), Standing("b", 1, 0)]


def test_a_group_moves_together_or_not_at_all(connection: Connection[Any]) -> None:
    group = consumers.standings(connection, ["a", "b"])
    assert consumers.move(connection, group[:1], 7)
    with connection.transaction(force_rollback=True):
        assert not consumers.move(connection, group, 9)
    assert not consumers.move(connection, group[:1], 9)
    assert consumers.standings(connection, ["a"]) == [Standing("a", 1, 7)]


def test_who_holds_a_position_is_not_waited_for(
    connection: Connection[Any], empty_database: Database
) -> None:
    group = consumers.standings(connection, ["a"])
    with psycopg.connect(empty_database.service) as other:
        assert consumers.hold_still(other, "a", 1) == 0
        assert consumers.hold_still(connection, "a", 1) is None
        assert not consumers.move(connection, group, 5)
    assert consumers.move(connection, group, 5)


def test_an_account_waits_for_one_consumer_and_generation_only(
    connection: Connection[Any], fact: Fact
) -> None:
    group = consumers.standings(connection, ["a", "b"])
    consumers.park(connection, group[0], fact, "trouble")
    assert consumers.waiting(connection, group, [fact]) == {("a", fact.account_id)}
    rebuilt = [group[0]._replace(generation=2)]
    assert consumers.waiting(connection, rebuilt, [fact]) == set()


def test_a_parked_account_is_due_only_after_it_was_unparked(
    connection: Connection[Any], fact: Fact
) -> None:
    (standing,) = consumers.standings(connection, ["a"])
    consumers.park(connection, standing, fact, "trouble")
    assert consumers.parked(connection, ["a"], due=True) == []
    assert consumers.unpark(connection, "a", fact.account_id)
    (parked,) = consumers.parked(connection, ["a"], due=True)
    assert (parked.position, parked.attempts) == (fact.position, 1)
    consumers.park(connection, standing, fact, "again")
    (again,) = consumers.parked(connection, ["a"])
    assert (again.attempts, again.trouble, again.due_at) == (2, "again", None)
    consumers.free(connection, again)
    assert not consumers.still_parked(connection, again)


def test_trouble_is_told_by_its_kind_and_never_by_its_values(
    connection: Connection[Any],
) -> None:
    with pytest.raises(psycopg.Error) as refused:
        connection.execute("INSERT INTO credit_balances VALUES (%s, 1, -5)", (uuid4(),))
    told = consumers.told(refused.value)
    assert told.startswith(("NotNullViolation 23502", "CheckViolation 23514"))
    assert "-5" not in told
    assert consumers.told(Surprise("a lot is not there")) == "a lot is not there"
