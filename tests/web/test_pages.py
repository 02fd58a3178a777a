"""What frames every page: language, appearance, sections, ribbon, refusals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import pytest
from flask import Flask
from jinja2 import UndefinedError

from ledger.accounts import Account
from ledger.catalogue import Catalogue, Tier
from tests.desk import Desk
from tests.web.browsing import Browser, customer, words_of
from tests.web.service import BASE, followed
from web import pages
from web.wiring import Service

NAV = re.compile(r'<nav[^>]*id="nav".*?</nav>', re.DOTALL)
CURRENT = re.compile(r'href="([^"]*)"[^>]*aria-current="page"')


@pytest.fixture
def ann(service: Service, app: Flask) -> tuple[Browser, UUID]:
    return customer(service, app)


@pytest.fixture
def selling(service: Service) -> Iterator[Catalogue]:
    """What is sold, put back afterwards."""
    kept = service.catalogue
    yield kept
    service.catalogue = kept


def spoken(browser: Browser, accepts: str = "") -> str:
    """The language of the sign-in page."""
    page = browser.get("/sign-in", Accept_Language=accepts).text
    found = re.search(r'<html lang="(\w+)"', page)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("cookie", "accepts", "language"),
    [
        ("", "", "en"),
        ("", "de", "en"),
        ("", "fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("", "en;q=0.1, fr;q=0.2", "fr"),
        ("en", "fr", "en"),
        ("fr", "en", "fr"),
        ("de", "fr", "fr"),
    ],
)
def test_the_readers_choice_goes_before_his_browsers(
    browser: Browser, cookie: str, accepts: str, language: str
) -> None:
    browser.client.set_cookie("daybook-language", cookie)
    assert spoken(browser, accepts) == language


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", "\x7f"])
def test_times_are_utc_where_no_zone_is_known(
    app: Flask, ann: tuple[Browser, UUID], zone: str
) -> None:
    ann[0].client.set_cookie(pages.ZONE_COOKIE, zone)
    assert ann[0].get("/").status_code == 200
    with app.test_request_context(headers={"Cookie": f"{pages.ZONE_COOKIE}={zone}"}):
        assert str(pages.zone()) == "UTC"


def test_times_are_those_of_the_readers_clock(app: Flask) -> None:
    cookie = {"Cookie": f"{pages.ZONE_COOKIE}=Pacific/Auckland"}
    with app.test_request_context(headers=cookie):
        assert str(pages.zone()) == "Pacific/Auckland"


@pytest.mark.parametrize(
    ("path", "section"),
    [
        ("/", "/"),
        ("/credits", "/credits"),
        ("/purchases", "/purchases"),
        ("/security/two-factor", "/security"),
        ("/profile", "/profile"),
        ("/nowhere", None),
    ],
)
def test_one_section_is_the_current_one(
    ann: tuple[Browser, UUID], path: str, section: str | None
) -> None:
    found = NAV.search(ann[0].get(path).text)
    assert found is not None
    assert set(CURRENT.findall(found[0])) == ({section} if section else set())


def test_a_section_stands_there_only_if_it_is_sold(
    service: Service, selling: Catalogue, ann: tuple[Browser, UUID]
) -> None:
    names = "Billing plan", "SMTP access"
    tier = Tier(sku="u-1", currency="EUR", net_minor=2900, contacts=1000)
    for catalogue, sold in (
        (replace(selling, tiers=(tier,)), [True, True]),
        (replace(selling, tiers=(), smtp=()), [False, False]),
    ):
        service.catalogue = catalogue
        shown = ann[0].read("/profile")
        assert [name in shown for name in names] == sold


def test_what_is_used_up_follows_the_plan(
    service: Service, ann: tuple[Browser, UUID]
) -> None:
    assert "Plan usage" not in ann[0].read("/")
    account = service.journal.fresh(Account, ann[1])
    account.change_plan("unlimited")
    Desk(service.journal).record(ann[1], lambda: account)
    followed(service)
    assert "Plan usage" in ann[0].read("/")


@pytest.mark.parametrize(
    ("role", "may_open"),
    [
        ("support", {"Parked accounts", "Newsletter subscribers"}),
        ("finance", {"Reconciliation"}),
        ("auditor", {"Parked accounts", "Reconciliation"}),
    ],
)
def test_staff_see_the_pages_of_their_role(
    app: Flask, role: str, may_open: set[str]
) -> None:
    every = {"Parked accounts", "Reconciliation", "Newsletter subscribers"}
    with app.test_request_context():
        ((_, items),) = pages.staff_sections(role)
    assert every & {name for name, _, _ in items} == may_open


def test_test_payments_are_said_on_every_page_and_the_mailbox_beside_them(
    service: Service, browser: Browser
) -> None:
    settings = service.settings
    service.settings = replace(settings, daybook_mailbox_url="http://127.0.0.1:9/mail")
    page = browser.get("/sign-in").text
    service.settings = settings
    assert "Test payments" in words_of(page)
    assert 'href="http://127.0.0.1:9/mail"' in page
    assert "127.0.0.1:9" not in browser.get("/sign-in").text


def test_a_page_that_is_not_there_says_so_and_gives_a_number_to_quote(
    browser: Browser,
) -> None:
    page = browser.get("/nowhere/<script>")
    assert page.status_code == 404
    assert re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", words_of(page.text))
    assert "<script>" not in page.text.split("<body")[1]


def test_a_word_that_no_template_was_given_is_an_error_and_not_a_blank(
    app: Flask,
) -> None:
    with app.test_request_context(base_url=BASE), pytest.raises(UndefinedError):
        app.jinja_env.from_string("{{ nothing }}").render()
