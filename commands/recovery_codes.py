"""Recovery codes: ten, shown once, each good once."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from commands.credentials import RECOVERY, Secret, credentials_of, forgotten, keep
from commands.factors_off import holding, told
from commands.gateways import recovery_codes
from commands.gateways.passwords import PASSWORDS, Passwords
from ledger.journal import OUTSIDE_BODY, Context, Journal, Recorded, handler
from ledger.refusals import AlreadyAnswered


@dataclass(frozen=True, kw_only=True)
class IssueCodes:
    """Take new recovery codes; all earlier ones are void."""

    account_id: UUID


@dataclass(frozen=True, kw_only=True)
class IssuedCodes:
    """Recovery codes, which are shown this once."""

    codes: tuple[str, ...] = field(repr=False)
    recorded: Recorded


@dataclass(frozen=True, kw_only=True)
class RecordCodes:
    """Write codes down that were drawn and hashed."""

    account_id: UUID
    secret: Secret = field(metadata=OUTSIDE_BODY, repr=False)
    count: int = field(metadata=OUTSIDE_BODY)


def issue_codes(
    journal: Journal,
    command: IssueCodes,
    context: Context,
    passwords: Passwords = PASSWORDS,
) -> IssuedCodes:
    """Draw recovery codes and return them once.

    Raises NoSuchAccount, TwoFactorIsOff, AlreadyAnswered for a repeat, PasswordsBusy.
    """
    codes = recovery_codes.new_codes()
    stored = recovery_codes.hashed(codes, passwords)
    record = RecordCodes(
        account_id=command.account_id,
        secret=Secret(msgspec.json.encode(stored)),
        count=len(codes),
    )
    recorded = record_codes(journal, record, context)
    if recorded.repeated:
        raise AlreadyAnswered(operation="issue_codes")
    return IssuedCodes(codes=codes, recorded=recorded)


@handler
def record_codes(journal: Journal, command: RecordCodes, context: Context) -> Recorded:
    """Record new codes with their rows; the old secret goes. Raises TwoFactorIsOff."""
    holder = holding(journal, command.account_id, journal.load)
    credentials = credentials_of(journal, holder, journal.load)
    old, secret_id = credentials.codes, context.new_id("codes")
    made = keep(journal, holder.id, secret_id, RECOVERY, command.secret)
    credentials.issue_codes(made.binding, command.count)
    rows = [(holder.id, secret_id, number) for number in range(command.count)]
    mails = told(journal, holder, "recovery_codes_issued", context)
    return journal.record(
        credentials,
        context=context,
        inserts={
            "secrets": [made.row],
            "recovery_codes": rows,
            "mail_outbox": mails,
        },
        changes=forgotten(holder.id, old),
    )
