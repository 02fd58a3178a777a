"""Applications that a customer signs in with: a token of their own, and its end."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, g, request
from flask.typing import ResponseReturnValue

from commands.limits import (
    APPLICATION_CHARACTERS_MAX,
    DEVICE_SECONDS_MAX,
    PANEL_LINK_SECONDS,
)
from commands.panel_links import make_panel_link
from commands.second_factors import Proof
from commands.session_begins import BegunSession
from commands.session_ends import EndSession, end_session
from commands.sessions import (
    BeginSession,
    FinishSignIn,
    HalfSession,
    begin_session,
    finish_sign_in,
)
from ledger.journal import Actor, Context
from web import access, reauthentication
from web.api import frame
from web.api.callers import refuse
from web.api.shapes import NothingSchema, Shape, asked_text, identity, text, whole
from web.policies import ANYONE, DEVICE
from web.problems import problem

section = frame.Section(
    "devices", "Applications that a customer is signed in with", frame.PREFIX
)


class SignInSchema(Shape):
    """Who signs in, with what, on which device."""

    email = asked_text("The account's address", 400)
    password = asked_text("Its password", 1024)
    code = asked_text(
        "A code of the authenticator, or a recovery code", 40, required=False
    )
    application = asked_text(
        "What the application calls itself and its device", APPLICATION_CHARACTERS_MAX
    )


class SignedInSchema(Shape):
    """A device's token, shown this once; sent as `Authorization: Bearer …`."""

    account_id = identity("The account")
    session_id = identity("The session, as Account activity lists it")
    token = text("What signs in from now on")
    expires_in_seconds = whole("After so long the password is asked for again")


class PanelLinkSchema(Shape):
    """A link good for one use within a minute."""

    url = text("Opens the control panel in a browser, signed in")
    expires_in_seconds = whole("After so long the link is over")


@section.tell(
    "/sessions",
    SignedInSchema,
    SignInSchema,
    who=(ANYONE,),
    bucket="doors",
    scopes=(),
    status=201,
)
def sign_in(body: dict[str, Any]) -> ResponseReturnValue:
    """Sign an application in; with two-factor on, a code is needed as well."""
    context = _stranger()
    command = BeginSession(
        email=body["email"],
        password=body["password"],
        kind=DEVICE,
        application=_named(body["application"]),
        marks="",
    )
    found = begin_session(frame.journal(), command, context)
    begun = _finished(found, body.get("code"), context)
    location = f"{frame.PREFIX}/account"
    told = {
        "account_id": begun.account_id,
        "session_id": begun.session_id,
        "token": begun.token,
        "expires_in_seconds": DEVICE_SECONDS_MAX,
    }
    return told, 201, {"Location": location}


@section.tell(
    "/sessions/end",
    None,
    NothingSchema,
    who=(DEVICE,),
    scopes=(),
    status=204,
    body_required=False,
    keyed=False,
)
def sign_out(body: dict[str, Any]) -> ResponseReturnValue:
    """Sign this application out; its token means nothing from now on."""
    del body
    caller = frame.caller()
    command = EndSession(account_id=caller.account_id, session_id=caller.id)
    end_session(frame.journal(), command, frame.context())
    return current_app.response_class(status=204)


@section.tell(
    "/panel-links",
    PanelLinkSchema,
    NothingSchema,
    who=(DEVICE,),
    bucket="panel_links",
    scopes=(),
    status=201,
    body_required=False,
    keyed=False,
)
def open_panel(body: dict[str, Any]) -> ResponseReturnValue:
    """Make a link that opens the panel signed in; never for API keys."""
    del body
    caller = frame.caller()
    token = make_panel_link(
        frame.journal(), caller.account_id, caller.id, frame.context()
    )
    url = f"{access.base_origin()}/enter/{token}"
    told = {"url": url, "expires_in_seconds": PANEL_LINK_SECONDS}
    return told, 201, {"Location": url}


def _named(application: str) -> str:
    """Return the name on one line; refuses one that would show as nothing.

    It is told to the customer among his sessions, so it may not turn their words
    around, and a nameless one would pass for the control panel.
    """
    shown = (c if c.isprintable() else " " for c in application)
    name = " ".join("".join(shown).split())
    if not name:
        detail = "This shows nothing."
        abort(
            problem(
                422,
                "Fields of the request were refused.",
                kind="/problems/fields-refused",
                errors=[{"in": "json", "pointer": "/application", "detail": detail}],
            )
        )
    return name


def _finished(
    found: BegunSession | HalfSession, code: str | None, context: Context
) -> BegunSession:
    if isinstance(found, BegunSession):
        return found
    if not code:
        refuse(403, "A second factor is needed: send `code`.", "second-factor-needed")
    command = FinishSignIn(token=found.token, proof=Proof(code=code))
    return finish_sign_in(frame.journal(), command, context, reauthentication.site())


def _stranger() -> Context:
    """Return the envelope of an application that nobody is signed in with yet.

    Its idempotency key is drawn at random, so it is the principal too.
    """
    key = request.headers["Idempotency-Key"]
    return Context(
        principal=f"application:{key}",
        key=key,
        actor=Actor("anonymous", ""),
        now=g.now,
        correlation_id=g.request_id,
        ip=request.remote_addr,
        client=(request.user_agent.string or "")[:256] or None,
    )
