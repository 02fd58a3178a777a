"""Campaigns under the plan Unlimited: allowed, extended and over, as holds are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from commands.plans import require_account, require_plan, subscription_of
from commands.usage import current_usage, watch
from ledger.aggregate import Aggregate
from ledger.holds import HOLD_TERM
from ledger.journal import Context, Journal, Recorded, handler
from ledger.period_holds import PeriodHold, PeriodHolds
from ledger.refusals import NoSuchHold, PaymentOverdue
from ledger.usage import PeriodUsage


@dataclass(frozen=True, kw_only=True)
class HoldPeriod:
    """Have a campaign allowed under the plan."""

    account_id: UUID
    campaign_id: str
    recipients: int
    term_seconds: int = int(HOLD_TERM.total_seconds())


@dataclass(frozen=True, kw_only=True)
class ReleasePeriodHold:
    """Say that a campaign is over."""

    account_id: UUID
    hold_id: UUID


@dataclass(frozen=True, kw_only=True)
class ExtendPeriodHold:
    """Let a campaign last longer."""

    account_id: UUID
    hold_id: UUID
    term_seconds: int = int(HOLD_TERM.total_seconds())


@handler
def hold_period(journal: Journal, command: HoldPeriod, context: Context) -> Recorded:
    """Allow a campaign; its hold's id stands in `ids["hold"]`.

    The period has its stream from then on, so that a report may come as late as it
    likes. Raises NoSuchAccount, AccountClosed, PlanDiffers, PaymentOverdue, TierUsedUp,
    RecipientsExceedTier, in this order.
    """
    account = require_plan(journal, command.account_id, "period", context.now)
    usage = _serving(journal, account.id, context.now)
    usage.check_campaign(command.recipients)
    holds = _holds_of(journal, account.id)
    hold_id = context.new_id("hold")
    term = timedelta(seconds=command.term_seconds)
    holds.hold(hold_id, command.recipients, command.campaign_id, context.now, term)
    both: list[Aggregate] = [holds, *([usage] if usage.pending_events else [])]
    inserts = {"watched_usage": watch(usage)}
    ids = {"hold": hold_id}
    return journal.record(*both, context=context, ids=ids, inserts=inserts)


@handler
def release_period_hold(
    journal: Journal, command: ReleasePeriodHold, context: Context
) -> Recorded:
    """Record that a campaign is over. Raises NoSuchAccount, NoSuchHold."""
    require_account(journal, command.account_id)
    holds = _holds_of(journal, command.account_id)
    holds.release(command.hold_id, context.now)
    return journal.record(holds, context=context)


@handler
def extend_period_hold(
    journal: Journal, command: ExtendPeriodHold, context: Context
) -> Recorded:
    """Record a later end. Raises NoSuchAccount, NoSuchHold, HoldExpired."""
    require_account(journal, command.account_id)
    holds = _holds_of(journal, command.account_id)
    term = timedelta(seconds=command.term_seconds)
    holds.extend(command.hold_id, context.now, term)
    return journal.record_any(holds, context=context)


def period_hold_of(
    journal: Journal, account_id: UUID, hold_id: UUID
) -> tuple[PeriodHold, int]:
    """Return a hold of the plan and its stream's version. Raises NoSuchHold."""
    try:
        holds = journal.fresh(PeriodHolds, PeriodHolds.create_id(account_id))
    except KeyError:
        raise NoSuchHold(hold_id=hold_id) from None
    return holds.known(hold_id), holds.version


def _serving(journal: Journal, account_id: UUID, now: datetime) -> PeriodUsage:
    plan = subscription_of(journal, account_id, "plan")
    usage = current_usage(journal, plan, now)
    if usage is None:
        raise PaymentOverdue(product="plan")
    return usage


def _holds_of(journal: Journal, account_id: UUID) -> PeriodHolds:
    try:
        return journal.load(PeriodHolds, PeriodHolds.create_id(account_id))
    except KeyError:
        return PeriodHolds(account_id=account_id)
