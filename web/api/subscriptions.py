"""What an account subscribes to, answered from its own streams and no view."""

from __future__ import annotations

from uuid import UUID

from flask import g
from flask.typing import ResponseReturnValue

from commands.plans import require_account, subscription_of
from web.api import frame
from web.api.shapes import Shape, flag, instant, text
from web.policies import DEVICE, KEY

section = frame.Section("subscriptions", "What an account subscribes to")
own = frame.Section("subscription", "What the caller subscribes to", frame.PREFIX)
BOTH = (KEY, DEVICE)
MINE = (frame.READ, "account:read")


class SmtpAccessSchema(Shape):
    """Whether the application may send through the customer's own SMTP server."""

    active = flag("Whether it may be used now")
    status = text("none, active, overdue, blocked or ending")
    until = instant("When what is paid for is over", nullable=True)
    renews = flag("Whether it is renewed then")


@section.ask("/smtp-access", SmtpAccessSchema, who=BOTH, scopes=MINE)
def get_smtp_access(account_id: UUID) -> ResponseReturnValue:
    """Tell whether SMTP access is active."""
    return _told(account_id)


@own.ask("/smtp-access", SmtpAccessSchema, who=BOTH, scopes=MINE)
def get_own_smtp_access() -> ResponseReturnValue:
    """Tell whether the caller's own SMTP access is active."""
    return _told(frame.caller().account_id)


def _told(account_id: UUID) -> ResponseReturnValue:
    require_account(frame.journal(), account_id)
    found = subscription_of(frame.journal(), account_id, "smtp", fresh=True)
    status = found.status(g.now)
    return {
        "active": found.serves(g.now),
        "status": status,
        "until": found.period[1] if found.period and status != "none" else None,
        "renews": status in ("active", "overdue"),
    }
