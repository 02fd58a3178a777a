"""The links by which a change of address is confirmed, cancelled or undone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from commands import challenges
from commands.challenges import UNBOUND, Challenge
from commands.credentials import credentials_of
from commands.gateways import tokens
from commands.live_sessions import is_live
from commands.owners import address_of, owner
from ledger.accounts import Account
from ledger.email_addresses import CONFIRM_TERM, NEW, OLD, EmailAddress
from ledger.journal import OUTSIDE_BODY, Context, Journal
from ledger.refusals import AccountClosed, TokenGone

CONFIRM, CANCEL, UNDO = "email_confirm", "email_cancel", "email_undo"


@dataclass(frozen=True, kw_only=True)
class AnswerLink:
    """Do what a mailed link is for."""

    token: str = field(metadata=OUTSIDE_BODY, repr=False)


@dataclass(frozen=True, kw_only=True)
class Settle:
    """Do what a link, which was found, is for."""

    account_id: UUID
    change_id: UUID
    side: str
    challenge: Challenge = field(metadata=OUTSIDE_BODY, repr=False)


@dataclass(frozen=True, kw_only=True)
class LinkShown:
    """What the page of a mailed link says: the addresses, the side that confirms."""

    account_id: UUID
    side: str
    old: str | None
    new: str | None


Row = tuple[Any, ...]


def new_links(
    journal: Journal,
    account_id: UUID,
    epoch: int,
    change_id: UUID,
    session_id: UUID,
    context: Context,
) -> dict[str, tuple[tokens.AccountToken, Row]]:
    """Return links for the new side, the old side, and for cancelling."""
    until = context.now + CONFIRM_TERM
    data = {"change_id": str(change_id), "session_id": str(session_id)}
    return {
        name: challenges.link(
            journal, account_id, kind, epoch, {**data, "side": side}, until
        )
        for name, kind, side in (
            (NEW, CONFIRM, NEW),
            (OLD, CONFIRM, OLD),
            (CANCEL, CANCEL, ""),
        )
    }


def shown(
    journal: Journal, token: str, kind: str, context: Context
) -> LinkShown | None:
    """Return what a mailed link is about, changing nothing; None when it is over."""
    found = _found(journal, token, kind, context)
    if found is None:
        return None
    account = owner(journal, found.account_id)
    address = address_of(journal, account)
    change_id, side = UUID(found.data["change_id"]), found.data.get("side", "")
    if kind == UNDO:
        return _undo_shown(account, address, change_id, context)
    waiting = address.waiting(context.now)
    if waiting is None or waiting.change_id != change_id:
        return None
    if kind == CONFIRM and side not in waiting.missing:
        return None
    return LinkShown(
        account_id=account.id, side=side, old=account.email, new=waiting.email
    )


def settle_of(
    journal: Journal, command: AnswerLink, kind: str, context: Context
) -> Settle:
    """Return what a link stands for. Raises TokenGone when it is over."""
    found = _found(journal, command.token, kind, context)
    if found is None:
        raise TokenGone
    return Settle(
        account_id=found.account_id,
        change_id=UUID(found.data["change_id"]),
        side=found.data.get("side", ""),
        challenge=found,
    )


def asker_of(challenge: Challenge) -> UUID:
    """Return the session that asked for the change which a link confirms."""
    return UUID(challenge.data["session_id"])


def _undo_shown(
    account: Account, address: EmailAddress, change_id: UUID, context: Context
) -> LinkShown | None:
    left = [p for p in address.previous if p.change_id == change_id]
    if not left or context.now >= left[0].undo_until:
        return None
    return LinkShown(
        account_id=account.id, side="", old=left[0].email, new=account.email
    )


def _found(
    journal: Journal, token: str, kind: str, context: Context
) -> Challenge | None:
    """Return a link that still stands: same credentials, and who asked is signed in."""
    found = challenges.posed(journal, token, kind, context.now)
    if found is None:
        return None
    try:
        account = owner(journal, found.account_id)
    except AccountClosed:
        return None
    if found.epoch == UNBOUND:
        return found
    if credentials_of(journal, account).epoch != found.epoch:
        return None
    asker = asker_of(found)
    if kind == CONFIRM and not is_live(journal, account.id, asker, context.now):
        return None
    return found
