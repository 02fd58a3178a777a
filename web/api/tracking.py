"""Tracking domains: for the account, the sending service and the redirect service."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.typing import ResponseReturnValue

from commands.plans import require_account
from commands.tracking_domains import tracking_of
from commands.tracking_looks import latest_look, wanted_of
from commands.tracking_names import answered_host
from web import access
from web.api import frame
from web.api.shapes import Shape, flag, identity, instant, text
from web.policies import DEVICE, KEY

MINE = (frame.READ, "account:read")

section = frame.Section("tracking", "The name that an account's links carry")
hosts = frame.Section(
    "tracking-hosts", "Which account a link's host is for", frame.PREFIX
)


class TrackingDomainSchema(Shape):
    """The host that was chosen, with its record and how it stands."""

    host = text("The host that links are to carry")
    record_value = text("Where the host's CNAME has to lead")
    state = text("pending, verified or lost")
    since = instant("Since when it is in this state")
    checked_at = instant("When its record was last looked at", nullable=True)
    finding = text(
        "What was seen then: found, waiting, different, several, dns_error or"
        " timed_out",
        nullable=True,
    )


class TrackingHostSchema(Shape):
    """The host for new links."""

    host = text("The account's own while it is verified, else the service's")
    own = flag("Whether it is the account's own")


class AnsweredHostSchema(Shape):
    """Whose links are answered under a host."""

    host = text("The host, in lower case without a final dot")
    account_id = identity("The account")


@section.ask("/tracking-domain", TrackingDomainSchema, who=(KEY, DEVICE), scopes=MINE)
def get_tracking_domain(account_id: UUID) -> ResponseReturnValue:
    """Tell which tracking domain was chosen, and how it stands."""
    require_account(frame.journal(), account_id)
    host = tracking_of(frame.journal(), account_id).require_current()
    look = latest_look(frame.journal(), account_id, host.host_id)
    return {
        "host": host.host,
        "record_value": wanted_of(host, access.service().settings.dns_zone).value,
        "state": host.state,
        "since": host.since,
        "checked_at": None if look is None else look.looked_at,
        "finding": None if look is None else look.finding.state,
    }


@section.ask("/tracking-host", TrackingHostSchema, bucket="tracking_hosts", scopes=MINE)
def get_tracking_host(account_id: UUID) -> ResponseReturnValue:
    """Tell which host new links carry; ask again for each campaign."""
    require_account(frame.journal(), account_id)
    used = tracking_of(frame.journal(), account_id).used
    if used is None:
        return {"host": access.service().settings.tracking_host, "own": False}
    return {"host": used.host, "own": True}


@hosts.ask("/tracking-hosts/<host>", AnsweredHostSchema, bucket="tracking_hosts")
def get_answered_host(host: str) -> ResponseReturnValue:
    """Tell for which account links are answered under a host; for no other name.

    Only for another system of ours: it says who is behind a name.
    """
    account_id, known = answered_host(frame.journal(), host)
    answer: dict[str, Any] = {"host": known.host, "account_id": account_id}
    return answer
