"""What waits for staff: parked accounts, refused captures; and the subscribers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, request, stream_with_context
from werkzeug.wrappers import Response as AnyResponse

from commands.profiles import unsubscribe_token
from commands.staff_acts import refused_captures
from web import access, pages
from web.policies import allow, staff
from web.staff.identity import looked
from web.words import gettext

blueprint = Blueprint("staff_lists", __name__, url_prefix="/staff")

CAPTURES_SHOWN = 50
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")


@blueprint.get("/parked")
@allow(staff("support", "auditor"))
def parked() -> Response:
    """Show the accounts of which a view cannot take a fact."""
    looked("parked accounts")
    return _parked()


@blueprint.post("/parked")
@allow(staff("support"), bucket="forms")
def unpark() -> Response:
    """Try a parked account again."""
    try:
        account_id = UUID(request.form.get("account", ""))
        found = access.service().views.unpark(request.form.get("view", ""), account_id)
    except (KeyError, ValueError):
        found = False
    if not found:
        return _parked()
    looked("parked account tried again", account_id)
    title = gettext("The account is tried again in a moment")
    return _parked({"kind": "ok", "title": title, "text": None, "action": None})


@blueprint.get("/refused-captures")
@allow(staff("support", "finance", "auditor"))
def captures() -> Response:
    """Show captures that came after their hold's end and found too little."""
    looked("refused captures")
    before = _moment(request.args.get("before", ""))
    rows = list(refused_captures(access.service().journal, before, CAPTURES_SHOWN + 1))
    older = rows[CAPTURES_SHOWN - 1].refused_at if len(rows) > CAPTURES_SHOWN else None
    return pages.page(
        "staff/captures.html", rows=rows[:CAPTURES_SHOWN], older=older, before=before
    )


@blueprint.get("/subscribers.csv")
@allow(staff("support"), bucket="downloads")
def subscribers() -> AnyResponse:
    """Send the newsletter's subscribers as CSV (RFC 4180), each with his own link."""
    looked("newsletter subscribers")
    response = Response(stream_with_context(_lines()), mimetype="text/csv")
    name = "daybook-newsletter-subscribers.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines() -> Iterator[str]:
    journal, views = access.service().journal, access.service().views
    base = access.base_origin()
    yield _line("email", "name", "language", "unsubscribe")
    for one in views.newsletter.subscribers(views.accounts):
        link = f"{base}/newsletter/{unsubscribe_token(journal, one.account_id)}"
        yield _line(one.email or "", one.name or "", one.language, link)


def _line(*cells: str) -> str:
    """Return a line of CSV; no cell begins a spreadsheet's formula."""
    text = io.StringIO()
    safe = [f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells]
    csv.writer(text).writerow(safe)
    return text.getvalue()


def _parked(note: dict[str, str | None] | None = None) -> Response:
    return pages.page(
        "staff/parked.html",
        rows=access.service().views.parked(),
        command_id=access.new_command_id(),
        notices=[note] if note else [],
    )


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
