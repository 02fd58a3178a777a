"""API access: the keys of the customer's own programs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from commands import customer_keys as use
from commands.key_revocations import RevokeApiKey, revoke_api_key
from commands.limits import API_KEY_DAYS, API_KEYS_MAX
from ledger.refusals import (
    AlreadyAnswered,
    ScopesOnlyNarrow,
    ScopeUnknown,
    TextRefused,
    TooManyKeys,
)
from web import access, pages
from web.panel import forms
from web.policies import ALWAYS, CUSTOMER, RECENT, allow
from web.reauthentication import WRONG, asked, errors_of, reauthenticate
from web.words import gettext, ngettext

blueprint = Blueprint("api_keys", __name__, url_prefix="/api-keys")

TERMS = {"year": API_KEY_DAYS, "quarter": 90, "never": None}
OVERLAPS = (0, 24, 72, 168)
"""Hours for which a rotated key's old secret may still be used."""


@blueprint.get("")
@allow(CUSTOMER)
def index() -> Response:
    """Show the keys in force, and the form of a new one."""
    return _page({})


@blueprint.post("")
@allow(CUSTOMER, fresh=ALWAYS, bucket="forms")
def create() -> AnyResponse:
    """Create a key, and show its secret this once."""
    command = use.IssueCustomerKey(
        account_id=access.account_id(),
        name=request.form.get("name", ""),
        scopes=tuple(request.form.getlist("scope")),
        expires_at=_expiry(request.form.get("expires", "")),
    )
    if not command.scopes:
        return _page({"scope": gettext("Choose at least one scope.")})
    try:
        reauthenticate()
        made = use.issue_customer_key(
            access.service().journal, command, access.form_context()
        )
    except WRONG as refusal:
        return _page(errors_of(refusal))
    except (TextRefused, ScopeUnknown, TooManyKeys) as refusal:
        return _page(_errors(refusal))
    except AlreadyAnswered:
        return redirect(url_for("api_keys.index"), 303)
    return _page({}, shown=made, shown_name=command.name.strip(), was="created")


@blueprint.get("/<uuid:key_id>")
@allow(CUSTOMER)
def edit(key_id: UUID) -> Response:
    """Show one key: its name, its scopes, and how to rotate it."""
    return _one(key_id, {})


@blueprint.post("/<uuid:key_id>", endpoint="edit_post")
@allow(CUSTOMER, fresh=RECENT, bucket="forms")
def change(key_id: UUID) -> AnyResponse:
    """Call a key something else, and allow it the same or less."""
    command = use.EditKey(
        account_id=access.account_id(),
        key_id=key_id,
        name=request.form.get("name", ""),
        scopes=tuple(request.form.getlist("scope")),
    )
    try:
        use.edit_key(access.service().journal, command, access.form_context())
    except (TextRefused, ScopesOnlyNarrow) as refusal:
        return _one(key_id, _errors(refusal))
    return redirect(url_for("api_keys.index"), 303)


@blueprint.post("/<uuid:key_id>/rotate")
@allow(CUSTOMER, fresh=ALWAYS, bucket="forms")
def rotate(key_id: UUID) -> AnyResponse:
    """Show another secret once; the old one ends after the chosen overlap."""
    hours = request.form.get("overlap", "")
    overlap = int(hours) if hours in map(str, OVERLAPS) else OVERLAPS[1]
    command = use.RotateKey(
        account_id=access.account_id(), key_id=key_id, overlap_hours=overlap
    )
    journal = access.service().journal
    try:
        reauthenticate()
        made = use.rotate_key(journal, command, access.form_context())
    except WRONG as refusal:
        return _one(key_id, errors_of(refusal))
    except AlreadyAnswered:
        return redirect(url_for("api_keys.index"), 303)
    name = use.key_of(journal, command.account_id, key_id).name
    return _page({}, shown=made, shown_name=name, was="rotated")


@blueprint.post("/<uuid:key_id>/revoke")
@allow(CUSTOMER, bucket="forms")
def revoke(key_id: UUID) -> AnyResponse:
    """Revoke a key at once, without another question."""
    command = RevokeApiKey(account_id=access.account_id(), key_id=key_id)
    revoke_api_key(access.service().journal, command, access.form_context())
    note = {"kind": "ok", "title": gettext("The key was revoked"), "text": None}
    return _page({}, notices=[{**note, "action": None}])


def _expiry(term: str) -> datetime | None:
    days = TERMS.get(term, API_KEY_DAYS)
    now: datetime = g.now
    return None if days is None else now + timedelta(days=days)


def _errors(refusal: Exception) -> dict[str, str]:
    if isinstance(refusal, TooManyKeys):
        most = ngettext(
            "An account has %(num)s key at most. Revoke one first.",
            "An account has %(num)s keys at most. Revoke one first.",
            API_KEYS_MAX,
        )
        return {"name": most}
    if isinstance(refusal, (ScopesOnlyNarrow, ScopeUnknown)):
        return {"scope": gettext("Scopes can be taken away, and never added.")}
    assert isinstance(refusal, TextRefused)
    return forms.field_errors(refusal)


def _one(key_id: UUID, errors: dict[str, str]) -> Response:
    key = use.known_key(access.service().journal, access.account_id(), key_id)
    return pages.page(
        "api_keys/edit.html",
        422 if errors else 200,
        errors=errors,
        key=key,
        scopes=_scopes(key.scopes),
        overlaps=OVERLAPS,
        asked=asked(),
        command_id=access.new_command_id(),
    )


def _page(errors: dict[str, str], **more: Any) -> Response:
    return pages.page(
        "api_keys/index.html",
        422 if errors else 200,
        errors=errors,
        form={"name": request.form.get("name", "") if errors else ""},
        keys=use.keys_of(access.service().journal, access.account_id()),
        scopes=_scopes(),
        asked=asked(),
        command_id=access.new_command_id(),
        **{"shown": None, "shown_name": "", "was": "", **more},
    )


def _scopes(only: list[str] | None = None) -> list[tuple[str, str]]:
    """Return the scopes and what each allows, in words."""
    words = {
        "account:read": gettext("Name, plan, “may I send”"),
        "credits:read": gettext("Balance, lots, statement"),
        "domains:read": gettext("Sending domains and their records"),
        "domains:write": gettext("Add, check and remove sending domains"),
        "purchases:read": gettext("Purchases and receipts"),
    }
    return [pair for pair in words.items() if only is None or pair[0] in only]
