"""A forgotten password: a link by mail, a new password, all sessions ended."""

from __future__ import annotations

from flask import Blueprint, Response, g, request
from werkzeug.wrappers import Response as AnyResponse

from commands.customer_keys import keys_of
from commands.factor_resets import RefuseFactorReset, refuse_factor_reset
from commands.limits import PASSWORD_CHARACTERS_MIN, RESET_MINUTES
from commands.password_changes import (
    RequestReset,
    ResetPassword,
    request_reset,
    reset_of,
    reset_password,
)
from ledger.refusals import TokenGone, WeakPassword
from web import access, pages
from web.panel import forms
from web.policies import ANYONE, allow
from web.words import gettext

blueprint = Blueprint("resets", __name__)


@blueprint.get("/forgotten")
@allow(ANYONE, bucket="doors")
def forgotten() -> Response:
    """Ask for the address of the account."""
    return pages.page("resets/forgotten.html", form={"email": ""})


@blueprint.post("/forgotten")
@allow(ANYONE, bucket="doors")
def ask() -> Response:
    """Mail a link, if somebody has the address; the answer is the same."""
    email = request.form.get("email", "").strip()
    command = RequestReset(email=email)
    request_reset(access.service().journal, command, access.context())
    return pages.page("resets/sent.html", email=email, link_minutes=RESET_MINUTES)


@blueprint.get("/reset/<token>")
@allow(ANYONE, bucket="doors")
def show(token: str) -> Response:
    """Show the form of a mailed link; opening it changes nothing."""
    return pages.token_page(_form(token, {}))


@blueprint.post("/reset/<token>")
@allow(ANYONE, bucket="doors")
def reset(token: str) -> AnyResponse:
    """Set the new password; nobody is signed in by it."""
    journal = access.service().journal
    if request.form.get("password", "") != request.form.get("password_again", ""):
        differ = gettext("The two passwords differ.")
        return pages.token_page(_form(token, {"password_again": differ}))
    account = reset_of(journal, token, access.context())
    command = ResetPassword(token=token, password=request.form.get("password", ""))
    try:
        reset_password(journal, command, access.form_context())
    except WeakPassword as refusal:
        return pages.token_page(_form(token, forms.field_errors(refusal)))
    except TokenGone:
        return _gone()
    keys = [] if account is None else keys_of(journal, account.id)
    g.signed = None
    response = pages.token_page(pages.page("resets/done.html", keys=keys))
    access.drop_cookie(response, "session")
    return response


@blueprint.get("/keep-two-factor/<token>")
@allow(ANYONE, bucket="doors")
def keep_two_factor(token: str) -> Response:
    """Show the button that refuses a reset of two-factor."""
    return pages.token_page(pages.page("resets/keep_two_factor.html"))


@blueprint.post("/keep-two-factor/<token>")
@allow(ANYONE, bucket="doors")
def refuse(token: str) -> AnyResponse:
    """Refuse the reset that support has started."""
    command = RefuseFactorReset(token=token)
    try:
        refuse_factor_reset(access.service().journal, command, access.context())
    except TokenGone:
        return _gone()
    return pages.token_page(pages.page("resets/kept.html"))


def _form(token: str, errors: dict[str, str]) -> Response:
    account = reset_of(access.service().journal, token, access.context())
    if account is None:
        return pages.link_gone()
    return pages.page(
        "resets/reset.html",
        422 if errors else 200,
        email=account.email,
        errors=errors,
        password_characters_min=PASSWORD_CHARACTERS_MIN,
        command_id=access.new_command_id(),
    )


def _gone() -> AnyResponse:
    return pages.link_gone()
