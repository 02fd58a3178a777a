"""Opening the panel from a signed-in application, by a link good once for a minute."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from commands import challenges, limits
from commands.credentials import credentials_of
from commands.gateways import tokens
from commands.guards import while_signed_in
from commands.live_sessions import is_live
from commands.owners import owner
from commands.session_begins import BegunSession, OpenSession, begun
from ledger.journal import OUTSIDE_BODY, Context, Journal
from ledger.refusals import TokenGone
from ledger.sessions import BROWSER

PANEL_LINK = "panel_link"


@dataclass(frozen=True, kw_only=True)
class EnterByLink:
    """Open the panel by a link."""

    token: str = field(metadata=OUTSIDE_BODY, repr=False)


@dataclass(frozen=True, kw_only=True)
class ShownLink:
    """What the link's page says before it posts itself."""

    account_id: UUID
    email: str | None
    name: str | None


def make_panel_link(
    journal: Journal, account_id: UUID, session_id: UUID, context: Context
) -> str:
    """Return the token of a link that opens the panel as this application's user.

    Raises NoSuchAccount, AccountClosed.
    """
    credentials = credentials_of(journal, owner(journal, account_id))
    return challenges.pose(
        journal,
        account_id,
        PANEL_LINK,
        credentials.epoch,
        {"session_id": str(session_id)},
        context.now,
        seconds=limits.PANEL_LINK_SECONDS,
    ).text


def panel_link_shown(
    journal: Journal, token: str, context: Context
) -> ShownLink | None:
    """Return whose panel a link opens, changing nothing; None when it is over."""
    found = _good(journal, token, context)
    if found is None:
        return None
    account = owner(journal, found.account_id)
    return ShownLink(account_id=account.id, email=account.email, name=account.name)


def enter_by_link(
    journal: Journal, command: EnterByLink, context: Context
) -> BegunSession:
    """Begin a browser session; what guards the account still asks for the password.

    Raises TokenGone for a link that was used, is over, or whose application was
    signed out meanwhile.
    """
    found = _good(journal, command.token, context)
    if found is None:
        raise TokenGone
    account_id, asker, now = found.account_id, _asker_of(found), context.now
    begin = OpenSession(
        account_id=account_id,
        kind=BROWSER,
        methods=("device",),
        epoch=found.epoch,
        token=tokens.new_token(account_id),
        changes=(
            challenges.used(found, now),
            while_signed_in(account_id, asker, now, TokenGone()),
        ),
    )
    return begun(journal, begin, context)


def _good(
    journal: Journal, token: str, context: Context
) -> challenges.Challenge | None:
    found = challenges.posed(journal, token, PANEL_LINK, context.now)
    if found is None:
        return None
    if not is_live(journal, found.account_id, _asker_of(found), context.now):
        return None
    account = owner(journal, found.account_id)
    return found if credentials_of(journal, account).epoch == found.epoch else None


def _asker_of(link: challenges.Challenge) -> UUID:
    return UUID(link.data["session_id"])
