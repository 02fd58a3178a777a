"""Account activity: every signed-in application, and the latest use of each key."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from commands.customer_keys import keys_of
from commands.live_sessions import sessions_of
from commands.session_ends import (
    EndOtherSessions,
    EndSession,
    end_other_sessions,
    end_session,
)
from ledger.refusals import NoSuchSession
from web import access, pages
from web.clients import device_of
from web.policies import CUSTOMER, allow
from web.words import gettext

blueprint = Blueprint("activity", __name__, url_prefix="/activity")


@blueprint.get("")
@allow(CUSTOMER)
def index() -> Response:
    """Show who is signed in, from where, and when he was seen last."""
    return _page()


@blueprint.post("/end")
@allow(CUSTOMER, bucket="forms")
def end() -> AnyResponse:
    """End one session at once, without another question; then say what to do next."""
    try:
        session_id = UUID(request.form.get("session", ""))
    except ValueError:
        return _page()
    if session_id == access.signed().session_id:
        return redirect(url_for("accounts.overview"), 303)
    command = EndSession(
        account_id=access.account_id(), session_id=session_id, why="revoked"
    )
    try:
        end_session(access.service().journal, command, access.form_context())
    except NoSuchSession:
        return _page()
    return _ended(gettext("The session was ended"))


@blueprint.post("/end-others")
@allow(CUSTOMER, bucket="forms")
def end_others() -> AnyResponse:
    """Sign out everywhere but here."""
    command = EndOtherSessions(
        account_id=access.account_id(), session_id=access.signed().session_id
    )
    end_other_sessions(access.service().journal, command, access.form_context())
    return _ended(gettext("All other applications were signed out"))


def _ended(title: str) -> Response:
    text = gettext(
        "If you did not recognise it, change the password and look through the API"
        " keys: both let somebody in again."
    )
    change = {"label": gettext("Change password"), "href": url_for("security.show")}
    return _page(
        notices=[{"kind": "ok", "title": title, "text": text, "action": change}]
    )


def _page(**more: Any) -> Response:
    journal, account_id = access.service().journal, access.account_id()
    rows = [
        {
            "session_id": one.session_id,
            "application": one.application or gettext("Control panel"),
            "device": device_of(one.client),
            "icon": "monitor" if one.kind == "browser" else "laptop",
            "seen_at": one.seen_at,
            "ip": one.ip,
            "current": one.session_id == access.signed().session_id,
        }
        for one in sessions_of(journal, account_id, g.now)
    ]
    return pages.page(
        "activity/index.html",
        sessions=sorted(rows, key=lambda row: not row["current"]),
        keys=keys_of(journal, account_id),
        command_id=access.new_command_id(),
        **more,
    )
