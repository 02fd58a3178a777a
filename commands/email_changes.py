"""Asking for another e-mail address, and giving the wish up."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid5

from commands import limiter
from commands.credentials import claimant_of, credentials_of
from commands.email_links import CANCEL, new_links
from commands.letters import MailRow, letter, to_holder, write_now
from commands.owners import address_of, owner
from ledger.accounts import Account
from ledger.addresses import Address, address_from
from ledger.email_addresses import CONFIRM_TERM, NEW, OLD
from ledger.journal import (
    OUTSIDE_BODY,
    Context,
    Journal,
    Recorded,
    handler,
)
from ledger.refusals import AddressUnchanged


@dataclass(frozen=True, kw_only=True)
class RequestEmailChange:
    """Use another address; asked by a session that has just shown its owner."""

    account_id: UUID
    session_id: UUID
    email: str


@dataclass(frozen=True, kw_only=True)
class RecordEmailChange:
    """Write a change down, with its links; the address is tidy."""

    account_id: UUID
    session_id: UUID
    email: str
    taken: bool = field(metadata=OUTSIDE_BODY)


@dataclass(frozen=True, kw_only=True)
class CancelEmailChange:
    """Give the waiting change up, from within the panel."""

    account_id: UUID


def request_email_change(
    journal: Journal, command: RequestEmailChange, context: Context
) -> Recorded:
    """Record that another address is asked for; the same whether it is free or taken.

    Raises UndeliverableAddress, NoSuchAccount, AccountClosed, AddressUnchanged,
    TooManyAttempts.
    """
    address = address_from(command.email)
    account = owner(journal, command.account_id)
    if account.email and address_from(account.email).canonical == address.canonical:
        raise AddressUnchanged
    _require_few(journal, account, address, context)
    other = claimant_of(journal, address.canonical)
    taken = other is not None and other.id != account.id
    record = RecordEmailChange(
        account_id=account.id,
        session_id=command.session_id,
        email=address.shown,
        taken=taken,
    )
    recorded = record_email_change(journal, record, context)
    if other is not None and taken:
        _tell_holder(journal, other, address, UUID(recorded.ids["change"]), context)
    return recorded


@handler
def record_email_change(
    journal: Journal, command: RecordEmailChange, context: Context
) -> Recorded:
    """Record the change with its links and mails. Raises AddressUnchanged."""
    account = owner(journal, command.account_id, journal.load)
    address = address_of(journal, account, journal.load)
    credentials = credentials_of(journal, account)
    change_id, both = context.new_id("change"), not credentials.two_factor
    address.request_change(change_id, command.email, both=both, now=context.now)
    epoch, session_id = credentials.epoch, command.session_id
    links = new_links(journal, account.id, epoch, change_id, session_id, context)
    if not both:
        del links[OLD]
    if command.taken:
        del links[NEW]
    texts = {name: token.text for name, (token, _) in links.items()}
    return journal.record(
        address,
        context=context,
        ids={"change": change_id},
        inserts={
            "challenges": [row for _, row in links.values()],
            "mail_outbox": _mails(journal, account, command.email, texts, context),
        },
    )


@handler
def cancel_email_change(
    journal: Journal, command: CancelEmailChange, context: Context
) -> Recorded:
    """Give the waiting change up. Raises TokenGone when there is none."""
    account = owner(journal, command.account_id, journal.load)
    address = address_of(journal, account, journal.load)
    address.cancel_change("cancelled")
    return journal.record(address, context=context)


def _require_few(
    journal: Journal, account: Account, address: Address, context: Context
) -> None:
    """Count one more mail that somebody asks for. Raises TooManyAttempts."""
    limiter.require(
        journal,
        context.now,
        ("mail_account", str(account.id)),
        ("mail_ip", limiter.ip_subject(context.ip)),
        ("mail_target", address.canonical),
    )


def _mails(
    journal: Journal,
    account: Account,
    email: str,
    texts: dict[str, str],
    context: Context,
) -> list[MailRow]:
    """Return the notice to the old address and the link to the new one."""
    told = {"new": email, "token": texts[CANCEL], "confirm_token": texts.get(OLD, "")}
    mails = to_holder(journal, account, "email_change_notice", context, **told)
    if NEW in texts:
        mails.append(_link_mail(journal, account, email, texts[NEW], context))
    return mails


def _link_mail(
    journal: Journal, account: Account, email: str, token: str, context: Context
) -> MailRow:
    return letter(
        journal,
        account.id,
        context.new_id("mail:confirm"),
        "email_change_confirm",
        account.language,
        email,
        context.now,
        name=account.name or "",
        token=token,
        link_minutes=CONFIRM_TERM // timedelta(minutes=1),
    )


def _tell_holder(
    journal: Journal,
    holder: Account,
    address: Address,
    change_id: UUID,
    context: Context,
) -> None:
    """Write to whoever has the address that somebody else asked for it."""
    if holder.email is None or address_from(holder.email) != address:
        return
    write_now(
        journal,
        letter(
            journal,
            holder.id,
            uuid5(change_id, "email_change_tried"),
            "email_change_tried",
            holder.language,
            holder.email,
            context.now,
            name=holder.name or "",
        ),
    )
