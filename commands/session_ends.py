"""Ending sessions: one, or all others; from the very next request on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from commands.credentials import credentials_of
from commands.guards import raised_epoch
from commands.letters import to_holder
from commands.live_sessions import endings
from commands.owners import owned
from ledger.accounts import Account
from ledger.journal import (
    Change,
    Context,
    Journal,
    Recorded,
    VersionConflict,
    handler,
)
from ledger.refusals import NoSuchAccount, NoSuchSession
from ledger.sessions import Session

END_SQL = (
    "UPDATE sessions SET ended_at = %s"
    " WHERE account_id = %s AND session_id = %s AND ended_at IS NULL"
)


@dataclass(frozen=True, kw_only=True)
class EndSession:
    """Sign out, or end another session of the account."""

    account_id: UUID
    session_id: UUID
    why: str = "signed_out"
    by: str = "customer"


@dataclass(frozen=True, kw_only=True)
class EndOtherSessions:
    """Sign out everywhere but here; links made so far are void."""

    account_id: UUID
    session_id: UUID


def ended_row(account_id: UUID, session_id: UUID, now: datetime) -> Change:
    """Return the change that makes a session's next request fail."""
    params = (now, account_id, session_id)
    return Change(sql=END_SQL, params=params, refusal=VersionConflict())


@handler
def end_session(journal: Journal, command: EndSession, context: Context) -> Recorded:
    """End a session, from its very next request on; an ended one stays ended.

    Raises NoSuchSession, also for another account's.
    """
    account_id, session_id = command.account_id, command.session_id
    unknown = NoSuchSession(session_id=session_id)
    session = owned(journal.load, Session, session_id, account_id, unknown)
    if session.ended:
        return journal.unchanged(session)
    session.end(command.why, command.by)
    change = ended_row(account_id, session_id, context.now)
    return journal.record(session, context=context, changes=[change])


@handler
def end_other_sessions(
    journal: Journal, command: EndOtherSessions, context: Context
) -> Recorded:
    """End all sessions but this one, void what was handed out, and mail the holder.

    Raises NoSuchAccount.
    """
    try:
        account = journal.load(Account, command.account_id)
    except KeyError:
        raise NoSuchAccount(account_id=command.account_id) from None
    credentials = credentials_of(journal, account, journal.load)
    before = credentials.epoch
    credentials.raise_epoch("signed_out_others")
    epoch = raised_epoch(account.id, before, credentials.epoch)
    ended, changes = endings(
        journal, account.id, context.now, "revoked", "customer", command.session_id
    )
    mails = to_holder(
        journal, account, "sessions_ended", context, count=len(ended), at=context.now
    )
    return journal.record(
        credentials,
        *ended,
        context=context,
        inserts={"mail_outbox": mails},
        changes=[epoch, *changes],
    )
