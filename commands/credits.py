"""Spending credits: hold for a campaign, capture what was sent, release the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from commands.plans import require_account, require_plan
from ledger.credits import CreditBalance
from ledger.holds import HOLD_TERM, Allowance, Figures
from ledger.journal import Context, Journal, Recorded, handler
from ledger.journal.context import command_id
from ledger.refusals import HoldExpired, NoSuchHold


@dataclass(frozen=True, kw_only=True)
class HoldCredits:
    """Reserve credits for a campaign, all of them or none."""

    account_id: UUID
    campaign_id: str
    credits: int
    term_seconds: int = int(HOLD_TERM.total_seconds())


@dataclass(frozen=True, kw_only=True)
class CaptureCredits:
    """Spend credits of a hold; with `final` the rest is released."""

    account_id: UUID
    hold_id: UUID
    credits: int
    final: bool = False


@dataclass(frozen=True, kw_only=True)
class ReleaseHold:
    """Give back what a hold still reserves."""

    account_id: UUID
    hold_id: UUID


@dataclass(frozen=True, kw_only=True)
class ExtendHold:
    """Let a hold last longer."""

    account_id: UUID
    hold_id: UUID
    term_seconds: int = int(HOLD_TERM.total_seconds())


@dataclass(frozen=True, kw_only=True)
class SetLowBalanceThreshold:
    """Ask for a notice below so many available credits, or for none."""

    account_id: UUID
    credits: int | None


@handler
def hold_credits(journal: Journal, command: HoldCredits, context: Context) -> Recorded:
    """Record a hold; its id stands in `ids["hold"]`.

    Raises NoSuchAccount, PlanDiffers, InsufficientCredits, in this order.
    """
    require_plan(journal, command.account_id, "credits", context.now)
    balance = balance_of(journal, command.account_id)
    hold_id = context.new_id("hold")
    term = timedelta(seconds=command.term_seconds)
    balance.hold(hold_id, command.credits, command.campaign_id, context.now, term)
    return journal.record(balance, context=context, ids={"hold": hold_id})


def capture_or_note(
    journal: Journal, command: CaptureCredits, context: Context
) -> Recorded:
    """Record what was sent; a capture that comes too late is noted for staff.

    Raises as capture_credits does.
    """
    try:
        return capture_credits(journal, command, context)
    except HoldExpired as refusal:
        _note_refused(journal, command, refusal, context)
        raise


@handler
def capture_credits(
    journal: Journal, command: CaptureCredits, context: Context
) -> Recorded:
    """Record what was sent.

    Raises NoSuchAccount, NoSuchHold, CaptureExceedsHold, HoldExpired, in this order.
    """
    balance = _opened(journal, command.account_id, command.hold_id)
    balance.capture(command.hold_id, command.credits, context.now, final=command.final)
    return journal.record(balance, context=context, ids={"hold": command.hold_id})


@handler
def release_hold(journal: Journal, command: ReleaseHold, context: Context) -> Recorded:
    """Record that a hold is closed. Raises NoSuchAccount, NoSuchHold."""
    balance = _opened(journal, command.account_id, command.hold_id)
    balance.release(command.hold_id, context.now)
    return journal.record(balance, context=context, ids={"hold": command.hold_id})


@handler
def extend_hold(journal: Journal, command: ExtendHold, context: Context) -> Recorded:
    """Record a later end. Raises NoSuchAccount, NoSuchHold, HoldExpired."""
    balance = _opened(journal, command.account_id, command.hold_id)
    term = timedelta(seconds=command.term_seconds)
    balance.extend(command.hold_id, context.now, term)
    return journal.record_any(balance, context=context)


@handler
def set_low_balance_threshold(
    journal: Journal, command: SetLowBalanceThreshold, context: Context
) -> Recorded:
    """Record the threshold of the low-balance notice. Raises NoSuchAccount."""
    balance = balance_of(journal, command.account_id)
    balance.set_threshold(command.credits)
    return journal.record_any(balance, context=context)


@dataclass(frozen=True, kw_only=True)
class CreditAnswer:
    """An account's credits, from its stream and no view, at one version of it."""

    version: int
    figures: Figures
    threshold: int | None
    open_holds: int


def credits_of(journal: Journal, account_id: UUID, context: Context) -> CreditAnswer:
    """Return the figures of now, loaded fresh. Raises NoSuchAccount."""
    balance = _fresh_balance(journal, account_id)
    return CreditAnswer(
        version=balance.version,
        figures=balance.figures(context.now),
        threshold=balance.threshold,
        open_holds=sum(not h.has_ended(context.now) for h in balance.holds.values()),
    )


def credit_allowance(
    journal: Journal, account_id: UUID, recipients: int, context: Context
) -> Allowance:
    """Answer whether the credits suffice for so many. Raises NoSuchAccount."""
    return _fresh_balance(journal, account_id).allowance(recipients, context.now)


def balance_of(
    journal: Journal, account_id: UUID, *, closed_too: bool = False
) -> CreditBalance:
    """Return the account's balance for a decision; a new one if it had none.

    `closed_too` is for money that arrives after the account was closed.
    Raises NoSuchAccount, also for a sign-up that was never verified; AccountClosed.
    """
    require_account(journal, account_id, closed_too=closed_too)
    try:
        return journal.load(CreditBalance, CreditBalance.create_id(account_id))
    except KeyError:
        return CreditBalance(account_id=account_id)


def _opened(journal: Journal, account_id: UUID, hold_id: UUID) -> CreditBalance:
    require_account(journal, account_id)
    try:
        return journal.load(CreditBalance, CreditBalance.create_id(account_id))
    except KeyError:
        raise NoSuchHold(hold_id=hold_id) from None


def _fresh_balance(journal: Journal, account_id: UUID) -> CreditBalance:
    require_account(journal, account_id)
    try:
        return journal.fresh(CreditBalance, CreditBalance.create_id(account_id))
    except KeyError:
        return CreditBalance(account_id=account_id)


def _note_refused(
    journal: Journal, command: CaptureCredits, refusal: HoldExpired, context: Context
) -> None:
    """Write a refused capture down for staff; a repeat of it is the same one."""
    row = (
        command.account_id,
        command_id(context.principal, "capture_credits", context.key),
        command.hold_id,
        refusal.asked,
        refusal.available,
        refusal.ended_at,
        context.now,
    )
    with journal.connections.for_account(command.account_id) as connection:
        connection.execute(
            "INSERT INTO refused_captures (account_id, command_id, hold_id, asked,"
            " available, ended_at, refused_at) VALUES (%s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            row,
        )
