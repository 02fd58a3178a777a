"""Usage as the sending service tells it: contacts of a period, each counted once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NoReturn
from uuid import UUID

from flask import abort, g, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from commands import usage as use
from commands.plans import require_account
from ledger.aggregate import SYSTEM
from ledger.contacts import CONTACT_BYTES
from ledger.journal import Context
from ledger.refusals import NoSuchAccount, NoSuchPeriod
from ledger.usage import BATCH_CONTACTS_MAX
from web.api import frame
from web.api import usage_shapes as shapes
from web.api.shapes import Shape, refused_fields
from web.policies import DEVICE, KEY
from web.problems import problem

REPORT = "usage:report"
MINE = (frame.READ, "credits:read", REPORT)
BYTES_MAX = 2_097_152
"""Fifty thousand contacts in JSON take 1.75 MB."""
RAW = "application/octet-stream"
MANUAL: dict[str, Any] = {
    "parameters": [
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": f"With {RAW}: as in the JSON body",
            "schema": {"type": "string"},
        }
        for name in ("account_id", "period_id", "campaign_id", "batch_id", "sent_at")
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": shapes.UsageReportSchema},
            RAW: {"schema": {"type": "string", "format": "binary"}},
        },
    },
}

section = frame.Section("usage", "What is sent under the plan Unlimited")
reports = frame.Section("usage-reports", "Telling what was sent", frame.PREFIX)


@section.ask("/usage", shapes.UsageSchema, who=(KEY, DEVICE), scopes=MINE)
def get_usage(account_id: UUID) -> ResponseReturnValue:
    """Tell the period that is used now, and how many different contacts it has."""
    require_account(frame.journal(), account_id)
    usage = use.usage_of(frame.journal(), account_id, g.now)
    if usage is None:
        raise NoSuchPeriod(period_id=None)
    return {
        "period_id": usage.id,
        "period_from": usage.period_from,
        "period_until": usage.period_until,
        "tier_contacts": usage.tier_contacts,
        "contacts": usage.distinct,
        "settles_at": usage.settles_at,
        "version": usage.version,
    }


@section.ask("/usage/key", shapes.ContactKeySchema, scopes=(REPORT,))
def get_contact_key(account_id: UUID) -> ResponseReturnValue:
    """Tell the key that names the contacts of the period that is used now."""
    found = use.contact_key_of(frame.journal(), account_id, g.now)
    return {
        "period_id": found.usage.id,
        "period_from": found.usage.period_from,
        "period_until": found.usage.period_until,
        "reports_until": found.usage.settles_at,
        "key": found.key.hex(),
    }


@reports.take(
    "/usage", shapes.ReportedSchema, MANUAL, scopes=(REPORT,), bytes_max=BYTES_MAX
)
def report_usage() -> ResponseReturnValue:
    """Count whom a batch of a campaign was sent to; a contact counts once a period."""
    told = _raw() if request.mimetype == RAW else _json()
    account_id = told["account_id"]
    if frame.caller().account_id not in (SYSTEM, account_id):
        raise NoSuchAccount(account_id=account_id)
    contacts = use.sorted_contacts(told.pop("contacts"))
    command = use.ReportUsage(contacts=contacts, **told)
    recorded = use.report_usage(frame.journal(), command, _context(command))
    numbers = {name: int(value) for name, value in recorded.ids.items()}
    return frame.answered(recorded, {"period_id": command.period_id, **numbers})


def _context(command: use.ReportUsage) -> Context:
    """Return the envelope: the batch is the command, whichever key tells of it."""
    batch = f"{len(command.campaign_id)}:{command.campaign_id}/{command.batch_id}"
    key = f"{command.period_id}/{batch}"
    return replace(frame.context(), principal="usage", key=key)


def _json() -> dict[str, Any]:
    try:
        body = request.get_json()
    except (BadRequest, RecursionError):
        abort(problem(400, "The body is no JSON.", kind="/problems/json-malformed"))
    return _loaded(shapes.UsageReportSchema(), body, "json")


def _raw() -> dict[str, Any]:
    found = _loaded(shapes.BatchSchema(), request.args.to_dict(), "query")
    contacts = request.get_data(cache=False)
    count, rest = divmod(len(contacts), CONTACT_BYTES)
    if rest or not 0 < count <= BATCH_CONTACTS_MAX:
        size = f"1 to {BATCH_CONTACTS_MAX} contacts of {CONTACT_BYTES} bytes"
        _refuse({"body": {"_schema": [f"The body is not {size}."]}})
    return {**found, "contacts": contacts}


def _loaded(shape: Shape, given: Any, place: str) -> dict[str, Any]:
    found, messages = shapes.loaded(shape, given)
    if messages is not None:
        _refuse({place: messages})
    return found


def _refuse(messages: dict[str, Any]) -> NoReturn:
    abort(
        problem(
            422,
            "Fields of the request were refused.",
            kind="/problems/fields-refused",
            errors=refused_fields(messages),
        )
    )
