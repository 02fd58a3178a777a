"""Counting contacts: what was sent in a period of the plan Unlimited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from commands.period_contacts import addition, contacts_of, drop_strays
from commands.plans import require_account, subscription_of
from ledger.contacts import CONTACT_BYTES
from ledger.journal import Context, Journal, Recorded, VersionConflict, handler
from ledger.refusals import NoSuchPeriod
from ledger.subscriptions import Subscription
from ledger.usage import Batch, PeriodUsage


@dataclass(frozen=True, kw_only=True)
class ReportUsage:
    """Tell whom a batch of a campaign was sent to.

    `contacts` have sixteen bytes each, sorted, each once.
    """

    account_id: UUID
    period_id: UUID
    campaign_id: str
    batch_id: str
    sent_at: datetime
    contacts: bytes


@dataclass(frozen=True, kw_only=True)
class ContactKey:
    """What a sender needs to name the contacts of a period without telling who."""

    usage: PeriodUsage
    key: bytes


@handler
def report_usage(journal: Journal, command: ReportUsage, context: Context) -> Recorded:
    """Count a batch; `ids` tell its count, how many were new, and the period's count.

    Raises NoSuchAccount, AccountClosed, NoSuchPeriod, PeriodSettled, OutsidePeriod,
    in this order.
    """
    require_account(journal, command.account_id)
    usage = _told_of(journal, command.account_id, command.period_id, context.now)
    usage.check_report(command.sent_at, context.now)
    known = contacts_of(journal, usage)
    new = known.contacts.missing(command.contacts)
    added = len(new) // CONTACT_BYTES
    usage.report(_batch_of(command), command.contacts, added, context.now)
    count = len(command.contacts) // CONTACT_BYTES
    ids = {"count": count, "added": added, "distinct": usage.distinct}
    rows = {
        "usage_additions": addition(journal, usage, new),
        "watched_usage": watch(usage),
    }
    try:
        recorded = journal.record(usage, context=context, ids=ids, inserts=rows)
    except VersionConflict:
        drop_strays(journal, usage)
        raise
    known.counted(usage.version, new)
    return recorded


def _batch_of(command: ReportUsage) -> Batch:
    return {
        "campaign_id": command.campaign_id,
        "batch_id": command.batch_id,
        "sent_at": command.sent_at,
    }


def sorted_contacts(given: bytes) -> bytes:
    """Return contacts of sixteen bytes in their order, each once."""
    size = CONTACT_BYTES
    return b"".join(sorted({given[i : i + size] for i in range(0, len(given), size)}))


def contact_key_of(journal: Journal, account_id: UUID, now: datetime) -> ContactKey:
    """Return the key for the contacts of the period that is used now.

    Raises NoSuchAccount, AccountClosed, NoSuchPeriod, in this order.
    """
    require_account(journal, account_id)
    usage = usage_of(journal, account_id, now)
    if usage is None:
        raise NoSuchPeriod(period_id=None)
    key = journal.vault.handed_out(account_id, contact_purpose(usage.period_from))
    return ContactKey(usage=usage, key=key)


def contact_purpose(period_from: datetime) -> str:
    """Return what the key of a period's contacts is for."""
    return f"contacts-{period_from.isoformat()}"


def usage_of(
    journal: Journal, account_id: UUID, now: datetime, *, fresh: bool = True
) -> PeriodUsage | None:
    """Return the usage of the period that is used now; a new one before its first
    report; None where no plan serves.
    """
    plan = subscription_of(journal, account_id, "plan", fresh=fresh)
    return _current(journal, plan, now, fresh=fresh)


def current_usage(
    journal: Journal, plan: Subscription, now: datetime
) -> PeriodUsage | None:
    """Return the usage of the plan's period, for a decision."""
    return _current(journal, plan, now, fresh=False)


def watch(usage: PeriodUsage) -> list[tuple[object, ...]]:
    """Return the row that has a new period looked after, none for a known one."""
    if usage.version > len(usage.pending_events):
        return []
    return [(usage.account_id, usage.period_from, usage.period_until)]


def _current(
    journal: Journal, plan: Subscription, now: datetime, *, fresh: bool
) -> PeriodUsage | None:
    period = plan.period_at(now)
    if period is None or plan.terms is None:
        return None
    contacts = plan.terms["contacts"]
    assert contacts is not None, "a tier of the plan has so many contacts"
    load = journal.fresh if fresh else journal.load
    try:
        usage = load(PeriodUsage, PeriodUsage.create_id(plan.account_id, period[0]))
    except KeyError:
        return PeriodUsage(
            account_id=plan.account_id,
            period_from=period[0],
            period_until=period[1],
            tier_contacts=contacts,
        )
    usage.plan_is(period[1], contacts)
    return usage


def _told_of(
    journal: Journal, account_id: UUID, period_id: UUID, now: datetime
) -> PeriodUsage:
    plan = subscription_of(journal, account_id, "plan")
    current = _current(journal, plan, now, fresh=False)
    if current is not None and current.id == period_id:
        return current
    try:
        usage = journal.load(PeriodUsage, period_id)
    except KeyError:
        raise NoSuchPeriod(period_id=period_id) from None
    if usage.account_id != account_id:
        raise NoSuchPeriod(period_id=period_id)
    return usage
