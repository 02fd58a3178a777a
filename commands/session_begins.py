"""Beginning a session of somebody who has shown who he is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from commands import limits
from commands.factors_off import holding, told
from commands.gateways import tokens
from commands.guards import at_epoch
from commands.known_browsers import new_mark
from commands.letters import MailRow
from commands.live_sessions import session_row, sessions_of
from commands.second_factors import Proven
from commands.session_ends import ended_row
from ledger.credentials import Credentials
from ledger.factors import credentials_id
from ledger.journal import (
    OUTSIDE_BODY,
    Change,
    Context,
    Journal,
    Recorded,
    handler,
)
from ledger.refusals import AlreadyAnswered, TokenGone
from ledger.sessions import BROWSER, Session


@dataclass(frozen=True, kw_only=True)
class BegunSession:
    """A session and its token, which is shown this once.

    `mark` is what a browser keeps to be known again; empty where nothing is kept.
    """

    account_id: UUID
    session_id: UUID
    token: str = field(repr=False)
    recorded: Recorded
    mark: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class OpenSession:
    """Begin a session of somebody who has shown who he is.

    `is_unknown` says that the browser or application was not signed in before.
    """

    account_id: UUID
    kind: str
    methods: tuple[str, ...]
    epoch: int = field(metadata=OUTSIDE_BODY)
    token: tokens.AccountToken = field(metadata=OUTSIDE_BODY, repr=False)
    application: str | None = None
    proven: Proven | None = field(default=None, metadata=OUTSIDE_BODY)
    changes: Sequence[Change] = field(default=(), metadata=OUTSIDE_BODY)
    is_unknown: bool = field(default=False, metadata=OUTSIDE_BODY)


def begun(journal: Journal, command: OpenSession, context: Context) -> BegunSession:
    """Open a session and return its token. Raises AlreadyAnswered, TokenGone."""
    recorded = open_session(journal, command, context)
    if recorded.repeated:
        raise AlreadyAnswered(operation="begin_session")
    return BegunSession(
        account_id=command.account_id,
        session_id=UUID(recorded.ids["session"]),
        token=command.token.text,
        recorded=recorded,
        mark=_mark(journal, command, context),
    )


@handler
def open_session(journal: Journal, command: OpenSession, context: Context) -> Recorded:
    """Record a session whose owner was shown, and its row; the oldest make room.

    Raises TokenGone when the credentials changed since they were shown.
    """
    account_id, session_id = command.account_id, context.new_id("session")
    oldest = _surplus(journal, account_id, context)
    spent = used_up(journal, account_id, command.proven, context)
    return journal.record(
        _session(command, session_id),
        *spent.streams,
        *oldest,
        context=context,
        ids={"session": session_id},
        inserts={
            "sessions": [_row(journal, command, session_id, context)],
            "mail_outbox": [*spent.mails, *_news(journal, command, context)],
        },
        changes=[
            at_epoch(account_id, command.epoch, TokenGone()),
            *command.changes,
            *(ended_row(account_id, old.id, context.now) for old in oldest),
            *spent.changes,
        ],
    )


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What uses a factor up: the change, and for a recovery code the note and mail."""

    changes: list[Change] = field(default_factory=list)
    streams: list[Credentials] = field(default_factory=list)
    mails: list[MailRow] = field(default_factory=list)


def used_up(
    journal: Journal, account_id: UUID, proven: Proven | None, context: Context
) -> Spent:
    """Return what is recorded beside whatever a factor was shown for."""
    if proven is None:
        return Spent()
    if proven.code_number is None:
        return Spent(changes=[proven.change])
    credentials = journal.load(Credentials, credentials_id(account_id))
    proven.use(credentials)
    holder = holding(journal, account_id, journal.load)
    left = credentials.codes_left
    mails = told(journal, holder, "recovery_code_used", context, left=left)
    return Spent(changes=[proven.change], streams=[credentials], mails=mails)


def _mark(journal: Journal, command: OpenSession, context: Context) -> str:
    """Return the mark of a browser in which the password was typed."""
    if command.kind != BROWSER or "password" not in command.methods:
        return ""
    return new_mark(journal.vault, command.account_id, command.epoch, context.now)


def _news(journal: Journal, command: OpenSession, context: Context) -> list[MailRow]:
    """Return the mail about a sign-in from where nobody signed in before."""
    if not command.is_unknown:
        return []
    holder = holding(journal, command.account_id, journal.load)
    return told(journal, holder, "signed_in_elsewhere", context, ip=context.ip or "")


def _session(command: OpenSession, session_id: UUID) -> Session:
    return Session.begin(
        session_id,
        command.account_id,
        kind=command.kind,
        methods=list(command.methods),
        credential_epoch=command.epoch,
        application=command.application,
    )


def _row(
    journal: Journal, command: OpenSession, session_id: UUID, context: Context
) -> tuple[Any, ...]:
    return session_row(
        journal,
        session_id,
        command.token,
        command.kind,
        context,
        command.application,
        elevated="password" in command.methods,
    )


def _surplus(journal: Journal, account_id: UUID, context: Context) -> list[Session]:
    """End the sessions that leave no room for a further one."""
    live = sorted(
        sessions_of(journal, account_id, context.now), key=lambda one: one.begun_at
    )
    too_many = live[: max(0, len(live) - limits.SESSIONS_MAX + 1)]
    found = [journal.load(Session, one.session_id) for one in too_many]
    for session in found:
        session.end("replaced", "system")
    return found
