"""Opening an account, its overview, and what is printed on its receipts."""

from __future__ import annotations

from typing import Any

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
from web import access, formats, pages
from web.panel import figures, forms
from web.words import current_language, gettext

blueprint = Blueprint("accounts", __name__)


@blueprint.get("/sign-up")
def sign_up() -> Response:
    """Show the form of a new account."""
    if g.signed is not None:
        return redirect(url_for("accounts.overview"), 303)
    return _sign_up_form({}, {})


@blueprint.post("/sign-up", endpoint="sign_up_post")
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
def verify(token: str) -> Response:
    """Show the page of the mailed link; opening it changes nothing."""
    found = use.sign_up_of(access.service().journal, token, g.now)
    if found is None:
        return _token_page(pages.page("accounts/verify_gone.html", 410))
    return _verify_form(found.email, {})


@blueprint.post("/verify/<token>", endpoint="verify_post")
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
        return _token_page(pages.page("accounts/verify_gone.html", 410))
    response = redirect(url_for("accounts.overview"), 303)
    access.set_cookie(response, "session", begun.token, None)
    return _token_page(response)


@blueprint.get("/")
@access.signed_in
def overview() -> Response:
    """Show the figures of the account and what happened last."""
    return pages.page("accounts/overview.html", **figures.overview())


@blueprint.get("/billing-details")
@access.signed_in
def billing_details() -> Response:
    """Show what is printed on receipts."""
    account = use.account_of(access.service().journal, access.account_id())
    return _details_form(forms.details_of(account), {})


@blueprint.post("/billing-details", endpoint="billing_details_post")
@access.signed_in
def change_billing_details() -> Response:
    """Change what is printed on the receipts to come."""
    form = forms.texts(*forms.DETAILS)
    if errors := forms.unprintable_errors(form):
        return _details_form(form, errors)
    journal = access.service().journal
    command = forms.details_command(access.account_id(), form)
    try:
        use.change_billing_details(journal, command, access.form_context())
    except Invalid as refusal:
        return _details_form(form, forms.field_errors(refusal))
    done = {"kind": "ok", "title": gettext("Saved"), "text": None, "action": None}
    account = use.account_of(journal, access.account_id())
    return _details_form(forms.details_of(account), {}, notices=[done])


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
    return _token_page(
        pages.page(
            "accounts/verify.html",
            422 if errors else 200,
            email=email,
            errors=errors,
            command_id=access.new_command_id(),
        )
    )


def _token_page(response: Any) -> Response:
    response.headers["Referrer-Policy"] = "no-referrer"
    return response  # type: ignore[no-any-return]


def _details_form(
    form: dict[str, str], errors: dict[str, str], **more: Any
) -> Response:
    return pages.page(
        "accounts/billing_details.html",
        422 if errors else 200,
        form=form,
        errors=errors,
        countries=formats.countries(current_language()),
        command_id=access.new_command_id(),
        **more,
    )
