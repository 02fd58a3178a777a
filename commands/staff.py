"""Members of staff: invited from the command line, joined by a one-use link."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from commands import challenges
from commands.challenges import UNBOUND
from commands.credentials import digest_of_address
from commands.gateways import one_time_codes
from commands.letters import MailRow, letter
from commands.live_sessions import endings
from ledger.addresses import address_from
from ledger.aggregate import SYSTEM
from ledger.journal import OUTSIDE_BODY, Context, Journal, Recorded, handler
from ledger.journal.context import command_id
from ledger.refusals import (
    AlreadyAnswered,
    EmailTaken,
    NoSuchStaff,
    UndeliverableAddress,
)
from ledger.staff import INVITATION_TERM, StaffMember

JOIN = "staff_join"
STAFF_EMAIL = "staff_email"


@dataclass(frozen=True, kw_only=True)
class AddStaff:
    """Let somebody become a member of staff; again renews a link not taken up."""

    email: str
    role: str
    language: str = "en"


@dataclass(frozen=True, kw_only=True)
class RecordInvitation:
    """Write an invitation down; the address is tidy."""

    staff_id: UUID
    email: str
    role: str
    language: str
    row: tuple[Any, ...] = field(metadata=OUTSIDE_BODY, repr=False)
    token: str = field(metadata=OUTSIDE_BODY, repr=False)


@dataclass(frozen=True, kw_only=True)
class ChangeRole:
    """Let a member of staff be something else."""

    account_id: UUID
    role: str


@dataclass(frozen=True, kw_only=True)
class RemoveStaff:
    """Let a member of staff sign in no more."""

    account_id: UUID


@dataclass(frozen=True, kw_only=True)
class AddedStaff:
    """An invitation and the token of its link, which is mailed too."""

    staff_id: UUID
    token: str = field(repr=False)


def add_staff(journal: Journal, command: AddStaff, context: Context) -> AddedStaff:
    """Invite somebody, and mail the link.

    Raises UndeliverableAddress, EmailTaken for a member who joined or left,
    AlreadyAnswered for a repeat.
    """
    address = address_from(command.email)
    known = member_of(journal, address.shown)
    drawn = uuid5(command_id(context.principal, "add_staff", context.key), "staff")
    staff_id = known.id if known else drawn
    data = {"seed": base64.b64encode(one_time_codes.new_seed()).decode()}
    until = context.now + INVITATION_TERM
    token, row = challenges.link(journal, staff_id, JOIN, UNBOUND, data, until)
    record = RecordInvitation(
        staff_id=staff_id,
        email=address.shown,
        role=command.role,
        language=command.language,
        row=row,
        token=token.text,
    )
    recorded = record_invitation(journal, record, context)
    if recorded.repeated:
        raise AlreadyAnswered(operation="add_staff")
    return AddedStaff(staff_id=staff_id, token=token.text)


@handler
def record_invitation(
    journal: Journal, command: RecordInvitation, context: Context
) -> Recorded:
    """Record an invitation with its claim, link and mail. Raises EmailTaken."""
    staff_id, inserts = command.staff_id, dict[str, list[tuple[Any, ...]]]()
    try:
        member = journal.load(StaffMember, staff_id)
    except KeyError:
        member = StaffMember.invite(staff_id, command.email, command.role, context.now)
        canonical = address_from(command.email).canonical
        digest = digest_of_address(journal, canonical)
        inserts["claims"] = [(STAFF_EMAIL, *digest, staff_id)]
        inserts["account_guards"] = [(staff_id, 1)]
    else:
        if member.joined or member.left:
            raise EmailTaken
        member.invite_again(context.now)
        member.change_role(command.role)
    inserts["challenges"] = [command.row]
    inserts["mail_outbox"] = [_link_mail(journal, command, context)]
    return journal.record(member, context=context, inserts=inserts, taken=EmailTaken())


def _link_mail(
    journal: Journal, command: RecordInvitation, context: Context
) -> MailRow:
    return letter(
        journal,
        command.staff_id,
        context.new_id("mail"),
        "staff_invited",
        command.language,
        command.email,
        context.now,
        token=command.token,
        role=command.role,
        link_hours=INVITATION_TERM // timedelta(hours=1),
    )


@handler
def change_role(journal: Journal, command: ChangeRole, context: Context) -> Recorded:
    """Record another role. Raises NoSuchStaff."""
    member = staff_member(journal, command.account_id, journal.load)
    member.change_role(command.role)
    return journal.record_any(member, context=context)


@handler
def remove_staff(journal: Journal, command: RemoveStaff, context: Context) -> Recorded:
    """Record that somebody left; his sessions end. Raises NoSuchStaff."""
    member = staff_member(journal, command.account_id, journal.load)
    member.leave()
    sessions, changes = endings(journal, member.id, context.now, "revoked", "system")
    return journal.record(member, *sessions, context=context, changes=changes)


def staff_member(
    journal: Journal,
    staff_id: UUID,
    load: Callable[[type[StaffMember], UUID], StaffMember] | None = None,
) -> StaffMember:
    """Return a member of staff who has not left. Raises NoSuchStaff."""
    try:
        member = (load or journal.fresh)(StaffMember, staff_id)
    except KeyError:
        raise NoSuchStaff(staff_id=staff_id) from None
    if member.left:
        raise NoSuchStaff(staff_id=staff_id)
    return member


def member_of(journal: Journal, email: str) -> StaffMember | None:
    """Return the member of staff who has this address, if there is one."""
    try:
        canonical = address_from(email).canonical
    except UndeliverableAddress:
        return None
    digest, _ = digest_of_address(journal, canonical)
    with journal.connections.for_account(SYSTEM) as connection:
        row = connection.execute(
            "SELECT account_id FROM claims WHERE kind = %s AND digest = %s",
            (STAFF_EMAIL, digest),
        ).fetchone()
    return None if row is None else journal.fresh(StaffMember, row[0])
