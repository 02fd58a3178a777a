"""Signing in and out: password, second factor, and asking again."""

from __future__ import annotations

from flask import Blueprint, g, redirect, request, url_for
from werkzeug.wrappers import Response

from commands.panel_links import EnterByLink, enter_by_link, panel_link_shown
from commands.session_begins import BegunSession
from commands.session_ends import EndSession, end_session
from commands.sessions import (
    BeginSession,
    FinishSignIn,
    begin_session,
    finish_sign_in,
    half_shown,
)
from ledger.refusals import TokenGone, WrongCode, WrongCredentials
from web import access, known_browsers, pages, reauthentication
from web.policies import ANYONE, CUSTOMER, allow
from web.words import gettext

blueprint = Blueprint("sessions", __name__)

HALF = "half"
"""The cookie of a sign-in whose second factor is still to come."""
HALF_SECONDS = 600


@blueprint.get("/sign-in")
@allow(ANYONE, bucket="doors")
def sign_in() -> Response:
    """Show the form, or the overview to whoever is signed in already."""
    if g.signed is not None:
        return redirect(url_for("accounts.overview"), 303)
    return _form(next_path=access.local_path(request.args.get("next")))


@blueprint.post("/sign-in", endpoint="sign_in_post")
@allow(ANYONE, bucket="doors")
def begin() -> Response:
    """Sign in, or go on to the second factor."""
    email = request.form.get("email", "")
    next_path = access.local_path(request.form.get("next"))
    command = BeginSession(
        email=email,
        password=request.form.get("password", ""),
        marks=known_browsers.marks(),
    )
    try:
        begun = begin_session(access.service().journal, command, access.context())
    except WrongCredentials:
        wrong = gettext("E\N{NON-BREAKING HYPHEN}mail address or password are wrong.")
        return _form(email, next_path, {"": wrong})
    if isinstance(begun, BegunSession):
        return _entered(begun, next_path)
    response = redirect(url_for("sessions.second_factor", next=next_path), 303)
    access.set_cookie(response, HALF, begun.token, HALF_SECONDS)
    return response


@blueprint.get("/sign-in/code")
@allow(ANYONE, bucket="doors")
def second_factor() -> Response:
    """Ask for the second factor."""
    return _second_factor({}, access.local_path(request.args.get("next")))


@blueprint.post("/sign-in/code", endpoint="second_factor_post")
@allow(ANYONE, bucket="doors")
def finish() -> Response:
    """Begin the session whose password was shown before."""
    next_path = access.local_path(request.form.get("next"))
    command = FinishSignIn(token=_half(), proof=reauthentication.proof())
    try:
        begun = finish_sign_in(
            access.service().journal,
            command,
            access.context(),
            reauthentication.site(),
        )
    except WrongCode as refusal:
        return _second_factor(reauthentication.errors_of(refusal), next_path)
    except TokenGone:
        over = gettext("That took too long. Sign in again.")
        return _form("", next_path, {"": over})
    response = _entered(begun, next_path)
    access.drop_cookie(response, HALF)
    return response


@blueprint.get("/confirm")
@allow(CUSTOMER, even_disabled=True)
def confirm() -> Response:
    """Ask again who sits there, before something that guards the account."""
    return _confirm({}, access.local_path(request.args.get("next")))


@blueprint.post("/confirm", endpoint="confirm_post")
@allow(CUSTOMER, bucket="doors", even_disabled=True)
def confirm_and_go() -> Response:
    """Go on to where the customer wanted to, for the next ten minutes."""
    next_path = access.local_path(request.form.get("next"))
    try:
        reauthentication.reauthenticate()
    except reauthentication.WRONG as refusal:
        return _confirm(reauthentication.errors_of(refusal), next_path)
    return redirect(next_path, 303)


@blueprint.get("/enter/<token>")
@allow(ANYONE, bucket="doors")
def enter(token: str) -> Response:
    """Name the account that the application opens; opening the page changes nothing."""
    shown = panel_link_shown(access.service().journal, token, access.context())
    if shown is None:
        return pages.link_gone()
    return pages.token_page(pages.page("sessions/enter.html", shown=shown))


@blueprint.post("/enter/<token>", endpoint="enter_post")
@allow(ANYONE, bucket="doors")
def enter_panel(token: str) -> Response:
    """Begin a session of the application's user."""
    command = EnterByLink(token=token)
    try:
        begun = enter_by_link(access.service().journal, command, access.context())
    except TokenGone:
        return pages.link_gone()
    return pages.token_page(_entered(begun, url_for("accounts.overview")))


@blueprint.post("/sign-out")
@allow(CUSTOMER, even_disabled=True)
def sign_out() -> Response:
    """End this session; the cookie means nothing from now on."""
    session = access.signed()
    command = EndSession(account_id=session.account_id, session_id=session.session_id)
    end_session(access.service().journal, command, access.context())
    g.signed = None
    response = pages.page("sessions/signed_out.html")
    access.drop_cookie(response, "session")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _entered(begun: BegunSession, next_path: str) -> Response:
    return known_browsers.let_in(redirect(next_path, 303), begun)


def _half() -> str:
    return request.cookies.get(access.cookie_name(HALF), "")


def _form(
    email: str = "", next_path: str = "", errors: dict[str, str] | None = None
) -> Response:
    return pages.page(
        "sessions/sign_in.html",
        422 if errors else 200,
        form={"email": email},
        errors=errors or {},
        next=next_path,
    )


def _second_factor(errors: dict[str, str], next_path: str) -> Response:
    journal = access.service().journal
    found = half_shown(journal, _half(), access.context(), reauthentication.site())
    if found is None:
        return redirect(url_for("sessions.sign_in", next=next_path), 303)
    return pages.page(
        "sessions/second_factor.html",
        422 if errors else 200,
        errors=errors,
        next=next_path,
        passkey_options=found.options,
    )


def _confirm(errors: dict[str, str], next_path: str) -> Response:
    return pages.page(
        "sessions/confirm.html",
        422 if errors else 200,
        errors=errors,
        next=next_path,
        asked=reauthentication.asked(),
    )
