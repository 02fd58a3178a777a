"""How members of staff come in: invitation, password, second factor."""

from __future__ import annotations

import textwrap
from typing import Any

from flask import Blueprint, Response, g, redirect, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from commands.gateways.qr import qr_svg
from commands.limits import PASSWORD_CHARACTERS_MIN
from commands.session_ends import EndSession, end_session
from commands.sessions import (
    BeginSession,
    FinishSignIn,
    HalfSession,
    begin_session,
    finish_sign_in,
    half_shown,
)
from commands.staff_joining import JoinStaff, invitation_of, join_staff
from ledger.refusals import (
    AlreadyAnswered,
    TokenGone,
    WeakPassword,
    WrongCode,
    WrongCredentials,
)
from web import access, pages, reauthentication
from web.panel import forms
from web.policies import ANYONE, STAFF, allow, staff
from web.staff.identity import member
from web.words import gettext

blueprint = Blueprint("staff_doors", __name__, url_prefix="/staff")

HALF = "staff-half"
HALF_SECONDS = 600


@blueprint.get("/sign-in")
@allow(ANYONE, bucket="doors")
def sign_in() -> AnyResponse:
    """Show the form of the staff's sign-in."""
    if g.staff is not None:
        return redirect(url_for("staff.index"), 303)
    return _form({})


@blueprint.post("/sign-in", endpoint="sign_in_post")
@allow(ANYONE, bucket="doors")
def begin() -> AnyResponse:
    """Check the password; a second factor always follows."""
    command = BeginSession(
        email=request.form.get("email", ""),
        password=request.form.get("password", ""),
        kind=STAFF,
    )
    try:
        half = begin_session(access.service().journal, command, access.context())
        if not isinstance(half, HalfSession):
            raise WrongCredentials
    except WrongCredentials:
        wrong = gettext("E\N{NON-BREAKING HYPHEN}mail address or password are wrong.")
        return _form({"": wrong})
    response = redirect(url_for("staff_doors.code"), 303)
    access.set_cookie(response, HALF, half.token, HALF_SECONDS)
    return response


@blueprint.get("/sign-in/code")
@allow(ANYONE, bucket="doors")
def code() -> AnyResponse:
    """Ask for the second factor."""
    return _code({})


@blueprint.post("/sign-in/code", endpoint="code_post")
@allow(ANYONE, bucket="doors")
def finish() -> AnyResponse:
    """Begin a session of staff."""
    command = FinishSignIn(token=_half(), proof=reauthentication.proof())
    site = reauthentication.site()
    journal = access.service().journal
    try:
        begun = finish_sign_in(journal, command, access.context(), site)
    except WrongCode as refusal:
        return _code(reauthentication.errors_of(refusal))
    except TokenGone:
        return _form({"": gettext("That took too long. Sign in again.")})
    response = redirect(url_for("staff.index"), 303)
    access.set_cookie(response, "staff", begun.token, None)
    access.drop_cookie(response, HALF)
    return response


@blueprint.post("/sign-out")
@allow(staff(), bucket="forms")
def sign_out() -> AnyResponse:
    """End this session of staff."""
    me = member()
    command = EndSession(account_id=me.account_id, session_id=me.session_id, by="staff")
    end_session(access.service().journal, command, access.context())
    g.staff = None
    response = redirect(url_for("staff_doors.sign_in"), 303)
    access.drop_cookie(response, "staff")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@blueprint.get("/join/<token>")
@allow(ANYONE, bucket="doors")
def join(token: str) -> AnyResponse:
    """Show the page on which a member sets password and second factor."""
    return pages.token_page(_join(token, {}))


@blueprint.post("/join/<token>", endpoint="join_post")
@allow(ANYONE, bucket="doors")
def joined(token: str) -> AnyResponse:
    """Take the invitation up; the recovery codes are shown this once."""
    if request.form.get("password", "") != request.form.get("password_again", ""):
        differ = gettext("The two passwords differ.")
        return pages.token_page(_join(token, {"password_again": differ}))
    command = JoinStaff(
        token=token,
        password=request.form.get("password", ""),
        code=request.form.get("code", ""),
    )
    try:
        issued = join_staff(access.service().journal, command, access.context())
    except WeakPassword as refusal:
        return pages.token_page(_join(token, forms.field_errors(refusal)))
    except WrongCode as refusal:
        return pages.token_page(_join(token, reauthentication.errors_of(refusal)))
    except (TokenGone, AlreadyAnswered):
        return pages.link_gone()
    return pages.token_page(pages.page("staff/joined.html", codes=issued.codes))


def _half() -> str:
    return request.cookies.get(access.cookie_name(HALF), "")


def _form(errors: dict[str, str]) -> Response:
    return pages.page(
        "staff/sign_in.html",
        422 if errors else 200,
        form={"email": request.form.get("email", "")},
        errors=errors,
    )


def _code(errors: dict[str, str]) -> AnyResponse:
    journal, site = access.service().journal, reauthentication.site()
    found = half_shown(journal, _half(), access.context(), site)
    if found is None:
        return redirect(url_for("staff_doors.sign_in"), 303)
    return pages.page("staff/code.html", 422 if errors else 200, errors=errors)


def _join(token: str, errors: dict[str, str]) -> Response:
    journal = access.service().journal
    found = invitation_of(journal, token, access.context())
    if found is None:
        return pages.link_gone()
    shown: dict[str, Any] = {
        "invitation": found,
        "seed": " ".join(textwrap.wrap(found.seed, 4)),
        "qr": Markup(qr_svg(found.uri)),  # noqa: S704 - drawn by us, of no user's text
        "password_characters_min": PASSWORD_CHARACTERS_MIN,
    }
    return pages.page("staff/join.html", 422 if errors else 200, errors=errors, **shown)
