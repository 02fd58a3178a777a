"""Mails as rows of the outbox, written in the transaction of what they tell."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from commands.gateways import tokens
from ledger.accounts import Account
from ledger.journal import Context, Journal

MailRow = tuple[UUID, UUID, str, str, bytes, UUID, datetime]


def letter(
    journal: Journal,
    account_id: UUID,
    mail_id: UUID,
    template: str,
    language: str,
    to: str,
    due_at: datetime,
    **values: object,
) -> MailRow:
    """Return the outbox row of a mail, sealed with the account's profile key.

    `values` are primitives and instants; the template's texts are made when it is sent.
    """
    data = msgspec.json.encode({"to": to, "values": values})
    sealed = journal.vault.seal(account_id, "profile", data, mail_id.bytes)
    return (account_id, mail_id, template, language, *sealed, due_at)


def to_holder(
    journal: Journal,
    account: Account,
    template: str,
    context: Context,
    *others: str | None,
    **values: object,
) -> list[MailRow]:
    """Return the rows that tell an account's holder, at his address and any others.

    None for an address that was erased.
    """
    addresses = dict.fromkeys([account.email, *others])
    return [
        letter(
            journal,
            account.id,
            context.new_id(f"mail:{template}:{number}"),
            template,
            account.language,
            to,
            context.now,
            **{"name": account.name or "", **values},
        )
        for number, to in enumerate(addresses)
        if to
    ]


def write_now(journal: Journal, *rows: MailRow) -> None:
    """Put mails into the outbox that tell of nothing recorded; once each."""
    for row in rows:
        with journal.connections.for_account(row[0]) as connection:
            connection.execute(
                "INSERT INTO mail_outbox (account_id, mail_id, template, language,"
                " sealed, key_id, due_at) VALUES (%s, %s, %s, %s, %s, %s, %s)"
                " ON CONFLICT DO NOTHING",
                row,
            )


def token_row(
    token: tokens.AccountToken,
    kind: str,
    stream_id: UUID,
    now: datetime,
    until: datetime,
) -> tuple[object, ...]:
    """Return the row of a mailed link: whoever changes it has used the link."""
    return (token.account_id, token.digest, kind, stream_id, now, until)
