"""What every aggregate has in common: facts without clocks, and personal fields."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_type_hints
from uuid import UUID, uuid4

import pytest

from ledger.accounts import Account
from ledger.aggregate import (
    PERSONAL,
    SYSTEM,
    UNSTAMPED,
    Aggregate,
    Personal,
    PersonalMap,
)
from ledger.api_keys import ApiKey
from ledger.credits import CreditBalance
from ledger.purchases import Purchase
from ledger.receipts import Receipt
from ledger.sessions import Session
from tests.specification import replayed, state
from tests.strategies import ANN

ALL = (Account, ApiKey, CreditBalance, Purchase, Receipt, Session)
each_aggregate = pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)


def session() -> Session:
    return Session.begin(
        uuid4(), ANN, kind="browser", methods=["password"], credential_epoch=1
    )


def test_a_fact_has_no_time_before_it_is_recorded() -> None:
    one = session()
    one.end("signed_out", "customer")
    stamps = [event.timestamp for event in one.pending_events]
    assert stamps == [UNSTAMPED, UNSTAMPED]
    assert datetime(1970, 1, 1, tzinfo=UTC) > UNSTAMPED


def test_the_time_of_a_fact_leaves_no_trace_in_the_state() -> None:
    one = session()
    before = state(one)
    one.modified_on = datetime(2026, 11, 23, tzinfo=UTC)
    assert state(one) == before
    assert one.modified_on == UNSTAMPED


def test_what_is_decided_and_what_is_replayed_are_the_same_to_the_last_attribute() -> (
    None
):
    one = session()
    one.end("signed_out", "customer")
    again = replayed(one.pending_events)
    assert vars(again) == vars(one) | {"_pending_events": []}
    assert (again.id, again.version) == (one.id, 2)


def test_a_replayed_aggregate_has_nothing_to_record() -> None:
    again = replayed(session().pending_events)
    assert list(again.pending_events) == []
    again.end("signed_out", "customer")
    assert [event.originator_version for event in again.pending_events] == [2]


@each_aggregate
def test_every_event_is_about_an_account_and_its_topic_is_written_out(
    kind: type[Aggregate],
) -> None:
    events = [one for one in vars(kind).values() if _is_event(one)]
    assert events
    for event in events:
        assert f"{kind.TOPIC}.{event.__name__}" == event.TOPIC  # type: ignore[attr-defined]
        assert issubclass(event, Aggregate.Event)


def _is_event(one: object) -> bool:
    """Whether we wrote this event; the library adds some that are never recorded."""
    ours = isinstance(one, type) and issubclass(one, Aggregate.Event)
    return ours and "TOPIC" in vars(one)


@each_aggregate
def test_the_first_fact_names_the_account(kind: type[Aggregate]) -> None:
    (birth,) = [
        one
        for one in vars(kind).values()
        if _is_event(one) and issubclass(one, Aggregate.Created)
    ]
    assert get_type_hints(birth)["account_id"] is UUID


def test_personal_is_told_by_the_mark_and_reads_as_none_once_erased() -> None:
    def typed(text: Personal, facts: PersonalMap, amount: int | None) -> None: ...

    hints = get_type_hints(typed, include_extras=True)
    marked = [n for n, h in hints.items() if PERSONAL in getattr(h, "__metadata__", ())]
    assert marked == ["text", "facts"]
    for name, kind in (("text", str), ("facts", dict)):
        assert type(None) in get_type_hints(typed)[name].__args__
        assert any(kind in (arg, getattr(arg, "__origin__", None))
                   for arg in get_type_hints(typed)[name].__args__)  # fmt: skip
    assert repr(PERSONAL) == "PERSONAL"


def test_personal_fields_are_sealed_with_the_profile_key_unless_told_otherwise() -> (
    None
):
    (begun,) = session().pending_events
    assert isinstance(begun, Aggregate.Event)
    assert begun.purpose() == "profile"
    purposes = {kind for kind in ALL if "purpose" in _own_methods(kind)}
    assert purposes == {Receipt}


def _own_methods(kind: type[Aggregate]) -> set[str]:
    events = [one for one in vars(kind).values() if _is_event(one)]
    return {name for event in events for name in vars(event)}


def test_only_streams_that_grow_long_are_snapshotted_and_they_name_their_state() -> (
    None
):
    assert Aggregate.SNAPSHOT_EVERY == 0
    for kind in ALL:
        assert (kind.SNAPSHOT_EVERY > 0) == ("STATE" in vars(kind))
    assert CreditBalance.SNAPSHOT_EVERY > 0


def test_the_system_has_the_nil_account() -> None:
    assert UUID("00000000-0000-0000-0000-000000000000") == SYSTEM
