"""Refusals told in HTTP: problem details (RFC 9457) to programs, pages to people."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from flask import Flask, Response, current_app, g, request, url_for
from werkzeug.exceptions import HTTPException, SecurityError

from commands.gateways.passwords import PasswordsBusy
from commands.gateways.payments import PaymentRefused, PaymentsUnreachable
from ledger.journal import Contended, NotAdopted, OutcomeUnknown, Unreachable
from ledger.refusals import (
    AccountDisabled,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    Throttled,
    TooManyAttempts,
)
from web import pages

STATUS: dict[type[Refusal], int] = {
    Invalid: 422,
    Conflict: 409,
    NotFound: 404,
    Forbidden: 403,
    Throttled: 429,
}
"""The one table from the refusals' branches to status codes."""

LATER = (Contended, NotAdopted, OutcomeUnknown, Unreachable, PasswordsBusy)
RETRY_SECONDS = 2
EXPORT = "closing.data"
"""All data of an account as one file."""
WORD = re.compile(r"(?<!^)(?=[A-Z])")


def status_of(refusal: Refusal) -> int:
    """Return the status code of a refusal's branch."""
    return next(code for branch, code in STATUS.items() if isinstance(refusal, branch))


def name_of(refusal: Refusal | type[Refusal]) -> str:
    """Return the refusal's name in a problem's type: InvalidWord → invalid-word."""
    kind = refusal if isinstance(refusal, type) else type(refusal)
    return WORD.sub("-", kind.__name__).lower()


def evidence_of(refusal: Refusal) -> dict[str, Any]:
    """Return what the refusal says beside its name, as JSON has it."""
    if not is_dataclass(refusal):
        return {}
    found = {field.name: getattr(refusal, field.name) for field in fields(refusal)}
    if isinstance(short := getattr(refusal, "short", None), int):
        found["short"] = short
    return {
        name: value.isoformat() if isinstance(value, datetime) else _plain(value)
        for name, value in found.items()
    }


def _plain(value: object) -> object:
    return value if isinstance(value, (int, str, bool, list)) else str(value)


def problem(
    status: int, title: str, /, *, kind: str = "about:blank", **more: Any
) -> Response:
    """Return a problem document; its type is relative to the service's base URL."""
    own = {"type": kind, "title": title, "status": status}
    # A refusal's word of the same name stands beside the document's own.
    body = own | {f"its_{key}" if key in own else key: more[key] for key in more}
    if request_id := g.get("request_id"):
        body["request"] = request_id
    response = Response(current_app.json.dumps(body))
    response.status_code = status
    response.content_type = "application/problem+json"
    return response


def told(status: int, title: str, name: str | None = None, /) -> Response:
    """Return a problem to a program, and a page to a person."""
    if not wants_json():
        return pages.problem_page(status)
    kind = "about:blank" if name is None else f"/problems/{name}"
    return problem(status, title, kind=kind)


def too_many(seconds: int) -> Response:
    """Return the answer to whoever asks too often: when he may ask again."""
    if wants_json():
        response = problem(
            429,
            "This is asked too often.",
            kind="/problems/too-many-requests",
            retry_seconds=seconds,
        )
    else:
        response = pages.page(
            "errors/problem.html",
            429,
            status=429,
            detail=None,
            request_number=str(g.request_id),
            retry_seconds=seconds,
        )
    response.headers["Retry-After"] = str(seconds)
    return response


def install(app: Flask) -> None:
    """Answer refusals, errors of HTTP and troubles of the moment, by who asks."""
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(HTTPException, _http)
    for trouble in (*LATER, PaymentsUnreachable, PaymentRefused):
        app.register_error_handler(trouble, _later)
    app.register_error_handler(Exception, _broken)


def _refused(refusal: Refusal) -> Response:
    status = status_of(refusal)
    if wants_json():
        response = problem(
            status,
            (type(refusal).__doc__ or "").partition("\n")[0],
            kind=f"/problems/{name_of(refusal)}",
            **evidence_of(refusal),
        )
    elif isinstance(refusal, TooManyAttempts):
        return too_many(refusal.retry_seconds)
    elif isinstance(refusal, AccountDisabled) and g.get("signed") is not None:
        return pages.page("errors/disabled.html", status, nav=[], download=_download())
    else:
        return pages.problem_page(status)
    if isinstance(refusal, TooManyAttempts):
        response.headers["Retry-After"] = str(refusal.retry_seconds)
    return response


def _http(error: HTTPException) -> Response:
    if isinstance(error, SecurityError):
        # No page can be drawn for a host that has no addresses here.
        text = "This host is not served here.\n"
        return Response(text, 400, mimetype="text/plain")
    status = error.code or 500
    response = told(status, error.name)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def _later(_: Exception) -> Response:
    response = told(503, "The service cannot answer at this moment.")
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _broken(error: Exception) -> Response:
    current_app.logger.error("request failed", exc_info=error)
    return told(500, "The service made a mistake; it was noted.")


def _download() -> str | None:
    """Return the address of the export, which a disabled account may still open."""
    is_there = EXPORT in current_app.view_functions
    return url_for(EXPORT) if is_there else None


def wants_json() -> bool:
    """Whether a program asks: everything under /api/ and the webhooks."""
    return request.path.startswith(("/api/", "/webhooks/", "/problems/"))
