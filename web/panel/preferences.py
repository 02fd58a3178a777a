"""Language and appearance: kept in cookies, and for the account once signed in."""

from __future__ import annotations

from flask import Blueprint, g, redirect, request
from werkzeug.wrappers import Response

from commands.accounts import ChangeLanguage, change_language
from web import access, pages, words
from web.policies import ANYONE, allow

blueprint = Blueprint("preferences", __name__)


def _keep(name: str, value: str) -> Response:
    response = redirect(access.local_path(request.form.get("back")), 303)
    response.set_cookie(
        name,
        value,
        max_age=pages.PREFERENCE_SECONDS if value else 0,
        secure=access.service().settings.is_https,
        httponly=True,
        samesite="Lax",
    )
    return response


@blueprint.post("/language")
@allow(ANYONE)
def language() -> Response:
    """Speak another language from now on."""
    code = request.form.get("language", "")
    if code not in words.LANGUAGES:
        code = words.SOURCE_LANGUAGE
    if g.signed is not None:
        command = ChangeLanguage(account_id=access.account_id(), language=code)
        change_language(access.service().journal, command, access.form_context())
    return _keep("daybook-language", code)


@blueprint.post("/theme")
@allow(ANYONE)
def theme() -> Response:
    """Look light, dark, or as the system does."""
    chosen = request.form.get("theme", "")
    return _keep("daybook-theme", chosen if chosen in pages.THEMES else "")
