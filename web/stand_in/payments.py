"""A payments server of our own: API, checkout page and webhooks, on loopback."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, g, jsonify, request, send_from_directory

from web.stand_in.api import LIVE_KEYS, create_api
from web.stand_in.bank import create_bank
from web.stand_in.books import Books
from web.stand_in.desk import Desk
from web.stand_in.page import create_invoices, create_page
from web.stand_in.webhooks import Switches, Webhooks

BODY_BYTES_MAX = 1_000_000
ASSETS = Path(__file__).parent / "assets"
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class LiveKeyPresent(Exception):  # noqa: N818 - the fact that stands in the way
    """A key that moves real money is set where payments are only pretended."""


def refuse_live_keys(environment: Mapping[str, str]) -> None:
    """Raises LiveKeyPresent, naming the variable, if any holds a live key."""
    for name, value in environment.items():
        if value.strip().startswith(LIVE_KEYS):
            raise LiveKeyPresent(
                f"{name} holds a live key; the stand-in will not start"
            )


def create_payments(
    *,
    webhook_url: str,
    webhook_secret: str,
    base_url: str,
    state_file: Path | None = None,
) -> Flask:
    """The stand-in as a WSGI app; its webhooks run once `webhooks_of(app).start` did.

    `base_url` is where browsers reach it. With a `state_file` a restart finds
    everything again. Raises LiveKeyPresent.
    """
    refuse_live_keys(os.environ)
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES_MAX
    books = Books(state_file)
    webhooks = Webhooks(books, webhook_url, webhook_secret)
    desk = Desk(books, webhooks.announce, base_url)
    app.extensions["stand_in_webhooks"] = webhooks
    app.register_blueprint(create_api(desk))
    app.register_blueprint(create_page(desk))
    app.register_blueprint(create_invoices(desk))
    app.register_blueprint(_create_switches(books, webhooks))
    app.register_blueprint(create_bank(desk))
    add_assets(app)
    guard_host(app, base_url)
    webhooks.start(desk.tick)
    return app


def webhooks_of(app: Flask) -> Webhooks:
    """The sender of this app's webhooks, to be stopped with it."""
    webhooks = app.extensions["stand_in_webhooks"]
    assert isinstance(webhooks, Webhooks)
    return webhooks


def add_assets(app: Flask) -> None:
    """Serve the stylesheet and the icon, and send the headers of a strict page."""
    app.add_url_rule(
        "/assets/<name>", "assets", lambda name: send_from_directory(ASSETS, name)
    )
    app.after_request(_secure)


def guard_host(app: Flask, base_url: str) -> None:
    """Answer only to our own names, so that no page elsewhere can rebind to us."""
    names = {*LOOPBACK, urlsplit(base_url).hostname}

    @app.before_request
    def check_host() -> Response | None:
        if urlsplit(f"//{request.host}").hostname in names:
            return None
        return Response("Unknown host", 421, content_type="text/plain")


def _secure(answer: Response) -> Response:
    target = g.pop("form_target", "")
    answer.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action 'self' {target}".strip(),
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def _create_switches(books: Books, webhooks: Webhooks) -> Blueprint:
    """What tests turn: how webhooks are sent. JSON only, so that no form can."""
    switches = Blueprint("switches", __name__, url_prefix="/_stand_in")

    @switches.post("/switches")
    def switch() -> Response | tuple[Response, int]:
        try:
            webhooks.switch(Switches.read(request.get_json()))
        except (ValueError, TypeError) as fault:
            return jsonify(error=str(fault)), 400
        return jsonify(webhooks.switches)

    @switches.post("/deliver")
    def deliver() -> Response:
        given = request.get_json()
        again = isinstance(given, dict) and given.get("again") is True
        sent, failed = webhooks.deliver_now(again=again)
        return jsonify(delivered=sent, failed=failed)

    @switches.get("/events")
    def events() -> Response:
        return jsonify(
            events=books.all("event"), deliveries=books.all("stand_in.delivery")
        )

    return switches
