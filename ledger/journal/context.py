"""Who asks, when, from where and why: the envelope of everything that is recorded."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar, Protocol
from uuid import UUID

import msgspec

OUTSIDE_BODY: dict[str, Any] = {"outside_body": True}
"""Field metadata: a secret, or an id minted anew for each try."""
UUID_VARIANT = 1 << 63
UUID_REST = ~(0xF << 76 | 0x3 << 62)
"""Every bit of a UUID but those that tell its version and its variant."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: `customer`, `api_key`, `service`, `staff`, `processor`, `system`."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Once:
    """A command's identity: its id, what it does, and a digest of what it says."""

    account_id: UUID
    command_id: UUID
    operation: str
    body: bytes
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """One request's envelope.

    `principal` and `key` scope the command's id: the same key of somebody else is
    another command. `happened_at` is `now` unless a fact of the outside is told late.
    """

    principal: str
    key: str
    actor: Actor
    now: datetime
    correlation_id: UUID
    causation_id: UUID | None = None
    ip: str | None = None
    client: str | None = None
    happened_at: datetime | None = None
    once: Once | None = field(default=None)

    def new_id(self, name: str) -> UUID:
        """Return an id that every try of this command gives to `name` (UUID v5)."""
        assert self.once is not None
        data = self.once.command_id.bytes + name.encode()
        return _uuid(hashlib.sha1(data, usedforsecurity=False).digest(), 5)

    def under(self, once: Once) -> Context:
        """Return the envelope of one command of this request."""
        known = object.__new__(Context)
        for name in Context.__slots__:
            object.__setattr__(known, name, getattr(self, name))
        object.__setattr__(known, "once", once)
        return known


class Command(Protocol):
    """Any frozen dataclass that asks for something."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


def command_id(principal: str, operation: str, key: str) -> UUID:
    """Return the id of a command: the same for the same three, else another (v8)."""
    who, what, which = principal.encode(), operation.encode(), key.encode()
    data = b"%b%b%b%b%b%b" % (
        *(len(who).to_bytes(4), who),
        *(len(what).to_bytes(4), what),
        *(len(which).to_bytes(4), which),
    )
    return _uuid(hashlib.sha256(data).digest(), 8)


def _uuid(digest: bytes, version: int) -> UUID:
    """Return the UUID of a digest's first half, as RFC 9562 §5.5 and §5.8 make it."""
    number = int.from_bytes(digest[:16])
    return UUID(int=number & UUID_REST | version << 76 | UUID_VARIANT)


@lru_cache(maxsize=256)
def _body_fields(kind: type) -> tuple[str, ...]:
    return tuple(
        f.name for f in dataclasses.fields(kind) if "outside_body" not in f.metadata
    )


def body_of(command: Command) -> bytes:
    """Return the command's body as JSON with sorted keys, its secrets left out."""
    fields = {name: getattr(command, name) for name in _body_fields(type(command))}
    return msgspec.json.encode(fields, order="deterministic", enc_hook=_encode)


def _encode(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    raise TypeError(f"a command may not hold a {type(value).__name__}")
