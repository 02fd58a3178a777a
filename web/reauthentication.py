"""Asking again who sits there: within a form, or on a page of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from flask import Flask, Response, g, request

from commands.elevations import Asked, ElevateSession, ask_again, elevate_session
from commands.factors_off import holding
from commands.second_factors import Proof, Site
from ledger.refusals import Refusal, TokenGone, WrongCode, WrongCredentials
from web import access
from web.words import gettext

if TYPE_CHECKING:
    from ledger.accounts import Account
    from ledger.staff import StaffMember


def site() -> Site:
    """Return the panel as passkeys know it, from the configured base URL alone."""
    base = access.base_origin()
    return Site(rp_id=urlsplit(base).hostname or "", origin=base)


def holder() -> Account | StaffMember:
    """Return whoever is signed in, with his credentials, read once a request."""
    if "holder" not in g:
        session = g.staff or access.signed()
        g.holder = holding(access.service().journal, session.account_id)
    return cast("Account | StaffMember", g.holder)


def asked() -> Asked:
    """Return what a form that asks again must ask for."""
    journal = access.service().journal
    return ask_again(journal, holder(), access.context(), site())


def reauthenticate() -> None:
    """Check the password and, where two-factor is on, the code of this form.

    The session goes on under a new token. Raises WrongCredentials, WrongCode,
    TokenGone, TooManyAttempts, PasswordsBusy.
    """
    session = g.staff or access.signed()
    command = ElevateSession(
        account_id=session.account_id,
        session_id=session.session_id,
        password=request.form.get("current_password", ""),
        proof=proof(),
        challenge=request.form.get("passkey_challenge", ""),
    )
    journal = access.service().journal
    begun = elevate_session(journal, holder(), command, access.context(), site())
    g.renewed_token = begun.token


def proof() -> Proof:
    """Return the second factor that the form carries."""
    return Proof(
        code=request.form.get("code", "")[:100],
        passkey=request.form.get("passkey", "")[:20_000],
    )


WRONG = (WrongCredentials, WrongCode, TokenGone)
"""What may be wrong with a form that asks again."""


def errors_of(refusal: Refusal) -> dict[str, str]:
    """Return the field that was wrong, and the sentence that stands by it."""
    if isinstance(refusal, WrongCredentials):
        return {"current_password": gettext("This is not the account’s password.")}
    if isinstance(refusal, WrongCode) and refusal.clock_off:
        return {"code": clock_off()}
    if isinstance(refusal, TokenGone):
        return {"code": gettext("That took too long. Show the second factor again.")}
    return {"code": wrong_code()}


def wrong_code() -> str:
    """Return the sentence by a code that is not good."""
    return gettext("This code is wrong or was used before. Wait for the next one.")


def clock_off() -> str:
    """Return the sentence by a code of another minute."""
    return gettext(
        "This code belongs to another minute: the clock of the device is off. Set it"
        " and try again."
    )


def _keep_renewed(response: Response) -> Response:
    token = g.get("renewed_token")
    if token is not None:
        access.set_cookie(response, "staff" if g.staff else "session", token, None)
    return response


def install(app: Flask) -> None:
    """Give the browser the token under which its session goes on."""
    app.after_request(_keep_renewed)
