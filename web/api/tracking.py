"""Tracking domains: for the account, the sending service and the redirect service."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g
from flask.typing import ResponseReturnValue

from commands import tracking_domains as use
from commands.owners import owner
from commands.tracking_looks import check_tracking_now, latest_look, wanted_of
from commands.tracking_names import answered_host
from ledger.tracking_domains import TrackingHost
from web import access
from web.api import frame
from web.api import tracking_shapes as shapes
from web.api.shapes import NothingSchema
from web.policies import DEVICE, KEY

BOTH = (KEY, DEVICE)
MINE = (frame.READ, "domains:read")
CHANGE = ("domains:write",)
OFTEN = "tracking_hosts"

section = frame.Section("tracking", "The name that an account's links carry")
answered_hosts = frame.Section(
    "tracking-hosts", "Which account a link's host is for", frame.PREFIX
)


@section.ask("/tracking-domain", shapes.TrackingDomainSchema, who=BOTH, scopes=MINE)
def get_tracking_domain(account_id: UUID) -> ResponseReturnValue:
    """Tell which tracking domain was chosen, and how it stands."""
    owner(frame.journal(), account_id)
    return _told(account_id)


@section.tell(
    "/tracking-domain",
    shapes.ChosenSchema,
    shapes.NewTrackingDomainSchema,
    who=BOTH,
    scopes=CHANGE,
)
def choose_tracking_domain(
    body: dict[str, Any], account_id: UUID
) -> ResponseReturnValue:
    """Have links carry a host once its record is published, in place of any other."""
    command = use.ChooseTrackingHost(account_id=account_id, host=body["host"])
    names = access.service().own.names
    recorded = use.choose_tracking_host(
        frame.journal(), command, frame.context(), names
    )
    host = use.tracking_of(frame.journal(), account_id).hosts[
        UUID(recorded.ids["host"])
    ]
    return frame.answered(recorded, _of_host(account_id, host))


@section.tell(
    "/tracking-domain/check",
    shapes.TrackingDomainSchema,
    NothingSchema,
    who=BOTH,
    scopes=CHANGE,
    body_required=False,
    keyed=False,
)
def check_tracking_domain(
    body: dict[str, Any], account_id: UUID
) -> ResponseReturnValue:
    """Look at the host's record now: once in half a minute, ten times an hour."""
    del body
    check_tracking_now(frame.journal(), access.service().eyes, account_id, g.now)
    return _told(account_id)


@section.tell(
    "/tracking-domain/clear",
    shapes.ClearedSchema,
    NothingSchema,
    who=BOTH,
    scopes=CHANGE,
    body_required=False,
)
def clear_tracking_domain(
    body: dict[str, Any], account_id: UUID
) -> ResponseReturnValue:
    """Have links carry the service's own name; the host stays the account's."""
    del body
    command = use.ClearTrackingHost(account_id=account_id)
    recorded = use.clear_tracking_host(frame.journal(), command, frame.context())
    return frame.answered(recorded, {})


@section.ask("/tracking-host", shapes.TrackingHostSchema, bucket=OFTEN, scopes=MINE)
def get_tracking_host(account_id: UUID) -> ResponseReturnValue:
    """Tell which host new links carry; ask again for each campaign."""
    owner(frame.journal(), account_id)
    used = use.tracking_of(frame.journal(), account_id).used
    if used is None:
        return {"host": access.service().settings.tracking_host, "own": False}
    return {"host": used.host, "own": True}


@answered_hosts.ask("/tracking-hosts/<host>", shapes.AnsweredHostSchema, bucket=OFTEN)
def get_answered_host(host: str) -> ResponseReturnValue:
    """Tell for which account links are answered under a host; for no other name.

    Only for another system of ours: it says who is behind a name.
    """
    account_id, known = answered_host(frame.journal(), host)
    return {"host": known.host, "account_id": account_id}


def _told(account_id: UUID) -> dict[str, Any]:
    host = use.tracking_of(frame.journal(), account_id).require_current()
    return _of_host(account_id, host)


def _of_host(account_id: UUID, host: TrackingHost) -> dict[str, Any]:
    """Return a host with its record, and what was found of it the last time."""
    record = wanted_of(host, access.service().settings.dns_zone)
    look = latest_look(frame.journal(), account_id, host.host_id)
    found = look and look.finding
    return {
        "host_id": host.host_id,
        "host": host.host,
        "state": host.state,
        "since": host.since,
        "record": {
            **vars(record),
            "relative_host": record.relative_host,
            "state": found.state if found else None,
            "found": found.found if found else [],
            "mistake": found.mistake if found else None,
        },
        "checked_at": look.looked_at if look else None,
    }
