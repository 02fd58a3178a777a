"""The sheet of DNS records mailed to an IT person, and his link to refuse more."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, g, request

from commands.it_letters import MailSheet, mail_sheet, refuse_letters, refuser_of
from ledger.refusals import (
    LetterUnwanted,
    Refusal,
    TooManyAttempts,
    UndeliverableAddress,
)
from web import access, pages
from web.panel.domain_figures import sheet_page
from web.policies import ANYONE, CUSTOMER, allow
from web.words import LANGUAGES, current_language, gettext

blueprint = Blueprint("it_letters", __name__)


@blueprint.post("/domains/<uuid:domain_id>/sheet")
@allow(CUSTOMER, bucket="forms")
def send(domain_id: UUID) -> Response:
    """Mail the sheet; the page says so, and how many more may be sent."""
    language = request.form.get("language", "")
    command = MailSheet(
        account_id=access.account_id(),
        domain_id=domain_id,
        email=request.form.get("email", "").strip(),
        language=language if language in LANGUAGES else current_language(),
    )
    try:
        mail_sheet(access.service().journal, command, access.form_context())
    except (UndeliverableAddress, LetterUnwanted, TooManyAttempts) as refusal:
        return _page(domain_id, {"email": _why(refusal)})
    title = gettext("The sheet is on its way to %(email)s", email=command.email)
    note = {"kind": "ok", "title": title, "text": None, "action": None}
    return pages.page("domains/sheet.html", notices=[note], **sheet_page(domain_id))


@blueprint.get("/it-letters/<token>")
@allow(ANYONE, bucket="doors")
def refuse(token: str) -> Response:
    """Show the button that keeps such mails away; opening it changes nothing."""
    if refuser_of(access.service().journal, token) is None:
        return pages.link_gone()
    return pages.token_page(pages.page("it_letters/refuse.html"))


@blueprint.post("/it-letters/<token>", endpoint="refuse_post")
@allow(ANYONE, bucket="doors", cookieless=True)
def refused(token: str) -> Response:
    """Send that address none any more, also for a mail program's one click."""
    if not refuse_letters(access.service().journal, token, g.now):
        return pages.link_gone()
    return pages.token_page(pages.page("it_letters/refused.html"))


def _why(refusal: Refusal) -> str:
    if isinstance(refusal, LetterUnwanted):
        return gettext("Whoever has this address wants no such mails. Print the sheet.")
    if isinstance(refusal, TooManyAttempts):
        return gettext("This was asked for too often. It can be asked again later.")
    return gettext("This is not an address that mail can be sent to.")


def _page(domain_id: UUID, errors: dict[str, str]) -> Response:
    values = sheet_page(domain_id) | {"errors": errors}
    values["form"] = {name: request.form.get(name, "") for name in values["form"]}
    return pages.page("domains/sheet.html", 422, **values)
