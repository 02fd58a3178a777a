"""Taking an invitation up: password and second factor, both or nothing."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from commands import challenges
from commands.challenges import Challenge
from commands.credentials import (
    PASSWORD,
    RECOVERY,
    TOTP,
    KeptSecret,
    Secret,
    keep,
    new_password,
)
from commands.gateways import one_time_codes, recovery_codes
from commands.gateways.passwords import PASSWORDS, Passwords
from commands.guards import raised_epoch
from commands.recovery_codes import IssuedCodes
from commands.staff import JOIN, staff_member
from ledger.addresses import address_from
from ledger.credentials import Credentials
from ledger.journal import OUTSIDE_BODY, Context, Journal, Recorded, handler
from ledger.refusals import AlreadyAnswered, NoSuchStaff, TokenGone, WrongCode


@dataclass(frozen=True, kw_only=True)
class JoinStaff:
    """Take an invitation up, with a password and the first code of an authenticator."""

    token: str = field(metadata=OUTSIDE_BODY, repr=False)
    password: str = field(metadata=OUTSIDE_BODY, repr=False)
    code: str = field(metadata=OUTSIDE_BODY, repr=False)


@dataclass(frozen=True, kw_only=True)
class RecordJoining:
    """Write down what a member of staff chose and showed."""

    account_id: UUID
    step: int = field(metadata=OUTSIDE_BODY)
    password: Secret = field(metadata=OUTSIDE_BODY, repr=False)
    seed: Secret = field(metadata=OUTSIDE_BODY, repr=False)
    codes: Secret = field(metadata=OUTSIDE_BODY, repr=False)
    code_count: int = field(metadata=OUTSIDE_BODY)
    challenge: Challenge = field(metadata=OUTSIDE_BODY, repr=False)


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """What the page of the mailed link shows; `seed` is base32, `uri` the QR code's."""

    staff_id: UUID
    email: str
    role: str
    seed: str = field(repr=False)
    uri: str = field(repr=False)
    challenge: Challenge = field(repr=False)


def invitation_of(journal: Journal, token: str, context: Context) -> Invitation | None:
    """Return the invitation of a link that is good, changing nothing."""
    found = challenges.posed(journal, token, JOIN, context.now)
    if found is None:
        return None
    try:
        member = staff_member(journal, found.account_id)
    except NoSuchStaff:
        return None
    # A newer invitation ends later than the one that this link was mailed with.
    if member.joined or member.email is None or found.expires_at != member.expires_at:
        return None
    seed = _seed(found)
    return Invitation(
        staff_id=member.id,
        email=member.email,
        role=member.role,
        seed=one_time_codes.seed_text(seed),
        uri=one_time_codes.provisioning_uri(seed, member.email, "Daybook staff"),
        challenge=found,
    )


def join_staff(
    journal: Journal,
    command: JoinStaff,
    context: Context,
    passwords: Passwords = PASSWORDS,
) -> IssuedCodes:
    """Join, and return the recovery codes once.

    Raises TokenGone, WeakPassword, WrongCode, PasswordsBusy, AlreadyAnswered.
    """
    invitation = invitation_of(journal, command.token, context)
    if invitation is None:
        raise TokenGone
    passwords.check(command.password, address_from(invitation.email).words)
    tried = challenges.tried(journal, command.token, JOIN, context.now)
    step, codes = _step_of(tried, command.code, context), recovery_codes.new_codes()
    stored = recovery_codes.hashed(codes, passwords)
    record = RecordJoining(
        account_id=invitation.staff_id,
        step=step,
        password=new_password(command.password, passwords),
        seed=Secret(_seed(tried)),
        codes=Secret(msgspec.json.encode(stored)),
        code_count=len(codes),
        challenge=tried,
    )
    recorded = record_joining(journal, record, context)
    if recorded.repeated:
        raise AlreadyAnswered(operation="join_staff")
    return IssuedCodes(codes=codes, recorded=recorded)


@handler
def record_joining(
    journal: Journal, command: RecordJoining, context: Context
) -> Recorded:
    """Record a member's credentials in one transaction. Raises TokenGone."""
    member = staff_member(journal, command.account_id, journal.load)
    member.join(context.now)
    made = _made(journal, command, context)
    credentials = Credentials.begin(member.id, made[PASSWORD].binding)
    before, factor_id = credentials.epoch, context.new_id("factor")
    credentials.add_factor(factor_id, TOTP, None, made[TOTP].binding)
    credentials.issue_codes(made[RECOVERY].binding, command.code_count)
    codes_id = made[RECOVERY].secret_id
    return journal.record(
        member,
        credentials,
        context=context,
        inserts={
            "secrets": [one.row for one in made.values()],
            "factor_counters": [(member.id, factor_id, command.step)],
            "recovery_codes": [
                (member.id, codes_id, number) for number in range(command.code_count)
            ],
        },
        changes=[
            raised_epoch(member.id, before, credentials.epoch),
            challenges.used(command.challenge, context.now),
        ],
    )


def _made(
    journal: Journal, command: RecordJoining, context: Context
) -> dict[str, KeptSecret]:
    """Return the secrets to keep, by their kind."""
    secrets = {PASSWORD: command.password, TOTP: command.seed, RECOVERY: command.codes}
    return {
        kind: keep(journal, command.account_id, context.new_id(kind), kind, secret)
        for kind, secret in secrets.items()
    }


def _step_of(challenge: Challenge, typed: str, context: Context) -> int:
    """Return the step of the code that was typed. Raises WrongCode."""
    seed, code = _seed(challenge), "".join(typed.split())
    step = one_time_codes.matching_step(seed, code, context.now)
    if step is None:
        off = one_time_codes.is_clock_off(seed, code, context.now)
        raise WrongCode(clock_off=off)
    return step


def _seed(challenge: Challenge) -> bytes:
    return base64.b64decode(challenge.data["seed"])
