"""What the page of the tracking domain shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g, request

from commands.tracking_domains import tracking_of, verified_names
from commands.tracking_looks import latest_look, next_host_look_at, wanted_of
from ledger.domain_names import domain_above
from ledger.host_names import shown as written
from web import access
from web.panel.dns_figures import compared
from web.panel.domain_looks import is_looked_for

if TYPE_CHECKING:
    from ledger.tracking_domains import TrackingHost


def tracking_page() -> dict[str, Any]:
    """Return what the page shows, with a tracking domain and without."""
    service, account_id = access.service(), access.account_id()
    names = verified_names(service.journal, account_id)
    host = tracking_of(service.journal, account_id).current
    shown = {"tracking": None, "record": None} if host is None else _host(host, names)
    return {
        **shown,
        "verified": [written(name) for name in names],
        "shared": service.settings.tracking_host,
        "problem": None,
        "looked_for": is_looked_for(),
        "form": {"host": request.form.get("host", "")},
        "now": g.now,
        "command_id": access.new_command_id(),
    }


def below(name: str) -> str | None:
    """Return the tracking domain if it is below this name."""
    host = tracking_of(access.service().journal, access.account_id()).current
    if host is None or domain_above(host.host or "", [name]) is None:
        return None
    return written(host.host or "")


def _host(host: TrackingHost, names: list[str]) -> dict[str, Any]:
    """Return a host, which has its name as long as its account is open."""
    service, account_id = access.service(), access.account_id()
    look = latest_look(service.journal, account_id, host.host_id)
    if not is_looked_for():
        look = None
    wanted = wanted_of(host, service.settings.dns_zone)
    looks = [] if look is None else [{look.finding.kind: look.finding}]
    return {
        "tracking": {
            "host": written(wanted.host),
            "domain": domain_above(wanted.host, names) is not None,
            "state": host.state,
            "checked_at": None if look is None else look.looked_at,
            "next_at": next_host_look_at(service.journal, account_id, host.host_id),
        },
        "record": compared(wanted, wanted.apex, looks),
    }
