"""What staff does in other people's accounts, and what it looks at there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from commands.credentials import holder_of
from commands.gateways import tokens
from commands.guards import disabled_row
from commands.letters import to_holder
from commands.owners import owner
from ledger.accounts import Account
from ledger.addresses import address_from
from ledger.aggregate import SYSTEM
from ledger.journal import Context, Journal, Recorded, handler
from ledger.refusals import UndeliverableAddress

REASON_CHARACTERS_MAX = 400
LOG_SQL = (
    "INSERT INTO staff_access_log"
    " (account_id, entry_id, session_id, at, subject_id, what)"
    " VALUES (%s, %s, %s, %s, %s, %s)"
)


@dataclass(frozen=True, kw_only=True)
class DisableAccount:
    """Let nobody act in an account, for a reason."""

    account_id: UUID
    reason: str


@dataclass(frozen=True, kw_only=True)
class EnableAccount:
    """Let the customer act again, for a reason."""

    account_id: UUID
    reason: str


@dataclass(frozen=True, kw_only=True)
class RefusedCapture:
    """A capture that came after its hold's end and found too little."""

    account_id: UUID
    hold_id: UUID
    asked: int
    available: int
    ended_at: datetime
    refused_at: datetime


@handler
def disable_account(
    journal: Journal, command: DisableAccount, context: Context
) -> Recorded:
    """Record it; from the next request on sessions and keys are refused.

    Raises NoSuchAccount, AccountClosed.
    """
    account = owner(journal, command.account_id, journal.load)
    if account.disabled:
        return journal.unchanged(account)
    account.disable(command.reason)
    mails = to_holder(journal, account, "account_disabled", context, at=context.now)
    return journal.record(
        account,
        context=context,
        inserts={"mail_outbox": mails},
        changes=[disabled_row(account.id, disabled=True)],
    )


@handler
def enable_account(
    journal: Journal, command: EnableAccount, context: Context
) -> Recorded:
    """Record it. Raises NoSuchAccount, AccountClosed."""
    account = owner(journal, command.account_id, journal.load)
    if not account.disabled:
        return journal.unchanged(account)
    account.enable(command.reason)
    mails = to_holder(journal, account, "account_enabled", context, at=context.now)
    return journal.record(
        account,
        context=context,
        inserts={"mail_outbox": mails},
        changes=[disabled_row(account.id, disabled=False)],
    )


def note_look(
    journal: Journal,
    staff_id: UUID,
    session_id: UUID,
    subject_id: UUID | None,
    what: str,
    now: datetime,
) -> None:
    """Write down that a member of staff looked at something; never taken back."""
    row = (staff_id, tokens.new_id(), session_id, now, subject_id, what)
    with journal.connections.for_account(staff_id) as connection:
        connection.execute(LOG_SQL, row)


def looks_at(
    journal: Journal, subject_id: UUID, limit: int = 50
) -> list[tuple[UUID, datetime, str]]:
    """Return who of staff looked at an account, and at what, the newest first."""
    with journal.connections.for_account(SYSTEM) as connection:
        return connection.execute(
            "SELECT account_id, at, what FROM staff_access_log"
            " WHERE subject_id = %s ORDER BY at DESC LIMIT %s",
            (subject_id, limit),
        ).fetchall()


def find_account(journal: Journal, asked: str) -> Account | None:
    """Return the account of an address, an account id or an order number."""
    text = asked.strip()
    try:
        return journal.fresh(Account, UUID(text))
    except (ValueError, KeyError):
        pass
    if text.isdecimal() and len(text) < 19:
        return _of_order(journal, text)
    try:
        return holder_of(journal, address_from(text).canonical)
    except UndeliverableAddress:
        return None


def refused_captures(
    journal: Journal, before: datetime | None = None, limit: int = 50
) -> Iterator[RefusedCapture]:
    """Yield captures that were refused, the newest first."""
    with journal.connections.for_account(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT account_id, hold_id, asked, available, ended_at, refused_at"
            " FROM refused_captures"
            " WHERE %(before)s::timestamptz IS NULL OR refused_at < %(before)s"
            " ORDER BY refused_at DESC LIMIT %(limit)s",
            {"before": before, "limit": limit},
        ).fetchall()
    names = ("account_id", "hold_id", "asked", "available", "ended_at", "refused_at")
    for row in rows:
        yield RefusedCapture(**dict(zip(names, row, strict=True)))


def _of_order(journal: Journal, number: str) -> Account | None:
    with journal.connections.for_account(SYSTEM) as connection:
        row = connection.execute(
            "SELECT account_id FROM directory"
            " WHERE kind = 'order_number' AND name = %s",
            (number,),
        ).fetchone()
    return None if row is None else journal.fresh(Account, row[0])
