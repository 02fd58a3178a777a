"""Showing a second factor: a code, a recovery code or a passkey, each taken once."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec

from commands import credentials as kinds
from commands import limiter
from commands.credentials import kept
from commands.gateways import (
    one_time_codes,
    passkeys,
    recovery_codes,
    tokens,
)
from commands.gateways.passwords import Passwords
from ledger.credentials import Credentials
from ledger.factors import PASSKEY, TOTP, Binding, Factor
from ledger.journal import Change, Journal
from ledger.refusals import WrongCode

STEP_SQL = (
    "UPDATE factor_counters SET counter = %s"
    " WHERE account_id = %s AND factor_id = %s AND counter < %s"
)
COUNT_SQL = (
    "UPDATE factor_counters SET counter = %s WHERE account_id = %s AND factor_id = %s"
    " AND (counter < %s OR counter = 0 AND %s = 0)"
)
CODE_SQL = (
    "UPDATE recovery_codes SET used_at = %s"
    " WHERE account_id = %s AND secret_id = %s AND number = %s AND used_at IS NULL"
)
COUNTER_SQL = (
    "SELECT counter FROM factor_counters WHERE account_id = %s AND factor_id = %s"
)
UNUSED_SQL = (
    "SELECT number FROM recovery_codes"
    " WHERE account_id = %s AND secret_id = %s AND used_at IS NULL"
)
DIGITS = 6
BUCKETS = ("code_minutes", "code_hour", "code_day")


@dataclass(frozen=True, kw_only=True)
class Site:
    """The panel as passkeys know it: its host, and scheme, host and port."""

    rp_id: str
    origin: str


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What was typed or given: a code of either kind, or a browser's answer."""

    code: str = field(default="", repr=False)
    passkey: str = field(default="", repr=False)

    @property
    def given(self) -> bool:
        """Whether anything was."""
        return bool(self.code or self.passkey)


@dataclass(frozen=True, kw_only=True)
class Proven:
    """A factor that was shown, and the change by which it is used up."""

    method: str
    change: Change
    code_number: int | None = None

    def use(self, credentials: Credentials) -> None:
        """Note in the stream what a recovery code leaves."""
        if self.code_number is not None:
            credentials.use_code(self.code_number)


def prove(
    journal: Journal,
    credentials: Credentials,
    proof: Proof,
    challenge: str,
    site: Site,
    now: datetime,
    passwords: Passwords,
) -> Proven:
    """Return the factor that the proof shows; nothing is used up before the change.

    `challenge` is what the browser was asked to sign, as challenges keep it. Guesses
    are counted by account: raises TooManyAttempts, WrongCode, PasswordsBusy.
    """
    subject = str(credentials.account_id)
    limiter.require_calm(journal, now, "code_straight", subject)
    limiter.require(journal, now, *((name, subject) for name in BUCKETS))
    try:
        found = _shown(journal, credentials, proof, challenge, site, now, passwords)
    except WrongCode:
        limiter.failed(journal, now, "code_straight", subject)
        raise
    limiter.clear(journal, ("code_straight", subject), ("code_minutes", subject))
    return found


def new_challenge() -> str:
    """Draw what a browser is asked to sign, as challenges keep it."""
    drawn = tokens.new_constant() + tokens.new_constant()
    return base64.b64encode(drawn).decode()


def passkey_of(journal: Journal, account_id: UUID, factor: Factor) -> passkeys.Passkey:
    """Return a passkey with its newest count."""
    secret = kept(journal, account_id, kinds.PASSKEY, factor.binding)
    if secret is None:
        raise WrongCode
    found = msgspec.json.decode(secret.constant, type=passkeys.Passkey)
    count = _counter(journal, account_id, factor)
    return msgspec.structs.replace(found, sign_count=count)


def passkey_options(
    journal: Journal, credentials: Credentials, challenge: str, site: Site
) -> str | None:
    """Return what the browser is asked, as JSON; None without passkeys."""
    found = [f for f in credentials.factors.values() if f.kind == PASSKEY]
    if not found:
        return None
    ids = [
        passkey_of(journal, credentials.account_id, factor).credential_id
        for factor in found
    ]
    return passkeys.authentication_options(site.rp_id, base64.b64decode(challenge), ids)


def _shown(
    journal: Journal,
    credentials: Credentials,
    proof: Proof,
    challenge: str,
    site: Site,
    now: datetime,
    passwords: Passwords,
) -> Proven:
    if proof.passkey:
        return _passkey(journal, credentials, proof.passkey, challenge, site)
    code = "".join(proof.code.split())
    if len(code) == DIGITS and code.isdecimal():
        return _code(journal, credentials, code, now)
    return _recovery_code(journal, credentials, code, now, passwords)


def _code(
    journal: Journal, credentials: Credentials, code: str, now: datetime
) -> Proven:
    account_id, clock_off = credentials.account_id, False
    for factor in credentials.factors.values():
        if factor.kind != TOTP:
            continue
        secret = kept(journal, account_id, kinds.TOTP, factor.binding)
        if secret is None:
            continue
        step = one_time_codes.matching_step(secret.constant, code, now)
        if step is not None and step > _counter(journal, account_id, factor):
            params = (step, account_id, factor.factor_id, step)
            change = Change(sql=STEP_SQL, params=params, refusal=WrongCode())
            return Proven(method="totp", change=change)
        clock_off |= one_time_codes.is_clock_off(secret.constant, code, now)
    raise WrongCode(clock_off=clock_off)


def _recovery_code(
    journal: Journal,
    credentials: Credentials,
    code: str,
    now: datetime,
    passwords: Passwords,
) -> Proven:
    binding, account_id = credentials.codes, credentials.account_id
    if binding is None:
        raise WrongCode
    secret = kept(journal, account_id, kinds.RECOVERY, binding)
    if secret is None:
        raise WrongCode
    stored = msgspec.json.decode(secret.constant, type=recovery_codes.CodeSet)
    number = recovery_codes.match(code, stored, passwords)
    if number is None or number not in _unused(journal, account_id, binding):
        raise WrongCode
    params = (now, account_id, binding.secret_id, number)
    change = Change(sql=CODE_SQL, params=params, refusal=WrongCode())
    return Proven(method="recovery", change=change, code_number=number)


def _counter(journal: Journal, account_id: UUID, factor: Factor) -> int:
    """Return the latest step or count that was taken.

    What is not above it is a guess like any other. The change alone decides between
    two that come at once.
    """
    with journal.connections.for_account(account_id) as connection:
        row = connection.execute(COUNTER_SQL, (account_id, factor.factor_id)).fetchone()
    return 0 if row is None else int(row[0])


def _unused(journal: Journal, account_id: UUID, codes: Binding) -> set[int]:
    """Return the numbers of the recovery codes that are still good."""
    with journal.connections.for_account(account_id) as connection:
        rows = connection.execute(UNUSED_SQL, (account_id, codes.secret_id)).fetchall()
    return {number for (number,) in rows}


def _passkey(
    journal: Journal, credentials: Credentials, answer: str, challenge: str, site: Site
) -> Proven:
    account_id = credentials.account_id
    for factor in credentials.factors.values():
        if factor.kind != PASSKEY:
            continue
        known = passkey_of(journal, account_id, factor)
        try:
            shown = passkeys.verify_authentication(
                answer, base64.b64decode(challenge), site.rp_id, site.origin, known
            )
        except passkeys.PasskeyRefused:
            continue
        count = shown.sign_count
        params = (count, account_id, factor.factor_id, count, count)
        change = Change(sql=COUNT_SQL, params=params, refusal=WrongCode())
        return Proven(method="passkey", change=change)
    raise WrongCode
