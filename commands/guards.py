"""What an account's streams share, decided under one row's lock.

A command changes this row before any other, so that no two of them wait for each other.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ledger.journal import Change, VersionConflict

EPOCH_SQL = (
    "UPDATE account_guards SET credential_epoch = %s"
    " WHERE account_id = %s AND credential_epoch = %s"
)
SIGNED_IN_SQL = (
    "UPDATE sessions SET seen_at = seen_at WHERE account_id = %s AND session_id = %s"
    " AND ended_at IS NULL AND %s < expires_at"
    " AND %s < seen_at + idle_seconds_max * interval '1 second'"
)


def at_epoch(account_id: UUID, epoch: int, refusal: Exception) -> Change:
    """Return the check that the credentials are still the ones that were shown.

    Whoever changes them waits for this transaction, and it for him.
    """
    return Change(sql=EPOCH_SQL, params=(epoch, account_id, epoch), refusal=refusal)


def raised_epoch(account_id: UUID, before: int, after: int) -> Change:
    """Return the change that lets what was handed out before die."""
    assert after > before
    params = (after, account_id, before)
    return Change(sql=EPOCH_SQL, params=params, refusal=VersionConflict())


def while_signed_in(
    account_id: UUID, session_id: UUID, now: datetime, refusal: Exception
) -> Change:
    """Return the check that whoever asked for this is still signed in.

    Whoever ends the session waits for this transaction, and it for him.
    """
    params = (account_id, session_id, now, now)
    return Change(sql=SIGNED_IN_SQL, params=params, refusal=refusal)


def disabled_row(account_id: UUID, *, disabled: bool) -> Change:
    """Return the change by which every later request sees whether it may act."""
    return Change(
        sql="UPDATE account_guards SET disabled = %s WHERE account_id = %s",
        params=(disabled, account_id),
        refusal=VersionConflict(),
    )
