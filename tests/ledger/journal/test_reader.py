"""Reading in the order of positions, page by page or as one stream."""

from __future__ import annotations

from uuid import uuid4

import pytest

from ledger.journal import Journal, Place, Reader
from ledger.journal.append import commit
from ledger.journal.records import event_id
from tests.conftest import NOON, context_at
from tests.jars import FillJar, Jar, LabelJar, fill_jar, label_jar
from tests.rows import append_of, auditor, row_of, service
from web.database import Database


@pytest.fixture
def reader(empty_journal: Journal) -> Reader:
    return Reader(empty_journal.connections, empty_journal.facts)


def ten_facts(database: Database) -> list[int]:
    with service(database) as connection:
        return [commit(connection, [append_of()])[0][0] for _ in range(10)]


def test_pages_join_without_a_gap_or_a_double(
    reader: Reader, empty_database: Database
) -> None:
    positions, seen = ten_facts(empty_database), [0]
    with auditor(empty_database) as connection:
        while page := reader.batch(connection, seen[-1], 3):
            assert len(page) <= 3
            seen += [fact.position for fact in page]
    assert seen[1:] == positions


def test_a_stream_of_facts_begins_after_and_ends_with_what_was_asked(
    reader: Reader, empty_database: Database
) -> None:
    positions = ten_facts(empty_database)
    with auditor(empty_database) as connection:
        facts = reader.stream(connection, after=positions[1], until=positions[4])
        assert [fact.position for fact in facts] == positions[2:5]


def test_one_accounts_facts_are_read_alone(
    reader: Reader, empty_database: Database
) -> None:
    ten_facts(empty_database)
    account = uuid4()
    with service(empty_database) as connection:
        commit(connection, [append_of(row_of(account_id=account))])
    with auditor(empty_database) as connection:
        (fact,) = reader.stream(connection, account_id=account)
    assert fact.account_id == account


def test_a_stream_ends_at_the_horizon(reader: Reader, empty_database: Database) -> None:
    positions = ten_facts(empty_database)
    with (
        service(empty_database) as slow,
        auditor(empty_database) as connection,
        slow.transaction(),
    ):
        commit(slow, [append_of()])
        ten_facts(empty_database)
        assert [f.position for f in reader.stream(connection)] == positions


def test_the_horizon_is_a_place_above_everything_committed(
    reader: Reader, empty_database: Database
) -> None:
    positions = ten_facts(empty_database)
    with auditor(empty_database) as connection:
        place = reader.horizon(connection)
    assert place == Place(1, 1, place.position)
    assert place.position > positions[-1]


def test_facts_not_decoded_have_their_bytes_and_no_event(
    reader: Reader, empty_database: Database
) -> None:
    ten_facts(empty_database)
    with auditor(empty_database) as connection:
        fact = next(iter(reader.stream(connection, decode=False)))
    assert fact.event is None
    assert fact.trouble is None
    assert fact.payload.startswith(b'{"layer_id"')


def test_a_fact_tells_its_event_and_where_it_came_from(
    reader: Reader, empty_journal: Journal, empty_database: Database
) -> None:
    label = LabelJar(account_id=uuid4(), jar_id=uuid4())
    label_jar(empty_journal, label, context_at(NOON, ip="192.0.2.7"))
    fill = FillJar(account_id=label.account_id, jar_id=label.jar_id)
    fill_jar(empty_journal, fill, context_at(NOON))
    with auditor(empty_database) as connection:
        first, second = reader.of_stream(connection, label.jar_id)
    assert isinstance(first.event, Jar.Labelled)
    assert (first.event.name, first.happened_at) == ("Ann", NOON)
    assert reader.origin(first) == ("192.0.2.7", "Firefox")
    assert reader.origin(second) == (None, None)
    assert second.event_id == event_id(label.jar_id, 2)


def test_where_a_fact_came_from_is_unknown_once_its_key_is_destroyed(
    reader: Reader, empty_journal: Journal, empty_database: Database
) -> None:
    label = LabelJar(account_id=uuid4(), jar_id=uuid4())
    label_jar(empty_journal, label, context_at(NOON, ip="192.0.2.7"))
    empty_journal.vault.destroy(label.account_id, f"security-{NOON.year}")
    with auditor(empty_database) as connection:
        (fact,) = reader.of_stream(connection, label.jar_id)
    assert reader.origin(fact) == (None, None)
    assert fact.trouble is None
