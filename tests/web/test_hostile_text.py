"""Hostile texts go through every way out and stay what they are: text."""

from __future__ import annotations

import csv
import io
import json
import logging
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

import web
from commands.profiles import ChooseNewsletter, choose_newsletter
from tests.commands.people import member
from tests.conftest import Cluster, context_at
from tests.web.askers import OWN
from tests.web.browsing import Browser, hidden
from tests.web.hostile import (
    FIT,
    HARMLESS,
    UNFIT,
    Shape,
    World,
    bare,
    called,
    calm,
    letters_of,
    pdf_of,
    sent,
    told,
)
from tests.web.service import BASE, Clock, a_key, followed, service_on
from tests.web.staffing import joined
from web import create_app
from web.access import buckets
from web.logs import JsonLines

PAGES = ("/", "/profile", "/purchases", "/activity", "/api-keys", "/email")
FIELD = re.compile(r'(?:form|args)\.get(?:list)?\(\s*"(\w+)"')
NAMES = {
    name
    for file in Path(web.__file__).parent.rglob("*.py")
    for name in FIELD.findall(file.read_text())
} - {"csrf"}
"""What any form or page of ours is asked with."""
ACTIVE = {"/AA", "/AcroForm", "/Names", "/OpenAction"}
"""Where a PDF keeps what it does by itself, and files within it."""
ENDING = {"sessions.sign_out", "staff_doors.sign_out", "closing.close"}
"""Whoever calls these is nobody's guest any more."""


@pytest.fixture(scope="module")
def lines() -> Iterator[io.StringIO]:
    """All that anybody logs, as it would be written."""
    stream, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(stream), root.level
    handler.setFormatter(JsonLines())
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture(scope="module")
def world(
    cluster: Cluster, lines: io.StringIO, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    clock = Clock()
    with service_on(cluster.new_database(), clock) as service:
        app = create_app(service)
        buckets(app).clear()
        support = joined(service, app, clock, "support")
        texts = FIT | UNFIT | {"": HARMLESS}
        shown = {name: called(service, app, text) for name, text in texts.items()}
        followed(service)
        letters = sent(service, app, tmp_path_factory.mktemp("letters"))
        yield World(service, app, shown, letters, lines, support)


def shape(world: World, name: str, path: str) -> Shape:
    one = world.shown[name]
    page = one.browser.get(path.format(one=one))
    assert page.status_code == 200
    return Shape(page.text)


def test_what_no_line_of_text_has_is_refused_and_all_else_is_taken(
    world: World,
) -> None:
    found = {name: one.status for name, one in world.shown.items()}
    assert found == dict.fromkeys(FIT, 200) | dict.fromkeys(UNFIT, 422) | {"": 200}


@pytest.mark.parametrize("name", FIT)
def test_on_every_page_it_is_read_and_adds_no_tag(world: World, name: str) -> None:
    for path in (*PAGES, "/purchases/{one.purchase_id}"):
        page, plain = shape(world, name, path), shape(world, "", path)
        assert page.tags == plain.tags, path
    for path in ("/profile", "/api-keys", "/activity"):
        assert told(FIT[name]) in shape(world, name, path).words, path


@pytest.mark.parametrize("name", FIT)
def test_on_the_staffs_page_it_is_read_and_adds_no_tag(world: World, name: str) -> None:
    pages = []
    for one in (world.shown[name], world.shown[""]):
        path = f"/staff/accounts/{one.account_id}"
        form = {"reason": one.text}
        world.support.browser.send(f"{path}/disable", path, **form)
        pages.append(Shape(world.support.browser.get(path).text))
        world.support.browser.send(f"{path}/enable", path, **form)
    looks = [tag for tag in pages[0].tags if tag not in pages[1].tags]
    assert looks == []
    assert told(FIT[name]) in pages[0].words


@pytest.mark.parametrize("path", ["/sign-in", "/sign-up", "/forgotten"])
def test_what_was_typed_at_a_door_comes_back_as_text(world: World, path: str) -> None:
    plain = doors(world, path, "x" * 90)
    for text in (FIT | UNFIT).values():
        calm(world.service)
        page = doors(world, path, text)
        assert {tag for tag, _ in page.tags} <= {tag for tag, _ in plain.tags}, text
        attributes = {name for _, names in page.tags for name in names}
        assert not {name for name in attributes if name.startswith("on")}, text


def doors(world: World, path: str, text: str) -> Shape:
    form = dict.fromkeys(("name", "email", "company", "website"), text)
    page = Browser(world.app).send(path, path, password="short", **form)
    assert page.status_code in (200, 422)
    return Shape(page.text)


@pytest.mark.parametrize("name", [*FIT, *UNFIT])
def test_the_name_of_an_application_is_read_and_adds_no_tag(
    world: World, name: str
) -> None:
    page, plain = shape(world, name, "/activity"), shape(world, "", "/activity")
    assert page.tags == plain.tags
    for text in page.texts:
        kinds = {unicodedata.category(c) for c in text if not c.isspace()}
        assert kinds.isdisjoint({"Cc", "Cs", "Co"}), repr(text)
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f]", text)


@pytest.mark.parametrize("name", FIT)
def test_a_receipt_prints_it_and_does_nothing_else(world: World, name: str) -> None:
    plain, odd = (pdf_of(world, world.shown[one]) for one in ("", name))
    assert len(odd.pages) == len(plain.pages) == 1
    assert odd.root_object.keys().isdisjoint(ACTIVE)
    for page in odd.pages:
        assert "/Annots" not in page
        assert len(page.images) == 0
    text = bare(odd.pages[0].extract_text())
    wanted = bare(FIT[name])
    found = wanted in text or wanted[::-1] in text
    assert found, text


def test_in_the_newsletters_export_each_is_one_cell_and_no_formula(
    world: World,
) -> None:
    text = world.support.browser.get("/staff/subscribers.csv").text
    rows = {row[0]: row for row in csv.reader(io.StringIO(text, newline=""))}
    assert len(rows) == 1 + len(world.shown)
    for name, one in world.shown.items():
        _, cell, _, link = rows[one.email]
        assert link.startswith(f"{BASE}/newsletter/")
        wanted = HARMLESS if name in UNFIT else one.text
        assert cell.removeprefix("'") == unicodedata.normalize("NFC", wanted)
    for row in rows.values():
        assert not any(
            cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row
        )


def test_an_address_that_begins_as_a_formula_is_no_formula(world: World) -> None:
    one = member(world.service.journal, f"=1+1.{uuid4().hex}@example.com")
    wanted = ChooseNewsletter(account_id=one.account_id, subscribed=True)
    choose_newsletter(world.service.journal, wanted, context_at(world.service.clock()))
    followed(world.service)
    text = world.support.browser.get("/staff/subscribers.csv").text
    assert f"'{one.email}" in text
    assert f"\n{one.email}" not in text


@pytest.mark.parametrize("name", FIT)
def test_a_mail_says_it_and_carries_no_header_recipient_or_tag_of_it(
    world: World, name: str
) -> None:
    plain = {one.subject: one for one in letters_of(world, "")}
    odd = {one.subject: one for one in letters_of(world, name)}
    assert odd.keys() == plain.keys()
    assert len(odd) >= 4
    for subject, letter in odd.items():
        assert [n for n, _ in letter.headers] == [n for n, _ in plain[subject].headers]
        assert len(letter.recipients) == 1
        assert letter.html is not None
        assert Shape(letter.html).tags == Shape(plain[subject].html or "").tags
    assert told(unicodedata.normalize("NFC", FIT[name])) in told(
        " ".join(f"{one.text} {Shape(one.html or '').words}" for one in odd.values())
    )


def test_the_export_of_all_data_has_it_letter_by_letter(world: World) -> None:
    for name in FIT:
        one = world.shown[name]
        data = one.browser.get("/account/data.zip").data
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = json.loads(archive.read("data.json"))
        texts = json.dumps(found, ensure_ascii=False)
        wanted = unicodedata.normalize("NFC", one.text)
        assert json.dumps(wanted, ensure_ascii=False) in texts


@pytest.mark.parametrize("name", [*FIT, *UNFIT])
def test_a_campaigns_id_is_told_as_it_was_given_or_refused(
    world: World, name: str
) -> None:
    text, who = {**FIT, **UNFIT}[name], world.shown[""]
    url = f"/api/v1/accounts/{who.account_id}/holds"
    headers = a_key(world.service) | {"Idempotency-Key": uuid4().hex}
    body = {"campaign_id": text, "recipients": 1, "kind": "credits"}
    client = world.app.test_client()
    answer = client.post(url, json=body, headers=headers)
    if answer.status_code == 201:
        told_again = client.get(answer.headers["Location"], headers=headers).get_json()
        assert told_again["campaign_id"] == text
        followed(world.service)
        page = Shape(who.browser.get("/credits").text)
        assert told(text) in page.words
        assert not {tag for tag, _ in page.tags} & {"img", "font"}
    is_one_line = not re.search(r"[\x00-\x1f]", text)
    assert answer.status_code == (201 if is_one_line else 422)


@pytest.mark.parametrize("name", ["nul", "override", "percent", "html", "too long"])
def test_no_text_makes_any_route_fail(world: World, name: str) -> None:
    text, wrong = (FIT | UNFIT)[name], {}
    for browser in (world.shown[""].browser, world.support.browser):
        is_staff = browser is world.support.browser
        page = browser.get("/staff" if is_staff else "/")
        form = dict.fromkeys(NAMES, text) | {"csrf": hidden(page.text)["csrf"]}
        for method, path in routes_with(world.app, text, is_staff=is_staff):
            answer = asked(browser, method, path, form)
            if answer.status_code >= 500:
                wrong[method, path] = answer.status_code
    assert wrong == {}


def routes_with(app: Flask, text: str, *, is_staff: bool) -> Iterator[tuple[str, str]]:
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        kinds = {type(one).__name__ for one in rule._converters.values()}
        here = rule.rule.startswith("/staff") is is_staff
        if here and kinds <= {"UnicodeConverter"} and rule.endpoint not in ENDING:
            values = dict.fromkeys(rule.arguments, text.replace("/", ""))
            for method in {"GET", "POST"} & (rule.methods or set()):
                yield method, adapter.build(rule.endpoint, values, method)


def asked(browser: Browser, method: str, path: str, form: dict[str, str]) -> Any:
    if method == "GET":
        return browser.client.get(path, query_string=form, base_url=BASE, buffered=True)
    return browser.client.post(
        path, data=form, base_url=BASE, headers=OWN, buffered=True
    )


def test_every_line_of_the_log_is_one_object_and_quotes_nobody(world: World) -> None:
    lines = world.lines.getvalue().splitlines()
    assert len(lines) > 90
    for line in lines:
        assert line.isascii()
        assert isinstance(json.loads(line), dict)
    text = "\n".join(lines)
    for name, hostile in (FIT | UNFIT).items():
        if len(hostile) > 8:
            assert json.dumps(hostile)[1:-1] not in text, name
