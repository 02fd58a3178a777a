"""What stands between two answers: half a sign-in, a factor not yet confirmed.

A challenge names its account, is bound to the credential epoch it was posed in, is
used once, and bears five tries. It lies in its own table, never in a cookie: the
cookie or form carries the secret that finds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from commands import limits
from commands.gateways import tokens
from ledger.aggregate import SYSTEM
from ledger.journal import Change, Journal
from ledger.refusals import TokenGone

SEALING = "challenges"
TIMED = ("email_undo", "factor_reset")
"""Kinds whose end asks for a deed, which drops them."""
UNBOUND = 0
"""The epoch of what stays good whatever becomes of the credentials: an undo."""
POSE_SQL = (
    "INSERT INTO challenges (account_id, digest, kind, credential_epoch, sealed,"
    " key_id, expires_at) VALUES (%s, %s, %s, %s, %s, %s, %s)"
)
OPEN = (
    " WHERE account_id = %(account)s AND digest = %(digest)s AND kind = %(kind)s"
    " AND used_at IS NULL AND %(now)s < expires_at AND tries < %(tries_max)s"
)
FOUND = " credential_epoch, sealed, key_id, expires_at, tries"
LOOK_SQL = f"SELECT{FOUND} FROM challenges{OPEN}"
TRY_SQL = f"UPDATE challenges SET tries = tries + 1{OPEN} RETURNING{FOUND}"
USE_SQL = (
    "UPDATE challenges SET used_at = %s"
    " WHERE account_id = %s AND digest = %s AND used_at IS NULL"
)


@dataclass(frozen=True, kw_only=True)
class Challenge:
    """A challenge that is open: what it is about, and until when."""

    account_id: UUID
    digest: bytes
    epoch: int
    data: dict[str, Any]
    expires_at: datetime
    tries: int


def link(
    journal: Journal,
    account_id: UUID,
    kind: str,
    epoch: int,
    data: dict[str, Any],
    until: datetime,
) -> tuple[tokens.AccountToken, tuple[Any, ...]]:
    """Return a token to hand out, and its row, to be written with what it is about."""
    token = tokens.new_token(account_id)
    place = _place(account_id, token.digest, kind)
    sealed = journal.vault.seal(SYSTEM, SEALING, msgspec.json.encode(data), place)
    return token, (account_id, token.digest, kind, epoch, *sealed, until)


def pose(
    journal: Journal,
    account_id: UUID,
    kind: str,
    epoch: int,
    data: dict[str, Any],
    now: datetime,
    seconds: int = limits.CHALLENGE_SECONDS,
) -> tokens.AccountToken:
    """Write a challenge down at once; return the token that finds it."""
    until = now + timedelta(seconds=seconds)
    token, row = link(journal, account_id, kind, epoch, data, until)
    with journal.connections.for_account(account_id) as connection:
        connection.execute(POSE_SQL, row)
    return token


def posed(journal: Journal, text: str, kind: str, now: datetime) -> Challenge | None:
    """Return an open challenge, changing nothing; None for any other text."""
    return _found(journal, LOOK_SQL, text, kind, now)


def tried(journal: Journal, text: str, kind: str, now: datetime) -> Challenge:
    """Count one try and return the challenge. Raises TokenGone."""
    found = _found(journal, TRY_SQL, text, kind, now)
    if found is None:
        raise TokenGone
    return found


def used(challenge: Challenge, now: datetime) -> Change:
    """Return the change that only one answer can make."""
    return Change(
        sql=USE_SQL,
        params=(now, challenge.account_id, challenge.digest),
        refusal=TokenGone(),
    )


def due(journal: Journal, kind: str, now: datetime) -> list[UUID]:
    """Return accounts whose challenge of this kind has run out, a batch of them."""
    with journal.connections.for_account(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT DISTINCT account_id FROM challenges"
            " WHERE kind = %s AND expires_at <= %s LIMIT 100",
            (kind, now),
        ).fetchall()
    return [account_id for (account_id,) in rows]


def drop_due(journal: Journal, account_id: UUID, kind: str, now: datetime) -> None:
    """Drop an account's challenges of a kind that have run out, once all is done."""
    with journal.connections.for_account(account_id) as connection:
        connection.execute(
            "DELETE FROM challenges"
            " WHERE account_id = %s AND kind = %s AND expires_at <= %s",
            (account_id, kind, now),
        )


def purge(journal: Journal, now: datetime) -> None:
    """Drop what can no longer be answered, but for what still has to be done."""
    with journal.connections.for_account(SYSTEM) as connection:
        connection.execute(
            "DELETE FROM challenges WHERE expires_at < %s AND NOT kind = ANY(%s)",
            (now, list(TIMED)),
        )


def _found(
    journal: Journal, sql: str, text: str, kind: str, now: datetime
) -> Challenge | None:
    token = tokens.token_from(text)
    if token is None:
        return None
    names = {
        "account": token.account_id,
        "digest": token.digest,
        "kind": kind,
        "now": now,
        "tries_max": limits.CHALLENGE_TRIES_MAX,
    }
    with journal.connections.for_account(token.account_id) as connection:
        row = connection.execute(sql, names).fetchone()
    if row is None:
        return None
    epoch, sealed, key_id, expires_at, tries = row
    place = _place(token.account_id, token.digest, kind)
    data = journal.vault.open(SYSTEM, key_id, bytes(sealed), place)
    if data is None:
        return None
    return Challenge(
        account_id=token.account_id,
        digest=token.digest,
        epoch=epoch,
        data=msgspec.json.decode(data),
        expires_at=expires_at,
        tries=tries,
    )


def _place(account_id: UUID, digest: bytes, kind: str) -> bytes:
    return account_id.bytes + digest + kind.encode()
