"""Signing in and out."""

from __future__ import annotations

from flask import Blueprint, g, redirect, request, url_for
from werkzeug.wrappers import Response

from commands.sessions import BeginSession, EndSession, begin_session, end_session
from ledger.refusals import WrongCredentials
from web import access, pages
from web.words import gettext

blueprint = Blueprint("sessions", __name__)


@blueprint.get("/sign-in")
def sign_in() -> Response:
    """Show the form, or the overview to whoever is signed in already."""
    if g.signed is not None:
        return redirect(url_for("accounts.overview"), 303)
    return _form(next_path=access.local_path(request.args.get("next")))


@blueprint.post("/sign-in", endpoint="sign_in_post")
def begin() -> Response:
    """Sign in, and go where the visitor wanted to."""
    email = request.form.get("email", "")
    next_path = access.local_path(request.form.get("next"))
    command = BeginSession(email=email, password=request.form.get("password", ""))
    try:
        begun = begin_session(access.service().journal, command, access.context())
    except WrongCredentials:
        wrong = gettext("E\N{NON-BREAKING HYPHEN}mail address or password are wrong.")
        return _form(email, next_path, {"": wrong})
    response = redirect(next_path, 303)
    access.set_cookie(response, "session", begun.token, None)
    return response


@blueprint.post("/sign-out")
@access.signed_in
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
