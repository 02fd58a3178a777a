"""Whether a request may go on: what its route declares, asked before every view."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

from flask import Flask, Request, Response, abort, g, redirect, request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.wrappers import Response as AnyResponse

from commands.limiter import ip_subject
from ledger.refusals import AccountDisabled, RoleLacking
from web import access, logs, problems
from web.api import callers
from web.policies import (
    ANYONE,
    CUSTOMER,
    OPERATOR,
    PROCESSOR,
    RECENT,
    Policy,
)

OPEN = frozenset((ANYONE, PROCESSOR, OPERATOR))
"""Nobody is turned away: a processor shows a signature to the view, and what an
operator's monitor is told is worth nothing to others."""
SIGN_IN, STAFF_SIGN_IN, CONFIRM = "/sign-in", "/staff/sign-in", "/confirm"


class Undeclared(Exception):  # noqa: N818 - a fact about a route
    """A route declares no policy, so nobody may call it."""


class Parameters(ImmutableMultiDict[str, Any]):
    """Parameters of a request; what came twice can only be read as a list."""

    def __getitem__(self, key: str) -> Any:
        """Return the one value; aborts with 400 where there are several."""
        if len(self.getlist(key)) > 1:
            abort(problems.told(400, "A parameter came twice.", "parameter-repeated"))
        return super().__getitem__(key)


class Asked(Request):
    """A request that guesses nothing."""

    parameter_storage_class = Parameters


def admit() -> AnyResponse | None:
    """Let the request go on, or return the answer in its view's place.

    Raises AccountDisabled; aborts with 400, 401, 403 or 429.
    """
    if request.routing_exception is not None or request.endpoint is None:
        return None
    policy: Policy | None = g.policy
    if policy is None:
        raise Undeclared(request.endpoint)
    g.caller = callers.caller_of(policy.who)
    _limit_rate(policy)
    return _stopped(policy)


def _limit_rate(policy: Policy) -> None:
    name = policy.bucket_of(request.method)
    if wait := access.counted(name, _subject()):
        _note("rate", bucket=name)
        abort(problems.too_many(wait))


def _subject() -> str:
    """Return who is counted: the caller, the account, the member, or the network."""
    if g.caller is not None:
        return f"{g.caller.kind}:{g.caller.id}"
    if g.signed is not None:
        return f"account:{g.signed.account_id}"
    if g.staff is not None:
        return f"staff:{g.staff.account_id}"
    return ip_subject(request.remote_addr)


def _stopped(policy: Policy) -> AnyResponse | None:
    """Return where whoever asks has to go first, or None when he may go on."""
    if OPEN.intersection(policy.who) or g.caller is not None:
        return None
    if CUSTOMER in policy.who and g.signed is not None:
        return _customer_stopped(policy)
    roles = policy.roles
    if roles is not None and g.staff is not None:
        if roles and g.staff.role not in roles:
            _note("role")
            raise RoleLacking(role="|".join(sorted(roles)))
        return None
    return _to(SIGN_IN if CUSTOMER in policy.who else STAFF_SIGN_IN, here())


def _customer_stopped(policy: Policy) -> AnyResponse | None:
    if g.signed.disabled and not policy.even_disabled:
        _note("disabled")
        raise AccountDisabled
    if policy.fresh == RECENT and not g.signed.is_recent(g.now):
        return _to(CONFIRM, here() if request.method == "GET" else came_from())
    return None


def here() -> str:
    """Return this page's own address, or / where there is no page to come back to."""
    return request.full_path.rstrip("?") if request.method == "GET" else "/"


def came_from() -> str:
    """Return the page of ours that the form stood on, as the browser names it."""
    url = urlsplit(request.headers.get("Referer", ""))
    if f"{url.scheme}://{url.netloc}" != access.base_origin():
        return "/"
    return access.local_path(f"{url.path}?{url.query}" if url.query else url.path)


def _to(path: str, afterwards: str) -> Response:
    made: Response = redirect(f"{path}?next={quote(afterwards)}", 303)  # type: ignore[assignment]
    return made


def _note(why: str, **values: object) -> None:
    logs.note("refused", request=str(g.request_id), why=why, **values)


def install(app: Flask) -> None:
    """Ask before every view, after it is known who calls."""
    app.request_class = Asked
    app.before_request(admit)
