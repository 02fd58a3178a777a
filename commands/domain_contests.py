"""What a look at a domain's records decides, for its account and for another's.

Whoever published the records last is not the holder at once: who held the name is told
and has three days to put his own back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from commands.domain_names import Holder, holder_of
from commands.domains import domain_of
from ledger.aggregate import Aggregate
from ledger.domains import SendingDomain, is_second_look
from ledger.journal import (
    Change,
    Context,
    Journal,
    Recorded,
    VersionConflict,
    handler,
)
from ledger.refusals import NotContested, TextRefused

REASON_CHARACTERS_MAX = 300
HOLD_SQL = (
    "UPDATE watched_domains SET holds = true"
    " WHERE account_id = %s AND domain_id = %s AND NOT holds"
)
LET_GO_SQL = (
    "UPDATE watched_domains SET holds = false, due_at = NULL"
    " WHERE account_id = %s AND domain_id = %s AND holds"
)
SOON_SQL = (
    "UPDATE watched_domains SET due_at = %s"
    " WHERE account_id = %s AND domain_id = %s AND holds"
)


WAKE_SQL = (
    "UPDATE watched_domains SET due_at = least(due_at, %s)"
    " WHERE account_id = %s AND domain_id = %s AND due_at IS NOT NULL"
)


@dataclass(frozen=True, kw_only=True)
class EndContest:
    """Tell a holder that nobody contests his name any more."""

    account_id: UUID
    domain_id: UUID
    contender_id: UUID


@dataclass(frozen=True, kw_only=True)
class TransferDomain:
    """Let a contender have the name before, or instead of, what the records say."""

    account_id: UUID
    domain_id: UUID
    reason: str


@dataclass(frozen=True, kw_only=True)
class Decided:
    """The domains that something was decided about, and the rows that change."""

    domains: list[Aggregate]
    changes: list[Change]


def found(journal: Journal, domain: SendingDomain, now: datetime) -> Decided:
    """Decide what follows when the required records of a domain were found."""
    assert domain.name is not None
    holder = None if domain.holds else holder_of(journal, domain.name)
    if holder is not None:
        return _contested(journal, domain, holder, now)
    held = domain.holds
    domain.find(now)
    return Decided(domains=[domain], changes=[] if held else [_hold(domain)])


def missed(
    journal: Journal,
    domain: SendingDomain,
    missing: list[str],
    now: datetime,
    missed_since: datetime | None,
) -> Decided:
    """Decide what follows when some of the required records were surely not there."""
    held, contest = domain.holds, domain.contest
    domain.miss(missing, now, missed_since)
    changes = [_let_go(domain)] if held and not domain.holds else []
    gone = domain.state == "failed" or is_second_look(now, missed_since)
    if held or contest is None or not gone:
        return Decided(domains=[domain], changes=changes)
    domain.end_contest("withdrawn", now)
    holder = journal.load(SendingDomain, contest["other_id"])
    if _is_met(holder, domain):
        holder.end_contest("withdrawn", now)
    return Decided(domains=[domain, holder], changes=changes)


def _transferred(
    contender: SendingDomain,
    holder: SendingDomain,
    now: datetime,
    reason: str | None = None,
) -> Decided:
    """Decide that the name goes to the contender; staff give a reason."""
    holder.give_way(contender.id, now, reason)
    contender.end_contest("transferred", now)
    contender.find(now)
    changes = [_let_go(holder), _hold(contender)]
    return Decided(domains=[contender, holder], changes=changes)


@handler
def end_contest(journal: Journal, command: EndContest, context: Context) -> Recorded:
    """Record the end of a contest whose contender is gone; another one goes on.

    Raises NoSuchDomain.
    """
    holder = domain_of(journal, command.account_id, command.domain_id)
    contest = holder.contest
    if contest is not None and contest["other_id"] == command.contender_id:
        holder.end_contest("withdrawn", context.now)
    return journal.record_any(holder, context=context)


@handler
def transfer_domain(
    journal: Journal, command: TransferDomain, context: Context
) -> Recorded:
    """Record that the name goes to the contender, as somebody of ours decided.

    Raises NoSuchDomain, NotContested, TextRefused for the reason, in this order.
    """
    domain = domain_of(journal, command.account_id, command.domain_id)
    if domain.contest is None or domain.holds:
        raise NotContested(domain_id=domain.id)
    reason = command.reason.strip()
    if not 0 < len(reason) <= REASON_CHARACTERS_MAX:
        raise TextRefused("reason")
    holder = journal.load(SendingDomain, domain.contest["other_id"])
    if not holder.holds:
        raise NotContested(domain_id=domain.id)
    decided = _transferred(domain, holder, context.now, reason)
    return journal.record(*decided.domains, context=context, changes=decided.changes)


def wake(journal: Journal, domain: SendingDomain, now: datetime) -> None:
    """Have a domain looked at now, if it is looked at: what it waits for came true."""
    values = (now, domain.account_id, domain.id)
    with journal.connections.for_account(domain.account_id) as connection:
        connection.execute(WAKE_SQL, values)


def _contested(
    journal: Journal, domain: SendingDomain, found: Holder, now: datetime
) -> Decided:
    holder = journal.load(SendingDomain, found.domain_id)
    if not holder.holds:
        raise VersionConflict
    if domain.contest is not None and domain.contest["other_id"] == holder.id:
        if now < domain.contest["until"] or holder.state == "verified":
            return Decided(domains=[domain], changes=[])
        return _transferred(domain, holder, now)
    domain.resume(now)
    domain.end_contest("released", now)
    if holder.contest is not None:
        return Decided(domains=[domain], changes=[])
    domain.open_contest(holder.id, now)
    holder.meet_contest(domain.id, now)
    return Decided(domains=[domain, holder], changes=[_soon(holder, now)])


def _is_met(holder: SendingDomain, contender: SendingDomain) -> bool:
    """Whether it is this contender that the holder was told of."""
    return holder.contest is not None and holder.contest["other_id"] == contender.id


def _hold(domain: SendingDomain) -> Change:
    """Return the change that only one of all domains of a name can make."""
    return _of_row(HOLD_SQL, domain)


def _let_go(domain: SendingDomain) -> Change:
    return _of_row(LET_GO_SQL, domain)


def _soon(domain: SendingDomain, now: datetime) -> Change:
    """Return the change that has a holder looked at now, since another was found."""
    return _of_row(SOON_SQL, domain, now)


def _of_row(sql: str, domain: SendingDomain, *values: object) -> Change:
    params = (*values, domain.account_id, domain.id)
    return Change(sql=sql, params=params, refusal=VersionConflict())
