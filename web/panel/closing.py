"""Closing an account, after a last look at what is lost and a copy of what is his."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from flask import Blueprint, Response, g, request
from werkzeug.wrappers import Response as AnyResponse

from commands.accounts import account_of
from commands.checkouts import leave_open
from commands.closing import (
    KEEP_DAYS,
    CloseAccount,
    close_account,
    closed_account,
)
from commands.customer_keys import keys_of
from commands.exports import account_archive
from commands.plans import subscription_of
from commands.top_up_notes import top_up_of
from ledger.addresses import address_from
from ledger.refusals import MoneyUnderWay, UndeliverableAddress
from projections.view import Listed
from web import access, pages
from web.policies import ALWAYS, CUSTOMER, RECENT, allow
from web.reauthentication import WRONG, asked, errors_of, reauthenticate
from web.words import gettext

if TYPE_CHECKING:
    from ledger.accounts import Account

blueprint = Blueprint("closing", __name__, url_prefix="/account")

ROWS = 500
"""Rows of a list that are read at once while the archive is sent."""
T = TypeVar("T")


@blueprint.get("/close")
@allow(CUSTOMER)
def show() -> Response:
    """Show what will be lost, offer a copy of the data, and ask for the password."""
    return _page({})


@blueprint.post("/close", endpoint="close")
@allow(CUSTOMER, fresh=ALWAYS, bucket="forms")
def close() -> AnyResponse:
    """Close the account; this session ends with all others."""
    journal = access.service().journal
    account = account_of(journal, access.account_id())
    if not _is_address_of(account, request.form.get("email", "")):
        wrong = gettext("This is not the address of this account.")
        return _page({"email": wrong})
    try:
        reauthenticate()
    except WRONG as refusal:
        return _page(errors_of(refusal))
    leave_open(journal, access.service().payments, account.id, g.now)
    command = CloseAccount(account_id=account.id)
    try:
        close_account(journal, command, access.form_context())
    except MoneyUnderWay as refusal:
        return _page({"": _waits(refusal.why)})
    closed = closed_account(journal, account.id)
    g.signed = None
    g.pop("renewed_token", None)
    response = pages.page("closing/closed.html", erase_at=closed.erase_at)
    access.drop_cookie(response, "session")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@blueprint.get("/data.zip")
@allow(CUSTOMER, fresh=RECENT, bucket="downloads", even_disabled=True)
def data() -> Response:
    """Send all of the customer's data, while it is read."""
    service, account_id, now = access.service(), access.account_id(), g.now
    views = service.views
    lists = {
        "credits": _rows(
            lambda before: (
                views.credits.credits(
                    account_id, now, before=before, size=ROWS
                ).statement
            )
        ),
        "purchases": _rows(
            lambda before: views.purchases.page(account_id, before=before, size=ROWS)
        ),
        "receipts": _rows(
            lambda before: views.receipts.page(account_id, before=before, size=ROWS)
        ),
    }
    pieces = account_archive(service.journal, account_id, now, lists)
    response = Response(pieces, mimetype="application/zip")
    name = f"daybook-account-{now:%Y-%m-%d}.zip"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _waits(why: str) -> str:
    return {
        "payment": gettext("A payment is not settled yet. Try again in some minutes."),
        "dispute": gettext("A payment is disputed at the bank. That is decided first."),
    }.get(why, gettext("A refund is under way. That is finished first."))


def _rows(page: Callable[[int | None], Listed[T]]) -> Iterator[T]:
    """Yield a list's rows, the newest first, page by page as they are asked for."""
    before: int | None = None
    while True:
        found = page(before)
        yield from found.rows
        if found.older is None:
            return
        before = found.older


def _is_address_of(account: Account, typed: str) -> bool:
    try:
        canonical = address_from(typed).canonical
    except UndeliverableAddress:
        return False
    return (
        account.email is not None and canonical == address_from(account.email).canonical
    )


def _page(errors: dict[str, str]) -> Response:
    service, account_id = access.service(), access.account_id()
    found = service.views.credits.credits(account_id, g.now, size=1)
    account = account_of(service.journal, account_id)
    return pages.page(
        "closing/show.html",
        422 if errors else 200,
        errors=errors,
        form={"email": request.form.get("email", "")},
        lost={
            "credits": found.total,
            "held": found.held,
            "plan": account.plan,
            "top_up": top_up_of(service.journal, account_id).on,
            "smtp": subscription_of(service.journal, account_id, "smtp").serves(g.now),
            "api_keys": len(keys_of(service.journal, account_id)),
        },
        keep_days=KEEP_DAYS,
        asked=asked(),
        command_id=access.new_command_id(),
    )
