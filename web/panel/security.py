"""Password & security: password, two-factor sign-in, passkeys, recovery codes."""

from __future__ import annotations

import textwrap
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from commands import factors as use
from commands.credentials import credentials_of
from commands.factor_resets import CancelFactorReset, cancel_factor_reset
from commands.gateways.qr import qr_svg
from commands.limits import PASSWORD_CHARACTERS_MIN
from commands.password_changes import ChangePassword, change_password
from commands.recovery_codes import IssueCodes, IssuedCodes, issue_codes
from ledger.refusals import AlreadyAnswered, TokenGone, WeakPassword, WrongCode
from web import access, pages
from web.panel import forms
from web.policies import ALWAYS as ALWAYS_ASKED
from web.policies import CUSTOMER, RECENT, allow
from web.reauthentication import (
    WRONG,
    asked,
    errors_of,
    holder,
    reauthenticate,
    site,
)
from web.words import gettext

blueprint = Blueprint("security", __name__, url_prefix="/security")


@blueprint.get("")
@allow(CUSTOMER)
def show() -> Response:
    """Show what guards the sign-in."""
    return _page({})


@blueprint.post("/password")
@allow(CUSTOMER, fresh=ALWAYS_ASKED, bucket="forms")
def password() -> AnyResponse:
    """Change the password, which is asked for in the same form."""
    errors = _twice("password", "password_again")
    if errors:
        return _page(errors)
    try:
        reauthenticate()
        change_password(
            access.service().journal,
            ChangePassword(
                account_id=access.account_id(),
                session_id=access.signed().session_id,
                password=request.form.get("password", ""),
                end_others=bool(request.form.get("end_others")),
            ),
            access.form_context(),
        )
    except WRONG as refusal:
        return _page(errors_of(refusal))
    except WeakPassword as refusal:
        return _page(forms.field_errors(refusal))
    return _done(gettext("The password was changed"))


@blueprint.get("/two-factor")
@allow(CUSTOMER, fresh=RECENT)
def two_factor() -> Response:
    """Show the secret of an authenticator, which is on once a code is confirmed."""
    found = use.begin_code(access.service().journal, holder(), access.context())
    return _enrolment(found, {})


@blueprint.post("/two-factor")
@allow(CUSTOMER, fresh=RECENT, bucket="forms")
def confirm_code() -> AnyResponse:
    """Turn the authenticator on; the first time recovery codes follow."""
    journal, holder, context = _three()
    token = request.form.get("enrolment", "")
    command = use.ConfirmCode(
        account_id=holder.id, token=token, code=request.form.get("code", "")
    )
    first = not credentials_of(journal, holder).two_factor
    try:
        use.confirm_code(journal, holder, command, context)
    except (WrongCode, TokenGone) as refusal:
        found = use.pending_code(journal, holder, token, context)
        if found is None:
            return redirect(url_for("security.two_factor"), 303)
        return _enrolment(found, errors_of(refusal))
    if not first:
        return _done(gettext("The authenticator was added"))
    return _codes(gettext("Two-factor sign-in is on"))


@blueprint.get("/passkey")
@allow(CUSTOMER, fresh=RECENT)
def passkey() -> Response:
    """Show the page on which the browser makes a passkey."""
    return _passkey({})


@blueprint.post("/passkey")
@allow(CUSTOMER, fresh=RECENT, bucket="forms")
def add_passkey() -> AnyResponse:
    """Add the passkey that the browser made; the first time recovery codes follow."""
    journal, holder, context = _three()
    command = use.AddPasskey(
        account_id=holder.id,
        token=request.form.get("enrolment", ""),
        answer=request.form.get("passkey", "")[:20_000],
        name=request.form.get("name", ""),
    )
    first = not credentials_of(journal, holder).two_factor
    try:
        use.add_passkey(journal, holder, command, context, site())
    except (WrongCode, TokenGone):
        return _passkey({"": gettext("The browser’s answer was not accepted.")})
    if not first:
        return _done(gettext("The passkey was added"))
    return _codes(gettext("Two-factor sign-in is on"))


@blueprint.get("/codes")
@allow(CUSTOMER)
def codes() -> Response:
    """Ask for password and code before new recovery codes are shown."""
    return _asking("codes", {})


@blueprint.post("/codes")
@allow(CUSTOMER, fresh=ALWAYS_ASKED, bucket="forms")
def new_codes() -> AnyResponse:
    """Show new recovery codes, once; all earlier ones are void."""
    try:
        reauthenticate()
    except WRONG as refusal:
        return _asking("codes", errors_of(refusal))
    return _codes(gettext("New recovery codes"))


@blueprint.get("/off/<uuid:factor_id>")
@allow(CUSTOMER)
def remove(factor_id: UUID) -> Response:
    """Ask for password and code before a factor is taken away."""
    return _asking("remove", {}, factor_id)


@blueprint.post("/off/<uuid:factor_id>", endpoint="remove_post")
@allow(CUSTOMER, fresh=ALWAYS_ASKED, bucket="forms")
def remove_factor(factor_id: UUID) -> AnyResponse:
    """Take one factor away; without any, two-factor is off."""
    try:
        reauthenticate()
    except WRONG as refusal:
        return _asking("remove", errors_of(refusal), factor_id)
    command = use.RemoveFactor(account_id=access.account_id(), factor_id=factor_id)
    use.remove_factor(access.service().journal, command, access.form_context())
    return _done(gettext("It is not asked for any more"))


@blueprint.get("/off")
@allow(CUSTOMER)
def off() -> Response:
    """Ask for password and code before two-factor is turned off."""
    return _asking("off", {})


@blueprint.post("/off")
@allow(CUSTOMER, fresh=ALWAYS_ASKED, bucket="forms")
def turn_off() -> AnyResponse:
    """Ask for the password alone from now on."""
    try:
        reauthenticate()
    except WRONG as refusal:
        return _asking("off", errors_of(refusal))
    command = use.TurnOff(account_id=access.account_id())
    use.turn_off(access.service().journal, command, access.form_context())
    return _done(gettext("Two-factor sign-in is off"))


@blueprint.post("/keep-two-factor")
@allow(CUSTOMER, bucket="forms")
def keep() -> AnyResponse:
    """Say no to the reset that support has started."""
    command = CancelFactorReset(account_id=access.account_id())
    cancel_factor_reset(access.service().journal, command, access.form_context())
    return _done(gettext("Two-factor sign-in stays on"))


def _three() -> tuple[Any, Any, Any]:
    return access.service().journal, holder(), access.form_context()


def _twice(name: str, again: str) -> dict[str, str]:
    if request.form.get(name, "") == request.form.get(again, ""):
        return {}
    return {again: gettext("The two passwords differ.")}


def _done(title: str) -> Response:
    note = {"kind": "ok", "title": title, "text": None, "action": None}
    return _page({}, notices=[note])


def _page(errors: dict[str, str], **more: Any) -> Response:
    journal, owner = access.service().journal, holder()
    credentials = credentials_of(journal, owner)
    return pages.page(
        "security/show.html",
        422 if errors else 200,
        errors=errors,
        asked=asked(),
        credentials=credentials,
        factors=use.factors_of(journal, owner),
        password_characters_min=PASSWORD_CHARACTERS_MIN,
        command_id=access.new_command_id(),
        **more,
    )


def _enrolment(found: use.Enrolment, errors: dict[str, str]) -> Response:
    return pages.page(
        "security/two_factor.html",
        422 if errors else 200,
        errors=errors,
        enrolment=found,
        seed=" ".join(textwrap.wrap(found.seed, 4)),
        qr=Markup(qr_svg(found.uri)),  # noqa: S704 - drawn by us, of no user's text
        command_id=access.new_command_id(),
    )


def _passkey(errors: dict[str, str]) -> Response:
    journal, holder, context = _three()
    return pages.page(
        "security/passkey.html",
        422 if errors else 200,
        errors=errors,
        enrolment=use.begin_passkey(journal, holder, context, site()),
        command_id=access.new_command_id(),
    )


def _asking(
    what: str, errors: dict[str, str], factor_id: UUID | None = None
) -> Response:
    credentials = credentials_of(access.service().journal, holder())
    factor = credentials.factor(factor_id) if factor_id else None
    return pages.page(
        "security/asking.html",
        422 if errors else 200,
        errors=errors,
        what=what,
        factor=factor,
        asked=asked(),
        command_id=access.new_command_id(),
    )


def _codes(title: str) -> AnyResponse:
    journal, holder, context = _three()
    command = IssueCodes(account_id=holder.id)
    try:
        issued: IssuedCodes = issue_codes(journal, command, context)
    except AlreadyAnswered:
        return redirect(url_for("security.codes"), 303)
    return pages.page("security/codes_shown.html", codes=issued.codes, title=title)
