"""What becomes of a command: recorded, repeated, or to be decided again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version

import msgspec


class VersionConflict(Exception):  # noqa: N818 - a fact about the stream
    """Somebody else wrote this version first: decide again."""


class CommandRepeated(Exception):  # noqa: N818 - a fact about the command
    """The command's id is already recorded: answer from the record."""


class Contended(Exception):  # noqa: N818 - a fact about the moment
    """Too many wanted the same stream at once; asking again later will help."""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What a command recorded: the last position, the first aggregate's version."""

    position: int
    version: int
    ids: Mapping[str, str] = field(default_factory=dict)
    repeated: bool = False


class Result(msgspec.Struct):
    version: int
    ids: dict[str, str]


def software_version() -> str:
    """Return this software's version, as the envelope records it."""
    try:
        return version("daybook")
    except PackageNotFoundError:
        return "0.1.0+source"
