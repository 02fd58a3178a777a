"""Second factors: adding an authenticator or a passkey, and taking them away."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from commands import challenges, second_factors
from commands.challenges import Challenge
from commands.credentials import (
    PASSKEY,
    TOTP,
    Holder,
    Secret,
    credentials_of,
    forgotten,
    keep,
)
from commands.factors_off import holding, told, without_factors
from commands.gateways import one_time_codes, passkeys
from commands.guards import raised_epoch
from commands.second_factors import Site
from ledger.factors import Factor
from ledger.journal import (
    OUTSIDE_BODY,
    Context,
    Journal,
    Recorded,
    handler,
)
from ledger.refusals import TokenGone, WrongCode

ENROL = "enrol"
NAME_CHARACTERS_MAX = 80


@dataclass(frozen=True, kw_only=True)
class Enrolment:
    """What a page shows for a factor that is not on yet.

    `token` finds the pending secret; `seed` is base32, `uri` what the QR code says.
    """

    token: str = field(repr=False)
    seed: str = field(default="", repr=False)
    uri: str = field(default="", repr=False)
    options: str = ""


@dataclass(frozen=True, kw_only=True)
class ConfirmCode:
    """Turn an authenticator on, by the first code that it shows."""

    account_id: UUID
    token: str = field(metadata=OUTSIDE_BODY, repr=False)
    code: str = field(metadata=OUTSIDE_BODY, repr=False)


@dataclass(frozen=True, kw_only=True)
class AddPasskey:
    """Turn a passkey on, by the browser's answer."""

    account_id: UUID
    token: str = field(metadata=OUTSIDE_BODY, repr=False)
    answer: str = field(metadata=OUTSIDE_BODY, repr=False)
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class RecordFactor:
    """Write a factor down that was shown to work."""

    account_id: UUID
    kind: str
    name: str | None
    counter: int = field(metadata=OUTSIDE_BODY)
    secret: Secret = field(metadata=OUTSIDE_BODY, repr=False)
    challenge: Challenge = field(metadata=OUTSIDE_BODY, repr=False)


@dataclass(frozen=True, kw_only=True)
class RemoveFactor:
    """Take one factor away; without any, two-factor is off."""

    account_id: UUID
    factor_id: UUID


@dataclass(frozen=True, kw_only=True)
class TurnOff:
    """Take all factors and recovery codes away."""

    account_id: UUID


def begin_code(journal: Journal, holder: Holder, context: Context) -> Enrolment:
    """Draw the secret of an authenticator, to be confirmed within ten minutes."""
    seed = one_time_codes.new_seed()
    token = _pending(journal, holder, TOTP, {"seed": _text(seed)}, context)
    return Enrolment(
        token=token,
        seed=one_time_codes.seed_text(seed),
        uri=one_time_codes.provisioning_uri(seed, holder.email or ""),
    )


def pending_code(
    journal: Journal, holder: Holder, token: str, context: Context
) -> Enrolment | None:
    """Return an enrolment again that is under way; None when it is over."""
    found = challenges.posed(journal, token, f"{ENROL}:{TOTP}", context.now)
    if found is None or found.account_id != holder.id:
        return None
    seed = base64.b64decode(found.data["seed"])
    return Enrolment(
        token=token,
        seed=one_time_codes.seed_text(seed),
        uri=one_time_codes.provisioning_uri(seed, holder.email or ""),
    )


def begin_passkey(
    journal: Journal, holder: Holder, context: Context, site: Site
) -> Enrolment:
    """Return what the browser is asked for a new passkey."""
    credentials = credentials_of(journal, holder)
    known = [
        second_factors.passkey_of(journal, holder.id, factor).credential_id
        for factor in credentials.factors.values()
        if factor.kind == PASSKEY
    ]
    challenge = second_factors.new_challenge()
    token = _pending(journal, holder, PASSKEY, {"challenge": challenge}, context)
    options = passkeys.registration_options(
        site.rp_id,
        "Daybook",
        holder.id.bytes,
        holder.email or "",
        holder.email or "",
        base64.b64decode(challenge),
        known,
    )
    return Enrolment(token=token, options=options)


def confirm_code(
    journal: Journal, holder: Holder, command: ConfirmCode, context: Context
) -> Recorded:
    """Add the authenticator; the code that showed it is used up.

    Raises TokenGone, WrongCode.
    """
    found = _tried(journal, holder, command.token, TOTP, context)
    seed = base64.b64decode(found.data["seed"])
    code = "".join(command.code.split())
    step = one_time_codes.matching_step(seed, code, context.now)
    if step is None:
        off = one_time_codes.is_clock_off(seed, code, context.now)
        raise WrongCode(clock_off=off)
    record = RecordFactor(
        account_id=holder.id,
        kind=TOTP,
        name=None,
        counter=step,
        secret=Secret(seed),
        challenge=found,
    )
    return record_factor(journal, record, context)


def add_passkey(
    journal: Journal,
    holder: Holder,
    command: AddPasskey,
    context: Context,
    site: Site,
) -> Recorded:
    """Add a passkey. Raises TokenGone, WrongCode for any answer that does not fit."""
    found = _tried(journal, holder, command.token, PASSKEY, context)
    challenge = base64.b64decode(found.data["challenge"])
    try:
        made = passkeys.verify_registration(
            command.answer, challenge, site.rp_id, site.origin
        )
    except passkeys.PasskeyRefused:
        raise WrongCode from None
    record = RecordFactor(
        account_id=holder.id,
        kind=PASSKEY,
        name=_tidy(command.name or "")[:NAME_CHARACTERS_MAX] or None,
        counter=made.sign_count,
        secret=Secret(msgspec.json.encode(made)),
        challenge=found,
    )
    return record_factor(journal, record, context)


@handler
def record_factor(
    journal: Journal, command: RecordFactor, context: Context
) -> Recorded:
    """Record a factor with its secret and its counter; `ids["factor"]` names it.

    Raises TokenGone when the credentials changed since it was begun.
    """
    holder = holding(journal, command.account_id, journal.load)
    credentials = credentials_of(journal, holder, journal.load)
    before, factor_id = credentials.epoch, context.new_id("factor")
    if before != command.challenge.epoch:
        raise TokenGone
    made = keep(
        journal, holder.id, context.new_id("secret"), command.kind, command.secret
    )
    credentials.add_factor(factor_id, command.kind, command.name, made.binding)
    return journal.record(
        credentials,
        context=context,
        ids={"factor": factor_id},
        inserts={
            "secrets": [made.row],
            "factor_counters": [(holder.id, factor_id, command.counter)],
            "mail_outbox": told(journal, holder, "factor_added", context),
        },
        changes=[
            challenges.used(command.challenge, context.now),
            raised_epoch(holder.id, before, credentials.epoch),
        ],
    )


@handler
def remove_factor(
    journal: Journal, command: RemoveFactor, context: Context
) -> Recorded:
    """Record that a factor is gone, and its secret. Raises NoSuchFactor."""
    holder = holding(journal, command.account_id, journal.load)
    credentials = credentials_of(journal, holder, journal.load)
    factor = credentials.factor(command.factor_id)
    if len(credentials.factors) == 1:
        return without_factors(journal, holder, credentials, "customer", context)
    before = credentials.epoch
    credentials.remove_factor(command.factor_id)
    return journal.record(
        credentials,
        context=context,
        inserts={"mail_outbox": told(journal, holder, "factor_removed", context)},
        changes=[
            raised_epoch(holder.id, before, credentials.epoch),
            *forgotten(holder.id, factor.binding),
        ],
    )


@handler
def turn_off(journal: Journal, command: TurnOff, context: Context) -> Recorded:
    """Record that the password alone is asked for. Raises TwoFactorIsOff."""
    holder = holding(journal, command.account_id, journal.load)
    credentials = credentials_of(journal, holder, journal.load)
    return without_factors(journal, holder, credentials, "customer", context)


def factors_of(journal: Journal, holder: Holder) -> list[Factor]:
    """Return the holder's factors, the oldest first."""
    return list(credentials_of(journal, holder).factors.values())


def _pending(
    journal: Journal,
    holder: Holder,
    kind: str,
    data: dict[str, str],
    context: Context,
) -> str:
    epoch = credentials_of(journal, holder).epoch
    name = f"{ENROL}:{kind}"
    return challenges.pose(journal, holder.id, name, epoch, data, context.now).text


def _tried(
    journal: Journal, holder: Holder, token: str, kind: str, context: Context
) -> Challenge:
    if not token.startswith(f"{holder.id}."):
        raise TokenGone
    return challenges.tried(journal, token, f"{ENROL}:{kind}", context.now)


def _tidy(name: str) -> str:
    """Return the name on one line, without what turns its direction."""
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
