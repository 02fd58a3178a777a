"""Confirming another address, from either side, or refusing it from the old one."""

from __future__ import annotations

from uuid import UUID

from commands import challenges
from commands.credentials import (
    EMAIL,
    claimant_of,
    credentials_of,
    digest_of_address,
)
from commands.email_links import (
    CANCEL,
    CONFIRM,
    UNDO,
    AnswerLink,
    Settle,
    asker_of,
    settle_of,
)
from commands.guards import at_epoch, raised_epoch, while_signed_in
from commands.letters import MailRow, letter, to_holder
from commands.owners import address_of, owner
from ledger.accounts import Account
from ledger.addresses import address_from
from ledger.credentials import Credentials
from ledger.email_addresses import UNDO_TERM, EmailAddress
from ledger.journal import Change, Context, Journal, Recorded, handler
from ledger.refusals import EmailTaken, TokenGone


def approve_email_change(
    journal: Journal, command: AnswerLink, context: Context
) -> Recorded:
    """Confirm from the side that the link was mailed to; the last one changes it.

    `ids["changed"]` is there when it did. Raises TokenGone, EmailTaken.
    """
    settle = settle_of(journal, command, CONFIRM, context)
    return settle_approval(journal, settle, context)


def cancel_by_link(journal: Journal, command: AnswerLink, context: Context) -> Recorded:
    """Give the change up from the old mailbox. Raises TokenGone."""
    return settle_cancel(journal, settle_of(journal, command, CANCEL, context), context)


@handler
def settle_approval(journal: Journal, command: Settle, context: Context) -> Recorded:
    """Record a confirmation, and the new address when none is missing.

    Raises TokenGone when the credentials changed, or who asked was signed out,
    meanwhile.
    """
    account = owner(journal, command.account_id, journal.load)
    address = address_of(journal, account, journal.load)
    credentials = credentials_of(journal, account, journal.load)
    asked, now = command.challenge, context.now
    if credentials.epoch != asked.epoch:
        raise TokenGone
    changes = [
        challenges.used(asked, now),
        while_signed_in(account.id, asker_of(asked), now, TokenGone()),
    ]
    if address.approve_change(command.change_id, command.side, now):
        found = (address, account, credentials)
        return _changed(journal, found, command.change_id, changes, context)
    still = at_epoch(account.id, asked.epoch, TokenGone())
    return journal.record(address, context=context, changes=[still, *changes])


@handler
def settle_cancel(journal: Journal, command: Settle, context: Context) -> Recorded:
    """Record that the old mailbox wants no change."""
    account = owner(journal, command.account_id, journal.load)
    address = address_of(journal, account, journal.load)
    address.cancel_change("cancelled", command.change_id)
    used = challenges.used(command.challenge, context.now)
    return journal.record(address, context=context, changes=[used])


def _changed(
    journal: Journal,
    found: tuple[EmailAddress, Account, Credentials],
    change_id: UUID,
    changes: list[Change],
    context: Context,
) -> Recorded:
    """Record the new address with its claim, and mail the old one how to undo it."""
    address, account, credentials = found
    old, email = account.email, address.email
    assert email is not None
    account.change_email(email)
    before = credentials.epoch
    credentials.raise_epoch("email_changed")
    data, until = {"change_id": str(change_id)}, context.now + UNDO_TERM
    token, row = challenges.link(
        journal, account.id, UNDO, challenges.UNBOUND, data, until
    )
    return journal.record(
        *found,
        context=context,
        ids={"changed": change_id},
        inserts={
            "claims": _claim(journal, account.id, email),
            "challenges": [row],
            "mail_outbox": _mails(journal, account, old, token.text, context),
        },
        changes=[raised_epoch(account.id, before, credentials.epoch), *changes],
        taken=EmailTaken(),
    )


def _claim(
    journal: Journal, account_id: UUID, email: str
) -> list[tuple[str, bytes, UUID, UUID]]:
    """Return the claim's row; none when the account still holds it for an undo."""
    canonical = address_from(email).canonical
    holder = claimant_of(journal, canonical)
    if holder is not None and holder.id == account_id:
        return []
    return [(EMAIL, *digest_of_address(journal, canonical), account_id)]


def _mails(
    journal: Journal, account: Account, old: str | None, token: str, context: Context
) -> list[MailRow]:
    """Return the mails to the new address, and to the old one with its undo."""
    told = {"old": old, "new": account.email, "at": context.now}
    mails = to_holder(journal, account, "email_changed", context, **told)
    if old is not None:
        mails.append(
            letter(
                journal,
                account.id,
                context.new_id("mail:undo"),
                "email_changed_previous",
                account.language,
                old,
                context.now,
                name=account.name or "",
                token=token,
                undo_hours=int(UNDO_TERM.total_seconds()) // 3600,
                **told,
            )
        )
    return mails
