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
from commands.known_browsers import Mark, marks_in
from commands.second_factors import (
    Proof,
    Proven,
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
from ledger.journal import OUTSIDE_BODY, Change, Context, Journal
from ledger.refusals import TokenGone, UndeliverableAddress, WrongCredentials
from ledger.sessions import BROWSER, STAFF

SIGN_IN = "sign_in"


@dataclass(frozen=True, kw_only=True)
class BeginSession:
    """Sign in to the account that holds an address.

    `application` is what a signed-in application calls itself and its device.
    `marks` are a browser's; None where none could be kept.
    """

    email: str
    password: str = field(metadata=OUTSIDE_BODY, repr=False)
    kind: str = BROWSER
    application: str | None = None
    marks: str | None = field(default=None, metadata=OUTSIDE_BODY, repr=False)


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
    canonical = _canonical(command.email)
    known = _known_mark(journal, command, canonical, context)
    pair = _require(journal, canonical, known, context)
    find = member_of if command.kind == STAFF else holder_of
    half = sign_in(
        journal,
        find(journal, canonical),
        command.password,
        context,
        passwords,
        kind=command.kind,
        application=command.application,
        is_unknown=command.marks is not None and known is None,
    )
    limiter.clear(journal, pair)
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
    is_unknown: bool = False,
) -> BegunSession | HalfSession:
    """Begin a session of this account or member, if the password is its own.

    Raises WrongCredentials, AlreadyAnswered for a repeat, PasswordsBusy.
    """
    credentials = _of_whom(journal, holder, password, passwords)
    told = {"kind": kind, "application": application, "is_unknown": is_unknown}
    if credentials.two_factor:
        return _half_way(journal, credentials, told, context)
    if kind == STAFF:
        raise WrongCredentials
    return begun(journal, _opening(credentials, told), context)


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
    begin = _opening(credentials, half.data, proven, challenges.used(half, context.now))
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


def _canonical(email: str) -> str:
    """Return what stands for whoever has this address, if it can be one."""
    try:
        return address_from(email).canonical
    except UndeliverableAddress:
        return email[:400]


def _known_mark(
    journal: Journal, command: BeginSession, canonical: str, context: Context
) -> Mark | None:
    """Return the mark by which the browser is known to this address's holder.

    Nobody who has no mark of ours learns by the time whether there is a holder.
    """
    marks = marks_in(journal.vault, command.marks or "", context.now)
    if not marks or command.kind == STAFF:
        return None
    holder = holder_of(journal, canonical)
    if holder is None:
        return None
    now = (holder.id, credentials_of(journal, holder).epoch)
    return next((mark for mark in marks if (mark.account_id, mark.epoch) == now), None)


def _require(
    journal: Journal, canonical: str, known: Mark | None, context: Context
) -> tuple[str, str]:
    """Count a try; return the bucket that a right password empties.

    Raises TooManyAttempts. A known browser has tries of its own, so that nobody keeps
    the owner out by guessing.
    """
    ip = limiter.ip_subject(context.ip)
    pair = ("sign_in_pair", f"{canonical}|{ip}")
    whose = ("sign_in_account", canonical)
    if known is not None:
        whose = ("sign_in_browser", str(known.browser_id))
    limiter.require(
        journal, context.now, pair, ("sign_in_ip", ip), whose, ("sign_in_all", "")
    )
    return pair


def _of_whom(
    journal: Journal, holder: Holder | None, password: str, passwords: Passwords
) -> Credentials:
    """Return the credentials that the password belongs to; nobody's costs the same."""
    known = holder if holder is not None and _may_sign_in(holder) else None
    credentials = None if known is None else credentials_of(journal, known)
    fits = password_fits(journal, credentials, password, passwords)
    if not fits or credentials is None:
        raise WrongCredentials
    return credentials


def _opening(
    credentials: Credentials,
    told: dict[str, Any],
    proven: Proven | None = None,
    *changes: Change,
) -> OpenSession:
    """Return the command that begins what the first half of a sign-in asked for."""
    return OpenSession(
        account_id=credentials.account_id,
        kind=told["kind"],
        methods=("password", *([proven.method] if proven else [])),
        application=told["application"],
        is_unknown=told.get("is_unknown", False),
        proven=proven,
        changes=changes,
        epoch=credentials.epoch,
        token=tokens.new_token(credentials.account_id),
    )


def _half_way(
    journal: Journal, credentials: Credentials, told: dict[str, Any], context: Context
) -> HalfSession:
    account_id = credentials.account_id
    data = {**told, "challenge": new_challenge()}
    token = challenges.pose(
        journal, account_id, SIGN_IN, credentials.epoch, data, context.now
    )
    kinds = {factor.kind for factor in credentials.factors.values()}
    return HalfSession(
        account_id=account_id, token=token.text, has_passkey=PASSKEY in kinds
    )
