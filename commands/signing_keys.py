"""Keys that sign mail: made, published, rotated, withdrawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from commands.credentials import KeptSecret, Secret, keep
from commands.gateways import signing
from ledger.journal import (
    OUTSIDE_BODY,
    Change,
    Context,
    Journal,
    Recorded,
    VersionConflict,
    handler,
)
from ledger.journal.statement import BASE_SQL
from ledger.signing_keys import NewKey, SigningKey, SigningKeys
from ledger.signing_refusals import NoSigningKey

SIGNING_KEY = "signing_key"
UPDATE_SQL = (
    "UPDATE signing_keys SET key_id = %s, state = %s, public_key = %s, since = %s,"
    f" position = {BASE_SQL}, changes = changes + 1"
    " WHERE account_id = %s AND domain_id = %s AND selector = %s"
    " AND key_id = %s AND state = %s"
)
FORGET_SQL = (
    "WITH gone AS (DELETE FROM secrets WHERE account_id = %s AND secret_id = ANY(%s))"
    " SELECT 1"
)
WATCH_SQL = (
    "INSERT INTO watched_signing_keys (account_id, domain_id, due_at)"
    " VALUES (%s, %s, %s) ON CONFLICT ON CONSTRAINT watched_signing_keys_one"
    " DO UPDATE SET due_at = excluded.due_at"
)
Pairs = Mapping[str, signing.KeyPair]


@dataclass(frozen=True, kw_only=True)
class BeginSigning:
    """Let a domain have keys; the label stands for it in our zone."""

    account_id: UUID
    domain_id: UUID
    label: str
    pairs: Pairs = field(default_factory=dict, metadata=OUTSIDE_BODY, repr=False)


@dataclass(frozen=True, kw_only=True)
class AdvanceKeys:
    """Do what is due with a domain's keys, of which these were seen, or missed."""

    account_id: UUID
    domain_id: UUID
    seen: Mapping[str, bool]
    pairs: Pairs = field(default_factory=dict, metadata=OUTSIDE_BODY, repr=False)


@dataclass(frozen=True, kw_only=True)
class RotateKeys:
    """Sign with a domain's other key from now on."""

    account_id: UUID
    domain_id: UUID


@dataclass(frozen=True, kw_only=True)
class RevokeSigningKey:
    """Withdraw a key at once, because its secret may be known to somebody."""

    account_id: UUID
    domain_id: UUID
    selector: str


@dataclass(frozen=True, kw_only=True)
class StopSigning:
    """Withdraw every key of a domain; `why` is failed, removed or transferred."""

    account_id: UUID
    domain_id: UUID
    why: str


@handler
def begin_signing(
    journal: Journal, command: BeginSigning, context: Context
) -> Recorded:
    """Let a domain have keys, and stage those that were made; again it is no news.

    Raises NoSigningKey for another account's domain.
    """
    account_id, domain_id = command.account_id, command.domain_id
    try:
        keys = journal.load(SigningKeys, SigningKeys.create_id(domain_id))
    except KeyError:
        keys = SigningKeys(
            account_id=account_id, domain_id=domain_id, label=command.label
        )
    _of(keys, account_id)
    before = dict(keys.keys)
    keys.resume()
    secrets = _stage(journal, keys, command.pairs, context)
    return _record(journal, keys, before, secrets, context)


@handler
def advance_keys(journal: Journal, command: AdvanceKeys, context: Context) -> Recorded:
    """Record what time and the zone have done to a domain's keys.

    Raises NoSigningKey.
    """
    keys = _load(journal, command.account_id, command.domain_id)
    before = dict(keys.keys)
    keys.advance(command.seen, context.now)
    secrets = _stage(journal, keys, command.pairs, context)
    return _record(journal, keys, before, secrets, context)


@handler
def rotate_keys(journal: Journal, command: RotateKeys, context: Context) -> Recorded:
    """Rotate now. Raises NoSigningKey, NoActiveKey, KeyNotSeen, in this order."""
    keys = _load(journal, command.account_id, command.domain_id)
    before = dict(keys.keys)
    keys.rotate(context.now)
    return _record(journal, keys, before, [], context)


@handler
def revoke_signing_key(
    journal: Journal, command: RevokeSigningKey, context: Context
) -> Recorded:
    """Revoke a key; its private part is deleted with it. Raises NoSigningKey."""
    keys = _load(journal, command.account_id, command.domain_id)
    before = dict(keys.keys)
    keys.revoke(command.selector, context.now)
    return _record(journal, keys, before, [], context)


@handler
def stop_signing(journal: Journal, command: StopSigning, context: Context) -> Recorded:
    """Revoke all keys; a domain that never had any, or none any more, is no news."""
    keys = _load(journal, command.account_id, command.domain_id)
    before = dict(keys.keys)
    keys.stop(command.why, context.now)
    return _record(journal, keys, before, [], context)


def keys_of_domain(journal: Journal, account_id: UUID, domain_id: UUID) -> SigningKeys:
    """Return a domain's keys as they are now. Raises NoSigningKey."""
    try:
        keys = journal.fresh(SigningKeys, SigningKeys.create_id(domain_id))
    except KeyError:
        raise NoSigningKey(domain_id=domain_id) from None
    return _of(keys, account_id)


def new_pairs(selectors: Iterable[str]) -> Pairs:
    """Make a key for each selector."""
    return {selector: signing.new_key_pair() for selector in selectors}


def _load(journal: Journal, account_id: UUID, domain_id: UUID) -> SigningKeys:
    try:
        keys = journal.load(SigningKeys, SigningKeys.create_id(domain_id))
    except KeyError:
        raise NoSigningKey(domain_id=domain_id) from None
    return _of(keys, account_id)


def _of(keys: SigningKeys, account_id: UUID) -> SigningKeys:
    if keys.account_id != account_id:
        raise NoSigningKey(domain_id=keys.domain_id)
    return keys


def _stage(
    journal: Journal, keys: SigningKeys, pairs: Pairs, context: Context
) -> list[KeptSecret]:
    """Stage keys that were made, where there is room; return their secrets."""
    if keys.stopped:
        return []
    secrets = {
        selector: keep(
            journal,
            keys.account_id,
            context.new_id(f"secret {selector}"),
            SIGNING_KEY,
            Secret(pairs[selector].private),
        )
        for selector in keys.free
        if selector in pairs
    }
    made = {
        selector: NewKey(
            key_id=context.new_id(f"key {selector}"),
            public_key=pairs[selector].public,
            binding=secret.binding,
        )
        for selector, secret in secrets.items()
    }
    keys.stage(made, context.now)
    return list(secrets.values())


def _record(
    journal: Journal,
    keys: SigningKeys,
    before: Mapping[str, SigningKey],
    secrets: list[KeptSecret],
    context: Context,
) -> Recorded:
    """Record what was decided, with the rows and the secrets that follow from it."""
    if not keys.pending_events:
        return journal.unchanged(keys)
    new = {one: key for one, key in keys.keys.items() if one not in before}
    watch = Change(
        sql=WATCH_SQL,
        params=(keys.account_id, keys.domain_id, context.now),
        refusal=VersionConflict(),
    )
    return journal.record(
        keys,
        context=context,
        inserts={
            "secrets": [secret.row for secret in secrets],
            "signing_keys": [_row(keys, *one) for one in new.items()],
        },
        changes=[*_changes(keys, before), *_gone(keys, before), watch],
    )


def _row(keys: SigningKeys, selector: str, key: SigningKey) -> tuple[object, ...]:
    place = (keys.account_id, keys.domain_id, selector)
    told = (key.key_id, key.state, key.public_key, key.since)
    return (*place, keys.label, *told, 0)


def _changes(keys: SigningKeys, before: Mapping[str, SigningKey]) -> list[Change]:
    """Return the changes of rows, those first after which a key signs no more."""
    changed = [
        (selector, old, keys.keys[selector])
        for selector, old in before.items()
        if (old.key_id, old.state)
        != (keys.keys[selector].key_id, keys.keys[selector].state)
    ]
    changed.sort(key=lambda one: one[2].state == "active")
    place = (keys.account_id, keys.domain_id)
    return [
        Change(
            sql=UPDATE_SQL,
            params=(
                *(new.key_id, new.state, new.public_key, new.since),
                *(*place, selector, old.key_id, old.state),
            ),
            refusal=VersionConflict(),
        )
        for selector, old, new in changed
    ]


def _gone(keys: SigningKeys, before: Mapping[str, SigningKey]) -> list[Change]:
    """Return the change that deletes the secrets of keys that were revoked.

    Those of a person who was erased are gone already.
    """
    gone = [
        old.binding.secret_id
        for selector, old in before.items()
        if old.has_secret
        and not (
            keys.keys[selector].has_secret and keys.keys[selector].key_id == old.key_id
        )
    ]
    params, again = (keys.account_id, gone), VersionConflict()
    return [Change(sql=FORGET_SQL, params=params, refusal=again)] if gone else []
