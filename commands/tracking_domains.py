"""The name that an account's links carry: chosen, cleared, and given up."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from commands.credentials import credentials_of
from commands.domains import domains_of
from commands.gateways import tokens
from commands.guards import at_epoch
from commands.owners import owner
from commands.tracking_names import HOST, digest_of
from ledger.domain_names import tracking_host
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
from ledger.refusals import TrackingHostHeld
from ledger.tracking_domains import TrackingDomain

DUE_SQL = (
    "UPDATE watched_tracking SET due_at = %s, missed_since = NULL"
    " WHERE account_id = %s AND host_id = %s"
)
UNPUBLISH_SQL = (
    f"UPDATE tracking_targets SET published = false, position = {BASE_SQL},"
    " changes = changes + 1 WHERE account_id = %s AND host_id = ANY(%s)"
)


@dataclass(frozen=True, kw_only=True)
class ChooseTrackingHost:
    """Have links carry this name, as it was typed, once its record is found."""

    account_id: UUID
    host: str


@dataclass(frozen=True, kw_only=True)
class RecordTrackingHost:
    """Choose a host in A-labels; its target was drawn, in case that it is new."""

    account_id: UUID
    host: str
    target: str = field(metadata=OUTSIDE_BODY)


@dataclass(frozen=True, kw_only=True)
class ClearTrackingHost:
    """Have links carry the service's own name."""

    account_id: UUID


@dataclass(frozen=True, kw_only=True)
class ReleaseTrackingHosts:
    """Give up every host of an account whose person was erased."""

    account_id: UUID


def choose_tracking_host(
    journal: Journal,
    command: ChooseTrackingHost,
    context: Context,
    ours: Collection[str],
) -> Recorded:
    """Choose the account's tracking domain; `ids` tell which host it is.

    `ours` are the service's own names. Raises NoSuchAccount, AccountClosed, the
    refusals of `ledger.domain_refusals` for a name that is none, TrackingHostHeld and
    TooManyTrackingHosts, in this order.
    """
    owner(journal, command.account_id)
    verified = verified_names(journal, command.account_id)
    record = RecordTrackingHost(
        account_id=command.account_id,
        host=tracking_host(command.host, verified, ours),
        target=tokens.new_label(),
    )
    return record_tracking_host(journal, record, context)


@handler
def record_tracking_host(
    journal: Journal, command: RecordTrackingHost, context: Context
) -> Recorded:
    """Record the choice; the host is claimed for ever, its target is its own."""
    account = owner(journal, command.account_id, journal.load)
    tracking = _load(journal, account.id)
    new_id = context.new_id("host")
    known = tracking.named(command.host)
    host_id = tracking.choose(new_id, command.host, command.target, context.now)
    if not tracking.pending_events:
        return replace(journal.unchanged(tracking), ids={"host": str(host_id)})
    # Another process may hold the account as it was before it was closed.
    epoch = credentials_of(journal, account).epoch
    changes = [at_epoch(account.id, epoch, VersionConflict())]
    if known is not None:
        params = (context.now, account.id, host_id)
        changes += [Change(sql=DUE_SQL, params=params, refusal=VersionConflict())]
    return journal.record(
        tracking,
        context=context,
        ids={"host": host_id},
        inserts={} if known else _issued(journal, command, host_id, context.now),
        changes=changes,
        taken=TrackingHostHeld(host=command.host),
    )


@handler
def clear_tracking_host(
    journal: Journal, command: ClearTrackingHost, context: Context
) -> Recorded:
    """Clear the tracking domain; where there is none it is no news.

    Raises NoSuchAccount, AccountClosed, in this order.
    """
    owner(journal, command.account_id)
    tracking = _load(journal, command.account_id)
    if tracking.current is None:
        return journal.unchanged(tracking)
    tracking.clear(context.now)
    return journal.record(tracking, context=context)


@handler
def release_tracking_hosts(
    journal: Journal, command: ReleaseTrackingHosts, context: Context
) -> Recorded:
    """Give every host up; their targets leave our zone."""
    tracking = _load(journal, command.account_id)
    published = [one.host_id for one in tracking.hosts.values()]
    published = [one for one in published if tracking.hosts[one].state != "released"]
    tracking.release(context.now)
    if not published:
        return journal.unchanged(tracking)
    unpublish = Change(
        sql=UNPUBLISH_SQL,
        params=(command.account_id, published),
        refusal=VersionConflict(),
        rows=len(published),
    )
    return journal.record(tracking, context=context, changes=[unpublish])


def tracking_of(journal: Journal, account_id: UUID) -> TrackingDomain:
    """Return an account's tracking domain as it is now, one without hosts too."""
    try:
        return journal.fresh(TrackingDomain, TrackingDomain.create_id(account_id))
    except KeyError:
        return TrackingDomain(account_id=account_id)


def verified_names(journal: Journal, account_id: UUID) -> list[str]:
    """Return the names that the account holds."""
    found = [domain for domain in domains_of(journal, account_id) if domain.holds]
    return [domain.name for domain in found if domain.name is not None]


def _issued(
    journal: Journal, command: RecordTrackingHost, host_id: UUID, now: datetime
) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of a host that is new: its claim, its target, its first look."""
    account_id, digest = command.account_id, digest_of(journal, command.host)
    return {
        "claims": [(HOST, digest.data, digest.key_id, account_id)],
        "tracking_targets": [(command.target, account_id, host_id, 0)],
        "watched_tracking": [(account_id, host_id, now)],
    }


def _load(journal: Journal, account_id: UUID) -> TrackingDomain:
    try:
        return journal.load(TrackingDomain, TrackingDomain.create_id(account_id))
    except KeyError:
        return TrackingDomain(account_id=account_id)
