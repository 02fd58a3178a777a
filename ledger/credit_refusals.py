"""Why credits are not held or captured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ledger.refusal import Conflict, NotFound


@dataclass(eq=False)
class CaptureExceedsHold(Conflict):
    """More credits were sent than the hold still has."""

    hold_id: UUID
    asked: int
    held: int


@dataclass(eq=False)
class HoldExists(Conflict):
    """The hold was made before and is still open."""

    hold_id: UUID


@dataclass(eq=False)
class HoldExpired(Conflict):
    """The hold has ended, and too few credits are available to stand in for it."""

    hold_id: UUID
    ended_at: datetime
    asked: int
    available: int

    @property
    def short(self) -> int:
        """How many credits lack."""
        return max(0, self.asked - self.available)


@dataclass(eq=False)
class HoldNotCaptured(Conflict):
    """A hold of the plan is not captured: usage reports tell what was sent."""

    hold_id: UUID


@dataclass(eq=False)
class InsufficientCredits(Conflict):
    """The account has fewer credits available than were asked for."""

    asked: int
    available: int

    @property
    def short(self) -> int:
        """How many credits lack."""
        return self.asked - self.available


@dataclass(eq=False)
class LotExists(Conflict):
    """The lot was granted before."""

    lot_id: UUID


@dataclass(eq=False)
class NoSuchHold(NotFound):
    """No hold of that id is open: it was never made, or it is closed."""

    hold_id: UUID
