"""The event base of every aggregate: what a fact carries beside its own fields."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, cast
from uuid import UUID

from eventsourcing import domain
from eventsourcing.domain import event

__all__ = [
    "BULK",
    "PERSONAL",
    "SYSTEM",
    "Aggregate",
    "Bulk",
    "Personal",
    "PersonalMap",
    "event",
]

SYSTEM = UUID(int=0)
"""The account of system streams: the nil UUID (RFC 9562 §5.9)."""

UNSTAMPED = datetime(1, 1, 1, tzinfo=UTC)
"""A fact has no time of its own before the journal records it."""


class _Mark:
    """Marks a field that the journal treats in a way of its own."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


PERSONAL = _Mark("PERSONAL")
"""The journal encrypts the field with a key of the account."""
BULK = _Mark("BULK")
"""The field is encrypted as it is, and fetched only by those who ask for it."""
Personal = Annotated[str | None, PERSONAL]
"""Text about a person; reads as None once the account's key is destroyed."""
Bulk = Annotated[bytes | None, PERSONAL, BULK]
"""The only personal field of its event; None also for readers of anything else."""
PersonalMap = Annotated[dict[str, Any] | None, PERSONAL]
"""Facts about a person as one map of primitives; None once the key is destroyed."""


class Aggregate(domain.Aggregate):
    """A consistency boundary of one account.

    Public methods decide (check, refuse, call); `@event` methods only assign.
    Every aggregate sets `account_id`, the nil UUID for system streams.
    """

    SNAPSHOT_EVERY = 0
    """Events between two snapshots; 0 for streams that stay short."""
    STATE = cast("Any", dict[str, Any])
    """The types of the state's attributes, where snapshots are taken."""

    if TYPE_CHECKING:  # at run time an annotation would make this a dataclass
        account_id: UUID

    def __base_init__(
        self, originator_id: UUID, originator_version: int, timestamp: datetime
    ) -> None:
        # The library would keep created and modified times in the state, where they
        # differ between a fact that was just decided and the same fact replayed.
        self._id = originator_id
        self._version = originator_version
        self._pending_events = []

    @property
    def modified_on(self) -> datetime:
        """Not kept in the state: the journal's columns tell when."""
        return UNSTAMPED

    @modified_on.setter
    def modified_on(self, modified_on: datetime) -> None:
        return None

    class Event(domain.Aggregate.Event):
        """A fact. `purpose` names the key that its personal fields are sealed with."""

        @staticmethod
        def create_timestamp() -> datetime:
            return UNSTAMPED

        def purpose(self) -> str:
            return "profile"

    class Created(Event, domain.Aggregate.Created):
        """The first fact of a stream."""
