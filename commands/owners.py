"""The account that a command is about, as it is now."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from ledger.accounts import Account
from ledger.aggregate import Aggregate
from ledger.email_addresses import EmailAddress, email_address_id
from ledger.journal import Journal
from ledger.profiles import Profile, profile_id
from ledger.refusals import AccountClosed, NoSuchAccount, Refusal

A = TypeVar("A", bound=Aggregate)
Load = Callable[[type[A], UUID], A]


def owner(
    journal: Journal,
    account_id: UUID,
    load: Load[Account] | None = None,
    *,
    closed_too: bool = False,
) -> Account:
    """Return an open account; `load` is the journal's own where a decision follows.

    Raises NoSuchAccount for a mere sign-up too, AccountClosed.
    """
    try:
        account = (load or journal.fresh)(Account, account_id)
    except KeyError:
        raise NoSuchAccount(account_id=account_id) from None
    if not account.verified:
        raise NoSuchAccount(account_id=account_id)
    if account.closed and not closed_too:
        raise AccountClosed
    return account


def owned(
    load: Load[A], kind: type[A], stream_id: UUID, account_id: UUID, refusal: Refusal
) -> A:
    """Return a stream of the account; another's is as unknown as none.

    Raises the refusal.
    """
    try:
        found = load(kind, stream_id)
    except KeyError:
        raise refusal from None
    if found.account_id != account_id:
        raise refusal
    return found


def address_of(
    journal: Journal, account: Account, load: Load[EmailAddress] | None = None
) -> EmailAddress:
    """Return the stream of the account's address, begun if it was not before."""
    try:
        return (load or journal.fresh)(EmailAddress, email_address_id(account.id))
    except KeyError:
        return EmailAddress.begin(account.id, account.email)


def profile_of(
    journal: Journal, account_id: UUID, load: Load[Profile] | None = None
) -> Profile:
    """Return the account's profile, begun if it was not before."""
    try:
        return (load or journal.fresh)(Profile, profile_id(account_id))
    except KeyError:
        return Profile.begin(account_id)
