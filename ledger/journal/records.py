"""Facts as rows and rows as facts: topics, typed JSON, sealing and upcasting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, TypedDict, cast, get_type_hints
from uuid import UUID, uuid5

import msgspec
import psycopg
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import (
    JSONTranscoder,
    Mapper,
    MapperDeserialisationError,
    StoredEvent,
)
from eventsourcing.utils import get_topic, resolve_topic

from ledger.aggregate import BULK, PERSONAL, SYSTEM, UNSTAMPED, Aggregate
from ledger.journal.connections import Unreachable
from ledger.journal.context import Context
from ledger.journal.statement import Row
from ledger.journal.vault import Vault

ENVELOPE = frozenset(
    (
        "originator_id",
        "originator_version",
        "originator_topic",
        "originator_id_type",
        "timestamp",
    )
)


@dataclass(frozen=True)
class StoredFact(StoredEvent):
    """A stored event with what our journal keeps beside it."""

    account_id: UUID = SYSTEM
    topic_version: int = 1
    sealed: bytes | None = None
    sealed_key_id: UUID | None = None
    happened_at: datetime = UNSTAMPED


class Shape(NamedTuple):
    """How one event class is written and read."""

    topic: str
    cls: type[Aggregate.Event]
    version: int
    birth_topic: str | None
    personal: tuple[str, ...]
    bulk: str | None
    open_type: Any
    sealed_type: Any
    open_decoder: msgspec.json.Decoder[dict[str, Any]]
    sealed_decoder: msgspec.json.Decoder[dict[str, Any]]


@lru_cache(maxsize=1024)
def shape_of(topic: str) -> Shape:
    """Return how events of this topic are read; raises eventsourcing's TopicError."""
    cls = cast("type[Aggregate.Event]", resolve_topic(topic))
    hints = get_type_hints(cls, include_extras=True)
    own = {name: hint for name, hint in hints.items() if name not in ENVELOPE}
    personal = tuple(
        name
        for name, hint in own.items()
        if PERSONAL in getattr(hint, "__metadata__", ())
    )
    bulk = [name for name in personal if BULK in own[name].__metadata__]
    assert bulk in ([], list(personal)), f"{topic} has more than its bulk sealed"
    open_fields = {name: hint for name, hint in own.items() if name not in personal}
    sealed_fields = {name: own[name] for name in personal}
    open_type = TypedDict(f"{cls.__qualname__}.open", open_fields)  # type: ignore[misc]
    sealed_type = TypedDict(f"{cls.__qualname__}.sealed", sealed_fields)  # type: ignore[misc]
    birth = topic.split(".")[0] if "originator_topic" in hints else None
    return Shape(
        topic,
        cls,
        getattr(cls, "class_version", 1),
        birth,
        personal,
        bulk[0] if bulk else None,
        open_type,
        sealed_type,
        msgspec.json.Decoder(open_type),
        msgspec.json.Decoder(sealed_type),
    )


def place(stream_id: UUID, version: int, topic: str) -> bytes:
    """Return the additional data that bind ciphertext to its row."""
    return stream_id.bytes + version.to_bytes(4) + topic.encode()


def event_id(stream_id: UUID, version: int) -> UUID:
    """Return the id that a reaction names as its cause (UUID v5 of the place)."""
    return uuid5(stream_id, str(version))


class TypedMapper(Mapper[UUID]):
    """Writes plain typed JSON; reads it back by the annotations of the event class."""

    def __init__(self, vault: Vault) -> None:
        super().__init__(JSONTranscoder())
        self.vault = vault

    def to_row(
        self, event: Aggregate.Event, account_id: UUID, context: Context, software: str
    ) -> Row:
        """Return the journal's row; seals personal fields, IP and client."""
        shape = shape_of(get_topic(type(event)))
        state = {k: v for k, v in vars(event).items() if k not in ENVELOPE}
        aad = place(event.originator_id, event.originator_version, shape.topic)
        personal = {name: state.pop(name) for name in shape.personal}
        sealed, sealed_key_id = self._sealed(event, account_id, personal, aad)
        origin, origin_key_id = self._origin(account_id, context, aad)
        assert context.once is not None
        return Row(
            account_id,
            event.originator_id,
            event.originator_version,
            shape.topic,
            shape.version,
            msgspec.json.encode(state),
            sealed,
            sealed_key_id,
            context.actor.kind,
            context.actor.id,
            context.happened_at or context.now,
            origin,
            origin_key_id,
            context.correlation_id,
            context.causation_id,
            context.once.command_id,
            software,
        )

    def _sealed(
        self,
        event: Aggregate.Event,
        account_id: UUID,
        personal: dict[str, Any],
        aad: bytes,
    ) -> tuple[bytes, UUID] | tuple[None, None]:
        if not personal:
            return None, None
        bulk = shape_of(get_topic(type(event))).bulk
        data = personal.get(bulk or "") or msgspec.json.encode(personal)
        return self.vault.seal(account_id, event.purpose(), data, aad)

    def _origin(
        self, account_id: UUID, context: Context, aad: bytes
    ) -> tuple[bytes, UUID] | tuple[None, None]:
        if context.ip is None and context.client is None:
            return None, None
        data = msgspec.json.encode({"ip": context.ip, "client": context.client})
        return self.vault.seal(account_id, f"security-{context.now.year}", data, aad)

    def to_domain_event(self, stored_event: StoredEvent) -> DomainEventProtocol[UUID]:
        """Return the event; its personal fields are None once their key is gone.

        Raises MapperDeserialisationError for what the class does not understand.
        """
        assert isinstance(stored_event, StoredFact)
        return self.to_event(stored_event)

    def to_event(self, stored: StoredFact) -> Aggregate.Event:
        """Return the event of a stored fact, typed and upcast to today's version."""
        try:
            shape = shape_of(stored.topic)
            state = self._state(shape, stored)
        except (psycopg.OperationalError, psycopg.InterfaceError, Unreachable):
            raise
        except Exception as trouble:
            where = f"{stored.topic} {stored.originator_id}/{stored.originator_version}"
            raise MapperDeserialisationError(f"{where}: {trouble}") from trouble
        state["originator_id"] = stored.originator_id
        state["originator_version"] = stored.originator_version
        state["timestamp"] = stored.happened_at
        if shape.birth_topic is not None:
            state["originator_topic"] = shape.birth_topic
        event = object.__new__(shape.cls)
        object.__setattr__(event, "__dict__", state)
        return event

    def _state(self, shape: Shape, stored: StoredFact) -> dict[str, Any]:
        sealed = self._unsealed(stored)
        if stored.topic_version == shape.version:
            state = shape.open_decoder.decode(stored.state)
            if sealed is not None and shape.bulk is not None:
                state[shape.bulk] = sealed
            elif sealed is not None:
                state.update(shape.sealed_decoder.decode(sealed))
        else:
            state = self._upcast(shape, stored, sealed)
        for name in shape.personal:
            state.setdefault(name, None)
        return state

    def _unsealed(self, stored: StoredFact) -> bytes | None:
        if stored.sealed is None or stored.sealed_key_id is None:
            return None
        assert isinstance(stored.originator_id, UUID)
        aad = place(stored.originator_id, stored.originator_version, stored.topic)
        return self.vault.open(
            stored.account_id, stored.sealed_key_id, stored.sealed, aad
        )

    @staticmethod
    def _upcast(
        shape: Shape, stored: StoredFact, sealed: bytes | None
    ) -> dict[str, Any]:
        if stored.topic_version > shape.version:
            raise ValueError(f"version {stored.topic_version} is newer than this code")
        state: dict[str, Any] = msgspec.json.decode(stored.state)
        if sealed is not None:
            state.update(msgspec.json.decode(sealed))
        for version in range(stored.topic_version, shape.version):
            getattr(shape.cls, f"upcast_v{version}_v{version + 1}")(state)
        personal = {name: state.pop(name) for name in shape.personal if name in state}
        converted: dict[str, Any] = msgspec.convert(state, shape.open_type)
        if personal:
            converted.update(msgspec.convert(personal, shape.sealed_type))
        return converted
