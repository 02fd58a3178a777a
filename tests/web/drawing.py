"""A minimal app that draws the sample contexts, in either language and appearance."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, render_template, request
from jinja2 import StrictUndefined

from tests.web.samples import CASES, EMAIL, PAGES
from web import formats, words
from web.app import MODULES
from web.words import gettext as _


def sample_app() -> Flask:
    """An app whose page /sample/<case> draws a template; ?l=fr, ?theme=dark."""
    app = Flask("web")
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    words.install(app, language=_language, zone=lambda: ZoneInfo("Europe/Paris"))
    for module in MODULES:
        app.register_blueprint(module.blueprint)
    app.add_url_rule("/sample/<case>", view_func=draw)
    return app


def draw(case: str) -> str:
    """The template of a case, drawn with its context."""
    template, context = CASES[case]
    return render_template(template, **_frame(case), **_localised(context))


def _language() -> str:
    return request.args.get("l", "en")


def _localised(context: dict[str, Any]) -> dict[str, Any]:
    return context | {"countries": formats.countries(words.current_language())}


def _frame(case: str) -> dict[str, Any]:
    inside = case in PAGES
    notice = {"kind": "ok", "title": "Saved", "text": None, "action": None}
    return {
        "account": {"email": EMAIL, "name": "Helen Gray"} if inside else None,
        "staff": False,
        "nav": _navigation(case) if inside else [],
        "locale": words.current_language(),
        "theme": request.args.get("theme"),
        "ribbon": {"mailbox": "/mailbox"} if "-" in case else None,
        "csrf": "token",
        "here": f"/sample/{case}",
        "notices": [notice] if case == "billing" else [],
    }


def _navigation(case: str) -> list[dict[str, Any]]:
    def item(label: str, href: str, icon: str, current: str) -> dict[str, Any]:
        here = case.startswith(current)
        return {"label": label, "href": href, "icon": icon, "current": here}

    return [
        {"label": None, "items": [item(_("Overview"), "/", "house", "overview")]},
        {
            "label": _("Profile"),
            "items": [item(_("Name & picture"), "/profile", "user", "billing")],
        },
        {
            "label": _("Billing"),
            "items": [
                item(_("E‑mail credits"), "/credits", "coins", "credits"),
                item(_("Purchase history"), "/purchases", "receipt", "purchase"),
            ],
        },
    ]
