"""How a sign-up is recorded and becomes an account: its rows, its mail, its link."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

from commands import limits
from commands.credentials import (
    EMAIL,
    PASSWORD,
    Secret,
    claimant_of,
    digest_of_address,
    keep,
)
from commands.gateways import tokens
from commands.letters import MailRow, letter, to_holder, token_row, write_now
from ledger.accounts import Account
from ledger.addresses import Address, address_from
from ledger.journal import (
    OUTSIDE_BODY,
    Change,
    Context,
    Journal,
    Recorded,
    handler,
)
from ledger.refusals import EmailTaken, TokenGone

SIGN_UP = "sign_up"
USE_SQL = (
    "UPDATE tokens SET used_at = %s WHERE account_id = %s AND digest = %s"
    " AND kind = %s AND used_at IS NULL AND expires_at > %s"
)
"""Whoever changes this row has used the link; nobody else can."""


@dataclass(frozen=True, kw_only=True)
class AskForAccount:
    """Ask for an account; the texts are tidy, the password is hashed."""

    account_id: UUID
    name: str
    email: str
    company: str | None
    website: str | None
    language: str
    secret: Secret = field(metadata=OUTSIDE_BODY, repr=False)
    token: tokens.AccountToken = field(metadata=OUTSIDE_BODY, repr=False)
    mails_link: bool = field(metadata=OUTSIDE_BODY)


@dataclass(frozen=True, kw_only=True)
class OpenAccount:
    """Open an account whose sign-up's password was shown."""

    account_id: UUID
    digest: bytes = field(metadata=OUTSIDE_BODY)


@handler
def ask_for_account(
    journal: Journal, command: AskForAccount, context: Context
) -> Recorded:
    """Record a sign-up with its secret, its token and its mail."""
    account_id, secret_id = command.account_id, context.new_id("password")
    kept = keep(journal, account_id, secret_id, PASSWORD, command.secret)
    account = Account.sign_up(
        account_id,
        context.now,
        email=command.email,
        name=command.name,
        company=command.company,
        website=command.website,
        language=command.language,
        secret_id=kept.secret_id,
        secret_mac=kept.mac,
        secret_mac_key_id=kept.mac_key_id,
    )
    until = account.expires_at
    token = token_row(command.token, SIGN_UP, account_id, context.now, until)
    return journal.record(
        account,
        context=context,
        ids={"account": account_id},
        inserts={
            "secrets": [kept.row],
            "tokens": [token],
            "mail_outbox": _link_mail(journal, account, command, context),
        },
    )


@handler
def open_account(journal: Journal, command: OpenAccount, context: Context) -> Recorded:
    """Record that the address was verified. Raises TokenGone, EmailTaken."""
    account = journal.load(Account, command.account_id)
    account.verify(context.now)
    assert account.email is not None
    digest, key_id = digest_of_address(journal, address_from(account.email).canonical)
    change = Change(
        sql=USE_SQL,
        params=(context.now, account.id, command.digest, SIGN_UP, context.now),
        refusal=TokenGone(),
    )
    return journal.record(
        account,
        context=context,
        ids={"account": account.id},
        inserts={
            "claims": [(EMAIL, digest, key_id, account.id)],
            "account_guards": [(account.id, 1)],
        },
        changes=[change],
        taken=EmailTaken(),
    )


def is_good_link(
    journal: Journal, token: tokens.AccountToken, now: datetime
) -> bool | None:
    """Tell whether a sign-up's link is good now; None when there is no such link."""
    with journal.connections.for_account(token.account_id) as connection:
        row = connection.execute(
            "SELECT used_at IS NULL AND %s < expires_at FROM tokens"
            " WHERE account_id = %s AND digest = %s AND kind = %s",
            (now, token.account_id, token.digest, SIGN_UP),
        ).fetchone()
    return None if row is None else bool(row[0])


def holder_told(
    journal: Journal, address: Address, sign_up_id: UUID, now: datetime
) -> bool:
    """Write to the address's holder, if it has one, that he has an account already.

    The mail is the holder's own, in rows of his account alone; a repeat of the same
    sign-up writes it once.
    """
    holder = claimant_of(journal, address.canonical)
    if holder is None or holder.email is None:
        return False
    if holder.id == sign_up_id:
        return True
    write_now(
        journal,
        letter(
            journal,
            holder.id,
            uuid5(sign_up_id, "account_exists"),
            "account_exists",
            holder.language,
            holder.email,
            now,
            name=holder.name,
        ),
    )
    return True


def _link_mail(
    journal: Journal, account: Account, command: AskForAccount, context: Context
) -> list[MailRow]:
    """Return the row of the mail with the link, where one is to be mailed."""
    if not command.mails_link:
        return []
    return to_holder(
        journal,
        account,
        "verify",
        context,
        link_hours=limits.SIGN_UP_HOURS,
        token=command.token.text,
    )
