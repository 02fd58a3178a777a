"""Two-factor turned off: its secrets, counters and codes go with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from commands.credentials import Holder, forgotten
from commands.guards import raised_epoch
from commands.letters import MailRow, to_holder
from commands.owners import owner
from ledger.accounts import Account
from ledger.credentials import Credentials
from ledger.journal import Context, Journal, Recorded
from ledger.refusals import NoSuchAccount
from ledger.staff import StaffMember


def holding(
    journal: Journal, account_id: UUID, load: Callable[..., Any] | None = None
) -> Holder:
    """Return whoever has credentials under this id. Raises NoSuchAccount."""
    try:
        return owner(journal, account_id, load)
    except NoSuchAccount:
        try:
            member: StaffMember = (load or journal.fresh)(StaffMember, account_id)
        except KeyError:
            raise NoSuchAccount(account_id=account_id) from None
        return member


def told(
    journal: Journal, holder: Holder, template: str, context: Context, **values: object
) -> list[MailRow]:
    """Return the mails that tell a customer what happened to his credentials."""
    if not isinstance(holder, Account):
        return []
    return to_holder(journal, holder, template, context, at=context.now, **values)


def without_factors(
    journal: Journal,
    holder: Holder,
    credentials: Credentials,
    why: str,
    context: Context,
) -> Recorded:
    """Record that the password alone is asked for. Raises TwoFactorIsOff."""
    before, codes = credentials.epoch, credentials.codes
    bindings = [factor.binding for factor in credentials.factors.values()]
    if why == "staff_reset":
        credentials.finish_factor_reset(context.now)
    else:
        credentials.turn_off(why)
    return journal.record(
        credentials,
        context=context,
        inserts={"mail_outbox": told(journal, holder, "two_factor_off", context)},
        changes=[
            raised_epoch(holder.id, before, credentials.epoch),
            *forgotten(holder.id, *bindings, codes),
        ],
    )
