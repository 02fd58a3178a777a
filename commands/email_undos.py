"""Going back to the address that was left, and giving it up once it is too late."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from commands import challenges
from commands.credentials import EMAIL, credentials_of, digest_of_address, forgotten
from commands.email_links import UNDO, AnswerLink, Settle, settle_of
from commands.guards import raised_epoch
from commands.letters import to_holder
from commands.live_sessions import endings
from commands.owners import address_of, owner
from ledger.accounts import Account
from ledger.addresses import address_from
from ledger.credentials import Credentials
from ledger.email_addresses import EmailAddress
from ledger.journal import (
    Change,
    Context,
    Journal,
    Recorded,
    VersionConflict,
    handler,
)
from ledger.refusals import AccountClosed

DROP_SQL = "DELETE FROM claims WHERE kind = %s AND digest = %s AND account_id = %s"


@dataclass(frozen=True, kw_only=True)
class ReleaseAddresses:
    """Give up the addresses of an account whose undo has lapsed."""

    account_id: UUID


def undo_email_change(
    journal: Journal, command: AnswerLink, context: Context
) -> Recorded:
    """Go back to the old address: all sessions end, the password is void.

    Raises TokenGone.
    """
    return settle_undo(journal, settle_of(journal, command, UNDO, context), context)


@handler
def settle_undo(journal: Journal, command: Settle, context: Context) -> Recorded:
    """Record that the old address is back; whoever changed it is shut out."""
    account = owner(journal, command.account_id, journal.load)
    address = address_of(journal, account, journal.load)
    taken_back = account.email
    done = address.undo(command.change_id, context.now)
    account.change_email(done.email)
    sessions, rows = endings(journal, account.id, context.now, "undone", "customer")
    credentials, voided = _shut_out(journal, account)
    changes = [
        *voided,
        challenges.used(command.challenge, context.now),
        *rows,
        *_given_up(journal, account.id, address, done.released),
    ]
    mails = to_holder(
        journal, account, "email_change_undone", context, taken_back, at=context.now
    )
    return journal.record(
        address,
        account,
        credentials,
        *sessions,
        context=context,
        inserts={"mail_outbox": mails},
        changes=changes,
    )


@handler
def release_addresses(
    journal: Journal, command: ReleaseAddresses, context: Context
) -> Recorded:
    """Record which addresses another account may have again."""
    account = owner(journal, command.account_id, journal.load)
    address = address_of(journal, account, journal.load)
    released = address.release_previous(context.now)
    if not released:
        return journal.unchanged(address)
    changes = _given_up(journal, account.id, address, released)
    return journal.record(address, context=context, changes=changes)


def release_due(journal: Journal, context: Context) -> int:
    """Give up every address whose undo has lapsed; return how many accounts had one."""
    found = challenges.due(journal, UNDO, context.now)
    for account_id in found:
        command = ReleaseAddresses(account_id=account_id)
        with contextlib.suppress(AccountClosed):  # its claims go with the person
            release_addresses(journal, command, context)
        challenges.drop_due(journal, account_id, UNDO, context.now)
    return len(found)


def _shut_out(journal: Journal, account: Account) -> tuple[Credentials, list[Change]]:
    """Void the password, which only a mailed reset gives back."""
    credentials = credentials_of(journal, account, journal.load)
    before, password = credentials.epoch, credentials.password
    credentials.void_password("email_change_undone")
    if credentials.epoch == before:
        credentials.raise_epoch("email_change_undone")
    raised = raised_epoch(account.id, before, credentials.epoch)
    return credentials, [raised, *forgotten(account.id, password)]


def _given_up(
    journal: Journal,
    account_id: UUID,
    address: EmailAddress,
    emails: Iterable[str | None],
) -> list[Change]:
    """Return what deletes the claims of addresses that the account has no more."""
    kept = {address.email, *(previous.email for previous in address.previous)}
    still = {address_from(email).canonical for email in kept if email}
    gone = {address_from(email).canonical for email in emails if email} - still
    return [
        Change(
            sql=DROP_SQL,
            params=(EMAIL, digest_of_address(journal, canonical)[0], account_id),
            refusal=VersionConflict(),
        )
        for canonical in sorted(gone)
    ]
