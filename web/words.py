"""The languages of the screen: translations without a build step, formats as filters.

Catalogues are read from their .po files at start, so that nothing compiled lies about.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, tzinfo
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import flask_babel  # type: ignore[import-untyped]
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from web import formats

LANGUAGES = {"en": "English", "fr": "Français"}
SOURCE_LANGUAGE = "en"
UTC_ZONE = ZoneInfo("UTC")
FOLDER = Path(__file__).parent / "translations"


def install(
    app: Flask, *, language: Callable[[], str], zone: Callable[[], tzinfo]
) -> None:
    """Give an app its translations and the formats as template filters.

    ``language`` and ``zone`` are asked once a request: a code of ``LANGUAGES`` and the
    reader's time zone.
    """
    babel = flask_babel.Babel(app, locale_selector=language, timezone_selector=zone)
    with app.app_context():
        catalogues = babel.domain_instance.cache
    for code in LANGUAGES:
        catalogues[code, "messages"] = catalogue(code)
    app.jinja_env.filters.update(
        {name: _when_drawn(form) for name, form in _filters().items()}
    )
    app.jinja_env.globals["days_ago"] = _days_ago


def catalogue(code: str) -> NullTranslations:
    """The translations into a language, compiled in memory; English needs none."""
    if code == SOURCE_LANGUAGE:
        return NullTranslations()
    path = FOLDER / code / "LC_MESSAGES" / "messages.po"
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=code, abort_invalid=True))
    compiled.seek(0)
    return Translations(compiled)


def gettext(text: str, **values: object) -> str:
    """A text in the reader's language, with its ``%(name)s`` filled in."""
    return str(flask_babel.gettext(text, **values))


def ngettext(one: str, many: str, count: int, **values: object) -> str:
    """The text for a count in the reader's language; it does not format the count."""
    return str(flask_babel.ngettext(one, many, count, **values))


def in_language(code: str) -> AbstractContextManager[None]:
    """Everything inside speaks this language, such as a mail to somebody else."""
    context: AbstractContextManager[None] = flask_babel.force_locale(code)
    return context


def current_language() -> str:
    """The language code of the request or of the surrounding ``in_language``."""
    return str(flask_babel.get_locale())


def current_zone() -> tzinfo:
    """The reader's time zone; it is UTC until the browser has told another one."""
    zone: tzinfo = flask_babel.get_timezone()
    return zone


def zone_named(name: str) -> tzinfo:
    """The time zone of an IANA name from outside; UTC when there is no such zone."""
    return ZoneInfo(name) if name in _zone_names() else UTC_ZONE


@cache
def _zone_names() -> set[str]:
    return available_timezones()


def _filters() -> dict[str, Callable[..., str]]:
    told: dict[str, Callable[..., str]] = {
        name: partial(_told, getattr(formats, name))
        for name in ("number", "change", "money", "unit_price", "percent")
    }
    told["day"] = _day
    told["moment"] = _moment
    told["clock"] = _clock
    told["day_text"] = _day_text
    told["short_day"] = _short_day
    told["short_day_text"] = _short_day_text
    told["through"] = _through
    told["moment_text"] = _moment_text
    return told


def _when_drawn(form: Callable[..., str]) -> Callable[..., str]:
    """The filter for templates, which otherwise keep it of a value written in them.

    They would do so in the language of whoever came first.
    """

    @pass_context
    def drawn(_context: Context, *values: object) -> str:
        return form(*values)

    return drawn


def _told(form: Callable[..., str], *values: object) -> str:
    return form(*values, current_language())


def _day_text(moment: date | datetime) -> str:
    return formats.day_text(moment, current_language(), current_zone())


def _short_day(moment: date | datetime) -> Markup:
    return formats.timed(moment, _short_day_text(moment))


def _short_day_text(moment: date | datetime) -> str:
    return formats.short_day_text(moment, current_language(), current_zone())


def _through(first: date | datetime, last: date | datetime) -> Markup:
    """Two days and all between them; of one year, the year is said once."""
    short = formats.same_year(first, last, current_zone())
    begun = _short_day(first) if short else _day(first)
    whole = gettext("%(first)s to %(last)s", first=begun, last=_day(last))
    return Markup(whole)  # noqa: S704 - of parts that are marked up themselves


def _moment_text(moment: datetime) -> str:
    return formats.moment_text(moment, current_language(), current_zone())


def _day(moment: date | datetime) -> Markup:
    return formats.timed(moment, _day_text(moment))


def _moment(moment: datetime) -> Markup:
    return formats.timed(moment, _moment_text(moment))


def _clock(moment: datetime) -> Markup:
    return formats.timed(moment, formats.clock_text(moment, current_zone()))


def _days_ago(moment: datetime, now: datetime) -> int:
    return formats.days_ago(moment, now, current_zone())
