"""Tracking domain: the customer's own name in links, its record, how it stands."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from commands.tracking_domains import (
    ChooseTrackingHost,
    ClearTrackingHost,
    choose_tracking_host,
    clear_tracking_host,
)
from commands.tracking_looks import check_tracking_now
from ledger.refusals import (
    Invalid,
    NoTrackingDomain,
    TooManyAttempts,
    TooManyTrackingHosts,
    TrackingHostHeld,
)
from web import access, pages
from web.panel.domain_refusals import name_words, too_soon
from web.panel.tracking_figures import tracking_page
from web.policies import CUSTOMER, allow
from web.wiring import own_names

blueprint = Blueprint("tracking", __name__, url_prefix="/tracking")


@blueprint.get("")
@allow(CUSTOMER)
def show() -> Response:
    """Show the tracking domain with its record, or the form that sets one."""
    return _page()


@blueprint.post("", endpoint="set")
@allow(CUSTOMER)
def choose() -> AnyResponse:
    """Set the tracking domain, and show the record to publish."""
    service = access.service()
    command = ChooseTrackingHost(
        account_id=access.account_id(), host=request.form.get("host", "")
    )
    ours = own_names(service.settings)
    try:
        choose_tracking_host(service.journal, command, access.form_context(), ours)
    except (Invalid, TrackingHostHeld, TooManyTrackingHosts) as refusal:
        return _page(422, errors={"host": name_words(refusal)})
    return redirect(url_for("tracking.show"), 303)


@blueprint.post("/check")
@allow(CUSTOMER)
def check() -> AnyResponse:
    """Look at the record now, and show what was found."""
    service = access.service()
    try:
        check_tracking_now(service.journal, service.eyes, access.account_id(), g.now)
    except TooManyAttempts as refusal:
        return _page(429, problem=too_soon(refusal))
    except NoTrackingDomain:
        pass  # cleared in another window: the page says so
    return redirect(url_for("tracking.show"), 303)


@blueprint.post("/clear")
@allow(CUSTOMER)
def clear() -> AnyResponse:
    """Have links carry the service's name again."""
    command = ClearTrackingHost(account_id=access.account_id())
    clear_tracking_host(access.service().journal, command, access.form_context())
    return redirect(url_for("tracking.show"), 303)


def _page(code: int = 200, **more: Any) -> Response:
    return pages.page("tracking/show.html", code, **tracking_page() | more)
