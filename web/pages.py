"""What every page of the panel is given: account, navigation, language, appearance."""

from __future__ import annotations

from datetime import timedelta, tzinfo
from typing import Any

from flask import (
    Flask,
    Response,
    g,
    has_request_context,
    make_response,
    request,
    url_for,
)
from flask import render_template as flask_render

from web import access, words

THEMES = ("light", "dark")
MAIL_CREDITS = "E\N{NON-BREAKING HYPHEN}mail credits"
ZONE_COOKIE = "daybook-zone"


def language() -> str:
    """Return the language: the cookie's choice, else the browser's, else English."""
    if not has_request_context():
        return words.SOURCE_LANGUAGE
    chosen = request.cookies.get("daybook-language", "")
    if chosen in words.LANGUAGES:
        return chosen
    best = request.accept_languages.best_match(list(words.LANGUAGES))
    return best or words.SOURCE_LANGUAGE


def zone() -> tzinfo:
    """Return the reader's time zone, as the browser told it in a cookie."""
    if not has_request_context():
        return words.UTC_ZONE
    return words.zone_named(request.cookies.get(ZONE_COOKIE, ""))


def theme() -> str | None:
    """Return the chosen appearance, or None for the system's."""
    chosen = request.cookies.get("daybook-theme", "")
    return chosen if chosen in THEMES else None


def navigation() -> list[dict[str, Any]]:
    """Return the sections that exist, in the panel's order."""
    gettext = words.gettext
    groups: list[tuple[str | None, list[tuple[str, str, str]]]] = [
        (None, [(gettext("Overview"), "accounts.overview", "house")]),
        (
            gettext("Profile"),
            [(gettext("Name & billing details"), "accounts.billing_details", "user")],
        ),
        (
            gettext("Billing"),
            [
                (
                    gettext("E\N{NON-BREAKING HYPHEN}mail credits"),
                    "credits.show",
                    "coins",
                ),
                (gettext("Purchase history"), "purchases.index", "receipt"),
            ],
        ),
    ]
    blueprint = request.blueprint
    return [
        {
            "label": label,
            "items": [
                {
                    "label": name,
                    "href": url_for(endpoint),
                    "icon": icon,
                    "current": request.endpoint == endpoint
                    or (blueprint == endpoint.split(".")[0] != "accounts"),
                }
                for name, endpoint, icon in items
            ],
        }
        for label, items in groups
    ]


def page(template: str, code: int = 200, /, **values: Any) -> Response:
    """Return a page of the panel with everything its frame needs."""
    service = access.service()
    frame: dict[str, Any] = {
        "account": None,
        "nav": [],
        "locale": language(),
        "theme": theme(),
        "ribbon": {"mailbox": service.settings.daybook_mailbox_url}
        if service.is_test
        else None,
        "csrf": access.csrf_token(),
        "here": request.full_path.rstrip("?") if request.method == "GET" else "/",
        "notices": [],
        "errors": {},
    }
    if g.get("signed") is not None:
        frame["account"] = access.account()
        frame["nav"] = navigation()
    return make_response(flask_render(template, **{**frame, **values}), code)


def problem_page(status: int, detail: str | None = None) -> Response:
    """Return the page of a refusal or failure."""
    if g.get("browser") is None:
        access.identify()
    return page(
        "errors/problem.html",
        status,
        status=status,
        detail=detail,
        request_number=str(g.get("request_id", "")),
        retry_seconds=2 if status in (429, 503) else None,
    )


def install(app: Flask) -> None:
    """Give the app its languages and the strictest templates."""
    from jinja2 import StrictUndefined

    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    words.install(app, language=language, zone=zone)


PREFERENCE_SECONDS = int(timedelta(days=400).total_seconds())
