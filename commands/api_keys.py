"""Issuing service keys, and checking the keys that programs sign in with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from commands.credentials import API_KEY, KeptSecret, Secret, keep
from commands.gateways import tokens
from commands.key_uses import DIGEST, digest_name, note_use, secret_fits
from ledger.aggregate import SYSTEM
from ledger.api_keys import SERVICE_SCOPES, ApiKey
from ledger.billing_details import required_text
from ledger.journal import (
    OUTSIDE_BODY,
    Context,
    Journal,
    Recorded,
    handler,
)
from ledger.refusals import AlreadyAnswered

SCOPES = SERVICE_SCOPES
"""All that a key of another system of the company may be allowed."""


@dataclass(frozen=True, kw_only=True)
class IssueApiKey:
    """Let another system of the company in, with these scopes."""

    name: str
    scopes: tuple[str, ...]
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class IssuedKey:
    """A key and its secret, which is shown this once."""

    key_id: UUID
    secret: str = field(repr=False)
    recorded: Recorded


@dataclass(frozen=True, kw_only=True)
class Key:
    """What a good key may do, and for whom; a service key has the nil account.

    `disabled` is the account.
    """

    key_id: UUID
    account_id: UUID
    name: str | None
    scopes: frozenset[str]
    for_service: bool
    disabled: bool = False


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
            "directory": [
                (API_KEY, str(key_id), command.account_id, key_id),
                (DIGEST, digest_name(journal, command.digest), SYSTEM, key_id),
            ],
        },
    )


def authenticate_key(
    journal: Journal,
    key_id: UUID,
    secret: str,
    now: datetime,
    ip: str | None = None,
) -> Key | None:
    """Return what the key may do, or None when it is unknown, wrong, old or revoked.

    Nothing is remembered between two requests: a revoked key is refused at once.
    Its use is noted, to the minute.
    """
    key = _known(journal, key_id)
    fits = secret_fits(journal, key, tokens.key_digest(secret), now)
    if not fits or key is None:
        return None
    disabled = False
    if not key.for_service:
        disabled = note_use(journal, key.account_id, key.id, now, ip)
    return Key(
        key_id=key.id,
        account_id=key.account_id,
        name=key.name,
        scopes=frozenset(key.scopes),
        for_service=key.for_service,
        disabled=disabled,
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
