"""Who is asking, and may he: cookies, forgery protection, the request's envelope."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from typing import Protocol, cast
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from flask import Flask, Response, abort, current_app, g, request
from werkzeug.wrappers import Response as AnyResponse

from commands.accounts import account_of
from commands.limiter import BUCKETS, Bucket, seconds_to_wait
from commands.live_sessions import Signed, live_session
from ledger.journal import Actor, Context
from web import logs
from web.policies import NO_STORE, SAFE, policy_of
from web.wiring import Service

BROWSER_SECONDS = 365 * 86_400
COOKIELESS = ("/api/", "/webhooks/", "/static/", "/problems/")
"""Under these no cookie is read, so that no site can forge a request of a visitor."""
STAFF_AREA = "/staff"
"""Below it a visitor is a member of staff or nobody, whatever else he is."""
KEPT_STATUSES = (200, 206, 304)
"""An error, or where to go instead, is kept by nobody."""


class Member(Protocol):
    """A member of staff who is signed in."""

    @property
    def account_id(self) -> UUID:
        """The member's own id."""

    @property
    def session_id(self) -> UUID:
        """The session that asks."""

    @property
    def role(self) -> str:
        """What the member may do."""

    @property
    def email(self) -> str:
        """The address that the pages name."""


def service() -> Service:
    """Return the service this app was made for."""
    return cast(Service, current_app.extensions["daybook"])


def cookie_name(name: str) -> str:
    """Return the cookie's name; `__Host-` wherever the panel is reached over TLS."""
    return f"__Host-{name}" if service().settings.is_https else f"daybook-{name}"


def set_cookie(
    response: AnyResponse, name: str, value: str, seconds: int | None
) -> None:
    """Set a cookie that scripts and other hosts never see."""
    response.set_cookie(
        cookie_name(name),
        value,
        max_age=seconds,
        path="/",
        secure=service().settings.is_https,
        httponly=True,
        samesite="Lax",
    )


def drop_cookie(response: AnyResponse, name: str) -> None:
    """Take a cookie back."""
    set_cookie(response, name, "", 0)


def identify_staff(app: Flask, find: Callable[[], Member | None]) -> None:
    """Let `find` tell, in the staff area, which member of staff asks."""
    app.extensions["daybook-identify-staff"] = find


def identify() -> None:
    """Find out who asks, before any view: request number, browser, session."""
    g.request_id = uuid4()
    g.now = service().clock()
    g.policy = policy_of(current_app, request.endpoint)
    g.browser = request.cookies.get(cookie_name("browser"), "")
    g.new_browser = not (len(g.browser) == 43 and g.browser.isascii())
    if g.new_browser:
        g.browser = secrets.token_urlsafe(32)
    g.signed, g.staff = None, None
    if g.policy is not None and g.policy.bytes_max is not None:
        request.max_content_length = g.policy.bytes_max
    if is_cookieless():
        return
    if _is_in_staff_area():
        find = current_app.extensions.get("daybook-identify-staff")
        g.staff = find and find()
    elif cookie := request.cookies.get(cookie_name("session")):
        g.signed = live_session(
            service().journal,
            cookie,
            g.now,
            ip=request.remote_addr,
            client=request.user_agent.string or None,
        )


def buckets(app: Flask) -> dict[str, Bucket]:
    """Return the app's buckets by name; what is not among them is not counted."""
    found: dict[str, Bucket] = app.extensions["daybook-buckets"]
    return found


def counted(name: str, subject: str) -> int:
    """Count a hit; return 0, or the seconds until the next one may go through."""
    bucket = buckets(current_app).get(name)
    if bucket is None:
        return 0
    parts = service().connections, service().vault
    return seconds_to_wait(*parts, bucket, subject, g.now)


def is_cookieless() -> bool:
    """Whether the route looks at no cookie."""
    policy = g.get("policy")
    under = request.path.startswith(COOKIELESS)
    return under or (policy is not None and policy.cookieless)


def _is_in_staff_area() -> bool:
    return request.path == STAFF_AREA or request.path.startswith(f"{STAFF_AREA}/")


def refuse_forgery() -> None:
    """Refuse a change that another site asked for with this browser's cookies.

    Fetch metadata decide, then the Origin header; a request with neither is refused.
    A form also carries a token bound to the session or, before sign-in, the browser.
    """
    if request.method in SAFE or is_cookieless():
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None:
        fine = site == "same-origin"
    elif origin is not None:
        fine = origin == base_origin()
    else:
        fine = False
    token = request.form.get("csrf", "").encode()
    if not fine or not hmac.compare_digest(token, csrf_token().encode()):
        logs.note("refused", request=str(g.request_id), why="forgery")
        abort(403)


def base_origin() -> str:
    """Return scheme, host and port of the configured base URL."""
    url = urlsplit(service().settings.daybook_base_url)
    return f"{url.scheme}://{url.netloc}"


def csrf_token() -> str:
    """Return the token of this session's, or this browser's, forms."""
    session = g.staff or g.signed
    bound = g.browser if session is None else str(session.session_id)
    return service().vault.digest("csrf", bound.encode()).data.hex()


def signed() -> Signed:
    """Return the signed-in session; only views that customers alone may call ask."""
    assert g.signed is not None
    return cast(Signed, g.signed)


def local_path(text: str | None) -> str:
    """Return a path within the panel, or / for anything that could lead elsewhere."""
    if not text or not text.startswith("/") or "\\" in text or "//" in text[:2]:
        return "/"
    url = urlsplit(text)
    return text if not url.scheme and not url.netloc and text.isprintable() else "/"


def context(key: str | None = None) -> Context:
    """Return the envelope of a command of this request.

    `key` is the command's id from the form; a missing one makes a command of its own.
    """
    if g.staff is not None:
        member_id = str(g.staff.account_id)
        principal, actor = f"staff:{member_id}", Actor("staff", member_id)
    elif g.signed is None:
        principal, actor = f"browser:{g.browser}", Actor("anonymous", "")
    else:
        account_id = str(g.signed.account_id)
        principal, actor = f"customer:{account_id}", Actor("customer", account_id)
    return Context(
        principal=principal,
        key=key or str(uuid4()),
        actor=actor,
        now=g.now,
        correlation_id=g.request_id,
        ip=request.remote_addr,
        client=(request.user_agent.string or "")[:256] or None,
    )


def form_context() -> Context:
    """Return the envelope of the command that a form asks for."""
    key = request.form.get("command_id", "")
    return context(key if 0 < len(key) <= 100 else None)


def new_command_id() -> str:
    """Return an id for a form that is being drawn."""
    return str(uuid4())


def account() -> dict[str, str]:
    """Return the signed-in customer's name, address and plan, read once a request."""
    if "account" not in g:
        found = account_of(service().journal, signed().account_id)
        g.account = {"email": found.email or "", "name": found.name or ""}
        g.account["plan"] = found.plan
    return cast("dict[str, str]", g.account)


def account_id() -> UUID:
    """Return the signed-in account's id."""
    return signed().account_id


def secure(response: Response) -> Response:
    """Add the headers that every answer carries; its route declares who keeps it."""
    headers = response.headers
    own = "'self'"
    headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'none'; script-src {own}; style-src {own}; img-src {own} data:;"
        f" font-src {own}; connect-src {own};"
        f" form-action {own} {service().processor_origins};"
        " base-uri 'none'; frame-ancestors 'none'",
    )
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("X-Robots-Tag", "noindex, nofollow")
    if service().settings.is_https:
        age = "max-age=63072000; includeSubDomains"
        headers.setdefault("Strict-Transport-Security", age)
    policy = g.get("policy")
    is_kept = policy is not None and response.status_code in KEPT_STATUSES
    headers["Cache-Control"] = policy.cache if is_kept else NO_STORE
    if not is_cookieless() and headers["Cache-Control"] == NO_STORE:
        response.vary.add("Cookie")
        if g.get("new_browser"):
            set_cookie(response, "browser", g.browser, BROWSER_SECONDS)
    return response


def install(app: Flask) -> None:
    """Identify before every request, refuse a forged one, secure every answer."""
    app.extensions["daybook-buckets"] = dict(BUCKETS)
    app.before_request(identify)
    app.before_request(refuse_forgery)
    app.after_request(secure)
