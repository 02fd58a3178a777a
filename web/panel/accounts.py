"""Opening an account, its overview, and what is printed on its receipts."""

from __future__ import annotations

from flask import Blueprint, g, redirect, request, url_for
from werkzeug.wrappers import Response

from commands import accounts as use
from commands.limits import PASSWORD_CHARACTERS_MIN, SIGN_UP_HOURS
from ledger.refusals import (
    EmailTaken,
    Invalid,
    TokenGone,
    WrongCredentials,
)
from web import access, known_browsers, pages
from web.panel import figures, forms
from web.policies import ANYONE, CUSTOMER, allow
from web.words import current_language, gettext

blueprint = Blueprint("accounts", __name__)


@blueprint.get("/sign-up")
@allow(ANYONE, bucket="doors")
def sign_up() -> Response:
    """Show the form of a new account."""
    if g.signed is not None:
        return redirect(url_for("accounts.overview"), 303)
    return _sign_up_form({}, {})


@blueprint.post("/sign-up", endpoint="sign_up_post")
@allow(ANYONE, bucket="doors")
def ask_for_account() -> Response:
    """Ask for an account; the answer is the same whether the address is free."""
    form = forms.texts("name", "email", "password", "company", "website")
    command = use.SignUp(
        name=form["name"],
        email=form["email"],
        password=form["password"],
        company=form["company"] or None,
        website=form["website"] or None,
        language=current_language(),
    )
    try:
        use.sign_up(access.service().journal, command, access.form_context())
    except Invalid as refusal:
        return _sign_up_form(form, forms.field_errors(refusal))
    return pages.page(
        "accounts/sign_up_sent.html", email=form["email"], link_hours=SIGN_UP_HOURS
    )


@blueprint.get("/verify/<token>")
@allow(ANYONE, bucket="doors")
def verify(token: str) -> Response:
    """Show the page of the mailed link; opening it changes nothing."""
    found = use.sign_up_of(access.service().journal, token, g.now)
    if found is None:
        return pages.token_page(pages.page("accounts/verify_gone.html", 410))
    return _verify_form(found.email, {})


@blueprint.post("/verify/<token>", endpoint="verify_post")
@allow(ANYONE, bucket="doors")
def open_account(token: str) -> Response:
    """Open the account and sign in."""
    journal = access.service().journal
    command = use.VerifySignUp(token=token, password=request.form.get("password", ""))
    try:
        use.verify_sign_up(journal, command, access.form_context())
        begun = use.sign_in_verified(journal, command, access.context())
    except WrongCredentials:
        found = use.sign_up_of(journal, token, g.now)
        wrong = gettext("This is not the password of the sign-up.")
        return _verify_form(found.email if found else None, {"password": wrong})
    except (TokenGone, EmailTaken):
        return pages.token_page(pages.page("accounts/verify_gone.html", 410))
    response = redirect(url_for("accounts.overview"), 303)
    return pages.token_page(known_browsers.let_in(response, begun))


@blueprint.get("/")
@allow(CUSTOMER)
def overview() -> Response:
    """Show the figures of the account and what happened last."""
    return pages.page("accounts/overview.html", **figures.overview())


def _sign_up_form(form: dict[str, str], errors: dict[str, str]) -> Response:
    shown = {k: form.get(k, "") for k in ("name", "email", "company", "website")}
    return pages.page(
        "accounts/sign_up.html",
        422 if errors else 200,
        form=shown,
        errors=errors,
        password_characters_min=PASSWORD_CHARACTERS_MIN,
        command_id=access.new_command_id(),
    )


def _verify_form(email: str | None, errors: dict[str, str]) -> Response:
    return pages.token_page(
        pages.page(
            "accounts/verify.html",
            422 if errors else 200,
            email=email,
            errors=errors,
            command_id=access.new_command_id(),
        )
    )
