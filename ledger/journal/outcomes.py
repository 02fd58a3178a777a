"""What becomes of a command: recorded, repeated, or to be decided again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version

import msgspec

ONCE_ONLY = (
    "commands_once",
    "api_key_uses_one",
    "factor_counters_one",
    "mail_outbox_id",
    "pictures_one",
    "recovery_codes_one",
    "secrets_one",
    "sessions_id",
    "watched_domains_one",
)
"""Keys of rows whose ids follow from the command's: a second one is its repeat."""
DECIDED_TWICE = (
    "journal_stream",
    "signing_keys_one",
    "signing_keys_one_active",
    "tracking_targets_one",
    "usage_additions_one",
    "watched_domains_holder",
    "watched_domains_name",
    "watched_tracking_one",
    "watched_usage_one",
)
"""Keys that only somebody breaks who decided on an older state of the stream."""


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
