"""Which sessions are live: asked of their own rows, on every request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from commands import limits
from commands.gateways import tokens
from ledger.journal import Change, Context, Journal, VersionConflict
from ledger.refusals import PersonErased
from ledger.sessions import BROWSER, DEVICE, STAFF, Session

TERMS = {
    BROWSER: (limits.SESSION_IDLE_SECONDS_MAX, limits.SESSION_SECONDS_MAX),
    DEVICE: (limits.DEVICE_IDLE_SECONDS_MAX, limits.DEVICE_SECONDS_MAX),
    STAFF: (limits.STAFF_IDLE_SECONDS_MAX, limits.STAFF_SECONDS_MAX),
}
"""Seconds without a request, and seconds in all, by the session's kind."""
LIVE = (
    " s.ended_at IS NULL AND %(now)s < s.expires_at"
    " AND %(now)s < s.seen_at + s.idle_seconds_max * interval '1 second'"
)
ONE_SQL = (
    "SELECT s.session_id, s.begun_at, s.seen_at, s.elevated_at,"
    " coalesce(g.disabled, false), coalesce(s.seen_origin, s.origin),"
    " CASE WHEN s.seen_origin IS NULL THEN s.origin_key_id"
    " ELSE s.seen_origin_key_id END"
    " FROM sessions s LEFT JOIN account_guards g USING (account_id)"
    f" WHERE s.account_id = %(account)s AND s.digest = %(digest)s"
    f" AND s.kind = %(kind)s AND{LIVE}"
)
ALL_SQL = (
    "SELECT s.session_id, s.kind, s.begun_at, s.seen_at, s.origin, s.origin_key_id,"
    " s.seen_origin, s.seen_origin_key_id FROM sessions s"
    f" WHERE s.account_id = %(account)s AND{LIVE} ORDER BY s.seen_at DESC, s.begun_at"
)
SEEN_SQL = (
    "UPDATE sessions SET seen_at = greatest(seen_at, %(now)s),"
    " seen_origin = %(origin)s, seen_origin_key_id = %(origin_key)s"
    " WHERE account_id = %(account)s AND digest = %(digest)s AND ended_at IS NULL"
)
UNENDED = (
    "account_id = %s AND ended_at IS NULL AND expires_at > %s AND session_id <> %s"
)
NOBODY = UUID(int=0)
"""No session has this id: all of them are meant."""


@dataclass(frozen=True, kw_only=True)
class Signed:
    """Who a live session belongs to; `disabled` is the account."""

    account_id: UUID
    session_id: UUID
    kind: str
    begun_at: datetime
    seen_at: datetime
    elevated_at: datetime | None = None
    disabled: bool = False

    def is_recent(self, now: datetime) -> bool:
        """Whether the password was asked for within the last minutes."""
        recent = timedelta(seconds=limits.RECENT_SECONDS)
        return self.elevated_at is not None and now - self.elevated_at < recent


@dataclass(frozen=True, kw_only=True)
class LiveSession:
    """A signed-in application, and where it was seen last."""

    session_id: UUID
    kind: str
    begun_at: datetime
    seen_at: datetime
    application: str | None
    client: str | None
    ip: str | None


def live_session(
    journal: Journal,
    text: str,
    now: datetime,
    kind: str = BROWSER,
    ip: str | None = None,
    client: str | None = None,
) -> Signed | None:
    """Return whose session the token is, or None once it has ended in any way.

    Asks the session's own row each time; notes its use to the minute, and at once
    when it comes from somewhere else.
    """
    token = tokens.token_from(text)
    if token is None:
        return None
    key: dict[str, Any] = {"account": token.account_id, "digest": token.digest}
    key |= {"now": now, "kind": kind}
    with journal.connections.for_account(token.account_id) as connection:
        row = connection.execute(ONE_SQL, key, prepare=True).fetchone()
        if row is None:
            return None
        *facts, origin, origin_key = row
        signed = _signed(token.account_id, kind, *facts)
        ids = signed.account_id, signed.session_id
        known = _opened(journal, *ids, origin, origin_key)
        if _is_news(signed, known.get("ip"), ip, now):
            data, name = sealed_origin(journal, *ids, now, ip, client)
            connection.execute(SEEN_SQL, {**key, "origin": data, "origin_key": name})
    return signed


def _is_news(signed: Signed, known: str | None, ip: str | None, now: datetime) -> bool:
    """Tell whether a use is to be noted."""
    unseen = (now - signed.seen_at).total_seconds()
    return ip not in (None, known) or unseen >= limits.SESSION_SEEN_SECONDS


def _signed(
    account_id: UUID,
    kind: str,
    session_id: UUID,
    begun_at: datetime,
    seen_at: datetime,
    elevated_at: datetime | None,
    disabled: bool,
) -> Signed:
    return Signed(
        account_id=account_id,
        session_id=session_id,
        kind=kind,
        begun_at=begun_at,
        seen_at=seen_at,
        elevated_at=elevated_at,
        disabled=disabled,
    )


def is_live(
    journal: Journal, account_id: UUID, session_id: UUID, now: datetime
) -> bool:
    """Tell whether a session may still ask for something."""
    sql = f"SELECT FROM sessions s WHERE s.account_id = %(account)s AND{LIVE}"
    names = {"account": account_id, "session": session_id, "now": now}
    with journal.connections.for_account(account_id) as connection:
        found = connection.execute(f"{sql} AND s.session_id = %(session)s", names)
        return found.fetchone() is not None


def sessions_of(journal: Journal, account_id: UUID, now: datetime) -> list[LiveSession]:
    """Return the account's live sessions, the one used last first."""
    key = {"account": account_id, "now": now}
    with journal.connections.for_account(account_id) as connection:
        rows = connection.execute(ALL_SQL, key).fetchall()
    found = []
    for session_id, kind, begun_at, seen_at, *origins in rows:
        begun = _opened(journal, account_id, session_id, *origins[:2])
        seen = _opened(journal, account_id, session_id, *origins[2:]) or begun
        found.append(
            LiveSession(
                session_id=session_id,
                kind=kind,
                begun_at=begun_at,
                seen_at=seen_at,
                application=begun.get("application"),
                client=seen.get("client"),
                ip=seen.get("ip"),
            )
        )
    return found


def endings(
    journal: Journal,
    account_id: UUID,
    now: datetime,
    why: str,
    by: str,
    keep: UUID = NOBODY,
) -> tuple[list[Session], list[Change]]:
    """End all sessions of an account but one: what to record, and the rows' change.

    A session that begins meanwhile makes the change miss; then it is decided anew.
    """
    with journal.connections.for_account(account_id) as connection:
        rows = connection.execute(
            f"SELECT session_id FROM sessions WHERE {UNENDED} ORDER BY session_id",
            (account_id, now, keep),
        ).fetchall()
    if not rows:
        return [], []
    ended = [journal.load(Session, session_id) for (session_id,) in rows]
    for session in ended:
        session.end(why, by)
    change = Change(
        sql=f"UPDATE sessions SET ended_at = %s WHERE {UNENDED}",
        params=(now, account_id, now, keep),
        refusal=VersionConflict(),
        rows=len(rows),
    )
    return ended, [change]


def session_row(
    journal: Journal,
    session_id: UUID,
    token: tokens.AccountToken,
    kind: str,
    context: Context,
    application: str | None,
    *,
    elevated: bool,
) -> tuple[Any, ...]:
    """Return the row that alone decides on a session's requests."""
    idle, whole = TERMS[kind]
    account_id, now = token.account_id, context.now
    origin = sealed_origin(
        journal, account_id, session_id, now, context.ip, context.client, application
    )
    until = now + timedelta(seconds=whole)
    since = now if elevated else None
    ids = (account_id, session_id, token.digest)
    return (*ids, kind, now, now, idle, until, *origin, since)


def sealed_origin(
    journal: Journal,
    account_id: UUID,
    session_id: UUID,
    now: datetime,
    ip: str | None,
    client: str | None,
    application: str | None = None,
) -> tuple[Any, Any]:
    """Return where a session comes from, sealed with the year's security key."""
    shown = (client or "")[: limits.CLIENT_CHARACTERS_MAX] or None
    told = {"ip": ip, "client": shown, "application": application}
    if not any(told.values()):
        return None, None
    data = msgspec.json.encode({name: value for name, value in told.items() if value})
    try:
        sealed, key_id = journal.vault.seal(
            account_id, f"security-{now.year}", data, session_id.bytes
        )
    except PersonErased:
        return None, None
    return sealed, key_id


def _opened(
    journal: Journal,
    account_id: UUID,
    session_id: UUID,
    data: bytes | None,
    key_id: UUID | None,
) -> dict[str, str | None]:
    if data is None or key_id is None:
        return {}
    found = journal.vault.open(account_id, key_id, bytes(data), session_id.bytes)
    return {} if found is None else msgspec.json.decode(found)
