"""A visitor without a screen: forms, cookies and mail, against a site of our own."""

from __future__ import annotations

import hmac
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from typing import Any

import pytest
from flask import Flask, Response, jsonify, make_response, redirect, request
from werkzeug.serving import make_server

from web import visitor
from web.visitor import CARD, Astray, Sender, Visitor

KEY = bytes(range(32))


class Site:
    """A small service that notes what it was sent."""

    def __init__(self) -> None:
        self.forms: list[dict[str, str]] = []
        self.headers: list[dict[str, Any]] = []
        self.mails: list[dict[str, Any]] = []
        self.status = 200
        self.url = ""
        self.app = Flask(__name__)
        for rule, view, method in (
            ("/form", self.form, "GET"),
            ("/form", self.take, "POST"),
            ("/sign-up", self.form, "GET"),
            ("/sign-up", self.take, "POST"),
            ("/verify/x", self.form, "GET"),
            ("/verify/x", self.take, "POST"),
            ("/credits", self.form, "GET"),
            ("/purchases", self.lead, "POST"),
            ("/mail.json", self.mailbox, "GET"),
            ("/api/v1/accounts/a/holds", self.api, "POST"),
            ("/api/v1/accounts/a/holds/h/captures", self.api, "POST"),
            ("/api/v1/accounts/a", self.api, "GET"),
            ("/api/v1/accounts/a/usage/key", self.key, "GET"),
            ("/api/v1/usage", self.api, "POST"),
        ):
            name = f"{method} {rule}".replace(".", " ")
            self.app.add_url_rule(rule, name, view, methods=[method])

    def form(self) -> Response:
        csrf = f'<input type="hidden" name="csrf" value="{escape("a&b<")}">'
        answer = make_response(f"<h1>{request.path}</h1>{csrf}", self.status)
        answer.set_cookie("session", "kept")
        return answer

    def take(self) -> Any:
        self.forms.append(dict(request.form))
        self.headers.append({**request.headers, "path": request.path})
        return ("what was typed is wrong", self.status) if self.status > 400 else "done"

    def lead(self) -> Any:
        self.take()
        return redirect("/form", 303)

    def mailbox(self) -> Response:
        to = request.args["to"]
        return jsonify(mails=[mail for mail in self.mails if to in mail["to"]])

    def api(self) -> Any:
        body = request.get_json(silent=True)
        sent = {**request.headers, "path": request.path, "body": body}
        self.headers.append(sent)
        return {"hold_id": "h", "needed": 4}, self.status

    def key(self) -> Any:
        return {"key": KEY.hex(), "period_id": "p"}


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    server = make_server("127.0.0.1", 0, made.app)
    made.url = f"http://127.0.0.1:{server.port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def ann(site: Site) -> Visitor:
    return Visitor(site.url + "/", site.url + "/mail")


def test_a_form_is_sent_with_its_hidden_fields_and_as_the_sites_own(
    site: Site, ann: Visitor
) -> None:
    assert ann.post("/form", ann.get("/form"), name="Ann & Bea") == "done"
    assert site.forms == [{"csrf": "a&b<", "name": "Ann & Bea"}]
    (headers,) = site.headers
    assert (headers["Origin"], headers["Cookie"]) == (site.url, "session=kept")


def test_what_is_typed_goes_before_what_was_hidden(site: Site, ann: Visitor) -> None:
    ann.post("/form", ann.get("/form"), csrf="mine")
    assert site.forms == [{"csrf": "mine"}]


@pytest.mark.parametrize("status", [402, 422])
def test_a_form_that_was_refused_is_read_again(
    site: Site, ann: Visitor, status: int
) -> None:
    page = ann.get("/form")
    site.status = status
    assert ann.post("/form", page) == "what was typed is wrong"


@pytest.mark.parametrize("status", [400, 403, 404, 409, 429, 500, 503])
def test_any_other_answer_leads_astray_and_says_where(
    site: Site, ann: Visitor, status: int
) -> None:
    site.status = status
    with pytest.raises(Astray, match=f"{site.url}/form answered {status}"):
        ann.get("/form")


def test_a_site_that_nobody_serves_leads_astray_as_well() -> None:
    with pytest.raises(Astray, match="did not answer"):
        Visitor("http://127.0.0.1:9", "http://127.0.0.1:9").get("/form")


def test_buying_fills_in_the_card_on_the_page_it_is_led_to(
    site: Site, ann: Visitor
) -> None:
    ann.buy("credits-2000", number="4000 0000 0000 0002")
    chosen, paid = site.forms
    assert chosen["sku"] == "credits-2000"
    assert paid["number"] == "4000 0000 0000 0002"
    assert (paid["cvc"], paid["csrf"]) == (CARD["cvc"], "a&b<")
    assert [one["path"] for one in site.headers] == ["/purchases", "/form"]


def test_a_sign_up_ends_with_the_password_on_the_mailed_links_page(
    site: Site, ann: Visitor
) -> None:
    text = f"Hello,\nopen {site.url}/verify/x \nsoon."
    site.mails = [
        {"to": ["bea@x"], "text": f"{site.url}/verify/beas"},
        {"to": ["ann@x"], "text": None},
        {"to": ["ann@x"], "text": text},
    ]
    ann.sign_up("Ann", "ann@x", "secret", company="Hollis")
    asked, verified = site.forms
    assert (asked["name"], asked["company"]) == ("Ann", "Hollis")
    assert (verified["password"], site.headers[1]["path"]) == ("secret", "/verify/x")


def test_a_mail_that_never_comes_is_not_waited_for_for_ever(
    site: Site, ann: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitor, "WAIT_SECONDS_MAX", 0.3)
    with pytest.raises(Astray, match="no mail with a link came to ann@x"):
        ann.sign_up("Ann", "ann@x", "secret")


def test_a_sender_names_its_key_and_each_command(site: Site) -> None:
    sender = Sender(site.url + "/", "key", "s:cret")
    assert sender.send("a", "spring", 10, 8) == "h"
    held, captured = site.headers
    assert held["body"] == {
        "campaign_id": "spring",
        "recipients": 10,
        "kind": "credits",
    }
    assert captured["body"] == {"credits": 8, "final": True}
    assert held["Authorization"] == "Basic a2V5OnM6Y3JldA=="
    names = {one["Idempotency-Key"] for one in site.headers}
    assert len(names) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", name) for name in names)


def test_a_sender_reports_contacts_under_the_periods_key(site: Site) -> None:
    at = datetime(2027, 1, 31, tzinfo=UTC)
    Sender(site.url, "key", "s:cret").report("a", "spring", ["ann@x", "bea@x"], at)
    [sent] = site.headers
    body = sent["body"]
    first = hmac.new(KEY, b"ann@x", "sha256").hexdigest()[:32]
    assert body["contacts"][0] == first
    assert len({len(one) for one in body["contacts"]}) == 1
    assert (body["period_id"], body["sent_at"]) == ("p", at.isoformat())


def test_a_sender_tells_what_was_refused(site: Site) -> None:
    site.status = 409
    with pytest.raises(Astray, match=r"POST /accounts/a/holds: 409 .*needed"):
        Sender(site.url, "key", "secret").hold("a", "spring", 10)


def test_a_question_has_no_body(site: Site) -> None:
    Sender(site.url, "key", "secret").call("GET", "/accounts/a")
    assert site.headers[0]["body"] is None
    assert "Content-Type" not in site.headers[0]
