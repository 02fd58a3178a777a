"""The panel, the API and the webhooks of one service, as one WSGI app."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from flask import Flask, Response, g, request

from ledger.aggregate import SYSTEM
from ledger.journal import NotAdopted, Unreachable
from web import access, logs, metrics, pages, problems, webhooks
from web.panel import accounts, credits, preferences, purchases, sessions
from web.wiring import Service

BODY_BYTES_MAX = 1_000_000


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
    access.install(app)
    pages.install(app)
    problems.install(app)
    for module in (accounts, credits, preferences, purchases, sessions, webhooks):
        app.register_blueprint(module.blueprint)
    _install_api(app, service)
    _install_health(app, service)
    _install_log(app)
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
    def healthz() -> str:
        return "alive\n"

    @app.get("/readyz")
    def readyz() -> tuple[str, int]:
        try:
            service.connections.require_adopted()
            with service.connections.for_account(SYSTEM) as connection:
                connection.execute("SELECT 1")
        except (NotAdopted, Unreachable) as trouble:
            return f"not ready: {type(trouble).__name__}\n", 503
        return "ready\n", 200


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
