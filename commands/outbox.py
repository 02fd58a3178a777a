"""The mail outbox: written with the fact, closed after sending, never lost between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from commands.gateways.mail import Mail, Mailer, MailRefused
from ledger.aggregate import SYSTEM
from ledger.journal import Journal

CLAIM_SECONDS = 60
BACK_OFF_SECONDS_MAX = 3600
KEPT_DAYS = 30

RenderMail = Callable[[UUID, UUID, str, str, str, dict[str, Any]], Mail]
"""(account, mail, template, language, to, values) to a mail ready to send."""


def send_due(
    journal: Journal, render: RenderMail, mailer: Mailer, now: datetime
) -> int:
    """Send the mails that are due; return how many there were.

    A crash between sending and closing sends a mail again, with the same Message-ID.
    What a server refuses for ever is closed with its trouble; all else is tried again.
    """
    with journal.connections.for_account(SYSTEM) as connection:
        rows = connection.execute(
            "UPDATE mail_outbox SET attempts = attempts + 1, due_at = %s"
            " WHERE (account_id, mail_id) IN (SELECT account_id, mail_id"
            " FROM mail_outbox WHERE sent_at IS NULL AND due_at <= %s"
            " ORDER BY due_at LIMIT 20 FOR UPDATE SKIP LOCKED)"
            " RETURNING account_id, mail_id, template, language, sealed, key_id,"
            " attempts",
            (now + timedelta(seconds=CLAIM_SECONDS), now),
        ).fetchall()
    for account_id, mail_id, template, language, sealed, key_id, attempts in rows:
        data = journal.vault.open(account_id, key_id, bytes(sealed), mail_id.bytes)
        trouble, final = None, data is None
        if data is not None:
            found = msgspec.json.decode(data)
            try:
                mailer.send(
                    render(
                        account_id,
                        mail_id,
                        template,
                        language,
                        found["to"],
                        found["values"],
                    )
                )
            except MailRefused as refused:
                trouble, final = type(refused).__name__, refused.permanent
            except Exception as error:  # any trouble waits for its next try
                trouble = type(error).__name__
        _close(journal, account_id, mail_id, attempts, trouble, final, now)
    return len(rows)


def _close(
    journal: Journal,
    account_id: UUID,
    mail_id: UUID,
    attempts: int,
    trouble: str | None,
    final: bool,
    now: datetime,
) -> None:
    done = trouble is None or final
    # What was sent may carry a link's token, which is nobody's to read any more.
    pause = timedelta(seconds=min(2**attempts, BACK_OFF_SECONDS_MAX))
    with journal.connections.for_account(account_id) as connection:
        connection.execute(
            "UPDATE mail_outbox SET sent_at = %s, trouble = %s, due_at = %s,"
            " sealed = CASE WHEN %s THEN '' ELSE sealed END"
            " WHERE account_id = %s AND mail_id = %s",
            (now if done else None, trouble, now + pause, done, account_id, mail_id),
        )


def purge_sent(journal: Journal, now: datetime) -> None:
    """Drop mails that were sent long ago."""
    with journal.connections.for_account(SYSTEM) as connection:
        connection.execute(
            "DELETE FROM mail_outbox WHERE sent_at < %s",
            (now - timedelta(days=KEPT_DAYS),),
        )
