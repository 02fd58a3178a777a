"""Issuing, checking and revoking the keys that programs sign in with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from commands.credentials import API_KEY, KeptSecret, Secret, keep, kept
from commands.gateways import tokens
from ledger.aggregate import SYSTEM
from ledger.api_keys import ApiKey
from ledger.billing_details import required_text
from ledger.journal import (
    OUTSIDE_BODY,
    Change,
    Context,
    Journal,
    Recorded,
    VersionConflict,
    handler,
)
from ledger.refusals import AlreadyAnswered, NoSuchKey


@dataclass(frozen=True, kw_only=True)
class IssueApiKey:
    """Let another system of the company in, with these scopes."""

    name: str
    scopes: tuple[str, ...]
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class RevokeApiKey:
    """Withdraw a key for ever."""

    account_id: UUID
    key_id: UUID
    why: str = "withdrawn"


@dataclass(frozen=True, kw_only=True)
class IssuedKey:
    """A key and its secret, which is shown this once."""

    key_id: UUID
    secret: str = field(repr=False)
    recorded: Recorded


@dataclass(frozen=True, kw_only=True)
class Key:
    """What a good key may do, and for whom; a service key has the nil account."""

    key_id: UUID
    account_id: UUID
    name: str | None
    scopes: frozenset[str]
    for_service: bool


@dataclass(frozen=True, kw_only=True)
class IssueServiceKey:
    """Issue a key of which this is the digest."""

    account_id: UUID
    name: str
    scopes: tuple[str, ...]
    expires_at: datetime | None
    digest: bytes = field(metadata=OUTSIDE_BODY)


def issue_api_key(
    journal: Journal, command: IssueApiKey, context: Context
) -> IssuedKey:
    """Issue a service key, and return its secret once.

    Raises TextRefused for the name, ScopeUnknown, AlreadyAnswered for a repeat.
    """
    secret = tokens.new_key_secret()
    issue = IssueServiceKey(
        account_id=SYSTEM,
        name=required_text("name", command.name),
        scopes=command.scopes,
        expires_at=command.expires_at,
        digest=tokens.key_digest(secret),
    )
    recorded = issue_service_key(journal, issue, context)
    if recorded.repeated:
        raise AlreadyAnswered(operation="issue_api_key")
    key_id = UUID(recorded.ids["api_key"])
    return IssuedKey(key_id=key_id, secret=secret, recorded=recorded)


@handler
def issue_service_key(
    journal: Journal, command: IssueServiceKey, context: Context
) -> Recorded:
    """Record a service key whose secret was drawn, and the rows beside it."""
    key_id = context.new_id("api_key")
    secret = _kept(journal, command, context.new_id("secret"))
    key = ApiKey.issue(
        key_id,
        name=command.name,
        scopes=command.scopes,
        secret_id=secret.secret_id,
        secret_mac=secret.mac,
        secret_mac_key_id=secret.mac_key_id,
        expires_at=command.expires_at,
    )
    return journal.record(
        key,
        context=context,
        ids={"api_key": key_id},
        inserts={
            "secrets": [secret.row],
            "directory": [(API_KEY, str(key_id), command.account_id, key_id)],
        },
    )


@handler
def revoke_api_key(
    journal: Journal, command: RevokeApiKey, context: Context
) -> Recorded:
    """Revoke a key at once; its secret is deleted. A revoked one stays so.

    Raises NoSuchKey, also for another account's.
    """
    try:
        key = journal.load(ApiKey, command.key_id)
    except KeyError:
        raise NoSuchKey(key_id=command.key_id) from None
    if key.account_id != command.account_id:
        raise NoSuchKey(key_id=command.key_id)
    if key.revoked:
        return journal.unchanged(key)
    key.revoke(command.why)
    change = Change(
        sql="DELETE FROM secrets WHERE account_id = %s AND secret_id = %s",
        params=(key.account_id, key.secret_id),
        refusal=VersionConflict(),
    )
    return journal.record(key, context=context, changes=[change])


def authenticate_key(
    journal: Journal, key_id: UUID, secret: str, now: datetime
) -> Key | None:
    """Return what the key may do, or None when it is unknown, wrong, old or revoked.

    Nothing is remembered between two requests: a revoked key is refused at once.
    """
    key = _known(journal, key_id)
    found = None
    if key is not None:
        found = kept(journal, key.account_id, API_KEY, key.binding)
    expected = bytes(32) if found is None else found.constant
    fits = tokens.same(tokens.key_digest(secret), expected)
    if not fits or found is None or key is None or not key.is_good(now):
        return None
    return Key(
        key_id=key.id,
        account_id=key.account_id,
        name=key.name,
        scopes=frozenset(key.scopes),
        for_service=key.for_service,
    )


def _known(journal: Journal, key_id: UUID) -> ApiKey | None:
    with journal.connections.for_account(SYSTEM) as connection:
        row = connection.execute(
            "SELECT stream_id FROM directory WHERE kind = %s AND name = %s",
            (API_KEY, str(key_id)),
            prepare=True,
        ).fetchone()
    return None if row is None else journal.fresh(ApiKey, row[0])


def _kept(journal: Journal, command: IssueServiceKey, secret_id: UUID) -> KeptSecret:
    secret = Secret(command.digest)
    return keep(journal, command.account_id, secret_id, API_KEY, secret)
