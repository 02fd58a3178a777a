"""Withdrawing API keys, at once: by their owner, or because a secret has leaked."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from commands.credentials import forgotten
from commands.gateways import tokens
from commands.key_uses import DIGEST, digest_name, secret_fits
from commands.letters import MailRow, to_holder
from commands.owners import owned
from ledger.accounts import Account
from ledger.aggregate import SYSTEM
from ledger.api_keys import ApiKey
from ledger.journal import (
    Change,
    Context,
    Journal,
    Recorded,
    VersionConflict,
    handler,
)
from ledger.refusals import NoSuchKey

USE_SQL = "DELETE FROM api_key_uses WHERE account_id = %s AND key_id = %s"
COUNT_SQL = (
    "UPDATE account_guards SET api_keys = api_keys - 1"
    " WHERE account_id = %s AND api_keys > 0"
)


@dataclass(frozen=True, kw_only=True)
class RevokeApiKey:
    """Withdraw a key for ever; `why` is withdrawn or leaked."""

    account_id: UUID
    key_id: UUID
    why: str = "withdrawn"


@handler
def revoke_api_key(
    journal: Journal, command: RevokeApiKey, context: Context
) -> Recorded:
    """Revoke a key at once; its secrets are deleted. A revoked one stays so.

    Raises NoSuchKey, also for another account's.
    """
    account_id, unknown = command.account_id, NoSuchKey(key_id=command.key_id)
    key = owned(journal.load, ApiKey, command.key_id, account_id, unknown)
    if key.revoked:
        return journal.unchanged(key)
    changes = revocation(key, command.why)
    return journal.record(
        key,
        context=context,
        inserts={"mail_outbox": _mails(journal, key, command.why, context)},
        changes=changes,
    )


def revocation(key: ApiKey, why: str) -> list[Change]:
    """Revoke a key that was loaded for it; return what changes beside the journal.

    The account's guard is changed first, as everywhere, so that no two commands wait
    for each other.
    """
    secrets = forgotten(key.account_id, key.binding, key.old[0] if key.old else None)
    key.revoke(why)
    if key.for_service:
        return secrets
    account_id, again = key.account_id, VersionConflict()
    count = Change(sql=COUNT_SQL, params=(account_id,), refusal=again)
    use = Change(sql=USE_SQL, params=(account_id, key.id), refusal=again)
    return [count, *secrets, use]


def revoke_leaked(journal: Journal, secret: str, context: Context) -> bool:
    """Revoke the key whose whole secret somebody found; tell whether there is one.

    The holder is mailed. The answer to whoever asked never says it. A secret that
    a rotation has ended opens nothing, so the key that has another one stays.
    """
    if not tokens.is_key_secret(secret):
        return False
    digest = tokens.key_digest(secret)
    name = digest_name(journal, digest)
    with journal.connections.for_account(SYSTEM) as connection:
        row = connection.execute(
            "SELECT account_id, stream_id FROM directory WHERE kind = %s AND name = %s",
            (DIGEST, name),
        ).fetchone()
    if row is None:
        return False
    key = journal.fresh(ApiKey, row[1])
    if not secret_fits(journal, key, digest, context.now):
        return False
    command = RevokeApiKey(account_id=row[0], key_id=row[1], why="leaked")
    revoke_api_key(journal, command, context)
    return True


def _mails(journal: Journal, key: ApiKey, why: str, context: Context) -> list[MailRow]:
    if key.for_service:
        return []
    account = journal.fresh(Account, key.account_id)
    template = "api_key_leaked" if why == "leaked" else "api_key_revoked"
    return to_holder(
        journal, account, template, context, key=key.name, key_id=str(key.id)
    )
