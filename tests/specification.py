"""Given a history, when this is asked, then these facts, or this refusal."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from ledger.aggregate import Aggregate
from ledger.journal.records import shape_of
from ledger.refusals import Refusal

A = TypeVar("A", bound=Aggregate)
Fact = tuple[str, dict[str, Any]]
ENVELOPE = {"originator_id", "originator_version", "originator_topic", "timestamp"}


def fact(kind: type[Any], /, **fields: Any) -> Fact:
    """The event that is expected: its topic and all of its own fields."""
    return kind.TOPIC, fields


def told(happened: Any) -> Fact:
    """A recorded event in the same form, without its envelope."""
    names = {field.name for field in dataclasses.fields(happened)} - ENVELOPE
    return happened.TOPIC, {name: getattr(happened, name) for name in names}


def state(aggregate: Aggregate) -> dict[str, Any]:
    """What an aggregate knows, without the facts that wait to be recorded."""
    attributes = copy.deepcopy(vars(aggregate))
    del attributes["_pending_events"]
    return attributes


def kept(happened: Any) -> Any:
    """The same event after it was written as the journal writes it, and read."""
    shape = shape_of(happened.TOPIC)
    fields = told(happened)[1]
    sealed = msgspec.json.encode({name: fields.pop(name) for name in shape.personal})
    read = shape.open_decoder.decode(msgspec.json.encode(fields))
    read |= shape.sealed_decoder.decode(sealed)
    return dataclasses.replace(happened, **read)


def replayed(events: Sequence[Any]) -> Any:
    """The aggregate that these facts make once they come out of the journal."""
    aggregate = None
    for happened in events:
        assert kept(happened) == happened
        aggregate = kept(happened).mutate(aggregate)
    return aggregate


def refusal_of(request: Callable[[], object]) -> Refusal | None:
    """What is refused, or None where the request is taken."""
    try:
        request()
    except Refusal as refusal:
        return refusal
    return None


class Given(Generic[A]):
    """An aggregate whose whole history is still pending, or None before its birth."""

    def __init__(self, aggregate: A | None) -> None:
        self.aggregate: Any = aggregate

    def when(self, ask: Callable[[A], object]) -> Asked:
        before = copy.deepcopy(self.aggregate)
        try:
            answer = ask(self.aggregate)
        except Refusal as refusal:
            return Asked(before, self.aggregate, refusal)
        return Asked(before, self.aggregate or answer, None)


@dataclasses.dataclass
class Asked:
    """What came of it."""

    before: Any
    after: Any
    refusal: Refusal | None

    def then(self, *facts: Fact) -> None:
        """Demand exactly these facts, and that replay gives the same aggregate."""
        assert self.refusal is None, repr(self.refusal)
        events = self.after.pending_events
        known = len(self.before.pending_events) if self.before else 0
        assert [told(happened) for happened in events[known:]] == list(facts)
        assert state(replayed(events)) == state(self.after)

    def then_refused(self, kind: type[Refusal], **evidence: Any) -> None:
        """Demand this refusal with this evidence, and that it left no trace."""
        assert type(self.refusal) is kind, repr(self.refusal)
        assert {name: getattr(self.refusal, name) for name in evidence} == evidence
        assert self.before is None or (
            state(self.after) == state(self.before)
            and len(self.after.pending_events) == len(self.before.pending_events)
        )


def given(aggregate: A | None) -> Given[A]:
    """Start from this aggregate; from None where its birth is what is asked."""
    return Given(aggregate)
