"""Two-factor turned off by staff: 72 hours later, unless the customer says no."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from commands import challenges
from commands.challenges import UNBOUND
from commands.credentials import credentials_of
from commands.factors_off import without_factors
from commands.letters import MailRow, to_holder
from commands.owners import address_of, owner
from ledger.accounts import Account
from ledger.factors import FACTOR_RESET_DELAY
from ledger.journal import OUTSIDE_BODY, Context, Journal, Recorded, handler
from ledger.refusals import AccountClosed, TokenGone

FACTOR_RESET = "factor_reset"


@dataclass(frozen=True, kw_only=True)
class StartFactorReset:
    """Turn two-factor off for somebody who lost his factors and codes."""

    account_id: UUID
    reason: str


@dataclass(frozen=True, kw_only=True)
class CancelFactorReset:
    """Keep two-factor on; `by` is customer or staff."""

    account_id: UUID
    by: str = "customer"


@dataclass(frozen=True, kw_only=True)
class FinishFactorReset:
    """Do what was started 72 hours ago."""

    account_id: UUID


@dataclass(frozen=True, kw_only=True)
class RefuseFactorReset:
    """Say no by the mailed link."""

    token: str = field(metadata=OUTSIDE_BODY, repr=False)


@handler
def start_factor_reset(
    journal: Journal, command: StartFactorReset, context: Context
) -> Recorded:
    """Record the start, and write to every address of the account.

    Raises NoSuchAccount, AccountClosed, TwoFactorIsOff.
    """
    account = owner(journal, command.account_id, journal.load)
    credentials = credentials_of(journal, account, journal.load)
    if credentials.reset_due is not None:
        return journal.unchanged(credentials)
    reset_id = context.new_id("reset")
    due_at = credentials.start_factor_reset(reset_id, context.now, command.reason)
    token, row = challenges.link(
        journal, account.id, FACTOR_RESET, UNBOUND, {"reset_id": str(reset_id)}, due_at
    )
    mails = _warnings(journal, account, token.text, due_at, context)
    return journal.record(
        credentials,
        context=context,
        inserts={"challenges": [row], "mail_outbox": mails},
    )


def _warnings(
    journal: Journal, account: Account, token: str, due_at: datetime, context: Context
) -> list[MailRow]:
    """Return the mails to every address that may have been taken from the owner."""
    previous = [one.email for one in address_of(journal, account).previous]
    return to_holder(
        journal,
        account,
        "factor_reset_started",
        context,
        *previous,
        token=token,
        takes_effect_at=due_at,
        hours=FACTOR_RESET_DELAY // timedelta(hours=1),
    )


@handler
def cancel_factor_reset(
    journal: Journal, command: CancelFactorReset, context: Context
) -> Recorded:
    """Record that two-factor stays on. Raises TokenGone when no reset is under way."""
    account = owner(journal, command.account_id, journal.load)
    credentials = credentials_of(journal, account, journal.load)
    credentials.cancel_factor_reset(command.by)
    mails = to_holder(journal, account, "factor_reset_cancelled", context)
    return journal.record(credentials, context=context, inserts={"mail_outbox": mails})


def refuse_factor_reset(
    journal: Journal, command: RefuseFactorReset, context: Context
) -> Recorded:
    """Say no by the mailed link. Raises TokenGone."""
    found = challenges.posed(journal, command.token, FACTOR_RESET, context.now)
    if found is None:
        raise TokenGone
    account = owner(journal, found.account_id)
    due = credentials_of(journal, account).reset_due
    if due is None or str(due[0]) != found.data["reset_id"]:
        raise TokenGone
    command_ = CancelFactorReset(account_id=found.account_id)
    return cancel_factor_reset(journal, command_, context)


@handler
def finish_factor_reset(
    journal: Journal, command: FinishFactorReset, context: Context
) -> Recorded:
    """Record that two-factor is off. Raises TokenGone when it is not due (any more)."""
    account = owner(journal, command.account_id, journal.load)
    credentials = credentials_of(journal, account, journal.load)
    if credentials.reset_due is None or context.now < credentials.reset_due[1]:
        raise TokenGone
    return without_factors(journal, account, credentials, "staff_reset", context)


def finish_due(journal: Journal, context: Context) -> int:
    """Finish every reset whose time has come; return how many were looked at."""
    found = challenges.due(journal, FACTOR_RESET, context.now)
    for account_id in found:
        try:
            command = FinishFactorReset(account_id=account_id)
            finish_factor_reset(journal, command, context)
        except (TokenGone, AccountClosed):
            pass  # Somebody said no, an earlier try got through, or all is over.
        challenges.drop_due(journal, account_id, FACTOR_RESET, context.now)
    return len(found)
