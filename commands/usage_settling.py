"""Periods that are over: closed at once, and final when nothing corrects them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from commands.asking import ask_about_each
from commands.gateways.erasure_list import Erasure, ErasureList
from commands.usage import contact_purpose
from commands.usage_contacts import forget_contacts
from ledger.aggregate import SYSTEM
from ledger.journal import Actor, Context, Journal, Recorded, handler
from ledger.usage import PeriodUsage
from ledger.usage_facts import sealed_for

AGAIN = timedelta(hours=1)
DUE_SQL = (
    "UPDATE watched_usage SET due_at = %s WHERE (account_id, period_from) IN"
    " (SELECT account_id, period_from FROM watched_usage WHERE due_at <= %s"
    " ORDER BY due_at LIMIT 20 FOR UPDATE SKIP LOCKED)"
    " RETURNING account_id, period_from"
)


@dataclass(frozen=True, kw_only=True)
class EndPeriod:
    """Record what time alone has done to a period."""

    account_id: UUID
    period_from: datetime


@handler
def end_period(journal: Journal, command: EndPeriod, context: Context) -> Recorded:
    """Record that a period is closed, or settled; earlier it is no news."""
    usage = _period(journal, command.account_id, command.period_from)
    usage.close(context.now)
    usage.settle(context.now)
    return journal.record_any(usage, context=context)


def end_periods(journal: Journal, noted: ErasureList, now: datetime) -> int:
    """Close and settle periods whose time has come; return how many there were.

    One that makes trouble is tried again in an hour, and the others all the same; the
    first trouble is raised at the end.
    """
    with journal.connections.for_account(SYSTEM) as connection:
        rows = connection.execute(DUE_SQL, (now + AGAIN, now)).fetchall()
    return ask_about_each(
        rows,
        lambda account_id, period_from: _end(
            journal, noted, account_id, period_from, now
        ),
    )


def _end(
    journal: Journal,
    noted: ErasureList,
    account_id: UUID,
    period_from: datetime,
    now: datetime,
) -> None:
    command = EndPeriod(account_id=account_id, period_from=period_from)
    end_period(journal, command, _context(account_id, period_from, now))
    usage = _period(journal, account_id, period_from, fresh=True)
    if not usage.settled:
        due_at = usage.period_until if now < usage.period_until else usage.settles_at
        _look_again(journal, account_id, period_from, due_at)
        return
    purposes = [sealed_for(period_from), contact_purpose(period_from)]
    destroy_keys(journal, noted, account_id, purposes, now)
    forget_contacts(journal, account_id, period_from)
    with journal.connections.for_account(account_id) as connection:
        connection.execute(
            "DELETE FROM watched_usage WHERE account_id = %s AND period_from = %s",
            (account_id, period_from),
        )


def destroy_keys(
    journal: Journal,
    noted: ErasureList,
    account_id: UUID,
    purposes: list[str],
    now: datetime,
) -> None:
    """Destroy the account's keys of these purposes; the list knows it first."""
    with journal.connections.for_account(account_id) as connection:
        keys = dict(
            connection.execute(
                "SELECT purpose, key_id FROM data_keys"
                " WHERE account_id = %s AND purpose = ANY(%s)",
                (account_id, purposes),
            ).fetchall()
        )
    noted.add(
        Erasure(account_id, purpose, keys.get(purpose, SYSTEM), now)
        for purpose in purposes
    )
    for purpose in purposes:
        journal.vault.destroy(account_id, purpose)


def _period(
    journal: Journal, account_id: UUID, period_from: datetime, *, fresh: bool = False
) -> PeriodUsage:
    load = journal.fresh if fresh else journal.load
    return load(PeriodUsage, PeriodUsage.create_id(account_id, period_from))


def _look_again(
    journal: Journal, account_id: UUID, period_from: datetime, due_at: datetime
) -> None:
    with journal.connections.for_account(account_id) as connection:
        connection.execute(
            "UPDATE watched_usage SET due_at = %s"
            " WHERE account_id = %s AND period_from = %s",
            (due_at, account_id, period_from),
        )


def _context(account_id: UUID, period_from: datetime, now: datetime) -> Context:
    """Return the envelope of what time does: once a moment, whoever looks."""
    key = f"{period_from.isoformat()} {now.isoformat()}"
    return Context(
        principal="system:periods",
        key=f"{account_id} {key}",
        actor=Actor("system", "periods"),
        now=now,
        correlation_id=uuid5(account_id, key),
    )
