"""E-mail address: changing it, the newsletter, and where receipts go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from commands.email_approvals import approve_email_change, cancel_by_link
from commands.email_changes import (
    CancelEmailChange,
    RequestEmailChange,
    cancel_email_change,
    request_email_change,
)
from commands.email_links import CANCEL, CONFIRM, UNDO, AnswerLink, shown
from commands.email_undos import undo_email_change
from commands.owners import address_of, owner, profile_of
from commands.profiles import ChooseNewsletter, choose_newsletter, unsubscriber_of
from commands.receipt_addresses import (
    ConfirmReceiptAddress,
    RemoveReceiptAddress,
    RequestReceiptAddress,
    confirm_receipt_address,
    receipt_address_shown,
    remove_receipt_address,
    request_receipt_address,
)
from ledger.refusals import (
    AddressUnchanged,
    EmailTaken,
    TokenGone,
    TooManyAttempts,
    UndeliverableAddress,
)
from web import access, pages
from web.policies import ALWAYS, ANYONE, CUSTOMER, allow
from web.reauthentication import WRONG, asked, errors_of, reauthenticate
from web.words import gettext

blueprint = Blueprint("email_address", __name__)

MODES = ("additional", "instead")
DOES: dict[str, tuple[str, Callable[..., Any]]] = {
    "confirm": (CONFIRM, approve_email_change),
    "cancel": (CANCEL, cancel_by_link),
    "undo": (UNDO, undo_email_change),
}


@blueprint.get("/email")
@allow(CUSTOMER)
def show() -> Response:
    """Show the address, what waits, the newsletter and the receipt address."""
    return _page({})


@blueprint.post("/email")
@allow(CUSTOMER, fresh=ALWAYS, bucket="forms")
def ask() -> Response:
    """Ask for another address; the answer is the same whether it is free."""
    session = access.signed()
    command = RequestEmailChange(
        account_id=session.account_id,
        session_id=session.session_id,
        email=request.form.get("email", "").strip(),
    )
    try:
        reauthenticate()
        request_email_change(access.service().journal, command, access.form_context())
    except WRONG as refusal:
        return _page(errors_of(refusal))
    except (UndeliverableAddress, AddressUnchanged, TooManyAttempts) as refusal:
        return _page({"email": _why(refusal)})
    return _done(gettext("A link was mailed to the new address"))


@blueprint.post("/email/give-up")
@allow(CUSTOMER, bucket="forms")
def give_up() -> AnyResponse:
    """Keep the address that is."""
    command = CancelEmailChange(account_id=access.account_id())
    try:
        cancel_email_change(access.service().journal, command, access.form_context())
    except TokenGone:
        return redirect(url_for("email_address.show"), 303)
    return _done(gettext("The address stays as it is"))


@blueprint.get("/email/<any(confirm,cancel,undo):what>/<token>")
@allow(ANYONE, bucket="doors")
def link(what: str, token: str) -> Response:
    """Show what a mailed link does; opening it changes nothing."""
    kind, _ = DOES[what]
    found = shown(access.service().journal, token, kind, access.context())
    if found is None:
        return pages.link_gone()
    return pages.token_page(pages.page("email/link.html", what=what, shown=found))


@blueprint.post("/email/<any(confirm,cancel,undo):what>/<token>", endpoint="link_post")
@allow(ANYONE, bucket="doors")
def answer(what: str, token: str) -> AnyResponse:
    """Do what a mailed link is for."""
    _, do = DOES[what]
    command = AnswerLink(token=token)
    try:
        recorded = do(access.service().journal, command, access.context())
    except (TokenGone, EmailTaken):
        return pages.link_gone()
    if what == "undo":
        g.signed = None
    told = {"what": what, "changed": bool(recorded.ids.get("changed"))}
    response = pages.token_page(pages.page("email/answered.html", **told))
    if what == "undo":
        access.drop_cookie(response, "session")
    return response


@blueprint.post("/email/newsletter")
@allow(CUSTOMER, bucket="forms")
def newsletter() -> Response:
    """Get the newsletter, or get it no more."""
    wanted = bool(request.form.get("newsletter"))
    command = ChooseNewsletter(account_id=access.account_id(), subscribed=wanted)
    choose_newsletter(access.service().journal, command, access.form_context())
    return _done(gettext("Saved"))


@blueprint.get("/newsletter/<token>")
@allow(ANYONE, bucket="doors")
def unsubscribe(token: str) -> Response:
    """Show the button that ends the newsletter."""
    if unsubscriber_of(access.service().journal, token) is None:
        return pages.link_gone()
    return pages.token_page(pages.page("newsletter/unsubscribe.html"))


@blueprint.post("/newsletter/<token>", endpoint="unsubscribe_post")
@allow(ANYONE, bucket="doors", cookieless=True)
def unsubscribed(token: str) -> AnyResponse:
    """End the newsletter, also for a mail program's one click (RFC 8058)."""
    journal = access.service().journal
    account_id = unsubscriber_of(journal, token)
    if account_id is None:
        return pages.link_gone()
    one_click = request.form.get("List-Unsubscribe") == "One-Click"
    command = ChooseNewsletter(
        account_id=account_id,
        subscribed=False,
        how="one_click" if one_click else "link",
    )
    choose_newsletter(journal, command, access.context())
    return pages.token_page(pages.page("newsletter/ended.html"))


@blueprint.post("/email/receipts")
@allow(CUSTOMER, fresh=ALWAYS, bucket="forms")
def receipts() -> Response:
    """Ask for receipts to be mailed to another address too, or instead."""
    mode = request.form.get("mode", "")
    command = RequestReceiptAddress(
        account_id=access.account_id(),
        email=request.form.get("receipt_email", "").strip(),
        mode=mode if mode in MODES else MODES[0],
    )
    journal = access.service().journal
    try:
        reauthenticate()
        request_receipt_address(journal, command, access.form_context())
    except WRONG as refusal:
        return _page(errors_of(refusal), form_of="receipts")
    except (UndeliverableAddress, TooManyAttempts) as refusal:
        return _page({"receipt_email": _why(refusal)}, form_of="receipts")
    return _done(gettext("A link was mailed to the receipt address"))


@blueprint.post("/email/receipts/remove")
@allow(CUSTOMER, bucket="forms")
def remove_receipts() -> Response:
    """Mail receipts to the account's own address alone."""
    command = RemoveReceiptAddress(account_id=access.account_id())
    remove_receipt_address(access.service().journal, command, access.form_context())
    return _done(gettext("Receipts go to the account’s address alone"))


@blueprint.get("/receipt-address/<token>")
@allow(ANYONE, bucket="doors")
def receipt_link(token: str) -> Response:
    """Show what the link confirms; opening it changes nothing."""
    found = receipt_address_shown(access.service().journal, token, access.context())
    if found is None:
        return pages.link_gone()
    return pages.token_page(pages.page("email/receipt_link.html", shown=found))


@blueprint.post("/receipt-address/<token>", endpoint="receipt_link_post")
@allow(ANYONE, bucket="doors")
def confirm_receipts(token: str) -> AnyResponse:
    """Confirm that receipts may be mailed there."""
    command = ConfirmReceiptAddress(token=token)
    journal = access.service().journal
    try:
        confirm_receipt_address(journal, command, access.context())
    except TokenGone:
        return pages.link_gone()
    return pages.token_page(pages.page("email/answered.html", what="receipts"))


def _why(refusal: Exception) -> str:
    if isinstance(refusal, AddressUnchanged):
        return gettext("This is the account’s address already.")
    if isinstance(refusal, TooManyAttempts):
        return gettext("This was asked for too often. It can be asked again later.")
    return gettext("This is not an address that mail can be sent to.")


def _done(title: str) -> Response:
    note = {"kind": "ok", "title": title, "text": None, "action": None}
    return _page({}, notices=[note])


def _page(errors: dict[str, str], form_of: str = "email", **more: Any) -> Response:
    journal = access.service().journal
    account = owner(journal, access.account_id())
    return pages.page(
        "email/show.html",
        422 if errors else 200,
        errors=errors,
        form_of=form_of,
        form={name: request.form.get(name, "") for name in ("email", "receipt_email")},
        asked=asked(),
        email=account.email,
        waiting=address_of(journal, account).waiting(g.now),
        profile=profile_of(journal, account.id),
        command_id=access.new_command_id(),
        **more,
    )
