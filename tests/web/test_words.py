"""Languages are served from their .po files, without a build step."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, render_template_string

from web import words

NINE_TWELVE = datetime(2026, 11, 3, 9, 12, tzinfo=UTC)


@pytest.fixture
def app() -> Flask:
    app = Flask("web")
    words.install(app, language=lambda: "en", zone=lambda: ZoneInfo("Europe/Paris"))
    return app


def test_french_is_read_from_its_po_file() -> None:
    french = words.catalogue("fr")

    assert french.gettext("Credit balance") == "Solde de crédits"


@pytest.mark.parametrize(
    ("count", "expected"), [(0, "crédit"), (1, "crédit"), (2, "crédits")]
)
def test_french_says_nought_and_one_in_the_singular(count: int, expected: str) -> None:
    assert words.catalogue("fr").ngettext("credit", "credits", count) == expected


def test_english_says_nought_in_the_plural(app: Flask) -> None:
    with app.test_request_context():
        assert words.ngettext("credit", "credits", 0) == "credits"
        assert words.ngettext("credit", "credits", 1) == "credit"


def test_a_mail_speaks_the_language_of_its_reader_and_the_page_its_own(
    app: Flask,
) -> None:
    with app.app_context():
        with words.in_language("fr"):
            assert words.gettext("Sign out") == "Se déconnecter"
            assert words.current_language() == "fr"
        assert words.gettext("Sign out") == "Sign out"


def test_filters_follow_the_language_and_the_zone(app: Flask) -> None:
    drawn = "{{ 7500|money('EUR') }} {{ at|moment }} {{ at|clock }} {{ at|day_text }}"

    with app.test_request_context(), words.in_language("fr"):
        page = render_template_string(drawn, at=NINE_TWELVE)

    moment = '<time datetime="2026-11-03T09:12:00Z">'
    assert page == (
        f"75,00\u00a0€ {moment}3 nov. 2026, 10:12</time>"
        f" {moment}10:12</time> 3 nov. 2026"
    )


def test_a_number_written_in_a_template_is_in_the_language_of_each_reader(
    app: Flask,
) -> None:
    template = app.jinja_env.from_string("{{ 1000|number }} {{ 100|percent }}")

    with app.test_request_context():
        assert template.render() == "1,000 100%"
        with words.in_language("fr"):
            assert template.render() == "1\u202f000 100\u00a0%"


def test_two_days_of_one_year_say_it_once_in_the_readers_zone(app: Flask) -> None:
    drawn = "{{ first|through(at) }}|{{ at|through(later) }}|{{ at|short_day_text }}"
    moments = {
        "first": date(2026, 3, 1),
        "later": datetime(2026, 12, 31, 23, tzinfo=UTC),
    }

    with app.test_request_context(), words.in_language("fr"):
        page = render_template_string(drawn, at=NINE_TWELVE, **moments)

    assert re.sub("<[^>]*>", "", page) == (
        "Du 1er mars au 3 nov. 2026|Du 3 nov. 2026 au 1er janv. 2027|3 nov."
    )
    assert page.count("<time") == 4


@pytest.mark.parametrize("name", ["", "Nowhere", "../etc/passwd", "Europe", "a\x00b"])
def test_a_zone_that_does_not_exist_is_utc(name: str) -> None:
    assert words.zone_named(name) == ZoneInfo("UTC")


def test_a_zone_that_exists_is_taken() -> None:
    assert words.zone_named("Europe/Paris") == ZoneInfo("Europe/Paris")
