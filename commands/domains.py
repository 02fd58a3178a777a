"""The domains that an account sends with: added, looked up and removed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from commands import limits
from commands.credentials import credentials_of
from commands.domain_names import digest_of, known_domain
from commands.gateways import tokens
from commands.guards import at_epoch
from commands.owners import Load, owner
from ledger.accounts import Account
from ledger.domain_names import sending_domain_name
from ledger.domain_schedule import next_look
from ledger.domains import SendingDomain
from ledger.journal import (
    OUTSIDE_BODY,
    Change,
    Context,
    Journal,
    Recorded,
    VersionConflict,
    handler,
)
from ledger.refusals import DomainExists, NoSuchDomain, TooManyDomains

LABEL = "domain_label"
COUNT_SQL = (
    "UPDATE account_guards SET sending_domains = sending_domains + 1"
    " WHERE account_id = %s AND sending_domains < %s"
)
UNCOUNT_SQL = (
    "UPDATE account_guards SET sending_domains = sending_domains - 1"
    " WHERE account_id = %s AND sending_domains > 0"
)
FORGET_SQL = "DELETE FROM watched_domains WHERE account_id = %s AND domain_id = %s"
ALL_SQL = (
    "SELECT w.domain_id FROM watched_domains w"
    " JOIN journal j ON j.stream_id = w.domain_id AND j.version = 1"
    " WHERE w.account_id = %s ORDER BY j.position"
)


@dataclass(frozen=True, kw_only=True)
class AddDomain:
    """Send with this name, as it was typed, once its records are found."""

    account_id: UUID
    name: str


@dataclass(frozen=True, kw_only=True)
class RecordDomain:
    """Add a domain, named in A-labels, whose own label was drawn."""

    account_id: UUID
    name: str
    label: str = field(metadata=OUTSIDE_BODY)


@dataclass(frozen=True, kw_only=True)
class RemoveDomain:
    """Send with a domain no more."""

    account_id: UUID
    domain_id: UUID


def add_domain(
    journal: Journal, command: AddDomain, context: Context, ours: Collection[str]
) -> Recorded:
    """Add a domain; `ids` tell which one it is, `ours` are the service's own names.

    Raises the refusals of `ledger.domain_refusals` for a name that is none, then
    NoSuchAccount, AccountClosed, DomainExists, TooManyDomains, in this order.
    """
    record = RecordDomain(
        account_id=command.account_id,
        name=sending_domain_name(command.name, ours),
        label=tokens.new_label(),
    )
    return record_domain(journal, record, context)


@handler
def record_domain(
    journal: Journal, command: RecordDomain, context: Context
) -> Recorded:
    """Record a domain, counted under the account's guard, and its label for ever."""
    account = owner(journal, command.account_id, journal.load)
    known = known_domain(journal, account.id, command.name)
    if known is not None:
        raise DomainExists(domain_id=known)
    domain = SendingDomain.add(
        context.new_id("domain"),
        account.id,
        command.name,
        command.label,
        context.now,
    )
    due_at = next_look(domain, "missing", context.now)
    watched = (account.id, domain.id, *digest_of(journal, command.name), due_at)
    return journal.record(
        domain,
        context=context,
        ids={"domain": domain.id},
        inserts={
            "directory": [(LABEL, command.label, account.id, domain.id)],
            "watched_domains": [watched],
        },
        changes=_counted(journal, account),
    )


@handler
def remove_domain(
    journal: Journal, command: RemoveDomain, context: Context
) -> Recorded:
    """Remove a domain at once; whoever shows its records next may hold the name.

    Raises NoSuchAccount, AccountClosed, NoSuchDomain, in this order; a removed one
    stays so.
    """
    owner(journal, command.account_id)
    domain = domain_of(journal, command.account_id, command.domain_id)
    if domain.removed:
        return journal.unchanged(domain)
    changes = _removal(domain, "withdrawn", context.now)
    return journal.record(domain, context=context, changes=changes)


def removals(
    journal: Journal, account_id: UUID, why: str, now: datetime
) -> tuple[list[SendingDomain], list[Change]]:
    """Remove all domains of an account; return them, and what becomes of their rows."""
    ids = [domain.id for domain in domains_of(journal, account_id)]
    domains = [journal.load(SendingDomain, domain_id) for domain_id in sorted(ids)]
    changes = [c for domain in domains for c in _removal(domain, why, now)]
    return domains, changes


def domains_of(journal: Journal, account_id: UUID) -> list[SendingDomain]:
    """Return the account's domains that were not removed, the oldest first."""
    with journal.connections.for_account(account_id) as connection:
        rows = connection.execute(ALL_SQL, (account_id,), prepare=True).fetchall()
    return [journal.fresh(SendingDomain, domain_id) for (domain_id,) in rows]


def known(journal: Journal, account_id: UUID, domain_id: UUID) -> SendingDomain:
    """Return a domain of the account. Raises NoSuchDomain, for a removed one too."""
    domain = domain_of(journal, account_id, domain_id, journal.fresh)
    if domain.removed:
        raise NoSuchDomain(domain_id=domain_id)
    return domain


def domain_of(
    journal: Journal,
    account_id: UUID,
    domain_id: UUID,
    load: Load[SendingDomain] | None = None,
) -> SendingDomain:
    """Return a domain of the account, removed or not. Raises NoSuchDomain.

    It is the journal's own, for a decision, unless `load` says otherwise.
    """
    try:
        domain = (load or journal.load)(SendingDomain, domain_id)
    except KeyError:
        raise NoSuchDomain(domain_id=domain_id) from None
    if domain.account_id != account_id:
        raise NoSuchDomain(domain_id=domain_id)
    return domain


def _removal(domain: SendingDomain, why: str, now: datetime) -> list[Change]:
    """Remove a domain that was loaded for it; return what changes beside the journal.

    The account's guard is changed first, as everywhere.
    """
    domain.remove(why, now)
    again = VersionConflict()
    return [
        Change(sql=UNCOUNT_SQL, params=(domain.account_id,), refusal=again),
        Change(sql=FORGET_SQL, params=(domain.account_id, domain.id), refusal=again),
    ]


def _counted(journal: Journal, account: Account) -> list[Change]:
    """Return what counts one domain more, of an account that is still as it was."""
    # Another process may hold the account as it was before it was closed.
    epoch = credentials_of(journal, account).epoch
    count = Change(
        sql=COUNT_SQL,
        params=(account.id, limits.DOMAINS_MAX),
        refusal=TooManyDomains(domains_max=limits.DOMAINS_MAX),
    )
    return [at_epoch(account.id, epoch, VersionConflict()), count]
