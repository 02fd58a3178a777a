"""Mails are written in the reader's language, with what belongs to them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from uuid import uuid4

import pytest

from commands.receipts import receipt_of
from tests.web.service import (
    BASE,
    Clock,
    a_purchase,
    a_receipt,
    an_account,
    service_on,
)
from web import create_app, mails
from web.database import Database
from web.wiring import Service


@pytest.fixture
def service(empty_database: Database) -> Iterator[Service]:
    with service_on(empty_database, Clock()) as service:
        yield service


def test_a_sign_ups_mail_carries_its_link_under_the_configured_base(
    service: Service,
) -> None:
    render = mails.renderer(create_app(service), service)
    mail_id = uuid4()
    values = {"name": "Ann", "token": "abc.def", "link_hours": 24}
    mail = render(uuid4(), mail_id, "verify", "fr", "ann@example.com", values)
    assert mail.subject == "Confirmez votre adresse électronique"
    assert f"{BASE}/verify/abc.def" in mail.text
    assert mail.html is not None
    assert f"{BASE}/verify/abc.def" in mail.html
    assert mail.message_id == f"<{mail_id}@localhost>"


def test_a_receipts_mail_carries_the_bytes_that_were_issued(service: Service) -> None:
    account = an_account(service)
    purchase = a_purchase(service, account)
    receipt = receipt_of(
        service.journal, account, a_receipt(service, account, purchase)
    )
    render = mails.renderer(create_app(service), service)
    values = {
        "name": "Ann",
        "order_number": "1",
        "receipt_number": receipt.number,
        "paid_at": service.clock().isoformat(),
        "lines": [],
        "tax_minor": 0,
        "total_minor": 2000,
        "currency": "EUR",
        "purchase_id": str(purchase),
        "receipt_id": str(receipt.id),
    }
    mail = render(account, uuid4(), "receipt", "en", "ann@example.com", values)
    (attached,) = mail.attachments
    assert attached.name == f"receipt-{receipt.number}.pdf"
    assert hashlib.sha256(attached.content).hexdigest() == receipt.pdf_sha256
    assert "€20.00" in mail.text


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_mail_of_missing_records_says_what_has_to_be_published(
    service: Service, language: str
) -> None:
    values = {
        "name": "Ann",
        "domain": "hollis.com",
        "domain_id": "d1",
        "label": "lab",
        "missing": ["dkim2"],
        "fails_at": service.clock().isoformat(),
    }
    render = mails.renderer(create_app(service), service)
    mail = render(uuid4(), uuid4(), "domain_degraded", language, "a@b.com", values)
    zone = service.settings.dns_zone
    record = f"CNAME dm2._domainkey.hollis.com dm2.lab.dkim.{zone}"
    assert record in mail.text.splitlines()
    assert "dm1" not in mail.text
    assert f"{BASE}/domains/d1" in mail.text


def test_a_disputed_payment_is_told_by_what_was_bought(service: Service) -> None:
    render = mails.renderer(create_app(service), service)
    values = {"name": "Ann", "order_number": "10001", "amount_minor": 2900}
    values |= {"currency": "EUR", "purchase_id": str(uuid4())}
    told = []
    for more in ({}, {"has_credits": True}, {"has_credits": False}):
        asked = ("payment_disputed", "en", "ann@example.com", {**values, **more})
        told.append("credits is frozen" in render(uuid4(), uuid4(), *asked).text)
    assert told == [True, True, False]


TOP_UP = {"name": "Ann", "pack": 2000, "currency": "EUR", "total_minor": None}
WHYS = ("authentication", "dearer", "declined", "disputed", "not_sold", "refunded")


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("why", WHYS)
def test_a_pause_of_top_up_says_why_and_leads_to_its_page(
    service: Service, why: str, language: str
) -> None:
    render = mails.renderer(create_app(service), service)
    values = TOP_UP | {"why": why, "total_minor": 2100 if why == "dearer" else None}
    mail = render(uuid4(), uuid4(), "top_up_paused", language, "a@b.example", values)
    assert ("21" in mail.text.partition(f"{BASE}/credits")[0]) == (why == "dearer")
    assert mail.html is not None
    assert f'href="{BASE}/credits"' in mail.html


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_payment_to_confirm_has_the_processors_page_as_its_button(
    service: Service, language: str
) -> None:
    render, page = mails.renderer(create_app(service), service), "http://pay.example/1"
    values = TOP_UP | {"amount_minor": 2000, "page": page, "until": "2026-11-25T08:00Z"}
    mail = render(uuid4(), uuid4(), "top_up_confirm", language, "a@b.example", values)
    assert mail.html is not None
    assert f'href="{page}"' in mail.html
    assert "08:00" in mail.text


@pytest.mark.parametrize("template", ["top_up_declined", "top_up_capped"])
def test_what_is_in_the_way_of_top_up_is_told_in_words(
    service: Service, template: str
) -> None:
    render = mails.renderer(create_app(service), service)
    values = TOP_UP | {"next_attempt_at": "2026-11-25T08:00Z"}
    values |= {"cap_minor": 15_000, "spent_minor": 14_000}
    mail = render(uuid4(), uuid4(), template, "en", "a@b.example", values)
    said = {"top_up_declined": "25 Nov 2026", "top_up_capped": "€150.00"}[template]
    assert said in mail.text
    assert "None" not in mail.text
