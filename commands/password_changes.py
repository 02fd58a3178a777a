"""Another password: chosen by who knows the old one, or by who gets the mail."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from commands import challenges, limiter, limits
from commands.challenges import Challenge
from commands.credentials import (
    PASSWORD,
    Secret,
    credentials_of,
    forgotten,
    holder_of,
    keep,
    new_password,
    password_fits,
)
from commands.gateways.passwords import PASSWORDS, Passwords
from commands.guards import raised_epoch
from commands.letters import to_holder
from commands.live_sessions import NOBODY, endings
from commands.owners import address_of, owner
from ledger.accounts import Account
from ledger.addresses import address_from
from ledger.aggregate import SYSTEM, Aggregate
from ledger.credentials import Credentials
from ledger.journal import (
    OUTSIDE_BODY,
    Change,
    Context,
    Journal,
    Recorded,
    handler,
)
from ledger.refusals import TokenGone, UndeliverableAddress, WeakPassword

RESET = "reset"


@dataclass(frozen=True, kw_only=True)
class ChangePassword:
    """Sign in with another password; `session_id` stays whatever `end_others` says."""

    account_id: UUID
    session_id: UUID
    password: str = field(metadata=OUTSIDE_BODY, repr=False)
    end_others: bool


@dataclass(frozen=True, kw_only=True)
class RequestReset:
    """Mail a link by which a new password can be set."""

    email: str


@dataclass(frozen=True, kw_only=True)
class ResetPassword:
    """Set a new password by a mailed link."""

    token: str = field(metadata=OUTSIDE_BODY, repr=False)
    password: str = field(metadata=OUTSIDE_BODY, repr=False)


@dataclass(frozen=True, kw_only=True)
class RecordReset:
    """Write a reset's link down."""

    account_id: UUID


@dataclass(frozen=True, kw_only=True)
class RecordPassword:
    """Take a password that was checked and hashed."""

    account_id: UUID
    how: str
    keep_session: UUID | None
    secret: Secret = field(metadata=OUTSIDE_BODY, repr=False)
    challenge: Challenge | None = field(default=None, metadata=OUTSIDE_BODY)


def change_password(
    journal: Journal,
    command: ChangePassword,
    context: Context,
    passwords: Passwords = PASSWORDS,
) -> Recorded:
    """Record another password of somebody who has just shown the old one.

    Raises NoSuchAccount, AccountClosed, WeakPassword (`same` for the old one),
    PasswordsBusy.
    """
    account = owner(journal, command.account_id)
    _check(journal, account, command.password, passwords)
    record = RecordPassword(
        account_id=account.id,
        how="changed",
        keep_session=command.session_id if command.end_others else None,
        secret=new_password(command.password, passwords),
    )
    return record_password(journal, record, context)


def request_reset(journal: Journal, command: RequestReset, context: Context) -> None:
    """Mail a link to the address, if somebody has it; the answer tells nothing.

    Raises TooManyAttempts, for any address alike.
    """
    try:
        canonical = address_from(command.email).canonical
    except UndeliverableAddress:
        canonical = command.email[:400]
    limiter.require(
        journal,
        context.now,
        ("mail_ip", limiter.ip_subject(context.ip)),
        ("mail_account", canonical),
        ("mail_target", canonical),
    )
    holder = holder_of(journal, canonical)
    if holder is None or holder.closed:
        # The same work for nobody, so that the time tells nothing either.
        challenges.pose(journal, SYSTEM, "nobody", 1, {}, context.now, seconds=0)
        return
    record_reset(journal, RecordReset(account_id=holder.id), context)


@handler
def record_reset(journal: Journal, command: RecordReset, context: Context) -> Recorded:
    """Record that a reset was asked for, with its link and mail."""
    account = owner(journal, command.account_id, journal.load)
    credentials = credentials_of(journal, account, journal.load)
    until = context.now + timedelta(minutes=limits.RESET_MINUTES)
    token, row = challenges.link(
        journal, account.id, RESET, credentials.epoch, {}, until
    )
    credentials.request_reset(context.new_id("reset"), until)
    mails = to_holder(
        journal,
        account,
        "password_reset",
        context,
        token=token.text,
        link_minutes=limits.RESET_MINUTES,
    )
    return journal.record(
        credentials,
        context=context,
        inserts={"challenges": [row], "mail_outbox": mails},
    )


def reset_of(journal: Journal, token: str, context: Context) -> Account | None:
    """Return whose password a link resets now, changing nothing."""
    found = challenges.posed(journal, token, RESET, context.now)
    if found is None:
        return None
    account = owner(journal, found.account_id)
    if credentials_of(journal, account).epoch != found.epoch:
        return None
    return account


def reset_password(
    journal: Journal,
    command: ResetPassword,
    context: Context,
    passwords: Passwords = PASSWORDS,
) -> Recorded:
    """Record a password by mailed link; all sessions end, nobody is signed in.

    Raises TokenGone for a link that is used, old, or from before another change;
    WeakPassword, PasswordsBusy.
    """
    found = challenges.posed(journal, command.token, RESET, context.now)
    account = reset_of(journal, command.token, context)
    if found is None or account is None:
        raise TokenGone
    _check_reset(journal, account, command, passwords, context)
    record = RecordPassword(
        account_id=account.id,
        how="reset",
        keep_session=NOBODY,
        secret=new_password(command.password, passwords),
        challenge=found,
    )
    recorded = record_password(journal, record, context)
    # Whoever reads the account's mail is its owner: strangers' guesses are forgotten.
    canonical = address_from(account.email or "").canonical
    limiter.clear(journal, ("sign_in_account", canonical))
    return recorded


def _check_reset(
    journal: Journal,
    account: Account,
    command: ResetPassword,
    passwords: Passwords,
    context: Context,
) -> None:
    try:
        _check(journal, account, command.password, passwords)
    except WeakPassword:
        # By a link that was used meanwhile, the password may have become the same.
        if reset_of(journal, command.token, context) is None:
            raise TokenGone from None
        raise


@handler
def record_password(
    journal: Journal, command: RecordPassword, context: Context
) -> Recorded:
    """Record a password that was checked; `keep_session` None leaves all sessions.

    Raises TokenGone when the reset's link was used meanwhile.
    """
    account = owner(journal, command.account_id, journal.load)
    credentials = credentials_of(journal, account, journal.load)
    if command.challenge and command.challenge.epoch != credentials.epoch:
        raise TokenGone
    before, old = credentials.epoch, credentials.password
    made = keep(
        journal, account.id, context.new_id("password"), PASSWORD, command.secret
    )
    credentials.change_password(made.binding, command.how)
    others, changes = _with_it(journal, account, command, context)
    template = f"password_{command.how}_done"
    mails = to_holder(journal, account, template, context, at=context.now)
    return journal.record(
        credentials,
        *others,
        context=context,
        inserts={"secrets": [made.row], "mail_outbox": mails},
        changes=[
            raised_epoch(account.id, before, credentials.epoch),
            *forgotten(account.id, old),
            *changes,
        ],
    )


def _with_it(
    journal: Journal,
    account: Account,
    command: RecordPassword,
    context: Context,
) -> tuple[list[Aggregate], list[Change]]:
    """End what ends with the old password: link, sessions, a change of address."""
    found, changes = list[Aggregate](), list[Change]()
    if command.challenge:
        changes.append(challenges.used(command.challenge, context.now))
    if command.keep_session is not None:
        why = "reset" if command.how == "reset" else "revoked"
        sessions, rows = endings(
            journal, account.id, context.now, why, "customer", command.keep_session
        )
        changes.extend(rows)
        found.extend(sessions)
    if command.how == "reset":
        address = address_of(journal, account, journal.load)
        if address.waiting(context.now) is not None:
            address.cancel_change("password_reset")
            found.append(address)
    return found, changes


def _check(
    journal: Journal, account: Account, password: str, passwords: Passwords
) -> None:
    words = [account.name or "", account.company or ""]
    if account.email:
        words += address_from(account.email).words
    passwords.check(password, words)
    credentials: Credentials = credentials_of(journal, account)
    if password_fits(journal, credentials, password, passwords):
        raise WeakPassword("same")
