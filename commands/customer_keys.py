"""The API keys that a customer makes for his own programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from commands import limits
from commands.credentials import API_KEY, Secret, credentials_of, forgotten, keep
from commands.gateways import tokens
from commands.guards import at_epoch
from commands.key_uses import DIGEST, digest_name, seen_from
from commands.letters import to_holder
from commands.owners import owned, owner
from ledger.accounts import Account
from ledger.api_keys import OVERLAP, ApiKey
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
from ledger.refusals import AlreadyAnswered, NoSuchKey, TooManyKeys

COUNT_SQL = (
    "UPDATE account_guards SET api_keys = api_keys + 1"
    " WHERE account_id = %s AND api_keys < %s"
)
ALL_SQL = (
    "SELECT u.key_id, j.happened_at, u.seen_at, u.origin, u.origin_key_id"
    " FROM api_key_uses u"
    " JOIN journal j ON j.stream_id = u.key_id AND j.version = 1"
    " WHERE u.account_id = %s ORDER BY j.position DESC"
)


@dataclass(frozen=True, kw_only=True)
class IssueCustomerKey:
    """Let a program of the customer read his account."""

    account_id: UUID
    name: str
    scopes: tuple[str, ...]
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class RecordKey:
    """Issue a key of which this is the digest."""

    account_id: UUID
    name: str
    scopes: tuple[str, ...]
    expires_at: datetime | None
    digest: bytes = field(metadata=OUTSIDE_BODY, repr=False)


@dataclass(frozen=True, kw_only=True)
class RotateKey:
    """Use another secret; the old one stays good for some hours, 168 at most."""

    account_id: UUID
    key_id: UUID
    overlap_hours: int = 24


@dataclass(frozen=True, kw_only=True)
class RecordRotation:
    """Take the new secret of which this is the digest."""

    account_id: UUID
    key_id: UUID
    overlap_hours: int
    digest: bytes = field(metadata=OUTSIDE_BODY, repr=False)


@dataclass(frozen=True, kw_only=True)
class EditKey:
    """Call a key something else, and allow it the same or less."""

    account_id: UUID
    key_id: UUID
    name: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class KnownKey:
    """A key that was not revoked: since when, and when and from where used last."""

    key: ApiKey
    created_at: datetime
    seen_at: datetime | None
    ip: str | None


@dataclass(frozen=True, kw_only=True)
class ShownSecret:
    """A key's secret, which is shown this once."""

    key_id: UUID
    secret: str = field(repr=False)
    recorded: Recorded


def issue_customer_key(
    journal: Journal, command: IssueCustomerKey, context: Context
) -> ShownSecret:
    """Issue a key and return its secret once.

    Raises NoSuchAccount, AccountClosed, TextRefused for the name, ScopeUnknown,
    TooManyKeys, AlreadyAnswered for a repeat.
    """
    secret = tokens.new_key_secret()
    record = RecordKey(
        account_id=command.account_id,
        name=required_text("name", command.name),
        scopes=command.scopes,
        expires_at=command.expires_at,
        digest=tokens.key_digest(secret),
    )
    recorded = record_key(journal, record, context)
    return _shown(recorded, secret, "issue_customer_key")


@handler
def record_key(journal: Journal, command: RecordKey, context: Context) -> Recorded:
    """Record a key whose secret was drawn, counted under the account's guard."""
    account = owner(journal, command.account_id, journal.load)
    key_id, secret = context.new_id("api_key"), Secret(command.digest)
    made = keep(journal, account.id, context.new_id("secret"), API_KEY, secret)
    key = ApiKey.issue(
        key_id,
        name=command.name,
        scopes=command.scopes,
        expires_at=command.expires_at,
        account_id=account.id,
        **made.binding._asdict(),
    )
    names = ((API_KEY, str(key_id)), (DIGEST, digest_name(journal, command.digest)))
    mails = to_holder(journal, account, "api_key_issued", context, key=command.name)
    return journal.record(
        key,
        context=context,
        ids={"api_key": key_id},
        inserts={
            "secrets": [made.row],
            "directory": [(*name, account.id, key_id) for name in names],
            "api_key_uses": [(account.id, key_id)],
            "mail_outbox": mails,
        },
        changes=_counted(journal, account),
    )


def rotate_key(journal: Journal, command: RotateKey, context: Context) -> ShownSecret:
    """Draw another secret and return it once.

    Raises NoSuchKey, also for another account's and a revoked one; AlreadyAnswered.
    """
    secret = tokens.new_key_secret()
    hours = min(max(command.overlap_hours, 0), OVERLAP // timedelta(hours=1))
    record = RecordRotation(
        account_id=command.account_id,
        key_id=command.key_id,
        overlap_hours=hours,
        digest=tokens.key_digest(secret),
    )
    recorded = record_rotation(journal, record, context)
    return _shown(recorded, secret, "rotate_key")


@handler
def record_rotation(
    journal: Journal, command: RecordRotation, context: Context
) -> Recorded:
    """Record a key's new secret; one that was still in its overlap is deleted."""
    account = owner(journal, command.account_id, journal.load)
    key = key_of(journal, account.id, command.key_id)
    older = key.old
    secret = Secret(command.digest)
    made = keep(journal, account.id, context.new_id("secret"), API_KEY, secret)
    until = context.now + timedelta(hours=command.overlap_hours)
    key.rotate(made.binding, until, context.now)
    name = digest_name(journal, command.digest)
    mails = to_holder(journal, account, "api_key_rotated", context, key=key.name)
    return journal.record(
        key,
        context=context,
        ids={"api_key": key.id},
        inserts={
            "secrets": [made.row],
            "directory": [(DIGEST, name, account.id, key.id)],
            "mail_outbox": mails,
        },
        changes=forgotten(account.id, older[0] if older else None),
    )


@handler
def edit_key(journal: Journal, command: EditKey, context: Context) -> Recorded:
    """Record another name, and fewer scopes.

    Raises NoSuchKey, TextRefused for the name, ScopesOnlyNarrow.
    """
    owner(journal, command.account_id, journal.load)
    key = key_of(journal, command.account_id, command.key_id)
    key.rename(required_text("name", command.name))
    key.narrow(command.scopes)
    return journal.record_any(key, context=context)


def keys_of(journal: Journal, account_id: UUID) -> list[KnownKey]:
    """Return the account's keys that were not revoked, the newest first."""
    with journal.connections.for_account(account_id) as connection:
        rows = connection.execute(ALL_SQL, (account_id,)).fetchall()
    found = []
    for key_id, created_at, seen_at, *sealed in rows:
        key = journal.fresh(ApiKey, key_id)
        ip = seen_from(journal, account_id, key_id, *sealed)
        known = KnownKey(key=key, created_at=created_at, seen_at=seen_at, ip=ip)
        found.append(known)
    return found


def known_key(journal: Journal, account_id: UUID, key_id: UUID) -> ApiKey:
    """Return a key of the account that was not revoked. Raises NoSuchKey."""
    key = key_of(journal, account_id, key_id)
    if key.revoked:
        raise NoSuchKey(key_id=key_id)
    return key


def key_of(journal: Journal, account_id: UUID, key_id: UUID) -> ApiKey:
    """Return a key of the account. Raises NoSuchKey for any other."""
    unknown = NoSuchKey(key_id=key_id)
    return owned(journal.load, ApiKey, key_id, account_id, unknown)


def _counted(journal: Journal, account: Account) -> list[Change]:
    """Return what counts one key more, of an account that is still as it was read."""
    # Another process may hold the account as it was before it was closed.
    epoch = credentials_of(journal, account).epoch
    count = Change(
        sql=COUNT_SQL,
        params=(account.id, limits.API_KEYS_MAX),
        refusal=TooManyKeys(keys_max=limits.API_KEYS_MAX),
    )
    return [at_epoch(account.id, epoch, VersionConflict()), count]


def _shown(recorded: Recorded, secret: str, operation: str) -> ShownSecret:
    if recorded.repeated:
        raise AlreadyAnswered(operation=operation)
    key_id = UUID(recorded.ids["api_key"])
    return ShownSecret(key_id=key_id, secret=secret, recorded=recorded)
