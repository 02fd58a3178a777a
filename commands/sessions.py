"""Signing in and out, and who a request's cookie belongs to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from commands import limits
from commands.credentials import credentials_of, holder_of, password_fits
from commands.gateways import tokens
from commands.gateways.passwords import PASSWORDS, Passwords
from ledger.accounts import Account
from ledger.addresses import address_from
from ledger.journal import (
    OUTSIDE_BODY,
    Change,
    Context,
    Journal,
    Recorded,
    VersionConflict,
    handler,
)
from ledger.refusals import (
    AlreadyAnswered,
    NoSuchSession,
    UndeliverableAddress,
    WrongCredentials,
)
from ledger.sessions import BROWSER, Session

TERMS = {BROWSER: (limits.SESSION_IDLE_SECONDS_MAX, limits.SESSION_SECONDS_MAX)}
"""Seconds without a request, and seconds in all, by the session's kind."""

LIVE_SQL = (
    "SELECT session_id, kind, begun_at, seen_at FROM sessions"
    " WHERE account_id = %(account)s AND digest = %(digest)s"
    " AND ended_at IS NULL AND %(now)s < expires_at"
    " AND %(now)s < seen_at + idle_seconds_max * interval '1 second'"
)
SEEN_SQL = (
    "UPDATE sessions SET seen_at = %(now)s WHERE account_id = %(account)s"
    " AND digest = %(digest)s AND seen_at < %(now)s AND ended_at IS NULL"
)


@dataclass(frozen=True, kw_only=True)
class BeginSession:
    """Sign in to the account that holds an address."""

    email: str
    password: str = field(metadata=OUTSIDE_BODY, repr=False)
    kind: str = BROWSER


@dataclass(frozen=True, kw_only=True)
class EndSession:
    """Sign out."""

    account_id: UUID
    session_id: UUID
    why: str = "signed_out"
    by: str = "customer"


@dataclass(frozen=True, kw_only=True)
class BegunSession:
    """A session and its token, which is shown this once."""

    account_id: UUID
    session_id: UUID
    token: str = field(repr=False)
    recorded: Recorded


@dataclass(frozen=True, kw_only=True)
class Signed:
    """Who a live session belongs to."""

    account_id: UUID
    session_id: UUID
    kind: str
    begun_at: datetime
    seen_at: datetime


@dataclass(frozen=True, kw_only=True)
class OpenSession:
    """Begin a session of somebody who has shown who he is."""

    account_id: UUID
    kind: str
    digest: bytes = field(metadata=OUTSIDE_BODY)


def begin_session(
    journal: Journal,
    command: BeginSession,
    context: Context,
    passwords: Passwords = PASSWORDS,
) -> BegunSession:
    """Sign in; the work is the same whoever asks, and the refusal one.

    Raises WrongCredentials, AlreadyAnswered for a repeat, PasswordsBusy.
    """
    try:
        holder = holder_of(journal, address_from(command.email).canonical)
    except UndeliverableAddress:
        holder = None
    return sign_in(journal, holder, command.password, context, passwords, command.kind)


def sign_in(
    journal: Journal,
    account: Account | None,
    password: str,
    context: Context,
    passwords: Passwords,
    kind: str = BROWSER,
) -> BegunSession:
    """Begin a session of this account, if the password is its own.

    Raises as begin_session does.
    """
    known = account if account is not None and account.verified else None
    credentials = None if known is None else credentials_of(journal, known)
    if not password_fits(journal, credentials, password, passwords) or known is None:
        raise WrongCredentials
    token = tokens.new_token(known.id)
    begin = OpenSession(account_id=known.id, kind=kind, digest=token.digest)
    recorded = open_session(journal, begin, context)
    if recorded.repeated:
        raise AlreadyAnswered(operation="begin_session")
    session_id = UUID(recorded.ids["session"])
    return BegunSession(
        account_id=known.id,
        session_id=session_id,
        token=token.text,
        recorded=recorded,
    )


@handler
def open_session(journal: Journal, command: OpenSession, context: Context) -> Recorded:
    """Record a session whose password was shown, and its row."""
    account = journal.fresh(Account, command.account_id)
    session_id = context.new_id("session")
    session = Session.begin(
        session_id,
        account.id,
        kind=command.kind,
        methods=["password"],
        credential_epoch=1,
    )
    idle, whole = TERMS[command.kind]
    row = (
        account.id,
        session_id,
        command.digest,
        command.kind,
        context.now,
        context.now,
        idle,
        context.now + timedelta(seconds=whole),
        *_origin(journal, account.id, session_id, context),
        context.now,
    )
    return journal.record(
        session,
        context=context,
        ids={"session": session_id},
        inserts={"sessions": [row]},
    )


@handler
def end_session(journal: Journal, command: EndSession, context: Context) -> Recorded:
    """End a session, from its very next request on; an ended one stays ended.

    Raises NoSuchSession, also for another account's.
    """
    try:
        session = journal.load(Session, command.session_id)
    except KeyError:
        raise NoSuchSession(session_id=command.session_id) from None
    if session.account_id != command.account_id:
        raise NoSuchSession(session_id=command.session_id)
    if session.ended:
        return journal.unchanged(session)
    session.end(command.why, command.by)
    change = Change(
        sql="UPDATE sessions SET ended_at = %s"
        " WHERE account_id = %s AND session_id = %s AND ended_at IS NULL",
        params=(context.now, command.account_id, command.session_id),
        refusal=VersionConflict(),
    )
    return journal.record(session, context=context, changes=[change])


def live_session(journal: Journal, cookie: str, now: datetime) -> Signed | None:
    """Return whose session the cookie is, or None once it has ended in any way.

    Asks the session's own row each time; notes its use to the minute.
    """
    token = tokens.token_from(cookie)
    if token is None:
        return None
    key = {"account": token.account_id, "digest": token.digest, "now": now}
    with journal.connections.for_account(token.account_id) as connection:
        row = connection.execute(LIVE_SQL, key, prepare=True).fetchone()
        if row is None:
            return None
        session_id, kind, begun_at, seen_at = row
        if (now - seen_at).total_seconds() >= limits.SESSION_SEEN_SECONDS:
            connection.execute(SEEN_SQL, key)
    return Signed(
        account_id=token.account_id,
        session_id=session_id,
        kind=kind,
        begun_at=begun_at,
        seen_at=seen_at,
    )


def _origin(
    journal: Journal, account_id: UUID, session_id: UUID, context: Context
) -> tuple[Any, Any]:
    """Return where the session comes from, sealed with the year's security key."""
    if context.ip is None and context.client is None:
        return None, None
    client = (context.client or "")[: limits.CLIENT_CHARACTERS_MAX] or None
    data = msgspec.json.encode({"ip": context.ip, "client": client})
    purpose = f"security-{context.now.year}"
    found = journal.vault.seal(account_id, purpose, data, session_id.bytes)
    return found.data, found.key_id
