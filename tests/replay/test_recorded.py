"""The past can still be read: every topic and version that was ever recorded."""

from __future__ import annotations

import dataclasses
from uuid import UUID

import pytest

from ledger import (
    account_facts,
    accounts,
    api_keys,
    credentials,
    credit_facts,
    credits,
    domain_facts,
    domains,
    email_addresses,
    it_letters,
    period_hold_facts,
    period_holds,
    profiles,
    purchase_facts,
    purchases,
    receipts,
    sessions,
    signing_key_facts,
    signing_keys,
    staff,
    subscription_facts,
    subscriptions,
    top_up_facts,
    top_ups,
    tracking_domains,
    tracking_facts,
    usage,
    usage_facts,
)
from ledger.aggregate import Aggregate
from ledger.journal.records import ENVELOPE, TypedMapper, shape_of
from ledger.journal.vault import Vault
from tests.conftest import NOON
from tests.replay.recordings import RECORDED, Recording, by_stream, event_classes, kept

MODULES = (
    account_facts,
    accounts,
    api_keys,
    credentials,
    credit_facts,
    credits,
    domain_facts,
    domains,
    email_addresses,
    it_letters,
    period_hold_facts,
    period_holds,
    profiles,
    purchase_facts,
    purchases,
    receipts,
    sessions,
    signing_key_facts,
    signing_keys,
    staff,
    subscription_facts,
    subscriptions,
    tracking_domains,
    tracking_facts,
    top_up_facts,
    top_ups,
    usage,
    usage_facts,
)
RECORDINGS = kept()
each_recording = pytest.mark.parametrize(
    "recording", RECORDINGS, ids=lambda one: f"{one.topic}-{one.stream_id[:8]}"
)


class InClear(Vault):
    """A vault for recordings, whose personal fields were never sealed."""

    def __init__(self) -> None:
        """Keep no keys."""

    def open(
        self, account_id: UUID, key_id: UUID, data: bytes, aad: bytes
    ) -> bytes | None:
        return data


MAPPER = TypedMapper(InClear())


def restored(recording: Recording) -> Aggregate.Event:
    return MAPPER.to_event(recording.stored)


def test_every_topic_and_version_in_the_code_was_recorded() -> None:
    assert {module.__name__ for module in MODULES} == {
        kind.__module__ for kind in event_classes().values()
    }
    in_code = {
        (topic, version)
        for topic in event_classes()
        for version in range(1, shape_of(topic).version + 1)
    }
    assert in_code - {(one.topic, one.topic_version) for one in RECORDINGS} == set()


def test_every_recorded_topic_is_still_in_the_code() -> None:
    assert {one.topic for one in RECORDINGS} - event_classes().keys() == set()


def test_each_recording_stands_in_the_file_of_its_topic() -> None:
    for path in RECORDED.iterdir():
        topics = {one.topic for one in RECORDINGS if f"{one.topic}.jsonl" == path.name}
        lines = path.read_text().splitlines()
        assert len(topics) == 1
        assert all(f'"topic": "{path.stem}"' in line for line in lines)


@each_recording
def test_a_recorded_fact_has_exactly_the_fields_of_its_class(
    recording: Recording,
) -> None:
    event = restored(recording)
    fields = {field.name for field in dataclasses.fields(type(event))}
    assert vars(event).keys() - ENVELOPE == fields - ENVELOPE


@each_recording
def test_a_recorded_fact_is_restored_as_a_fact_of_its_class_and_moment(
    recording: Recording,
) -> None:
    event = restored(recording)
    assert type(event) is event_classes()[recording.topic]
    assert event.timestamp >= NOON
    assert event.originator_version == recording.version


@each_recording
def test_a_personal_field_is_never_in_the_readable_payload(
    recording: Recording,
) -> None:
    shape = shape_of(recording.topic)
    personal = shape.personal
    # An earlier version may have had no personal field, or others.
    if recording.topic_version == shape.version:
        assert (recording.personal is not None) == bool(personal)
    assert not [name for name in personal if f'"{name}":' in recording.payload]


@each_recording
def test_a_fact_whose_key_was_destroyed_is_restored_without_its_person(
    recording: Recording,
) -> None:
    erased = dataclasses.replace(recording, personal=None)
    event = restored(erased)
    assert all(getattr(event, name) is None for name in shape_of(erased.topic).personal)


@pytest.mark.parametrize(
    "stream", by_stream(RECORDINGS).values(), ids=lambda s: s[0].topic
)
def test_a_recorded_stream_is_whole_and_makes_its_aggregate(
    stream: list[Recording],
) -> None:
    aggregate: Aggregate | None = None
    for recording in stream:
        aggregate = restored(recording).mutate(aggregate)
    assert aggregate is not None
    assert [one.version for one in stream] == list(range(1, len(stream) + 1))
    assert aggregate.version == len(stream)
    assert str(aggregate.account_id) == stream[0].account_id


def test_the_recorded_spending_leaves_the_credits_it_left_then() -> None:
    streams = by_stream(RECORDINGS).values()
    spent = next(s for s in streams if any(one.topic == "credits.Expired" for one in s))
    balance: credits.CreditBalance | None = None
    for recording in spent:
        balance = restored(recording).mutate(balance)
    assert balance is not None
    totals = balance.totals
    assert (totals.granted, totals.captured, totals.expired) == (12, 2, 3)
