"""Every mail is drawn in both languages, leads only to us, escapes what was typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import StrictUndefined

from tests.conftest import Cluster
from tests.web.domain_samples import SHEET
from tests.web.service import BASE, Clock, service_on
from tests.web.test_templates import Page
from web import create_app, words
from web.mails import LINKS, PAGES, drawn

MAILS = Path(__file__).resolve().parents[2] / "web" / "templates" / "mail"
NAMES = sorted(path.stem for path in MAILS.glob("[a-z]*.txt"))
NAME = "<b>Zoë</b> & Söhne"
AT = datetime(2026, 11, 23, 9, 52, tzinfo=UTC)
LINK = f"{BASE}/somewhere/token"
VALUES: dict[str, Any] = {
    "name": NAME,
    "at": AT,
    "paid_at": AT,
    "takes_effect_at": AT,
    "erase_at": AT,
    "link": LINK,
    "confirm_link": LINK,
    "link_hours": 24,
    "link_minutes": 20,
    "days": 7,
    "undo_hours": 72,
    "purchase": f"{BASE}/purchases/p1",
    "order_number": "10001",
    "receipt_number": "DB-2026-000118",
    "lines": [
        {"kind": "credits", "quantity": 2000, "description": "", "net_minor": 2000}
    ],
    "tax_minor": 400,
    "total_minor": 2400,
    "amount_minor": 2400,
    "currency": "EUR",
    "available": 3,
    "product": "plan",
    "next_attempt_at": AT,
    "grace_until": AT,
    "ended_at": AT,
    "renews_at": AT,
    "subscription": f"{BASE}/plan",
    "threshold": 100,
    "pack": 2000,
    "cap_minor": 6000,
    "spent_minor": 4800,
    "percent": 80,
    "tier_contacts": 1000,
    "counted": 812,
    "period_until": AT,
    "key": NAME,
    "key_id": "C1D44D21-5080-4537-AE80-000000000000",
    "ip": "192.0.2.7",
    "left": 7,
    "by": "customer",
    "old": "old@example.org",
    "new": "new@example.org",
    "address": "books@example.org",
    "company": NAME,
    "domain": "example.com",
    "below": "news.example.com",
    "host": "links.example.com",
    "record": {"type": "CNAME", "host": "links.example.com", "value": "t.trk.x.net"},
    "records": [{"type": "CNAME", "host": "dm1.example.com", "value": "dm1.x.net"}],
    "page": f"{BASE}/domains/d1",
    "again": False,
    "why": "lost",
    "how": "records",
    "until": AT,
    "fails_at": AT,
    "zone": "acme.test",
    "asker": "helen@acme.test",
    "required": SHEET["required"],
    "recommended": SHEET["recommended"],
    "refuse_link": LINK,
}


@pytest.fixture(scope="module")
def app(cluster: Cluster) -> Iterator[Flask]:
    with service_on(cluster.new_database(), Clock()) as service:
        app = create_app(service)
        app.jinja_env.undefined = StrictUndefined
        yield app


def letter(app: Flask, name: str, language: str) -> tuple[str, str, str]:
    values = {page: f"{BASE}{path}" for page, path in PAGES.items()} | VALUES
    with app.app_context(), words.in_language(language):
        return drawn(app.jinja_env, name, language, BASE, values)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", NAMES)
def test_a_mail_has_subject_text_and_html_that_say_the_same(
    app: Flask, name: str, language: str
) -> None:
    subject, text, html = letter(app, name, language)
    assert subject
    assert "\n" not in subject
    assert len(text) > 40
    assert "<time" not in subject + text
    assert Page(html).unbalanced == []
    assert f'lang="{language}"' in html
    assert "<b>" not in html.replace("&lt;b&gt;", "")


@pytest.mark.parametrize("name", NAMES)
def test_a_mail_is_written_in_two_languages(app: Flask, name: str) -> None:
    english, french = letter(app, name, "en"), letter(app, name, "fr")
    assert english[0] != french[0]
    assert english[1] != french[1]


@pytest.mark.parametrize("name", NAMES)
def test_a_mail_leads_only_to_us(app: Flask, name: str) -> None:
    _, text, html = letter(app, name, "en")
    found = re.findall(r"https?://[^\s\"'<>)]+", text)
    found += re.findall(r'(?:href|src)="([^"]+)"', html)
    strangers = [
        link for link in found if not link.startswith((BASE, "mailto:", "cid:"))
    ]
    assert strangers == []


def test_every_link_belongs_to_a_mail_that_there_is() -> None:
    assert set(LINKS) <= set(NAMES)
    assert len(NAMES) > 25
