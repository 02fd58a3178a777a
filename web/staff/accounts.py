"""Finding an account and what staff may do there: each look and each act recorded."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from commands.credentials import credentials_of
from commands.credits import credits_of
from commands.customer_keys import keys_of
from commands.factor_resets import (
    CancelFactorReset,
    StartFactorReset,
    cancel_factor_reset,
    start_factor_reset,
)
from commands.live_sessions import sessions_of
from commands.owners import owner, profile_of
from commands.receipt_addresses import (
    RemoveReceiptAddress,
    RequestReceiptAddress,
    remove_receipt_address,
    request_receipt_address,
)
from commands.staff import staff_member
from commands.staff_acts import (
    REASON_CHARACTERS_MAX,
    DisableAccount,
    EnableAccount,
    disable_account,
    enable_account,
    find_account,
    looks_at,
)
from ledger.refusals import (
    AccountClosed,
    NoSuchStaff,
    TokenGone,
    TooManyAttempts,
    TwoFactorIsOff,
    UndeliverableAddress,
)
from web import access, pages
from web.policies import allow, staff
from web.staff.identity import looked, member
from web.words import gettext

blueprint = Blueprint("staff", __name__, url_prefix="/staff")

PURCHASES_SHOWN = 10


@blueprint.get("")
@allow(staff())
def index() -> AnyResponse:
    """Find an account by its address, id or an order number."""
    asked = request.args.get("q", "").strip()[:300]
    if not asked:
        return pages.page("staff/index.html", asked="", found=True)
    looked("search")
    account = find_account(access.service().journal, asked)
    if account is None:
        return pages.page("staff/index.html", 404, asked=asked, found=False)
    return redirect(url_for("staff.show", account_id=account.id), 303)


@blueprint.get("/accounts/<uuid:account_id>")
@allow(staff())
def show(account_id: UUID) -> Response:
    """Show one account."""
    return _page(account_id)


@blueprint.post("/accounts/<uuid:account_id>/disable")
@allow(staff("support"), bucket="forms")
def disable(account_id: UUID) -> Response:
    """Let nobody act in the account, for a reason."""
    if not (reason := _reason()):
        return _page(account_id, {"reason": _reason_missing()})
    command = DisableAccount(account_id=account_id, reason=reason)
    disable_account(access.service().journal, command, access.form_context())
    return _done(account_id, gettext("The account is disabled"))


@blueprint.post("/accounts/<uuid:account_id>/enable")
@allow(staff("support"), bucket="forms")
def enable(account_id: UUID) -> Response:
    """Let the customer act again, for a reason."""
    if not (reason := _reason()):
        return _page(account_id, {"reason": _reason_missing()})
    command = EnableAccount(account_id=account_id, reason=reason)
    enable_account(access.service().journal, command, access.form_context())
    return _done(account_id, gettext("The account is open again"))


@blueprint.post("/accounts/<uuid:account_id>/two-factor")
@allow(staff("support"), bucket="forms")
def reset_two_factor(account_id: UUID) -> Response:
    """Turn two-factor off in 72 hours, for somebody who lost everything."""
    if not (reason := _reason()):
        return _page(account_id, {"reset_reason": _reason_missing()})
    command = StartFactorReset(account_id=account_id, reason=reason)
    try:
        start_factor_reset(access.service().journal, command, access.form_context())
    except TwoFactorIsOff:
        return _page(account_id, {"reset_reason": gettext("Two-factor is off.")})
    return _done(account_id, gettext("Two-factor is turned off in 72 hours"))


@blueprint.post("/accounts/<uuid:account_id>/two-factor/cancel")
@allow(staff("support"), bucket="forms")
def keep_two_factor(account_id: UUID) -> Response:
    """Give up a reset that was started."""
    command = CancelFactorReset(account_id=account_id, by="staff")
    try:
        cancel_factor_reset(access.service().journal, command, access.form_context())
    except TokenGone:
        return _page(account_id)
    return _done(account_id, gettext("Two-factor stays on"))


@blueprint.post("/accounts/<uuid:account_id>/receipt-address")
@allow(staff("support", "finance"), bucket="forms")
def receipt_address(account_id: UUID) -> Response:
    """Have receipts mailed elsewhere, once it was confirmed there by link."""
    mode = request.form.get("mode", "")
    command = RequestReceiptAddress(
        account_id=account_id,
        email=request.form.get("receipt_email", "").strip(),
        mode=mode if mode == "instead" else "additional",
    )
    journal = access.service().journal
    try:
        request_receipt_address(journal, command, access.form_context())
    except UndeliverableAddress:
        wrong = gettext("This is not an address that mail can be sent to.")
        return _page(account_id, {"receipt_email": wrong})
    except TooManyAttempts:
        often = gettext("This was asked for too often. It can be asked again later.")
        return _page(account_id, {"receipt_email": often})
    return _done(account_id, gettext("A link was mailed to the receipt address"))


@blueprint.post("/accounts/<uuid:account_id>/receipt-address/remove")
@allow(staff("support", "finance"), bucket="forms")
def remove_receipts(account_id: UUID) -> Response:
    """Have receipts mailed to the account's own address alone."""
    command = RemoveReceiptAddress(account_id=account_id)
    remove_receipt_address(access.service().journal, command, access.form_context())
    return _done(account_id, gettext("Receipts go to the account’s address alone"))


def _reason() -> str:
    return " ".join(request.form.get("reason", "").split())[:REASON_CHARACTERS_MAX]


def _reason_missing() -> str:
    return gettext("Say why: it is recorded with what you do.")


def _done(account_id: UUID, title: str) -> Response:
    note = {"kind": "ok", "title": title, "text": None, "action": None}
    return _page(account_id, notices=[note])


def _page(
    account_id: UUID, errors: dict[str, str] | None = None, **more: Any
) -> Response:
    """Show the account, and write down beforehand that it is looked at."""
    looked("account", account_id)
    journal, views = access.service().journal, access.service().views
    try:
        account = owner(journal, account_id)
    except AccountClosed:
        return pages.page("staff/closed.html", account_id=account_id)
    credentials = credentials_of(journal, account)
    return pages.page(
        "staff/account.html",
        422 if errors else 200,
        errors=errors or {},
        subject=account,
        profile=profile_of(journal, account_id),
        credentials=credentials,
        figures=credits_of(journal, account_id, access.context()).figures,
        purchases=views.purchases.page(account_id, size=PURCHASES_SHOWN),
        sessions=len(sessions_of(journal, account_id, g.now)),
        keys=len(keys_of(journal, account_id)),
        looks=_looks(account_id),
        role=member().role,
        form={"receipt_email": request.form.get("receipt_email", "")},
        command_id=access.new_command_id(),
        **more,
    )


def _looks(account_id: UUID) -> list[tuple[str, datetime, str]]:
    found = looks_at(access.service().journal, account_id)
    names = {staff_id: _name_of(staff_id) for staff_id, _, _ in found}
    return [(names[staff_id], at, what) for staff_id, at, what in found]


def _name_of(staff_id: UUID) -> str:
    try:
        return staff_member(access.service().journal, staff_id).email or str(staff_id)
    except NoSuchStaff:
        return str(staff_id)
