"""Asking again who sits there, before something that guards the account changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from commands import challenges, limiter
from commands.credentials import Holder, credentials_of, password_fits
from commands.gateways import tokens
from commands.gateways.passwords import PASSWORDS, Passwords
from commands.guards import at_epoch
from commands.owners import owned
from commands.second_factors import (
    Proof,
    Proven,
    Site,
    new_challenge,
    passkey_options,
    prove,
)
from commands.session_begins import BegunSession, used_up
from ledger.credentials import Credentials
from ledger.journal import (
    OUTSIDE_BODY,
    Change,
    Context,
    Journal,
    Recorded,
    handler,
)
from ledger.refusals import NoSuchSession, TokenGone, WrongCode, WrongCredentials
from ledger.sessions import Session

ELEVATE = "elevate"
ELEVATE_SQL = (
    "UPDATE sessions SET elevated_at = %s, digest = %s"
    " WHERE account_id = %s AND session_id = %s AND ended_at IS NULL"
)


@dataclass(frozen=True, kw_only=True)
class ElevateSession:
    """Show again who sits there: password, and a factor where one is on.

    `challenge` is the token of what a passkey was asked to sign.
    """

    account_id: UUID
    session_id: UUID
    password: str = field(metadata=OUTSIDE_BODY, repr=False)
    proof: Proof = field(default=Proof(), metadata=OUTSIDE_BODY, repr=False)
    challenge: str = field(default="", metadata=OUTSIDE_BODY, repr=False)


@dataclass(frozen=True, kw_only=True)
class RecordElevation:
    """Let a session do what asks for a recent sign-in."""

    account_id: UUID
    session_id: UUID
    methods: tuple[str, ...] = field(metadata=OUTSIDE_BODY)
    epoch: int = field(metadata=OUTSIDE_BODY)
    token: tokens.AccountToken = field(metadata=OUTSIDE_BODY, repr=False)
    proven: Proven | None = field(default=None, metadata=OUTSIDE_BODY)
    changes: tuple[Change, ...] = field(default=(), metadata=OUTSIDE_BODY)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the form that asks again must ask for."""

    two_factor: bool
    passkey_options: str | None
    challenge: str


def ask_again(journal: Journal, holder: Holder, context: Context, site: Site) -> Asked:
    """Return what to ask for; with passkeys a challenge is posed for the browser."""
    credentials = credentials_of(journal, holder)
    challenge = new_challenge()
    options = passkey_options(journal, credentials, challenge, site)
    token = ""
    if options is not None:
        data = {"challenge": challenge}
        token = challenges.pose(
            journal, holder.id, ELEVATE, credentials.epoch, data, context.now
        ).text
    return Asked(
        two_factor=credentials.two_factor, passkey_options=options, challenge=token
    )


def elevate_session(
    journal: Journal,
    holder: Holder,
    command: ElevateSession,
    context: Context,
    site: Site,
    passwords: Passwords = PASSWORDS,
) -> BegunSession:
    """Ask again who sits there; the session goes on under a new token.

    Raises TooManyAttempts, WrongCredentials, WrongCode, TokenGone, NoSuchSession,
    PasswordsBusy.
    """
    assert holder.id == command.account_id
    record = _shown(journal, holder, command, context, site, passwords)
    limiter.clear(journal, ("sign_in_account", str(holder.id)))
    return BegunSession(
        account_id=holder.id,
        session_id=command.session_id,
        token=record.token.text,
        recorded=record_elevation(journal, record, context),
    )


@handler
def record_elevation(
    journal: Journal, command: RecordElevation, context: Context
) -> Recorded:
    """Record that a session's owner was shown again; its old token dies.

    Raises NoSuchSession, TokenGone when the credentials changed meanwhile.
    """
    account_id = command.account_id
    unknown = NoSuchSession(session_id=command.session_id)
    session = owned(journal.load, Session, command.session_id, account_id, unknown)
    if session.ended:
        raise unknown
    session.elevate(list(command.methods))
    row = Change(
        sql=ELEVATE_SQL,
        params=(context.now, command.token.digest, account_id, session.id),
        refusal=NoSuchSession(session_id=session.id),
    )
    epoch = at_epoch(account_id, command.epoch, TokenGone())
    spent = used_up(journal, account_id, command.proven, context)
    return journal.record(
        session,
        *spent.streams,
        context=context,
        inserts={"mail_outbox": spent.mails},
        changes=[epoch, row, *command.changes, *spent.changes],
    )


def _shown(
    journal: Journal,
    holder: Holder,
    command: ElevateSession,
    context: Context,
    site: Site,
    passwords: Passwords,
) -> RecordElevation:
    """Return what is to be recorded of somebody who was shown by all his factors."""
    credentials = _known(journal, holder, command.password, context, passwords)
    proven, changes = None, list[Change]()
    if credentials.two_factor:
        challenge, changes = _challenge(journal, command, context)
        proven = prove(
            journal, credentials, command.proof, challenge, site, context.now, passwords
        )
    return RecordElevation(
        account_id=holder.id,
        session_id=command.session_id,
        methods=("password", *([proven.method] if proven else [])),
        epoch=credentials.epoch,
        token=tokens.new_token(holder.id),
        proven=proven,
        changes=tuple(changes),
    )


def _known(
    journal: Journal,
    holder: Holder,
    password: str,
    context: Context,
    passwords: Passwords,
) -> Credentials:
    """Return the holder's credentials, if the password is his own."""
    limiter.require(journal, context.now, ("sign_in_account", str(holder.id)))
    credentials = credentials_of(journal, holder)
    if not password_fits(journal, credentials, password, passwords):
        raise WrongCredentials
    return credentials


def _challenge(
    journal: Journal, command: ElevateSession, context: Context
) -> tuple[str, list[Change]]:
    """Return what a passkey was asked to sign, if one answers, and what uses it up."""
    if not command.proof.given:
        raise WrongCode
    if not command.proof.passkey:
        return "", []
    # A stranger's challenge loses no try by being shown here.
    if not command.challenge.startswith(f"{command.account_id}."):
        raise TokenGone
    posed = challenges.tried(journal, command.challenge, ELEVATE, context.now)
    return posed.data["challenge"], [challenges.used(posed, context.now)]
