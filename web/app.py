"""The panel, the API and the webhooks of one service, as one WSGI app."""

from __future__ import annotations

import time
from datetime import timedelta
from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from ledger.aggregate import SYSTEM
from ledger.journal import NotAdopted, Unreachable
from web import (
    access,
    admission,
    logs,
    metrics,
    pages,
    problems,
    reauthentication,
    webhooks,
)
from web.panel import (
    accounts,
    activity,
    api_keys,
    closing,
    credits,
    domains,
    email_address,
    it_letters,
    preferences,
    profile,
    purchases,
    resets,
    security,
    sessions,
    subscriptions,
    top_ups,
    tracking,
    usage,
)
from web.policies import ANYONE, NO_BUCKET, OPERATOR, STATIC, allow, declare
from web.staff import accounts as staff_accounts
from web.staff import doors, identity, lists, money
from web.wiring import Service

BODY_BYTES_MAX = 1_000_000
MODULES = (
    accounts,
    activity,
    api_keys,
    closing,
    credits,
    domains,
    email_address,
    it_letters,
    preferences,
    profile,
    purchases,
    resets,
    security,
    subscriptions,
    top_ups,
    tracking,
    usage,
    sessions,
    staff_accounts,
    doors,
    lists,
    money,
    webhooks,
)
CHANGED_AT = "/security"
"""The page on which a password is changed."""
CONTACT_TERM = timedelta(days=365)
"""So long whoever found a weakness may trust the address: RFC 9116 asks for no more."""


def create_app(service: Service) -> Flask:
    """Return the panel, the API and the webhooks of one service, as a WSGI app."""
    app = Flask("web")
    app.extensions["daybook"] = service
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES_MAX
    host = urlsplit(service.settings.daybook_base_url).hostname
    app.config["TRUSTED_HOSTS"] = [host, *(("127.0.0.1",) if _local(service) else ())]
    if service.settings.daybook_trusted_proxies:
        _behind_proxies(app, service.settings.daybook_trusted_proxies)
    service.journal.observer = metrics.observe
    _install_log(app)
    access.install(app)
    admission.install(app)
    pages.install(app)
    problems.install(app)
    reauthentication.install(app)
    access.identify_staff(app, identity.find)
    for module in MODULES:
        app.register_blueprint(module.blueprint)
    _install_api(app, service)
    declare(app, "static", ANYONE, bucket=NO_BUCKET, cache=STATIC)
    _install_health(app, service)
    _install_well_known(app, service)
    return app


def _local(service: Service) -> bool:
    return service.settings.is_local


def _behind_proxies(app: Flask, count: int) -> None:
    from werkzeug.middleware.proxy_fix import ProxyFix

    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]


def _install_api(app: Flask, service: Service) -> None:
    from web.api import install

    install(app, service)


def _install_health(app: Flask, service: Service) -> None:
    @app.get("/healthz")
    @allow(OPERATOR, bucket=NO_BUCKET, cookieless=True)
    def healthz() -> str:
        return "alive\n"

    @app.get("/readyz")
    @allow(OPERATOR, bucket=NO_BUCKET, cookieless=True)
    def readyz() -> tuple[str, int]:
        try:
            service.connections.require_adopted()
            with service.connections.for_account(SYSTEM) as connection:
                connection.execute("SELECT 1")
        except (NotAdopted, Unreachable) as trouble:
            return f"not ready: {type(trouble).__name__}\n", 503
        return "ready\n", 200


def _install_well_known(app: Flask, service: Service) -> None:
    @app.get("/.well-known/security.txt")
    @allow(ANYONE, bucket=NO_BUCKET, cookieless=True)
    def security_txt() -> Response:
        contact = service.settings.daybook_security_contact
        if not contact:
            abort(404)
        where = contact if ":" in contact else f"mailto:{contact}"
        base = service.settings.daybook_base_url.rstrip("/")
        until = (g.now + CONTACT_TERM).replace(microsecond=0).isoformat()
        lines = (
            f"Contact: {where}",
            f"Expires: {until}",
            "Preferred-Languages: en, fr",
            f"Canonical: {base}{request.path}",
        )
        return Response("".join(f"{line}\n" for line in lines), mimetype="text/plain")

    @app.get("/.well-known/change-password")
    @allow(ANYONE, bucket=NO_BUCKET, cookieless=True)
    def change_password() -> AnyResponse:
        return redirect(CHANGED_AT, 303)


def _install_log(app: Flask) -> None:
    @app.before_request
    def begin() -> None:
        g.begun = time.perf_counter()

    @app.after_request
    def log(response: Response) -> Response:
        seconds = time.perf_counter() - g.get("begun", time.perf_counter())
        route = str(request.url_rule or "none")
        metrics.REQUESTS.labels(route, str(response.status_code)).inc()
        metrics.REQUEST_SECONDS.labels(route).observe(seconds)
        if not request.path.startswith("/static/"):
            logs.note(
                "request",
                request=str(g.get("request_id", "")),
                method=request.method,
                route=route,
                status=response.status_code,
                milliseconds=round(seconds * 1000, 1),
            )
        return response
