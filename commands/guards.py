"""What an account's streams share, decided under one row's lock."""

from __future__ import annotations

from uuid import UUID

from ledger.journal import Change, VersionConflict

EPOCH_SQL = (
    "UPDATE account_guards SET credential_epoch = %s"
    " WHERE account_id = %s AND credential_epoch = %s"
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


def disabled_row(account_id: UUID, *, disabled: bool) -> Change:
    """Return the change by which every later request sees whether it may act."""
    return Change(
        sql="UPDATE account_guards SET disabled = %s WHERE account_id = %s",
        params=(disabled, account_id),
        refusal=VersionConflict(),
    )
