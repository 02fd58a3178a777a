"""Opening an account and looking after it: sign-up, verification, details, language."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

from commands.credentials import credentials_of, new_password, password_fits
from commands.gateways import tokens
from commands.gateways.passwords import PASSWORDS, Passwords
from commands.owners import owner
from commands.session_begins import BegunSession
from commands.sessions import HalfSession, sign_in
from commands.sign_ups import (
    AskForAccount,
    OpenAccount,
    ask_for_account,
    holder_told,
    is_good_link,
    open_account,
)
from ledger.accounts import Account
from ledger.addresses import address_from
from ledger.billing_details import (
    billing_details,
    optional_text,
    required_text,
    website_from,
)
from ledger.journal import (
    OUTSIDE_BODY,
    Context,
    Journal,
    Recorded,
    handler,
)
from ledger.journal.context import command_id
from ledger.refusals import (
    TokenGone,
    WrongCredentials,
)

LANGUAGES = ("en", "fr")
"""What mails and receipts are written in; the first where another is asked for."""


@dataclass(frozen=True, kw_only=True)
class SignUp:
    """Ask for an account of this address."""

    name: str
    email: str
    password: str = field(metadata=OUTSIDE_BODY, repr=False)
    language: str
    company: str | None = None
    website: str | None = None


@dataclass(frozen=True, kw_only=True)
class VerifySignUp:
    """Show that the sign-up's mail was received, and its password known."""

    token: str = field(metadata=OUTSIDE_BODY, repr=False)
    password: str = field(metadata=OUTSIDE_BODY, repr=False)


@dataclass(frozen=True, kw_only=True)
class ChangeBillingDetails:
    """Print this on the receipts to come; mails and receipts in this language.

    A website that is None stays as it is; an empty one is taken away.
    """

    account_id: UUID
    name: str
    company: str | None
    address_lines: tuple[str, ...]
    postcode: str | None
    city: str | None
    country: str | None
    vat_number: str | None
    language: str | None = None
    website: str | None = None


@dataclass(frozen=True, kw_only=True)
class ChangeLanguage:
    """Write mails and receipts in this language."""

    account_id: UUID
    language: str


@dataclass(frozen=True, kw_only=True)
class WaitingSignUp:
    """A sign-up whose link is good."""

    account_id: UUID
    email: str


def sign_up(
    journal: Journal,
    command: SignUp,
    context: Context,
    passwords: Passwords = PASSWORDS,
) -> Recorded:
    """Record a sign-up and mail its link; its account stands in `ids["account"]`.

    Where the address has a holder, he is told so instead, at his own address; answer
    and work are the same. The link is good for 24 hours, and for one use.
    Raises TextRefused for the name, UndeliverableAddress, WeakPassword, TextRefused
    for company and website, PasswordsBusy, in this order.
    """
    name, address = required_text("name", command.name), address_from(command.email)
    words = (*address.words, name, command.company or "")
    passwords.check(command.password, words)
    account_id = uuid5(command_id(context.principal, "sign_up", context.key), "account")
    ask = AskForAccount(
        account_id=account_id,
        name=name,
        email=address.shown,
        company=optional_text("company", command.company),
        website=website_from(command.website),
        language=_language(command.language),
        secret=new_password(command.password, passwords),
        token=tokens.new_token(account_id),
        mails_link=not holder_told(journal, address, account_id, context.now),
    )
    return ask_for_account(journal, ask, context)


def sign_up_of(journal: Journal, token: str, now: datetime) -> WaitingSignUp | None:
    """Return the sign-up of a link that is good now, changing nothing."""
    found = tokens.token_from(token)
    if found is None or not is_good_link(journal, found, now):
        return None
    account = journal.fresh(Account, found.account_id)
    if not account.waits(now) or account.email is None:
        return None
    return WaitingSignUp(account_id=account.id, email=account.email)


def verify_sign_up(
    journal: Journal,
    command: VerifySignUp,
    context: Context,
    passwords: Passwords = PASSWORDS,
) -> Recorded:
    """Open the account: use the link up, claim the address, all or nothing.

    Raises TokenGone for a link that never was, was used or has expired;
    WrongCredentials for another password; EmailTaken when the address was claimed
    by another sign-up meanwhile; PasswordsBusy.
    """
    token = tokens.token_from(command.token)
    state = None if token is None else is_good_link(journal, token, context.now)
    if token is None or state is None:
        raise TokenGone
    if state:
        account = journal.fresh(Account, token.account_id)
        credentials = credentials_of(journal, account)
        if not password_fits(journal, credentials, command.password, passwords):
            raise WrongCredentials
    ask = OpenAccount(account_id=token.account_id, digest=token.digest)
    return open_account(journal, ask, context)


def sign_in_verified(
    journal: Journal,
    command: VerifySignUp,
    context: Context,
    passwords: Passwords = PASSWORDS,
) -> BegunSession | HalfSession:
    """Sign in to the account that was just opened, by the sign-up's password.

    Raises WrongCredentials, AlreadyAnswered for a repeat, PasswordsBusy.
    """
    token = tokens.token_from(command.token)
    known = token is not None and is_good_link(journal, token, context.now) is not None
    account = journal.fresh(Account, token.account_id) if token and known else None
    return sign_in(journal, account, command.password, context, passwords)


@handler
def change_billing_details(
    journal: Journal, command: ChangeBillingDetails, context: Context
) -> Recorded:
    """Record what receipts say from now on; nothing when all is as it was.

    Raises NoSuchAccount, AccountClosed, and as billing_details does.
    """
    account = owner(journal, command.account_id, journal.load)
    details = billing_details(
        command.name,
        command.company,
        command.address_lines,
        command.postcode,
        command.city,
        command.country,
        command.vat_number,
    )
    account.change_billing_details(details)
    if command.website is not None:
        account.change_website(website_from(command.website))
    if command.language is not None:
        account.change_language(_language(command.language))
    return journal.record_any(account, context=context)


@handler
def change_language(
    journal: Journal, command: ChangeLanguage, context: Context
) -> Recorded:
    """Record the language of mails. Raises NoSuchAccount, AccountClosed."""
    account = owner(journal, command.account_id, journal.load)
    account.change_language(_language(command.language))
    return journal.record_any(account, context=context)


def account_of(journal: Journal, account_id: UUID) -> Account:
    """Return the open account as it is now.

    Raises NoSuchAccount for a mere sign-up too, AccountClosed.
    """
    return owner(journal, account_id)


def _language(code: str) -> str:
    return code if code in LANGUAGES else LANGUAGES[0]
