"""What every page of the panel is given: account, navigation, language, appearance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta, tzinfo
from typing import Any, TypeVar

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
from werkzeug.wrappers import Response as AnyResponse

from web import access, words

THEMES = ("light", "dark")
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


Item = tuple[str, str, str]
"""Name, endpoint, and symbol of sprite.svg."""


def sections() -> list[tuple[str | None, list[Item]]]:
    """Return the sections that exist, in the panel's order."""
    gettext = words.gettext
    profile = [
        (gettext("E\N{NON-BREAKING HYPHEN}mail address"), "email_address.show", "mail"),
        (gettext("Password & security"), "security.show", "lock"),
        (gettext("Name & picture"), "profile.show", "user"),
    ]
    billing = [
        *_plan(),
        _used(),
        (gettext("Purchase history"), "purchases.index", "receipt"),
    ]
    return [
        (None, [(gettext("Overview"), "accounts.overview", "house")]),
        (gettext("Profile"), profile),
        (gettext("Billing"), billing),
        (
            gettext("Security"),
            [(gettext("Account activity"), "activity.index", "monitor")],
        ),
        (gettext("Sending"), _sending()),
        (
            gettext("Access"),
            [(gettext("API access"), "api_keys.index", "key-round"), *_smtp()],
        ),
    ]


def _sending() -> list[Item]:
    """What messages go out under, and what their links carry."""
    name = words.gettext("E\N{NON-BREAKING HYPHEN}mail authentication")
    return [
        (name, "domains.index", "globe"),
        (words.gettext("Tracking domain"), "tracking.show", "mouse-pointer-click"),
    ]


def _plan() -> list[Item]:
    """The section of the plan, where there is more than one to choose."""
    if not access.service().catalogue.tiers:
        return []
    return [(words.gettext("Billing plan"), "subscriptions.plan", "layers")]


def _used() -> Item:
    """What is used up: contacts of the plan's period, or credits."""
    if access.account()["plan"] == "unlimited":
        return (words.gettext("Plan usage"), "usage.show", "gauge")
    name = words.gettext("E\N{NON-BREAKING HYPHEN}mail credits")
    return (name, "credits.show", "coins")


def _smtp() -> list[Item]:
    if not access.service().catalogue.smtp:
        return []
    return [(words.gettext("SMTP access"), "subscriptions.smtp", "server")]


def staff_sections(role: str) -> list[tuple[str | None, list[Item]]]:
    """Return the pages that a member of staff of this role may open."""
    gettext = words.gettext
    items = [(gettext("Find an account"), "staff.index", "search")]
    if role in ("support", "auditor"):
        items.append((gettext("Parked accounts"), "staff_lists.parked", "clock"))
    items.append((gettext("Refunds and disputes"), "staff_money.under_way", "undo-2"))
    if role in ("finance", "auditor"):
        items.append((gettext("Reconciliation"), "staff_money.reconciliation", "check"))
    name = gettext("Refused captures")
    items.append((name, "staff_lists.captures", "triangle-alert"))
    if role == "support":
        name = gettext("Newsletter subscribers")
        items.append((name, "staff_lists.subscribers", "download"))
    return [(gettext("Staff"), items)]


def navigation(
    groups: Sequence[tuple[str | None, Sequence[Item]]],
) -> list[dict[str, Any]]:
    """Return groups of sections as the frame draws them; the current one is marked."""
    here = _current([endpoint for _, items in groups for _, endpoint, _ in items])
    return [
        {
            "label": label,
            "items": [
                {
                    "label": name,
                    "href": url_for(endpoint),
                    "icon": icon,
                    "current": endpoint == here,
                }
                for name, endpoint, icon in items
            ],
        }
        for label, items in groups
    ]


def _current(endpoints: Sequence[str]) -> str | None:
    """Return the section of this page: its own, or the first that it belongs to."""
    if request.endpoint in endpoints:
        return request.endpoint
    if request.blueprint == "accounts":
        return None
    near = (one for one in endpoints if one.split(".")[0] == request.blueprint)
    return next(near, None)


def page(template: str, code: int = 200, /, **values: Any) -> Response:
    """Return a page of the panel with everything its frame needs."""
    service = access.service()
    frame: dict[str, Any] = {
        "account": None,
        "staff": g.get("staff") is not None,
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
    if g.get("staff") is not None:
        frame["account"] = {"email": g.staff.email, "name": g.staff.role}
        frame["nav"] = navigation(staff_sections(g.staff.role))
    elif g.get("signed") is not None:
        frame["account"] = access.account()
        frame["nav"] = navigation(sections())
    return make_response(flask_render(template, **{**frame, **values}), code)


R = TypeVar("R", bound=AnyResponse)


def token_page(response: R) -> R:
    """Keep a mailed link's page from telling its address to anybody."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def link_gone() -> Response:
    """Return the page of a mailed link that was used, is over, or never was."""
    return token_page(page("sessions/link_gone.html", 410))


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
