"""The cookies of a browser that signs in: its session, and the marks it is known by."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from commands.known_browsers import with_mark
from commands.limits import KNOWN_BROWSER_SECONDS
from commands.session_begins import BegunSession
from commands.sessions import HalfSession
from web import access

MARKS = "known"


def marks() -> str:
    """Return the marks that the browser keeps; "" for one that was never here."""
    return request.cookies.get(access.cookie_name(MARKS), "")


def let_in(response: Response, begun: BegunSession | HalfSession) -> Response:
    """Give the browser its session, and the mark by which it is known next time.

    Half a sign-in is none and may not come here.
    """
    assert isinstance(begun, BegunSession)
    access.set_cookie(response, "session", begun.token, None)
    if begun.mark:
        kept = with_mark(marks(), begun.mark)
        access.set_cookie(response, MARKS, kept, KNOWN_BROWSER_SECONDS)
    return response
