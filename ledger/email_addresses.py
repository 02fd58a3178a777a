"""The address of an account: how it changes, and how a change is taken back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile
from uuid import UUID, uuid5

from ledger.aggregate import Aggregate, Personal, event
from ledger.refusals import AddressUnchanged, TokenGone

OLD, NEW = "old", "new"
"""The two sides of a change: the mailbox that is left, the one that is moved to."""
CONFIRM_TERM = timedelta(minutes=60)
"""How long a change waits to be confirmed: who asked for it is at his mailbox."""
UNDO_TERM = timedelta(hours=72)
"""How long the old address can take a change back, and stays reserved: a weekend on
which nobody reads mail, and a day more."""


def email_address_id(account_id: UUID) -> UUID:
    """Return the id of the stream of an account's address (UUID v5)."""
    return uuid5(account_id, "email")


@dataclass
class Change:
    """A change that waits: for these sides to confirm it."""

    change_id: UUID
    email: str | None
    missing: list[str]
    expires_at: datetime


@dataclass(frozen=True)
class Previous:
    """An address that was left, and can still be gone back to."""

    change_id: UUID
    email: str | None
    undo_until: datetime


@dataclass
class Undone:
    """What an undo does: the address it restores, the ones it gives up."""

    email: str | None
    released: list[str | None] = field(default_factory=list)


class EmailAddress(Aggregate, created_event_name="Begun"):
    """What happens to an account's address after sign-up.

    One change waits at most; a newer one takes its place. Every address that was left
    stays reserved until its undo has lapsed; an undo takes later changes back too.
    """

    TOPIC = "email_addresses"

    class Event(Aggregate.Event):
        TOPIC = "email_addresses.Event"

    class Begun(Event, Aggregate.Created):
        TOPIC = "email_addresses.Begun"
        account_id: UUID
        email: Personal

    class ChangeRequested(Event):
        """`missing` are the sides that must confirm: new, or old and new."""

        TOPIC = "email_addresses.ChangeRequested"
        change_id: UUID
        email: Personal
        missing: list[str]
        expires_at: datetime

    class ChangeApproved(Event):
        TOPIC = "email_addresses.ChangeApproved"
        change_id: UUID
        side: str

    class ChangeCancelled(Event):
        """`why` is cancelled, replaced, taken, undone or password_reset."""

        TOPIC = "email_addresses.ChangeCancelled"
        change_id: UUID
        why: str

    class Changed(Event):
        TOPIC = "email_addresses.Changed"
        change_id: UUID
        email: Personal
        undo_until: datetime

    class ChangeUndone(Event):
        TOPIC = "email_addresses.ChangeUndone"
        change_id: UUID
        email: Personal

    class PreviousReleased(Event):
        """Its undo has lapsed: another account may have it."""

        TOPIC = "email_addresses.PreviousReleased"
        change_id: UUID

    def __init__(self, account_id: UUID, email: str | None) -> None:
        self.account_id = account_id
        self.email = email
        self.change: Change | None = None
        self.previous: list[Previous] = []

    @classmethod
    def begin(cls, account_id: UUID, email: str | None) -> EmailAddress:
        """Begin the stream with the address of the sign-up."""
        return cls._create(
            event_class=cls.Begun,
            id=email_address_id(account_id),
            account_id=account_id,
            email=email,
        )

    def waiting(self, now: datetime) -> Change | None:
        """Return the change that waits for a confirmation now, if one does."""
        change = self.change
        return change if change is not None and now < change.expires_at else None

    def request_change(
        self, change_id: UUID, email: str, *, both: bool, now: datetime
    ) -> None:
        """Ask for another address; `both` mailboxes confirm it, or the new one alone.

        Raises AddressUnchanged.
        """
        if email == self.email:
            raise AddressUnchanged
        if self.waiting(now) is not None:
            self.cancel_change("replaced")
        self._change_requested(
            change_id=change_id,
            email=email,
            missing=[OLD, NEW] if both else [NEW],
            expires_at=now + CONFIRM_TERM,
        )

    def approve_change(self, change_id: UUID, side: str, now: datetime) -> bool:
        """Confirm from one side; tell whether the address changed by it.

        Raises TokenGone when no such change waits for this side.
        """
        change = self._waiting_for(change_id, side, now)
        if change.missing != [side]:
            self._change_approved(change_id=change_id, side=side)
            return False
        self._changed(
            change_id=change_id, email=change.email, undo_until=now + UNDO_TERM
        )
        return True

    def cancel_change(self, why: str, change_id: UUID | None = None) -> None:
        """Give the waiting change up. Raises TokenGone when there is none (such)."""
        if self.change is None or change_id not in (None, self.change.change_id):
            raise TokenGone
        self._change_cancelled(change_id=self.change.change_id, why=why)

    def undo(self, change_id: UUID, now: datetime) -> Undone:
        """Go back to the address that this change left, and forget all later ones.

        Raises TokenGone when it cannot be undone any more.
        """
        found = [p for p in self.previous if p.change_id == change_id]
        if not found or now >= found[0].undo_until:
            raise TokenGone
        later = self.previous[self.previous.index(found[0]) + 1 :]
        done = Undone(found[0].email, [self.email, *(p.email for p in later)])
        if self.change is not None:
            self.cancel_change("undone")
        self._change_undone(change_id=change_id, email=found[0].email)
        return done

    def release_previous(self, now: datetime) -> list[str | None]:
        """Give up the addresses whose undo has lapsed; return them."""
        lapsed = [p for p in self.previous if p.undo_until <= now]
        for previous in lapsed:
            self._previous_released(change_id=previous.change_id)
        return [previous.email for previous in lapsed]

    def _waiting_for(self, change_id: UUID, side: str, now: datetime) -> Change:
        change = self.waiting(now)
        if change is None or change.change_id != change_id:
            raise TokenGone
        if side not in change.missing:
            raise TokenGone
        return change

    @event(ChangeRequested)
    def _change_requested(
        self,
        change_id: UUID,
        email: str | None,
        missing: list[str],
        expires_at: datetime,
    ) -> None:
        self.change = Change(change_id, email, list(missing), expires_at)

    @event(ChangeApproved)
    def _change_approved(self, change_id: UUID, side: str) -> None:
        if self.change is not None:
            self.change.missing = [s for s in self.change.missing if s != side]

    @event(ChangeCancelled)
    def _change_cancelled(self, change_id: UUID, why: str) -> None:
        self.change = None

    @event(Changed)
    def _changed(
        self, change_id: UUID, email: str | None, undo_until: datetime
    ) -> None:
        self.previous.append(Previous(change_id, self.email, undo_until))
        self.email = email
        self.change = None

    @event(ChangeUndone)
    def _change_undone(self, change_id: UUID, email: str | None) -> None:
        self.previous = list(
            takewhile(lambda p: p.change_id != change_id, self.previous)
        )
        self.email = email

    @event(PreviousReleased)
    def _previous_released(self, change_id: UUID) -> None:
        self.previous = [p for p in self.previous if p.change_id != change_id]
