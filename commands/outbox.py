"""The mail outbox: written with the fact, closed after sending, never lost between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple
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


class Due(NamedTuple):
    """A mail to be sent now, as it waits in the outbox."""

    account_id: UUID
    mail_id: UUID
    template: str
    language: str
    sealed: bytes
    key_id: UUID
    attempts: int


class Outcome(NamedTuple):
    """How sending ended: the trouble, if any, and whether another try is in vain."""

    trouble: str | None
    final: bool


def send_due(
    journal: Journal, render: RenderMail, mailer: Mailer, now: datetime
) -> int:
    """Send the mails that are due; return how many there were.

    A crash between sending and closing sends a mail again, with the same Message-ID.
    What a server refuses for ever is closed with its trouble; all else is tried again.
    """
    due = _claimed(journal, now)
    for mail in due:
        _close(journal, mail, _sent(journal, render, mailer, mail), now)
    return len(due)


def _claimed(journal: Journal, now: datetime) -> list[Due]:
    """Take the mails that are due; nobody else takes them for a minute."""
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
    return [Due(*row) for row in rows]


def _sent(journal: Journal, render: RenderMail, mailer: Mailer, mail: Due) -> Outcome:
    key_id, sealed = mail.key_id, bytes(mail.sealed)
    data = journal.vault.open(mail.account_id, key_id, sealed, mail.mail_id.bytes)
    if data is None:
        return Outcome(None, True)
    found = msgspec.json.decode(data)
    about = mail.account_id, mail.mail_id, mail.template, mail.language
    try:
        mailer.send(render(*about, found["to"], found["values"]))
    except MailRefused as refused:
        return Outcome(type(refused).__name__, refused.permanent)
    except Exception as error:  # any trouble waits for its next try
        return Outcome(type(error).__name__, False)
    return Outcome(None, False)


def _close(journal: Journal, mail: Due, outcome: Outcome, now: datetime) -> None:
    done = outcome.trouble is None or outcome.final
    # What was sent may carry a link's token, which is nobody's to read any more.
    pause = timedelta(seconds=min(2**mail.attempts, BACK_OFF_SECONDS_MAX))
    with journal.connections.for_account(mail.account_id) as connection:
        connection.execute(
            "UPDATE mail_outbox SET sent_at = %s, trouble = %s, due_at = %s,"
            " sealed = CASE WHEN %s THEN '' ELSE sealed END"
            " WHERE account_id = %s AND mail_id = %s",
            (
                now if done else None,
                outcome.trouble,
                now + pause,
                done,
                mail.account_id,
                mail.mail_id,
            ),
        )


def purge_sent(journal: Journal, now: datetime) -> None:
    """Drop mails that were sent long ago."""
    with journal.connections.for_account(SYSTEM) as connection:
        connection.execute(
            "DELETE FROM mail_outbox WHERE sent_at < %s",
            (now - timedelta(days=KEPT_DAYS),),
        )
