"""Signing in and out: password, second factor, and the session that they begin."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from commands import challenges, limiter
from commands.credentials import (
    Holder,
    credentials_of,
    holder_of,
    password_fits,
)
from commands.gateways import tokens
from commands.gateways.passwords import PASSWORDS, Passwords
from commands.second_factors import (
    Proof,
    Site,
    new_challenge,
    passkey_options,
    prove,
)
from commands.session_begins import BegunSession, OpenSession, begun
from commands.staff import member_of
from ledger.accounts import Account
from ledger.addresses import address_from
from ledger.credentials import Credentials
from ledger.factors import PASSKEY, credentials_id
from ledger.journal import OUTSIDE_BODY, Context, Journal
from ledger.refusals import TokenGone, UndeliverableAddress, WrongCredentials
from ledger.sessions import BROWSER, STAFF

SIGN_IN = "sign_in"


@dataclass(frozen=True, kw_only=True)
class BeginSession:
    """Sign in to the account that holds an address.

    `application` is what a signed-in application calls itself and its device.
    """

    email: str
    password: str = field(metadata=OUTSIDE_BODY, repr=False)
    kind: str = BROWSER
    application: str | None = None


@dataclass(frozen=True, kw_only=True)
class FinishSignIn:
    """Show the second factor that the first half of a sign-in asked for."""

    token: str = field(metadata=OUTSIDE_BODY, repr=False)
    proof: Proof = field(metadata=OUTSIDE_BODY, repr=False)


@dataclass(frozen=True, kw_only=True)
class HalfSession:
    """The password was right, a second factor is still asked for.

    `token` finds the challenge; no session exists before it is met.
    """

    account_id: UUID
    token: str = field(repr=False)
    has_passkey: bool


def begin_session(
    journal: Journal,
    command: BeginSession,
    context: Context,
    passwords: Passwords = PASSWORDS,
) -> BegunSession | HalfSession:
    """Sign in, or ask for the second factor; the work is the same whoever asks.

    Raises TooManyAttempts, WrongCredentials, AlreadyAnswered for a repeat,
    PasswordsBusy.
    """
    try:
        canonical = address_from(command.email).canonical
    except UndeliverableAddress:
        canonical = command.email[:400]
    ip = limiter.ip_subject(context.ip)
    limiter.require(
        journal,
        context.now,
        ("sign_in_pair", f"{canonical}|{ip}"),
        ("sign_in_ip", ip),
        ("sign_in_account", canonical),
        ("sign_in_all", ""),
    )
    staff = command.kind == STAFF
    holder = (member_of if staff else holder_of)(journal, canonical)
    half = sign_in(
        journal,
        holder,
        command.password,
        context,
        passwords,
        kind=command.kind,
        application=command.application,
    )
    limiter.clear(journal, ("sign_in_pair", f"{canonical}|{ip}"))
    return half


def sign_in(
    journal: Journal,
    holder: Holder | None,
    password: str,
    context: Context,
    passwords: Passwords,
    *,
    kind: str = BROWSER,
    application: str | None = None,
) -> BegunSession | HalfSession:
    """Begin a session of this account or member, if the password is its own.

    Raises WrongCredentials, AlreadyAnswered for a repeat, PasswordsBusy.
    """
    known = holder if holder is not None and _may_sign_in(holder) else None
    credentials = None if known is None else credentials_of(journal, known)
    fits = password_fits(journal, credentials, password, passwords)
    if not fits or known is None or credentials is None:
        raise WrongCredentials
    if credentials.two_factor:
        return _half_way(journal, credentials, kind, application, context)
    if kind == STAFF:
        raise WrongCredentials
    command = OpenSession(
        account_id=known.id,
        kind=kind,
        methods=("password",),
        application=application,
        epoch=credentials.epoch,
        token=tokens.new_token(known.id),
    )
    return begun(journal, command, context)


def finish_sign_in(
    journal: Journal,
    command: FinishSignIn,
    context: Context,
    site: Site,
    passwords: Passwords = PASSWORDS,
) -> BegunSession:
    """Begin the session whose password was shown before.

    Raises TokenGone when the first half is too old, was tried too often, or the
    credentials changed since; TooManyAttempts, WrongCode, PasswordsBusy.
    """
    half = challenges.tried(journal, command.token, SIGN_IN, context.now)
    credentials = journal.fresh(Credentials, credentials_id(half.account_id))
    if credentials.epoch != half.epoch:
        raise TokenGone
    challenge = half.data["challenge"]
    proven = prove(
        journal, credentials, command.proof, challenge, site, context.now, passwords
    )
    begin = OpenSession(
        account_id=half.account_id,
        kind=half.data["kind"],
        methods=("password", proven.method),
        application=half.data["application"],
        proven=proven,
        changes=(challenges.used(half, context.now),),
        epoch=half.epoch,
        token=tokens.new_token(half.account_id),
    )
    return begun(journal, begin, context)


@dataclass(frozen=True, kw_only=True)
class HalfShown:
    """What the page of the second factor shows; `options` are for the browser."""

    options: str | None


def half_shown(
    journal: Journal, text: str, context: Context, site: Site
) -> HalfShown | None:
    """Return what the second half of a sign-in asks for; None when it is over."""
    half = challenges.posed(journal, text, SIGN_IN, context.now)
    if half is None:
        return None
    credentials = journal.fresh(Credentials, credentials_id(half.account_id))
    if credentials.epoch != half.epoch:
        return None
    challenge = half.data["challenge"]
    return HalfShown(options=passkey_options(journal, credentials, challenge, site))


def _may_sign_in(holder: Holder) -> bool:
    if isinstance(holder, Account):
        return holder.verified and not holder.closed
    return holder.active


def _half_way(
    journal: Journal,
    credentials: Credentials,
    kind: str,
    application: str | None,
    context: Context,
) -> HalfSession:
    account_id = credentials.account_id
    data: dict[str, Any] = {"kind": kind, "application": application}
    data["challenge"] = new_challenge()
    token = challenges.pose(
        journal, account_id, SIGN_IN, credentials.epoch, data, context.now
    )
    kinds = {factor.kind for factor in credentials.factors.values()}
    return HalfSession(
        account_id=account_id, token=token.text, has_passkey=PASSKEY in kinds
    )
