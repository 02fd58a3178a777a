"""Facts as bytes: fixed for ever, read by today's classes, or told as trouble."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import MapperDeserialisationError

from ledger.aggregate import Aggregate, Personal
from ledger.journal import Journal, Reader
from ledger.journal.append import commit
from ledger.journal.records import StoredFact, event_id, place, shape_of
from tests.conftest import NOON, context_at
from tests.jars import FillJar, Jar, LabelJar, fill_jar, label_jar
from tests.rows import append_of, auditor, row_of, service, stored
from web.database import Database


class Box(Aggregate, created_event_name="Packed"):
    """Was packed with a count only; today its colour is recorded too."""

    TOPIC = "test_boxes"

    class Event(Aggregate.Event):
        TOPIC = "test_boxes.Event"

    class Packed(Event, Aggregate.Created):
        TOPIC = "test_boxes.Packed"
        account_id: UUID
        count: int
        owner: Personal
        colour: str

        class_version = 3

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> None:
            state["count"] = state.pop("number")

        @staticmethod
        def upcast_v2_v3(state: dict[str, Any]) -> None:
            state["colour"] = "white"

    def __init__(
        self, account_id: UUID, count: int, owner: str | None, colour: str
    ) -> None:
        self.account_id = account_id
        self.count = count
        self.owner = owner
        self.colour = colour


OPEN = b'{"account_id":"00000000-0000-0000-0000-000000000001",'


@pytest.mark.parametrize(
    ("version", "payload", "colour"),
    [
        (1, OPEN + b'"number":7}', "white"),
        (2, OPEN + b'"count":7}', "white"),
        (3, OPEN + b'"count":7,"colour":"red"}', "red"),
    ],
)
def test_every_version_of_a_fact_is_read_as_todays(
    journal: Journal, version: int, payload: bytes, colour: str
) -> None:
    account, stream = UUID(int=1), uuid4()
    aad = place(stream, 1, "test_boxes.Packed")
    sealed = journal.vault.seal(account, "profile", b'{"owner":"Ann"}', aad)
    found = journal.facts.to_event(
        StoredFact(
            stream, 1, "test_boxes.Packed", payload, account, version, *sealed, NOON
        )
    )
    assert isinstance(found, Box.Packed)
    assert (found.account_id, found.count, found.owner, found.colour) == (
        account,
        7,
        "Ann",
        colour,
    )


@pytest.mark.parametrize(
    ("topic", "version", "payload", "why"),
    [
        ("test_boxes.Burnt", 1, b"{}", "test_boxes.Burnt"),
        ("test_boxes.Packed", 4, OPEN + b'"count":7}', "newer than this code"),
        ("test_boxes.Packed", 3, OPEN + b'"count":"x","colour":""}', "Expected `int`"),
        ("test_boxes.Packed", 3, OPEN + b'"count":7}', "colour"),
        ("test_boxes.Packed", 3, b"\xff", "malformed"),
        ("test_boxes.Packed", 2, b"{}", "account_id"),
    ],
)
def test_what_this_code_cannot_read_is_told_and_not_guessed(
    journal: Journal, topic: str, version: int, payload: bytes, why: str
) -> None:
    fact = StoredFact(uuid4(), 1, topic, payload, UUID(int=1), version)
    with pytest.raises(MapperDeserialisationError, match=why):
        journal.facts.to_event(fact)


def test_a_reader_goes_on_past_a_fact_it_cannot_read(
    empty_journal: Journal, empty_database: Database
) -> None:
    with service(empty_database) as connection:
        commit(connection, [append_of(row_of(topic="test_boxes.Burnt"), row_of())])
    reader = Reader(empty_journal.connections, empty_journal.facts)
    with auditor(empty_database) as connection:
        bad, good = reader.batch(connection, 0, 10)
    assert bad.event is None
    assert "test_boxes.Burnt" in str(bad.trouble)
    assert isinstance(good.event, Jar.Filled)
    assert good.trouble is None


def test_the_bytes_of_a_payload_never_change(
    journal: Journal, database: Database
) -> None:
    account, jar = UUID(int=1), uuid4()
    label_jar(journal, LabelJar(account_id=account, jar_id=jar), context_at(NOON))
    fill_jar(
        journal, FillJar(account_id=account, jar_id=jar, beans=3), context_at(NOON)
    )
    label, fill = stored(database, jar)
    assert bytes(label["payload"]) == OPEN[:-1] + b"}"
    layer = journal.fresh(Jar, jar).layers.popitem()[0]
    assert bytes(fill["payload"]) == (
        b'{"layer_id":"%s","colour":"white","beans":3}' % str(layer).encode()
    )
    assert (label["topic"], label["topic_version"]) == ("test_jars.Labelled", 1)


def test_a_fact_read_again_equals_the_fact_that_was_recorded(
    journal: Journal,
) -> None:
    account, stream = uuid4(), uuid4()
    jar = Jar._create(
        event_class=Jar.Labelled, id=stream, account_id=account, name="Ann"
    )
    jar.fill(uuid4(), "réd", 2)
    replayed: Jar | None = None
    for decided in jar.pending_events:
        replayed = decided.mutate(replayed)
    assert replayed is not None
    assert (replayed.beans, replayed.name) == (2, "Ann")


def test_personal_fields_are_those_so_marked() -> None:
    assert shape_of("test_boxes.Packed").personal == ("owner",)
    assert shape_of("test_jars.Filled").personal == ()


def test_an_event_has_one_id_for_ever() -> None:
    assert event_id(UUID(int=7), 3) == UUID("14946776-d066-5dd1-9ee1-40e6e6bdf862")
    assert event_id(UUID(int=7), 3) != event_id(UUID(int=7), 4)


def test_the_place_of_a_row_is_its_stream_version_and_topic() -> None:
    found = place(UUID(int=7), 3, "jars.Filled")
    assert found == bytes(15) + b"\x07" + b"\x00\x00\x00\x03" + b"jars.Filled"
