"""Closing an account: nobody gets in any more, and the person's erasure has a date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from commands.credentials import API_KEY, credentials_of
from commands.domains import removals
from commands.guards import raised_epoch
from commands.key_revocations import revocation
from commands.letters import to_holder
from commands.live_sessions import endings
from commands.owners import address_of, owner
from commands.plans import require_account
from commands.top_up_notes import follow, known_top_up, pending
from ledger import holds as of_holds
from ledger.accounts import Account
from ledger.aggregate import Aggregate
from ledger.api_keys import ApiKey
from ledger.credits import CreditBalance
from ledger.journal import Change, Context, Journal, Recorded, VersionConflict, handler
from ledger.period_holds import PeriodHolds
from ledger.refusals import MoneyUnderWay
from ledger.top_ups import TopUp

CUSTOMER, STAFF = "customer", "staff"
KEEP_DAYS = 30
"""From closing to erasure: time to notice that somebody else closed the account, or
that a receipt is missing; the least that a month's accounts need."""
PERSON = "person"
"""What is due at the end of that time: everything but receipts."""
DUE_SQL = (
    "INSERT INTO erasures_due (account_id, what, due_at, told_at)"
    " VALUES (%s, %s, %s, %s) ON CONFLICT (account_id, what) DO UPDATE"
    " SET due_at = least(erasures_due.due_at, excluded.due_at),"
    " told_at = least(erasures_due.told_at, excluded.told_at)"
)
"""Sooner counts; told is when the last mail was written, NULL while it is not."""


@dataclass(frozen=True, kw_only=True)
class CloseAccount:
    """End an account; `by` is customer or staff. The person is erased after `days`."""

    account_id: UUID
    by: str = CUSTOMER
    days: int = KEEP_DAYS

    def __post_init__(self) -> None:
        assert self.by in (CUSTOMER, STAFF)
        assert self.days >= 0


@handler
def close_account(
    journal: Journal, command: CloseAccount, context: Context
) -> Recorded:
    """Close the account, end its sessions, revoke its keys, and tell its holder.

    Holds are released, and the names of its domains are free; what is left of credits
    and plan is lost.
    Raises NoSuchAccount, AccountClosed, MoneyUnderWay, in this order.
    """
    account = owner(journal, command.account_id, journal.load)
    why = money_under_way(journal, account.id)
    if why is not None:
        raise MoneyUnderWay(why=why)
    erase_at = context.now + timedelta(days=command.days)
    account.close(command.by, erase_at)
    told = {"at": context.now, "by": command.by, "erase_at": erase_at}
    mails = to_holder(journal, account, "account_closed", context, **told)
    ended, changes = _with_it(journal, account, command.by, context.now)
    return journal.record(
        account,
        *ended,
        context=context,
        ids={"account": account.id},
        inserts={"mail_outbox": mails},
        changes=[*changes, due(account.id, PERSON, erase_at)],
    )


def _with_it(
    journal: Journal, account: Account, by: str, now: datetime
) -> tuple[list[Aggregate], list[Change]]:
    """End what ends with an account: what was handed out, sessions, keys, a change."""
    credentials = credentials_of(journal, account, journal.load)
    before = credentials.epoch
    credentials.raise_epoch("closed")
    sessions, ended = endings(journal, account.id, now, "closed", by)
    keys, revoked = _revoked(journal, account.id)
    domains, freed = removals(journal, account.id, "closed", now)
    given_up = _given_up(journal, account, now) + _released(journal, account, now)
    raised = raised_epoch(account.id, before, credentials.epoch)
    changes = [raised, *ended, *revoked, *freed]
    return [credentials, *sessions, *keys, *domains, *given_up], changes


def due(account_id: UUID, what: str, at: datetime) -> Change:
    """Return the change that has something of the account erased then, or sooner."""
    return Change(
        sql=DUE_SQL, params=(account_id, what, at, None), refusal=VersionConflict()
    )


def _revoked(journal: Journal, account_id: UUID) -> tuple[list[ApiKey], list[Change]]:
    """Revoke the account's keys; return them, and what becomes of their rows.

    A key that is issued meanwhile counts up and makes the change miss; then it is
    decided anew.
    """
    with journal.connections.for_account(account_id) as connection:
        counted = connection.execute(
            "SELECT api_keys FROM account_guards WHERE account_id = %s", (account_id,)
        ).fetchone()
        rows = connection.execute(
            "SELECT stream_id FROM directory WHERE account_id = %s AND kind = %s"
            " ORDER BY stream_id",
            (account_id, API_KEY),
        ).fetchall()
    assert counted is not None
    as_counted = Change(
        sql="UPDATE account_guards SET api_keys = api_keys"
        " WHERE account_id = %s AND api_keys = %s",
        params=(account_id, counted[0]),
        refusal=VersionConflict(),
    )
    found = [journal.load(ApiKey, stream_id) for (stream_id,) in rows]
    keys = [key for key in found if not key.revoked]
    changes = [change for key in keys for change in revocation(key, "closed")]
    return keys, [as_counted, *changes]


def _given_up(journal: Journal, account: Account, now: datetime) -> list[Aggregate]:
    """Cancel a change of address that waits: its links lead nowhere any more."""
    address = address_of(journal, account, journal.load)
    if address.waiting(now) is None:
        return []
    address.cancel_change("cancelled")
    return [address]


def _released(journal: Journal, account: Account, now: datetime) -> list[Aggregate]:
    """Release every hold and buy no more: nothing is sent for a closed account."""
    top_up = known_top_up(journal, account.id)
    if top_up is not None:
        top_up.turn_off("closed")
        top_up.remove_card()
    released = _of_credits(journal, account, top_up, now)
    return pending(top_up) + released + _of_periods(journal, account, now)


def _of_periods(journal: Journal, account: Account, now: datetime) -> list[Aggregate]:
    try:
        allowed = journal.load(PeriodHolds, PeriodHolds.create_id(account.id))
    except KeyError:
        return []
    while allowed.holds:
        allowed.release(next(iter(allowed.holds)), now)
    return [allowed] if allowed.pending_events else []


def _of_credits(
    journal: Journal, account: Account, top_up: TopUp | None, now: datetime
) -> list[Aggregate]:
    try:
        balance = journal.load(CreditBalance, CreditBalance.create_id(account.id))
    except KeyError:
        return []
    if top_up is not None:
        follow(balance, top_up, now)
    for hold_id in list(balance.holds):
        if of_holds.remembered(balance.holds, hold_id, now):
            balance.release(hold_id, now)
    return [balance] if balance.pending_events else []


def money_under_way(journal: Journal, account_id: UUID) -> str | None:
    """Return what an account has to wait for: payment, refund or dispute; or None.

    Raises NoSuchAccount.
    """
    require_account(journal, account_id, closed_too=True)
    with journal.connections.for_account(account_id) as connection:
        row = connection.execute(
            "SELECT why FROM open_reversals WHERE account_id = %(account)s"
            " AND why <> 'done' UNION ALL SELECT 'payment' FROM open_checkouts"
            " WHERE account_id = %(account)s LIMIT 1",
            {"account": account_id},
        ).fetchone()
    if row is None:
        top_up = known_top_up(journal, account_id)
        return "payment" if top_up is not None and top_up.open is not None else None
    return {"disputed": "dispute", "payment": "payment"}.get(row[0], "refund")


def closed_account(journal: Journal, account_id: UUID) -> Account:
    """Return an account as it is now, closed or not."""
    return journal.fresh(Account, account_id)
