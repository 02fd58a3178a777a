"""Which member of staff asks: his own cookie, his own sessions, his own role."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import g, request

from commands.live_sessions import live_session
from commands.staff import staff_member
from commands.staff_acts import note_look
from ledger.refusals import NoSuchStaff
from web import access
from web.policies import STAFF


@dataclass(frozen=True, kw_only=True)
class Member:
    """A member of staff who is signed in."""

    account_id: UUID
    session_id: UUID
    role: str
    email: str


def find() -> Member | None:
    """Return the member whose session the staff cookie is, or None."""
    cookie = request.cookies.get(access.cookie_name("staff"))
    if not cookie:
        return None
    journal = access.service().journal
    origin = request.remote_addr, request.user_agent.string or None
    signed = live_session(journal, cookie, g.now, STAFF, *origin)
    if signed is None:
        return None
    try:
        member = staff_member(journal, signed.account_id)
    except NoSuchStaff:
        return None
    if not member.active:
        return None
    return Member(
        account_id=member.id,
        session_id=signed.session_id,
        role=member.role,
        email=member.email or "",
    )


def member() -> Member:
    """Return the member who asks; only views of the staff area ask."""
    found = g.staff
    assert isinstance(found, Member)
    return found


def looked(what: str, subject_id: UUID | None = None) -> None:
    """Write down that the member looks at something, before he sees it."""
    me = member()
    note_look(
        access.service().journal,
        me.account_id,
        me.session_id,
        subject_id,
        what,
        g.now,
    )
