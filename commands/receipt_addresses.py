"""Where receipts are mailed to: the account's address, another one, or both."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from commands import challenges, limiter
from commands.challenges import UNBOUND, Challenge
from commands.letters import MailRow, letter, to_holder
from commands.owners import owner, profile_of
from ledger.accounts import Account
from ledger.addresses import address_from
from ledger.journal import OUTSIDE_BODY, Context, Journal, Recorded, handler
from ledger.profiles import CONFIRM_TERM
from ledger.refusals import AccountClosed, TokenGone

RECEIPT_ADDRESS = "receipt_address"


@dataclass(frozen=True, kw_only=True)
class RequestReceiptAddress:
    """Mail receipts there; `mode` is additional or instead."""

    account_id: UUID
    email: str
    mode: str


@dataclass(frozen=True, kw_only=True)
class ConfirmReceiptAddress:
    """Show by the mailed link that the address is somebody's who wants receipts."""

    token: str = field(metadata=OUTSIDE_BODY, repr=False)


@dataclass(frozen=True, kw_only=True)
class SettleReceiptAddress:
    """Confirm an address whose link was found."""

    account_id: UUID
    address_id: UUID
    challenge: Challenge = field(metadata=OUTSIDE_BODY, repr=False)


@dataclass(frozen=True, kw_only=True)
class RemoveReceiptAddress:
    """Mail receipts to the account's own address alone."""

    account_id: UUID


@dataclass(frozen=True, kw_only=True)
class ShownReceiptAddress:
    """What the page of the mailed link says."""

    email: str | None
    company: str | None
    mode: str


def request_receipt_address(
    journal: Journal, command: RequestReceiptAddress, context: Context
) -> Recorded:
    """Record the wish and mail the link that confirms it.

    Raises UndeliverableAddress, NoSuchAccount, AccountClosed, TooManyAttempts.
    """
    address = address_from(command.email)
    account = owner(journal, command.account_id)
    limiter.require(
        journal,
        context.now,
        ("mail_account", str(account.id)),
        ("mail_target", address.canonical),
    )
    tidy = RequestReceiptAddress(
        account_id=account.id, email=address.shown, mode=command.mode
    )
    return record_receipt_address(journal, tidy, context)


@handler
def record_receipt_address(
    journal: Journal, command: RequestReceiptAddress, context: Context
) -> Recorded:
    """Record a receipt address that waits, with its link."""
    account = owner(journal, command.account_id, journal.load)
    profile = profile_of(journal, account.id, journal.load)
    address_id = context.new_id("address")
    profile.request_receipt_address(
        address_id, command.email, command.mode, context.now
    )
    data, until = {"address_id": str(address_id)}, context.now + CONFIRM_TERM
    token, row = challenges.link(
        journal, account.id, RECEIPT_ADDRESS, UNBOUND, data, until
    )
    mails = _mails(journal, account, command.email, token.text, context)
    return journal.record(
        profile,
        context=context,
        inserts={"challenges": [row], "mail_outbox": mails},
    )


def receipt_address_shown(
    journal: Journal, token: str, context: Context
) -> ShownReceiptAddress | None:
    """Return what a link confirms, changing nothing; None when it is over."""
    found = challenges.posed(journal, token, RECEIPT_ADDRESS, context.now)
    if found is None:
        return None
    try:
        account = owner(journal, found.account_id)
    except AccountClosed:
        return None
    waiting = profile_of(journal, account.id).waiting_address
    if waiting is None or str(waiting.address_id) != found.data["address_id"]:
        return None
    shown = account.company or account.name
    return ShownReceiptAddress(email=waiting.email, company=shown, mode=waiting.mode)


def confirm_receipt_address(
    journal: Journal, command: ConfirmReceiptAddress, context: Context
) -> Recorded:
    """Mail receipts there from now on. Raises TokenGone."""
    found = challenges.posed(journal, command.token, RECEIPT_ADDRESS, context.now)
    if found is None:
        raise TokenGone
    settle = SettleReceiptAddress(
        account_id=found.account_id,
        address_id=UUID(found.data["address_id"]),
        challenge=found,
    )
    return settle_receipt_address(journal, settle, context)


@handler
def settle_receipt_address(
    journal: Journal, command: SettleReceiptAddress, context: Context
) -> Recorded:
    """Record that the address was confirmed; the link is used up. Raises TokenGone."""
    try:
        account = owner(journal, command.account_id, journal.load)
    except AccountClosed:
        raise TokenGone from None
    profile = profile_of(journal, account.id, journal.load)
    profile.confirm_receipt_address(command.address_id, context.now)
    used = challenges.used(command.challenge, context.now)
    return journal.record(profile, context=context, changes=[used])


@handler
def remove_receipt_address(
    journal: Journal, command: RemoveReceiptAddress, context: Context
) -> Recorded:
    """Record that receipts go to the account's own address alone."""
    account = owner(journal, command.account_id, journal.load)
    profile = profile_of(journal, account.id, journal.load)
    if profile.receipt_address is None and profile.waiting_address is None:
        return journal.unchanged(profile)
    profile.remove_receipt_address()
    return journal.record(profile, context=context)


def _mails(
    journal: Journal, account: Account, email: str, token: str, context: Context
) -> list[MailRow]:
    """Return the link to the receipt address, and the notice to the account's own."""
    link = letter(
        journal,
        account.id,
        context.new_id("mail"),
        "receipt_address_confirm",
        account.language,
        email,
        context.now,
        name=account.name or "",
        company=account.company or "",
        token=token,
        days=CONFIRM_TERM.days,
    )
    notice = "receipt_address_asked"
    return [link, *to_holder(journal, account, notice, context, address=email)]
