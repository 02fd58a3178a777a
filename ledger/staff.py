"""Members of staff: who may look after other people's accounts, and as what."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from ledger.aggregate import Aggregate, Personal, event
from ledger.refusals import NoSuchStaff, TokenGone

SUPPORT, FINANCE, AUDITOR = ROLES = ("support", "finance", "auditor")
INVITATION_TERM = timedelta(hours=24)
"""How long the link is good by which password and second factor are set: one working
day, wherever the new member is."""


class StaffMember(Aggregate, created_event_name="Invited"):
    """A member of staff; the stream's account is the member himself.

    So his personal facts lie under keys of his own, and his credentials and sessions
    are kept as a customer's are.
    """

    TOPIC = "staff"

    class Event(Aggregate.Event):
        TOPIC = "staff.Event"

    class Invited(Event, Aggregate.Created):
        TOPIC = "staff.Invited"
        account_id: UUID
        email: Personal
        role: str
        expires_at: datetime

    class InvitedAgain(Event):
        TOPIC = "staff.InvitedAgain"
        expires_at: datetime

    class Joined(Event):
        """Password and second factor were set."""

        TOPIC = "staff.Joined"

    class RoleChanged(Event):
        TOPIC = "staff.RoleChanged"
        role: str

    class Left(Event):
        TOPIC = "staff.Left"

    def __init__(
        self, account_id: UUID, email: str | None, role: str, expires_at: datetime
    ) -> None:
        self.account_id = account_id
        self.email = email
        self.role = role
        self.expires_at = expires_at
        self.joined = False
        self.left = False

    @classmethod
    def invite(
        cls, staff_id: UUID, email: str, role: str, now: datetime
    ) -> StaffMember:
        """Let somebody become a member of staff by a link that is good for a day."""
        assert role in ROLES
        return cls._create(
            event_class=cls.Invited,
            id=staff_id,
            account_id=staff_id,
            email=email,
            role=role,
            expires_at=now + INVITATION_TERM,
        )

    @property
    def active(self) -> bool:
        """Whether the member may sign in."""
        return self.joined and not self.left

    def invite_again(self, now: datetime) -> None:
        """Renew an invitation that was not taken up. Raises NoSuchStaff."""
        if self.joined or self.left:
            raise NoSuchStaff(staff_id=self.id)
        self._invited_again(expires_at=now + INVITATION_TERM)

    def join(self, now: datetime) -> None:
        """Take the invitation up. Raises TokenGone when it is over or was taken up."""
        if self.joined or self.left or now >= self.expires_at:
            raise TokenGone
        self._joined()

    def change_role(self, role: str) -> None:
        """Be something else from now on. Raises NoSuchStaff for one who left."""
        assert role in ROLES
        if self.left:
            raise NoSuchStaff(staff_id=self.id)
        if role != self.role:
            self._role_changed(role=role)

    def leave(self) -> None:
        """Never sign in again; one who left stays away."""
        if not self.left:
            self._left()

    @event(InvitedAgain)
    def _invited_again(self, expires_at: datetime) -> None:
        self.expires_at = expires_at

    @event(Joined)
    def _joined(self) -> None:
        self.joined = True

    @event(RoleChanged)
    def _role_changed(self, role: str) -> None:
        self.role = role

    @event(Left)
    def _left(self) -> None:
        self.left = True
