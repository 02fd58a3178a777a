"""Erasing a person: his keys are destroyed, what would lead back to him is deleted.

The order makes a crash at any instant good: what is due stands in a row, the list
outside the database is written first, every later step may be repeated, and the row
goes last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from commands.closing import DUE_SQL, PERSON, STAFF, CloseAccount, close_account
from commands.gateways.erasure_list import Erasure, ErasureList
from commands.letters import letter, write_now
from commands.usage_contacts import forget_usage
from ledger.accounts import Account
from ledger.aggregate import SYSTEM
from ledger.journal import Actor, Context, Journal, Recorded, handler
from ledger.refusals import NoSuchAccount

PROFILE, SECURITY, RECEIPTS = "profile", "security-", "receipts-"
RECEIPT_YEARS = 10
"""Unless the seller says otherwise: books and their receipts are kept for ten years
after the end of the business year in France (Code de commerce L123-22)."""
NOTICE = timedelta(hours=24)
"""The last mail goes out a day before, and is waited for no longer than that."""
AGAIN = timedelta(hours=1)
"""After trouble with one account the others go on, and it is tried again then."""
LAST_MAIL = "account_erased"
BATCH = 20
"""Accounts in one step, so that the worker can stop between two."""
PERSONAL_ROWS = (
    "claims",
    "pictures",
    "tokens",
    "challenges",
    "secrets",
    "sessions",
    "api_key_uses",
    "factor_counters",
    "recovery_codes",
    "mail_outbox",
    "snapshots",
    "watched_domains",
)
"""Tables whose rows of an erased account mean nothing any more."""
READY_SQL = (
    "SELECT account_id, what FROM erasures_due e WHERE due_at <= %(now)s"
    " AND (what <> %(person)s OR told_at <= %(told)s OR (told_at IS NOT NULL"
    " AND NOT EXISTS (SELECT FROM mail_outbox m"
    " WHERE m.account_id = e.account_id AND m.sent_at IS NULL)))"
    " ORDER BY due_at, account_id LIMIT %(batch)s"
)
UNTOLD_SQL = (
    "SELECT account_id, due_at FROM erasures_due"
    " WHERE what = %s AND told_at IS NULL AND due_at <= %s"
    " ORDER BY due_at, account_id LIMIT %s"
)


@dataclass(frozen=True, kw_only=True)
class Erasures:
    """What erasing goes by: the list outside, and how long receipts are kept."""

    noted: ErasureList
    zone: ZoneInfo
    receipt_years: int

    @classmethod
    def of(cls, path: Path, seller: Mapping[str, Any]) -> Erasures:
        """Return what the list's file and the seller's facts say."""
        return cls(
            noted=ErasureList(path),
            zone=ZoneInfo(seller["time_zone"]),
            receipt_years=int(seller.get("retention_years", RECEIPT_YEARS)),
        )

    def receipts_end(self, year: int) -> datetime:
        """Return when the law lets go of the receipts of a year, as the seller's."""
        end = datetime(year + 1 + self.receipt_years, 1, 1, tzinfo=self.zone)
        return end.astimezone(UTC)


@dataclass(frozen=True, kw_only=True)
class RecordErasure:
    """Write down that these keys of an account are destroyed."""

    account_id: UUID
    purposes: tuple[str, ...]


def erase_due(journal: Journal, erasures: Erasures, now: datetime) -> int:
    """Tell and erase those whose time has come; return how many, a batch at most.

    One account's trouble is raised after the others were done, and waits an hour.
    """
    count = _tell(journal, now)
    names = {"now": now, "told": now - NOTICE, "person": PERSON, "batch": BATCH}
    with journal.connections.for_account(SYSTEM) as connection:
        rows = connection.execute(READY_SQL, names).fetchall()
    troubles: list[Exception] = []
    for account_id, what in rows:
        try:
            take_steps(
                journal, erasures, account_id, what, system_context(account_id, now)
            )
        except Exception as trouble:  # raised below, when the others were done
            troubles.append(trouble)
            _postpone(journal, account_id, what, now + AGAIN)
    if troubles:
        raise troubles[0]
    return count + len(rows)


def erase_account(
    journal: Journal, erasures: Erasures, account_id: UUID, context: Context
) -> None:
    """Erase a person now, without another mail, and close the account if it is open.

    A crash on the way leaves it to `erase_due` to finish.
    Raises NoSuchAccount, OSError when the list cannot be written.
    """
    if _known(journal, account_id) is None:
        raise NoSuchAccount(account_id=account_id)
    plan(journal, account_id, PERSON, context.now)
    take_steps(journal, erasures, account_id, PERSON, context)


@handler
def record_erasure(
    journal: Journal, command: RecordErasure, context: Context
) -> Recorded:
    """Record that keys are destroyed; what was recorded before is no news."""
    account = journal.load(Account, command.account_id)
    account.erase(list(command.purposes))
    return journal.record_any(account, context=context)


def take_steps(
    journal: Journal, erasures: Erasures, account_id: UUID, what: str, context: Context
) -> None:
    """Take every step of one erasure; each may have been taken before."""
    account, keys = _known(journal, account_id), _keys(journal, account_id)
    purposes = [what]
    if what == PERSON:
        own = {key for key in keys if not key.startswith(RECEIPTS)}
        purposes = sorted(own | {PROFILE, f"{SECURITY}{context.now.year}"})
    if account is not None and account.verified:
        # A mere sign-up is found again, by its link, in whatever is restored.
        erasures.noted.add(
            Erasure(account_id, purpose, keys.get(purpose, SYSTEM), context.now)
            for purpose in purposes
        )
    if account is not None:
        _record(journal, account, purposes, context)
    if what == PERSON:
        _plan_receipts(journal, erasures, account_id, keys)
        _forget(journal, account_id)
        forget_usage(journal, account_id)
    destroy(journal, account_id, purposes)
    done(journal, account_id, what)


def _known(journal: Journal, account_id: UUID) -> Account | None:
    """Return the account; None where a restored database is older than it."""
    try:
        return journal.fresh(Account, account_id)
    except KeyError:
        return None


def _record(
    journal: Journal, account: Account, purposes: Iterable[str], context: Context
) -> None:
    """Record the erasure; an open account, as a restored one may be, is closed before.

    Without IP and client: their key is one of those that go.
    """
    inward = replace(context, ip=None, client=None)
    if account.verified and not account.closed:
        close = CloseAccount(account_id=account.id, by=STAFF, days=0)
        close_account(journal, close, inward)
    command = RecordErasure(account_id=account.id, purposes=tuple(purposes))
    key = f"{context.key} {' '.join(command.purposes)}"
    record_erasure(journal, command, replace(inward, key=key))


def _tell(journal: Journal, now: datetime) -> int:
    """Write the last mails: to those who are erased within a day."""
    with journal.connections.for_account(SYSTEM) as connection:
        rows = connection.execute(UNTOLD_SQL, (PERSON, now + NOTICE, BATCH)).fetchall()
    for account_id, due_at in rows:
        account = journal.fresh(Account, account_id)
        if account.email is not None:
            mail = letter(
                journal,
                account_id,
                uuid5(account_id, LAST_MAIL),
                LAST_MAIL,
                account.language,
                account.email,
                now,
                name=account.name or "",
                erase_at=max(due_at, now),
            )
            write_now(journal, mail)
        with journal.connections.for_account(account_id) as connection:
            connection.execute(
                "UPDATE erasures_due SET told_at = %s"
                " WHERE account_id = %s AND what = %s",
                (now, account_id, PERSON),
            )
    return len(rows)


def plan(journal: Journal, account_id: UUID, what: str, at: datetime) -> None:
    """Have the person, or a year's receipts, erased then or sooner, without a mail."""
    with journal.connections.for_account(account_id) as connection:
        connection.execute(DUE_SQL, (account_id, what, at, at - NOTICE))


def _plan_receipts(
    journal: Journal, erasures: Erasures, account_id: UUID, keys: Iterable[str]
) -> None:
    """Have each year's receipts erased when the law lets them go."""
    for key in keys:
        if key.startswith(RECEIPTS):
            year = int(key.removeprefix(RECEIPTS))
            plan(journal, account_id, key, erasures.receipts_end(year))


def _postpone(journal: Journal, account_id: UUID, what: str, until: datetime) -> None:
    with journal.connections.for_account(account_id) as connection:
        connection.execute(
            "UPDATE erasures_due SET due_at = %s WHERE account_id = %s AND what = %s",
            (until, account_id, what),
        )


def _forget(journal: Journal, account_id: UUID) -> None:
    """Delete the rows beside the journal that were the person's."""
    with (
        journal.connections.for_account(account_id) as connection,
        connection.transaction(),
    ):
        for table in PERSONAL_ROWS:
            connection.execute(
                f"DELETE FROM {table} WHERE account_id = %s", (account_id,)
            )


def destroy(journal: Journal, account_id: UUID, purposes: Iterable[str]) -> None:
    """Destroy the account's keys of these purposes, for ever."""
    for purpose in purposes:
        journal.vault.destroy(account_id, purpose)


def done(journal: Journal, account_id: UUID, what: str) -> None:
    """Take what was planned from the list of what is due: every step was taken."""
    with journal.connections.for_account(account_id) as connection:
        connection.execute(
            "DELETE FROM erasures_due WHERE account_id = %s AND what = %s",
            (account_id, what),
        )


def _keys(journal: Journal, account_id: UUID) -> dict[str, UUID]:
    """Return the account's keys by purpose."""
    with journal.connections.for_account(account_id) as connection:
        return dict(
            connection.execute(
                "SELECT purpose, key_id FROM data_keys WHERE account_id = %s",
                (account_id,),
            ).fetchall()
        )


def system_context(account_id: UUID, now: datetime) -> Context:
    """Return the envelope of an erasure that nobody asked for just now."""
    return Context(
        principal="system:erasure",
        key=str(account_id),
        actor=Actor("system", "erasure"),
        now=now,
        correlation_id=uuid5(account_id, "erasure"),
    )
