"""A small aggregate that only tests know: a jar of beans with an owner's name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict
from uuid import UUID

from ledger.aggregate import Aggregate, Personal, event
from ledger.journal import Context, Journal, Recorded, handler
from ledger.refusals import Conflict, NotFound


@dataclass(eq=False)
class JarFull(Conflict):
    """The jar holds no more beans."""

    beans: int


@dataclass(eq=False)
class NoJar(NotFound):
    """There is no such jar."""


@dataclass
class Layer:
    """Beans of one colour."""

    colour: str
    beans: int


class JarState(TypedDict):
    """The types of a jar's state."""

    account_id: UUID
    name: str | None
    beans: int
    layers: dict[UUID, Layer]


class Jar(Aggregate, created_event_name="Labelled"):
    """Holds at most a million beans."""

    TOPIC = "test_jars"
    SNAPSHOT_EVERY = 100
    STATE = JarState

    class Event(Aggregate.Event):
        TOPIC = "test_jars.Event"

    class Labelled(Event, Aggregate.Created):
        TOPIC = "test_jars.Labelled"
        account_id: UUID
        name: Personal

    class Filled(Event):
        TOPIC = "test_jars.Filled"
        layer_id: UUID
        colour: str
        beans: int

    def __init__(self, account_id: UUID, name: str | None) -> None:
        self.account_id = account_id
        self.name = name
        self.beans = 0
        self.layers: dict[UUID, Layer] = {}

    def fill(self, layer_id: UUID, colour: str, beans: int) -> None:
        if self.beans + beans > 1_000_000:
            raise JarFull(self.beans)
        self._filled(layer_id=layer_id, colour=colour, beans=beans)

    @event(Filled)
    def _filled(self, layer_id: UUID, colour: str, beans: int) -> None:
        self.beans += beans
        self.layers = {layer_id: Layer(colour, beans)}


@dataclass(frozen=True, kw_only=True)
class LabelJar:
    """Ask for a new jar."""

    account_id: UUID
    jar_id: UUID
    name: str = "Ann"


@dataclass(frozen=True, kw_only=True)
class FillJar:
    """Ask to put beans in."""

    account_id: UUID
    jar_id: UUID
    beans: int = 1


@handler
def label_jar(journal: Journal, command: LabelJar, context: Context) -> Recorded:
    jar = Jar._create(
        event_class=Jar.Labelled,
        id=command.jar_id,
        account_id=command.account_id,
        name=command.name,
    )
    return journal.record(jar, context=context, ids={"jar": command.jar_id})


@handler
def fill_jar(journal: Journal, command: FillJar, context: Context) -> Recorded:
    try:
        jar = journal.load(Jar, command.jar_id)
    except KeyError:
        raise NoJar from None
    jar.fill(context.new_id("layer"), "white", command.beans)
    return journal.record(jar, context=context)
